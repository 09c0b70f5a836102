import { describe, expect, it } from "vitest";
import { createBeats, leadOf } from "../../../src/execute/beats.ts";
import { createHostLoad } from "../../../src/execute/host-load.ts";
import { silentLog } from "../../../src/lib/log.ts";
import type { NodeLoad } from "../../../src/model/node.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const load: NodeLoad = {
  running: 0,
  queued: 0,
  cpuRatio: 0,
  memoryRatio: 0,
  memoryTotalBytes: 1,
  load1: 0,
  cores: 1,
  disks: [],
  clockOffsetMs: 0,
};
const graceMs = 30_000;
const leadMs = leadOf(graceMs);

function createHarness() {
  const clock = new ManualClock();
  const seen = { beats: 0, asked: 0, announced: 0, lost: 0, ended: 0 };
  const port = { answer: async (): Promise<boolean> => true };
  const beats = createBeats({
    session: () => ({ announce: async () => void seen.announced++ }),
    port: {
      beat: (_load, onlyAsks) => {
        seen.beats++;
        if (onlyAsks) seen.asked++;
        return port.answer();
      },
    },
    readLoad: async () => load,
    clock,
    graceMs,
    log: silentLog,
    onTrustLost: () => void seen.lost++,
    onEnded: () => void seen.ended++,
  });
  const start = () => beats.start({ monotonic: clock.monotonic(), wall: clock.now() });
  return { clock, seen, port, beats, start };
}
const refused = async () => {
  throw new Error("connection refused");
};

describe("beats", () => {
  it("go out and are announced every two seconds, and keep the node trusted", async () => {
    const { clock, seen, beats, start } = createHarness();
    expect(beats.mayStart()).toBe(false);
    start();
    await clock.advance(100_000);
    expect(seen.beats).toBe(51);
    expect(seen.announced).toBe(51);
    expect(beats.mayStart()).toBe(true);
    expect(seen.lost).toBe(0);
    await beats.stop();
  });

  it("say in time that nobody hears them, counted from when the last acknowledged one was sent", async () => {
    const { clock, seen, port, beats, start } = createHarness();
    start();
    await clock.advance(10_000);
    port.answer = refused;
    await clock.advance(graceMs - leadMs - 2001);
    expect(beats.mayStart()).toBe(true);
    await clock.advance(2002);
    expect(beats.mayStart()).toBe(false);
    expect(seen.lost).toBe(1);
    port.answer = async () => true;
    await clock.advance(2000);
    expect(beats.mayStart()).toBe(true);
    await beats.stop();
  });

  it("only ask once none was answered for too long: a node that is heard and hears nothing keeps no work to itself", async () => {
    const { clock, seen, port, beats, start } = createHarness();
    start();
    await clock.advance(10_000);
    port.answer = () => new Promise((_, reject) => void clock.after(1000, () => reject(new Error("no answer"))));
    await clock.advance(graceMs - leadMs + 1000);
    expect(beats.mayStart()).toBe(false);
    const renewed = () => seen.beats - seen.asked;
    const before = renewed();
    await clock.advance(20_000);
    expect(seen.asked).toBeGreaterThan(5);
    expect(renewed()).toBe(before);
    // An answer that comes is followed at once by a beat that counts.
    port.answer = async () => true;
    await clock.advance(2001);
    expect(beats.mayStart()).toBe(true);
    expect(renewed()).toBeGreaterThan(before);
    await beats.stop();
  });

  it("don't count the time that an answer took", async () => {
    const { clock, port, beats, start } = createHarness();
    start();
    await clock.advance(1);
    // The beat at 2,000 is answered more than ten seconds later, those after it never.
    const answers: ((live: boolean) => void)[] = [];
    port.answer = () => new Promise((resolve) => void answers.push(resolve));
    await clock.advance(2000);
    await clock.advance(graceMs - leadMs - 1000);
    answers[0]?.(true);
    await clock.advance(500);
    expect(beats.mayStart()).toBe(true);
    await clock.advance(1000);
    expect(beats.mayStart()).toBe(false);
    await beats.stop();
  });

  it("don't pile up behind a scheduler that doesn't answer", async () => {
    const { clock, seen, port, beats, start } = createHarness();
    port.answer = () => new Promise(() => {});
    start();
    await clock.advance(60_000);
    expect(seen.beats).toBe(3);
    await beats.stop();
  });

  it("let a machine that was suspended start nothing, and ask again before anything is ended", async () => {
    const { clock, seen, port, beats, start } = createHarness();
    start();
    await clock.advance(5000);
    // While suspended, only the wall clock goes on.
    clock.stepWall(120_000);
    expect(beats.mayStart()).toBe(false);
    await clock.advance(2000);
    expect(seen.lost).toBe(0);
    expect(beats.mayStart()).toBe(true);
    clock.stepWall(120_000);
    port.answer = refused;
    await clock.advance(4000);
    expect(seen.lost).toBe(1);
    await beats.stop();
  });

  it("tell once that the session has ended, and never trust it again", async () => {
    const { clock, seen, port, beats, start } = createHarness();
    start();
    await clock.advance(10);
    port.answer = async () => false;
    await clock.advance(10_000);
    expect(seen.ended).toBe(1);
    expect(beats.mayStart()).toBe(false);
    port.answer = async () => true;
    await clock.advance(10_000);
    expect(beats.mayStart()).toBe(false);
    await beats.stop();
    await beats.stop();
  });
});

