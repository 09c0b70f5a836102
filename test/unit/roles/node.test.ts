// A node among schedulers and a coordinator that come and go: what it goes on with, what it ends, and when.
import { afterEach, describe, expect, it } from "vitest";
import { leadOf } from "../../../src/execute/beats.ts";
import { createFakeExecutor } from "../../support/fake-executor.ts";
import { createNodeWorld, graceMs, type NodeWorld } from "../../support/node-world.ts";

const worlds: NodeWorld[] = [];
async function startedWorld(given: Parameters<typeof createNodeWorld>[0] = {}) {
  const world = await createNodeWorld(given);
  worlds.push(world);
  await world.start();
  return world;
}
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    for (const attempt of world.executor.running()) attempt.finish();
    const stopped = world.node.stop();
    await world.clock.advance(60_000);
    await stopped;
  }
});

describe("a node whose lease in the coordinator is lost", () => {
  it("goes on with what runs, claims nothing, and opens the same session again", async () => {
    const world = await startedWorld();
    const sessionId = world.sessionId();
    await world.assign({ runId: "runs", jobId: "a", dueIn: 0 });
    await world.clock.advance(10);
    world.coordinator.reachable = false;
    await world.loseLease();
    await world.assign({ runId: "later", jobId: "b", dueIn: 1000 });
    await world.clock.advance(5000);
    expect(await world.claims()).toEqual(["runs"]);
    expect(world.executor.of("runs")[0]?.over).toBe(false);
    expect(world.node.readiness().filter(({ ready }) => !ready)).toEqual([{ name: "coordinator", ready: false }]);
    world.coordinator.reachable = true;
    await world.clock.advance(10_000);
    expect(await world.sessions()).toEqual([sessionId]);
    expect(world.schedulers.sessions).toHaveLength(1);
    expect(world.executor.of("later")).toHaveLength(1);
    expect(world.node.isReady()).toBe(true);
  });

  it("tells what has begun before it opens the lease again: a wiped coordinator proves nothing", async () => {
    const world = await startedWorld();
    world.schedulers.reachable = false;
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(100);
    expect(world.executor.of("r1")).toHaveLength(1);
    await world.loseLease();
    await world.clock.advance(8000);
    expect(await world.sessions()).toEqual([]);
    world.schedulers.reachable = true;
    await world.clock.advance(15_000);
    expect(world.told("r1")).toEqual(["started"]);
    expect(await world.sessions()).toEqual([world.sessionId()]);
  });

  it("gives back what was claimed and hasn't begun", async () => {
    const world = await startedWorld();
    await world.assign({ runId: "r1", dueIn: 400 });
    await world.clock.advance(100);
    expect(await world.claims()).toEqual(["r1"]);
    await world.loseLease();
    await world.clock.advance(2000);
    expect(world.told("r1")).toEqual(["released"]);
    expect(world.executor.of("r1")).toHaveLength(0);
  });

  it("hears anew what it holds: what was taken back meanwhile is forgotten", async () => {
    const world = await startedWorld();
    await world.assign({ runId: "gone", jobId: "a", dueIn: 20_000 }, { runId: "stays", jobId: "b", dueIn: 20_000 });
    await world.clock.advance(10);
    world.coordinator.reachable = false;
    await world.loseLease();
    await world.leadership.clean(["gone"]);
    world.coordinator.reachable = true;
    await world.clock.advance(25_000);
    expect(world.executor.of("gone")).toHaveLength(0);
    expect(world.executor.of("stays")).toHaveLength(1);
  });
});

