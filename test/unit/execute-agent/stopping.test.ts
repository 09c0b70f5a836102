import { describe, expect, it } from "vitest";
import { createWorld, type World } from "../../support/agent-world.ts";
import { createFakeExecutor, failedWith } from "../../support/fake-executor.ts";

const retry = { limit: 2, delayMs: 10_000, backoff: "fixed" as const, maxDelayMs: 600_000, jitterRatio: 0 };

/** Whether a promise has resolved by now. */
function watched(promise: Promise<unknown>) {
  const seen = { resolved: false };
  void promise.then(() => {
    seen.resolved = true;
  });
  return seen;
}

describe("stopping a node", () => {
  it("claims nothing new, gives back what hasn't begun, and waits for what runs", async () => {
    const world = await createWorld();
    await world.assign(
      { runId: "runs", jobId: "a", dueIn: 0 },
      { runId: "claimed", jobId: "b", dueIn: 400 },
      { runId: "later", jobId: "c", dueIn: 2000 },
    );
    await world.clock.advance(10);
    const stopped = watched(world.agent.stop({ graceMs: 30_000 }));
    await world.clock.advance(5000);
    expect(await world.story()).toEqual(["runs started 1", "claimed released"]);
    expect(await world.claims()).toEqual(["runs", "claimed"]);
    expect(stopped.resolved).toBe(false);
    world.executor.of("runs")[0]?.finish();
    await world.clock.advance(0);
    expect(stopped.resolved).toBe(true);
    expect(await world.story("runs")).toEqual(["started 1", "ended 1 succeeded", "succeeded"]);
  });

  it("ends what still runs after its limit like any attempt that ended, but without another try", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry, killGraceMs: 4000 } });
    await world.clock.advance(10);
    const stopped = watched(world.agent.stop({ graceMs: 30_000 }));
    await world.clock.advance(29_999);
    expect(world.executor.attempts[0]?.ends).toEqual([]);
    await world.clock.advance(1);
    expect(world.executor.attempts[0]?.ends[0]).toMatchObject({ outcome: "failed", graceMs: 4000 });
    expect(await world.story("r1")).toEqual(["started 1", "ended 1 failed", "failed (signal)"]);
    expect((await world.events()).at(-1)).toMatchObject({
      reason: { message: "ended because the node was stopping" },
    });
    expect(stopped.resolved).toBe(true);
  });

  it("hands work that may be run again to another node instead", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { onNodeLoss: "rerun" } });
    await world.clock.advance(10);
    void world.agent.stop({ graceMs: 0 });
    await world.clock.advance(0);
    expect(await world.story("r1")).toEqual(["started 1", "ended 1 interrupted", "interrupted"]);
  });

  it("gives up a pending retry: the last result stands", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(7));
    await world.clock.advance(10);
    void world.agent.stop({ graceMs: 0 });
    await world.clock.advance(0);
    const last = (await world.events()).at(-1);
    expect(last).toMatchObject({ state: "failed", reason: { code: "exit_code" } });
    expect(last?.type === "finished" && last.reason?.message).toBe(
      "exit code 7; its retry was given up: the node was stopping",
    );
  });

  it("stops sooner when asked again with a shorter limit, and kills at once if told so", async () => {
    const world = await createWorld({ executor: createFakeExecutor({ obeys: false }) });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    const first = watched(world.agent.stop({ graceMs: 30_000 }));
    await world.clock.advance(1000);
    const second = watched(world.agent.stop({ graceMs: 0, killGraceMs: 0 }));
    await world.clock.advance(1);
    expect(world.executor.attempts[0]?.ends[0]).toMatchObject({ graceMs: 0 });
    world.executor.attempts[0]?.finish();
    await world.clock.advance(0);
    expect([first.resolved, second.resolved]).toEqual([true, true]);
  });

  it("doesn't wait for ever for what can't be killed", async () => {
    const world = await createWorld({ executor: createFakeExecutor({ obeys: false }) });
    await world.assign({ runId: "r1", dueIn: 0, job: { killGraceMs: 5000 } });
    await world.clock.advance(10);
    const stopped = watched(world.agent.stop({ graceMs: 1000 }));
    await world.clock.advance(20_000);
    expect(stopped.resolved).toBe(true);
  });

  it("may be stopped before it was started, and twice", async () => {
    const world = await createWorld({ start: false });
    await world.agent.stop({ graceMs: 1000 });
    await world.agent.stop({ graceMs: 1000 });
    world.agent.start();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(1000);
    expect(world.executor.attempts).toHaveLength(0);
  });
});

