import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/lib/log.ts";
import type { NodeEvent } from "../../../src/model/assignment.ts";
import { createSender, type Outbox, type SenderOptions } from "../../../src/report/sender.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const event = (runId: string): NodeEvent => ({ type: "released", runId, fence: 1, sessionId: "s", at: 0, reason: "" });

function createOutbox() {
  const waiting: { n: number; event: NodeEvent }[] = [];
  let next = 1;
  let listener = () => {};
  const outbox: Outbox = {
    take: async (max) => waiting.slice(0, max),
    acknowledge: (through) => void waiting.splice(0, waiting.filter(({ n }) => n <= through).length),
    onAvailable(fn) {
      listener = fn;
    },
  };
  const add = (...ids: string[]) => {
    for (const id of ids) waiting.push({ n: next++, event: event(id) });
    listener();
  };
  return { outbox, add, waiting: () => waiting.map(({ event }) => event.runId) };
}

function createHarness(more: Partial<SenderOptions> = {}) {
  const clock = new ManualClock();
  const box = createOutbox();
  const sent: string[][] = [];
  const recorded: string[] = [];
  const logged: string[] = [];
  const port = {
    answer: async (_: string[]): Promise<void> => undefined,
    async send(events: NodeEvent[]) {
      const ids = events.map(({ runId }) => runId);
      sent.push(ids);
      await port.answer(ids);
      recorded.push(...ids);
    },
  };
  const log = {
    ...silentLog,
    error: (_: object, text: string) => logged.push(text),
    warn: (_: object, text: string) => logged.push(text),
  };
  const sender = createSender({ outbox: box.outbox, port, clock, log, ...more });
  return { clock, ...box, sent, recorded, logged, port, sender };
}

const askedToWait = async () => {
  throw Object.assign(new Error("too many reports"), { retryAfterMs: 20_000 });
};
const unavailable = async () => {
  throw new Error("connection refused");
};