describe("a node that is cut off from everything", () => {
  const killGraceMs = 4000;
  const rerun = { onNodeLoss: "rerun" as const, killGraceMs };

  /** Cut off right after a beat; answers the milliseconds from then until each run was asked to end. */
  async function cutOff(world: NodeWorld, upToMs: number) {
    await world.clock.advance(2000 - (world.clock.monotonic() % 2000));
    const from = world.clock.monotonic();
    world.schedulers.reachable = false;
    const asked = new Map<string, { at: number; graceMs: number }>();
    while (world.clock.monotonic() - from < upToMs) {
      await world.clock.advance(100);
      for (const { request, ends } of world.executor.attempts) {
        const { runId } = request.assignment;
        const end = ends[0];
        if (end && !asked.has(runId)) asked.set(runId, { at: world.clock.monotonic() - from, graceMs: end.graceMs });
      }
    }
    return asked;
  }

  it("ends what could be run again before its trust does: TERM, the grace, KILL two seconds before (C9)", async () => {
    const world = await startedWorld({ executor: createFakeExecutor({ obeys: false }) });
    await world.assign(
      { runId: "short", jobId: "a", dueIn: 0, job: rerun },
      { runId: "long", jobId: "b", dueIn: 0, job: { ...rerun, killGraceMs: 60_000 } },
      { runId: "once", jobId: "c", dueIn: 0 },
    );
    await world.clock.advance(100);
    const asked = await cutOff(world, graceMs + 10_000);
    const termAt = (id: string) => asked.get(id)?.at ?? Number.NaN;
    expect(termAt("short")).toBeGreaterThanOrEqual(graceMs - killGraceMs - 2000 - 100);
    expect(termAt("short")).toBeLessThanOrEqual(graceMs - killGraceMs - 2000 + 100);
    expect(asked.get("short")?.graceMs).toBe(killGraceMs);
    expect(termAt("long")).toBeLessThanOrEqual(graceMs - leadOf(graceMs) + 100);
    expect(termAt("long") + (asked.get("long")?.graceMs ?? 0)).toBeLessThanOrEqual(graceMs - 2000 + 100);
    expect(asked.has("once")).toBe(false);
  });

  it("ends nothing when it is heard again in time", async () => {
    const world = await startedWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: rerun });
    await world.clock.advance(100);
    await cutOff(world, graceMs - killGraceMs - 5000);
    world.schedulers.reachable = true;
    await world.clock.advance(graceMs);
    expect(world.executor.of("r1")[0]?.ends).toEqual([]);
  });

  it("starts nothing any more, and says of what it ended that it was interrupted", async () => {
    const world = await startedWorld();
    await world.assign({ runId: "r1", jobId: "a", dueIn: 0, job: rerun }, { runId: "r2", jobId: "b", dueIn: 25_000 });
    await world.clock.advance(100);
    await cutOff(world, graceMs);
    expect(world.executor.of("r2")).toHaveLength(0);
    world.schedulers.reachable = true;
    await world.clock.advance(15_000);
    expect(world.told("r1")).toEqual(["started", "attempt-ended", "interrupted"]);
  });

  it("ends what may not be run again only when the job's next tick may start elsewhere", async () => {
    const world = await startedWorld();
    const now = world.clock.now();
    await world.assign(
      { runId: "nightly", jobId: "a", dueIn: 0, exclusiveUntil: now + 100_000, job: { killGraceMs } },
      { runId: "minutely", jobId: "b", dueIn: 0, exclusiveUntil: now + 5000, job: { killGraceMs } },
    );
    await world.clock.advance(100);
    const began = world.clock.now() + (2000 - (world.clock.monotonic() % 2000));
    const asked = await cutOff(world, 110_000);
    const nightly = began + (asked.get("nightly")?.at ?? 0);
    expect(nightly).toBeLessThanOrEqual(now + 100_000 - 2000 - killGraceMs + 100);
    expect(nightly).toBeGreaterThan(now + 100_000 - 2000 - killGraceMs - 200);
    expect(asked.get("minutely")?.at).toBeLessThanOrEqual(graceMs - killGraceMs - 2000 + 100);
  });

  it("tells its wardens the deadline with each beat, so that they keep it when it can't", async () => {
    const deadlines: ({ termInMs: number; killInMs: number } | null)[] = [];
    const executor = createFakeExecutor();
    const { start } = executor;
    executor.start = (request, on) => ({ ...start(request, on), setDeadline: (at) => void deadlines.push(at) });
    const world = await startedWorld({ executor });
    await world.assign({ runId: "r1", dueIn: 0, job: rerun });
    await world.clock.advance(6000);
    expect(deadlines.length).toBeGreaterThanOrEqual(3);
    expect(deadlines.at(-1)).toEqual({ termInMs: graceMs - 2000 - killGraceMs, killInMs: graceMs - 2000 });
  });
});

describe("a node whose session was ended", () => {
  it("joins under a new one, naming the former, and no longer tries to open the old lease", async () => {
    const world = await startedWorld();
    const first = world.sessionId();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    world.schedulers.reachable = false;
    world.coordinator.reachable = false;
    await world.loseLease();
    await world.clock.advance(3000);
    world.coordinator.reachable = true;
    world.schedulers.ended.add(first);
    world.schedulers.reachable = true;
    await world.clock.advance(20_000);
    expect(world.schedulers.sessions.at(-1)).toEqual({ sessionId: world.sessionId(), former: first });
    expect(await world.sessions()).toEqual([world.sessionId()]);
    expect(world.sessionId()).not.toBe(first);
    world.executor.of("r1")[0]?.finish();
    await world.clock.advance(1000);
    expect(world.told("r1")).toEqual(["started", "attempt-ended", "finished"]);
  });

  it("leaves none behind when it is asked to stop while it joins anew", async () => {
    const world = await startedWorld();
    const first = world.sessionId();
    let answer = () => {};
    world.coordinator.answer = new Promise((resolve) => {
      answer = resolve;
    });
    world.schedulers.ended.add(first);
    await world.clock.advance(5000);
    const second = world.sessionId();
    expect(second).not.toBe(first);
    const stopped = world.node.stop();
    await world.clock.advance(10_000);
    await stopped;
    answer();
    await world.clock.advance(1000);
    const { beats } = world.schedulers;
    await world.clock.advance(60_000);
    expect(world.schedulers.beats).toBe(beats);
    expect(world.schedulers.closed).toContain(second);
    expect(await world.sessions()).toEqual([]);
  });
});

