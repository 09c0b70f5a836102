// What everybody who waits or asks for the time relies on, of the machine's clock and of the tests' own.
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Clock, systemClock } from "../../src/clock.ts";
import { ManualClock } from "../support/manual-clock.ts";

interface Subject {
  clock: Clock;
  /** Lets at least so much time go by. */
  pass(ms: number): Promise<void>;
}

const subjects: [string, () => Subject][] = [
  [
    "the machine's clock",
    () => ({ clock: systemClock, pass: (ms) => new Promise((done) => setTimeout(done, ms + 30)) }),
  ],
  [
    "a manual clock",
    () => {
      const clock = new ManualClock();
      return { clock, pass: (ms) => clock.advance(ms) };
    },
  ],
];

describe.each(subjects)("%s", (_, open) => {
  it("goes on, and its monotonic time never back", async () => {
    const { clock, pass } = open();
    const [wall, monotonic] = [clock.now(), clock.monotonic()];
    await pass(50);
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(49);
    expect(clock.now() - wall).toBeGreaterThanOrEqual(40);
    let last = clock.monotonic();
    for (let i = 0; i < 1000; i++) {
      const next = clock.monotonic();
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
  });

  it("calls back once, not before its time, and never at once", async () => {
    const { clock, pass } = open();
    const calls: number[] = [];
    const begun = clock.monotonic();
    clock.after(40, () => calls.push(clock.monotonic() - begun));
    clock.after(0, () => calls.push(0));
    clock.after(-5, () => calls.push(0));
    expect(calls).toEqual([]);
    await pass(1);
    expect(calls.slice(0, 2)).toEqual([0, 0]);
    await pass(60);
    expect(calls).toHaveLength(3);
    expect(calls[2]).toBeGreaterThanOrEqual(39);
    await pass(60);
    expect(calls).toHaveLength(3);
  });

  it("takes a call back; late or twice is fine", async () => {
    const { clock, pass } = open();
    const calls: string[] = [];
    const cancel = clock.after(10, () => calls.push("cancelled"));
    const late = clock.after(10, () => calls.push("in time"));
    cancel();
    cancel();
    await pass(20);
    late();
    expect(calls).toEqual(["in time"]);
  });

  it("calls back in order", async () => {
    const { clock, pass } = open();
    const calls: number[] = [];
    for (const ms of [30, 10, 20]) clock.after(ms, () => calls.push(ms));
    await pass(40);
    expect(calls).toEqual([10, 20, 30]);
  });

  it("sleeps for as long as asked", async () => {
    const { clock, pass } = open();
    const begun = clock.monotonic();
    const slept = Promise.all([clock.sleep(0), clock.sleep(-1), clock.sleep(30)]);
    await pass(30);
    await slept;
    expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(29);
  });

  it("wakes with the signal's reason, and never falls asleep when it was given before", async () => {
    const { clock } = open();
    const over = new AbortController();
    const reason = new Error("enough");
    const asleep = expect(clock.sleep(60_000, over.signal)).rejects.toBe(reason);
    over.abort(reason);
    await asleep;
    await expect(clock.sleep(60_000, over.signal)).rejects.toBe(reason);
    await expect(clock.sleep(0, over.signal)).rejects.toBe(reason);
  });

  it("waits for longer than a timer of the platform can, and is woken from it", async () => {
    const { clock, pass } = open();
    const calls: string[] = [];
    const cancel = clock.after(2 ** 31, () => calls.push("after"));
    const over = new AbortController();
    const asleep = clock.sleep(2 ** 31 + 10, over.signal).then(
      () => calls.push("sleep"),
      () => calls.push("woken"),
    );
    await pass(30);
    expect(calls).toEqual([]);
    cancel();
    over.abort();
    await asleep;
    expect(calls).toEqual(["woken"]);
  });
});

describe("the machine's clock, over weeks", () => {
  afterEach(() => vi.useRealTimers());
  const longest = 2 ** 31 - 1;

  it("calls back after the whole time, in as many parts as it takes", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const parts: number[] = [];
    const { setTimeout } = globalThis;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((fn: () => void, ms: number) => {
      parts.push(ms);
      return setTimeout(fn, ms);
    }) as typeof setTimeout);
    let calls = 0;
    systemClock.after(2 * longest + 5, () => calls++);
    vi.advanceTimersByTime(2 * longest + 4);
    expect([calls, parts]).toEqual([0, [longest, longest, 5]]);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
    vi.restoreAllMocks();
  });

  it("takes a call back in its second part, too", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let calls = 0;
    const cancel = systemClock.after(longest + 1000, () => calls++);
    vi.advanceTimersByTime(longest + 10);
    cancel();
    vi.advanceTimersByTime(longest);
    expect(calls).toBe(0);
  });
});