describe("the host's load", () => {
  const files = (text: Record<string, string>) => async (path: string) => text[path] ?? null;

  it("is the machine's where there are no limits", async () => {
    const clock = new ManualClock();
    const proc: Record<string, string> = {
      "/proc/self/cgroup": "0::/user.slice\n",
      "/sys/fs/cgroup/user.slice/memory.max": "max\n",
      "/proc/stat": "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2\n",
      "/proc/meminfo": "MemTotal: 1000 kB\nMemAvailable:   0 kB\n",
    };
    const host = createHostLoad({ clock, mounts: ["/"], readText: files(proc) });
    expect((await host.read()).cpuRatio).toBe(0);
    proc["/proc/stat"] = "cpu  150 0 150 800 100 0 0 0 0 0\n";
    await clock.advance(2000);
    const load = await host.read();
    expect(load).toMatchObject({ cpuRatio: 0.5, memoryRatio: 1 });
    expect(load.disks[0]).toMatchObject({ mount: "/" });
  });

  it("is the container's where its cgroup has limits", async () => {
    const clock = new ManualClock();
    const proc: Record<string, string> = {
      "/proc/self/cgroup": "0::/a/b\n",
      "/sys/fs/cgroup/a/cpu.max": "50000 100000\n",
      "/sys/fs/cgroup/a/cpu.stat": "usage_usec 0\n",
      "/sys/fs/cgroup/a/memory.max": "1000000\n",
      "/sys/fs/cgroup/a/memory.current": "700000\n",
      "/sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 200000\n",
    };
    const host = createHostLoad({ clock, mounts: [], readText: files(proc) });
    await host.read();
    proc["/sys/fs/cgroup/a/cpu.stat"] = "usage_usec 250000\n";
    await clock.advance(2000);
    expect(await host.read()).toMatchObject({
      cores: 0.5,
      cpuRatio: 0.25,
      memoryRatio: 0.5,
      memoryTotalBytes: 1_000_000,
    });
  });

  it("works on the machine that this test runs on", async () => {
    const load = await createHostLoad({ clock: new ManualClock(), mounts: ["/"] }).read();
    expect(load.cores).toBeGreaterThan(0);
    expect(load.memoryRatio).toBeGreaterThan(0);
    expect(load.memoryRatio).toBeLessThanOrEqual(1);
  });
});