describe("a node that is wished to drain", () => {
  it("gives back what hasn't begun and starts nothing new until it is resumed", async () => {
    const world = await startedWorld();
    await world.assign({ runId: "runs", jobId: "a", dueIn: 0 });
    world.schedulers.drain = true;
    await world.clock.advance(2500);
    await world.assign({ runId: "r2", jobId: "b", dueIn: 100 });
    await world.clock.advance(5000);
    expect(world.executor.of("runs")[0]?.over).toBe(false);
    expect(world.executor.of("r2")).toHaveLength(0);
    world.schedulers.drain = false;
    await world.clock.advance(3000);
    expect(world.executor.of("r2")).toHaveLength(1);
  });

  it("isn't resumed by an answer that was on its way for long", async () => {
    const world = await startedWorld();
    let answerOld = () => {};
    world.schedulers.drain = false;
    world.schedulers.answer = new Promise((resolve) => {
      answerOld = resolve;
    });
    await world.clock.advance(2000);
    world.schedulers.drain = true;
    world.schedulers.answer = null;
    await world.clock.advance(2000);
    answerOld();
    await world.clock.advance(100);
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(1000);
    expect(world.executor.of("r1")).toHaveLength(0);
  });
});

describe("joining", () => {
  it("waits for schedulers that aren't there yet", async () => {
    const world = await createNodeWorld();
    worlds.push(world);
    world.schedulers.reachable = false;
    let up = false;
    void world.node.start().then(() => {
      up = true;
    });
    await world.clock.advance(30_000);
    expect(up).toBe(false);
    world.schedulers.reachable = true;
    await world.clock.advance(10_000);
    expect(up).toBe(true);
  });

  it("is given up when the cluster refuses it", async () => {
    const world = await createNodeWorld();
    worlds.push(world);
    world.schedulers.refuse = Object.assign(new Error('the node name "web-1" is in use'), { code: "node_name_taken" });
    const started = expect(world.node.start()).rejects.toMatchObject({ code: "node_name_taken" });
    await world.clock.advance(1000);
    await started;
  });

  it("asks again for a while when its id is in use: by its own former life, perhaps, which was killed", async () => {
    const world = await createNodeWorld();
    worlds.push(world);
    world.schedulers.refuse = Object.assign(new Error("node id web-1 is in use"), { code: "node_id_live" });
    const started = world.node.start();
    await world.clock.advance(6000);
    world.schedulers.refuse = null;
    await world.clock.advance(1000);
    await started;
    expect(world.node.isReady()).toBe(true);
  });

  it("is given up when its id stays in use", async () => {
    const world = await createNodeWorld();
    worlds.push(world);
    world.schedulers.refuse = Object.assign(new Error("node id web-1 is in use"), { code: "node_id_live" });
    const started = expect(world.node.start()).rejects.toMatchObject({ code: "node_id_live" });
    await world.clock.advance(20_000);
    await started;
  });

  it("goes by the schedulers' clock where this machine's is wrong", async () => {
    const world = await startedWorld({ offsetMs: -10_000 });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(9000);
    expect(world.executor.of("r1")).toHaveLength(0);
    await world.clock.advance(2000);
    expect(world.executor.of("r1")).toHaveLength(1);
  });

  it("shows its figures and what isn't ready", async () => {
    const world = await startedWorld();
    await world.clock.advance(2000);
    expect(world.node.figures()).toMatchObject({ name: "web-1", up: true, slots: 4, running: 0, cpuRatio: 0.5 });
    expect(world.node.isReady()).toBe(true);
    world.schedulers.reachable = false;
    await world.clock.advance(graceMs);
    expect(world.node.readiness().find(({ name }) => name === "schedulers")).toEqual({
      name: "schedulers",
      ready: false,
    });
    expect(world.node.figures()?.up).toBe(false);
  });
});

describe("a node that is asked to stop while something runs", () => {
  it("is off the coordinator's list at once, so that nothing waits there, and is trusted with what runs until that ends", async () => {
    const world = await startedWorld({ stopTimeoutMs: 60_000 });
    await world.assign({ runId: "runs", jobId: "a", dueIn: 0, job: { onNodeLoss: "rerun" } });
    await world.clock.advance(10);
    await world.assign({ runId: "claimed", jobId: "b", dueIn: 400 }, { runId: "later", jobId: "c", dueIn: 5000 });
    await world.clock.advance(10);
    const stopped = world.node.stop();
    await world.clock.advance(10);
    expect(await world.sessions()).toEqual([]);
    expect(world.told("claimed")).toEqual(["released"]);
    const beats = world.schedulers.beats;
    await world.clock.advance(50_000);
    // Neither does the lease that is gone come back, nor does anybody take the session for silent.
    expect(await world.sessions()).toEqual([]);
    expect(world.schedulers.sessions).toHaveLength(1);
    expect(world.schedulers.beats).toBeGreaterThan(beats + 10);
    expect(world.executor.of("runs")[0]?.over).toBe(false);
    expect(world.executor.of("later")).toHaveLength(0);
    world.executor.of("runs")[0]?.finish();
    await world.clock.advance(100);
    await stopped;
    expect(world.told("runs")).toEqual(["started", "attempt-ended", "finished"]);
  });
});