describe("the sender", () => {
  it("sends what waits, in order and in batches, then waits for more", async () => {
    const { clock, add, sender, sent, waiting } = createHarness({ maxEvents: 2 });
    add("a", "b", "c");
    sender.start();
    await clock.advance(0);
    expect(sent).toEqual([["a", "b"], ["c"]]);
    add("d");
    await clock.advance(20);
    expect(sent.at(-1)).toEqual(["d"]);
    expect(waiting()).toEqual([]);
    await clock.advance(60_000);
    expect(sent).toHaveLength(3);
    await sender.stop();
  });

  it("sends at once after a quiet while, and gathers for a moment what comes right behind", async () => {
    const { clock, add, sender, sent } = createHarness();
    sender.start();
    await clock.advance(1000);
    add("a");
    await clock.advance(0);
    expect(sent).toEqual([["a"]]);
    add("b");
    await clock.advance(5);
    add("c");
    await clock.advance(5);
    expect(sent).toEqual([["a"]]);
    await clock.advance(10);
    expect(sent).toEqual([["a"], ["b", "c"]]);
    await sender.stop();
  });

  it("gathers for longer behind a large batch: in a burst the recorder's work is taken from the runs", async () => {
    const { clock, add, sender, sent } = createHarness({ busyEvents: 3 });
    sender.start();
    await clock.advance(1000);
    add("a", "b", "c");
    await clock.advance(0);
    add("d");
    await clock.advance(140);
    expect(sent).toEqual([["a", "b", "c"]]);
    await clock.advance(10);
    expect(sent).toEqual([["a", "b", "c"], ["d"]]);
    add("e");
    await clock.advance(20);
    expect(sent.at(-1)).toEqual(["e"]);
    await sender.stop();
  });

  it("lets a burst go before its reports while runs wait for others to end, for a second at most", async () => {
    let crowded = true;
    const { clock, add, sender, sent } = createHarness({ busyEvents: 3, isCrowded: () => crowded });
    sender.start();
    await clock.advance(1000);
    add("a", "b", "c");
    await clock.advance(0);
    add("d");
    await clock.advance(440);
    expect(sent).toHaveLength(1);
    crowded = false;
    await clock.advance(10);
    expect(sent).toEqual([["a", "b", "c"], ["d"]]);

    crowded = true;
    add("e", "f", "g");
    await clock.advance(20);
    add("h");
    await clock.advance(900);
    expect(sent.at(-1)).toEqual(["e", "f", "g"]);
    await clock.advance(200);
    expect(sent.at(-1)).toEqual(["h"]);

    // A few at a time are told at once, however many wait.
    add("i");
    await clock.advance(20);
    expect(sent.at(-1)).toEqual(["i"]);

    // Nor does anybody who has to know wait for that long.
    add("j", "k", "l");
    await clock.advance(20);
    add("m");
    const flushed = sender.flush(new AbortController().signal);
    await clock.advance(150);
    await flushed;
    expect(sent.at(-1)).toEqual(["m"]);
    await sender.stop();
  });

  it("keeps at it while nobody answers, less and less often, and says so once", async () => {
    const { clock, add, sender, sent, port, waiting, recorded, logged } = createHarness();
    port.answer = unavailable;
    add("a");
    sender.start();
    await clock.advance(60_000);
    expect(sent.length).toBeGreaterThan(8);
    expect(sent.length).toBeLessThan(20);
    add("b");
    await clock.advance(0);
    expect(sender.isHealthy()).toBe(false);
    expect(waiting()).toEqual(["a", "b"]);
    port.answer = async () => undefined;
    await clock.advance(10_000);
    expect(recorded).toEqual(["a", "b"]);
    expect(sender.isHealthy()).toBe(true);
    expect(logged).toHaveLength(1);
    await sender.stop();
  });

  it("gives an answer up that doesn't come, and sends again", async () => {
    const { clock, add, sender, sent, port } = createHarness({ answerMs: 5000 });
    port.answer = () => new Promise(() => {});
    add("a");
    sender.start();
    await clock.advance(4999);
    expect(sent).toHaveLength(1);
    await clock.advance(1000);
    expect(sent).toHaveLength(2);
    await sender.stop();
  });

  it("finds an event that can't be recorded by halving, says it and goes on behind it", async () => {
    const { clock, add, sender, port, recorded, logged, waiting } = createHarness();
    port.answer = async (ids) => {
      if (ids.includes("bad") || ids.includes("worse"))
        throw Object.assign(new Error("invalid"), { code: "invalid_event" });
    };
    add("a", "b", "bad", "c", "d", "worse", "e");
    sender.start();
    await clock.advance(0);
    expect(recorded).toEqual(["a", "b", "c", "d", "e"]);
    expect(waiting()).toEqual([]);
    expect(logged).toHaveLength(2);
    await sender.stop();
  });

  it("doesn't forget what was recorded when it fails in the middle of the search", async () => {
    const { clock, add, sender, port, recorded, waiting } = createHarness();
    port.answer = async (ids) => {
      if (ids.includes("bad") && ids.length > 1) throw Object.assign(new Error("invalid"), { code: "invalid_event" });
      if (ids.includes("bad")) throw new Error("down");
    };
    add("a", "b", "bad");
    sender.start();
    await clock.advance(0);
    expect(recorded).toEqual(["a", "b"]);
    expect(waiting()).toEqual(["bad"]);
    await sender.stop();
  });

  it("flushes: at once, not after the pause, and until nothing waits", async () => {
    const { clock, add, sender, port, recorded } = createHarness();
    port.answer = unavailable;
    add("a");
    sender.start();
    await clock.advance(20_000);
    port.answer = async () => undefined;
    let flushed = false;
    void sender.flush(new AbortController().signal).then(() => {
      flushed = true;
    });
    await clock.advance(0);
    expect(flushed).toBe(true);
    expect(recorded).toEqual(["a"]);
    await sender.stop();
  });

  it("gives a flush up with its signal", async () => {
    const { clock, add, sender, port } = createHarness();
    port.answer = unavailable;
    add("a");
    sender.start();
    const limit = new AbortController();
    const flush = sender.flush(limit.signal);
    await clock.advance(10);
    limit.abort(new Error("enough"));
    await expect(flush).rejects.toThrow("enough");
    await sender.stop();
  });

  it("stops in the middle of an answer, twice, and before it was started", async () => {
    const { clock, add, sender, port } = createHarness();
    port.answer = () => new Promise(() => {});
    add("a");
    sender.start();
    await clock.advance(0);
    await sender.stop();
    await sender.stop();
    await createHarness().sender.stop();
  });

  it("rests for as long as it is asked to", async () => {
    const { clock, add, sender, sent, port, waiting } = createHarness();
    port.answer = askedToWait;
    add("a");
    sender.start();
    await clock.advance(19_000);
    expect(sent).toHaveLength(1);
    port.answer = async () => undefined;
    await clock.advance(2000);
    expect(waiting()).toEqual([]);
    await sender.stop();
  });
});