describe("draining a node", () => {
  it("still judges the ticks of a job that runs here, and starts none", async () => {
    const world = await createWorld();
    await world.assign(
      { runId: "r1", dueIn: 0 },
      { runId: "r2", dueIn: 2000 },
      { runId: "other", jobId: "b", dueIn: 2000 },
    );
    await world.clock.advance(10);
    const drained = watched(world.agent.drain());
    await world.clock.advance(5000);
    expect(await world.story("r2")).toEqual(["skipped (overlap)"]);
    expect(await world.story("other")).toEqual([]);
    world.executor.of("r1")[0]?.finish();
    await world.clock.advance(0);
    expect(drained.resolved).toBe(true);
  });

  it("ends what runs after its limit, unless it was resumed before", async () => {
    const world = await createWorld({ agent: { drainTimeoutMs: 60_000 } });
    await world.assign({ runId: "r1", dueIn: 0 }, { runId: "r2", jobId: "b", dueIn: 70_000 });
    await world.clock.advance(10);
    void world.agent.drain();
    await world.clock.advance(30_000);
    world.agent.resume();
    await world.clock.advance(45_000);
    expect(world.executor.attempts[0]?.ends).toEqual([]);
    expect(world.executor.of("r2")).toHaveLength(1);
    void world.agent.drain();
    await world.clock.advance(60_000);
    expect(world.executor.attempts[0]?.ends).toHaveLength(1);
  });
});

describe("losing trust", () => {
  const lose = async (world: World) => {
    Object.assign(world.trust, { trusted: false, leftMs: 12_000 });
    world.agent.onTrustLost();
    await world.clock.advance(10);
  };

  it("ends what could be run again elsewhere, gives back what hasn't begun, and lets the rest go on", async () => {
    const world = await createWorld();
    await world.assign(
      { runId: "again", jobId: "a", dueIn: 0, job: { onNodeLoss: "rerun" } },
      { runId: "once", jobId: "b", dueIn: 0 },
      { runId: "soon", jobId: "c", dueIn: 300 },
    );
    await world.clock.advance(10);
    await lose(world);
    expect(await world.story("again")).toEqual(["started 1", "ended 1 interrupted", "interrupted"]);
    expect(await world.story("soon")).toEqual(["released"]);
    world.executor.of("once")[0]?.finish();
    await world.clock.advance(0);
    expect(await world.story("once")).toEqual(["started 1", "ended 1 succeeded", "succeeded"]);
  });

  it("begins no retry without trust, and one that waited goes on when trust is back", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(1));
    world.trust.trusted = false;
    await world.clock.advance(30_000);
    expect(world.executor.attempts).toHaveLength(1);
    world.trust.trusted = true;
    await world.clock.advance(1000);
    expect(world.executor.attempts).toHaveLength(2);
  });

  it("ends a run that waits to be tried again with its last result", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(1));
    await world.clock.advance(0);
    await lose(world);
    expect((await world.story("r1")).at(-1)).toBe("failed (exit_code)");
  });

  it("goes on under a new session: old work under its own session and fence, new work under the new one", async () => {
    const world = await createWorld({ slots: 2 });
    await world.assign({ runId: "old", dueIn: 0 }, { runId: "unclaimed", jobId: "b", dueIn: 5000 });
    await world.clock.advance(10);
    world.agent.onTrustLost();
    await world.session.close();
    world.agent.attach(await world.reopen("session-2"));
    // The old run still counts for the overlap gate and for slots.
    await world.assign(
      { runId: "next", sessionId: "session-2", dueIn: 1000 },
      { runId: "r3", sessionId: "session-2", jobId: "c", dueIn: 1000 },
      { runId: "r4", sessionId: "session-2", jobId: "d", dueIn: 1000 },
    );
    await world.clock.advance(10_000);
    expect(await world.story("next")).toEqual(["skipped (overlap)"]);
    expect(world.executor.running().map(({ request }) => request.assignment.runId)).toEqual(["old", "r3"]);
    expect(await world.story("unclaimed")).toEqual([]);
    world.executor.of("old")[0]?.finish();
    await world.clock.advance(0);
    expect((await world.events()).filter((event) => event.runId === "old").map((event) => event.sessionId)).toEqual(
      Array(3).fill("session-1"),
    );
  });
});
