import { describe, expect, it } from "vitest";
import { createWorld, type World } from "../../support/agent-world.ts";
import { createFakeExecutor } from "../../support/fake-executor.ts";

const ids = (world: World) => world.executor.running().map(({ request }) => request.assignment.runId);

describe("overlap: skip", () => {
  it("records the later tick as skipped at its due instant, naming the run in its way (C16)", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 }, { runId: "r2", dueIn: 5000 });
    await world.clock.advance(4999);
    expect(await world.claims()).toEqual(["r1"]);
    await world.clock.advance(1);
    expect(await world.story("r2")).toEqual(["skipped (overlap)"]);
    const event = (await world.events()).find((e) => e.runId === "r2");
    expect(event).toMatchObject({ attempt: 0, reason: { message: expect.stringContaining("r1") } });
    // A verdict is never without a claim.
    expect(await world.claims()).toEqual(["r1", "r2"]);
  });

  it("runs the later tick when the earlier one ended just in time", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 }, { runId: "r2", dueIn: 5000 });
    await world.clock.advance(4990);
    world.executor.of("r1")[0]?.finish();
    await world.clock.advance(10);
    expect(ids(world)).toEqual(["r2"]);
  });

  it("counts the wait before a retry as being in the way", async () => {
    const world = await createWorld();
    const job = { retry: { limit: 1, delayMs: 10_000, backoff: "fixed" as const, maxDelayMs: 60_000, jitterRatio: 0 } };
    await world.assign({ runId: "r1", dueIn: 0, job }, { runId: "r2", dueIn: 5000, job });
    await world.clock.advance(1000);
    world.executor.of("r1")[0]?.finish({ outcome: "failed" });
    await world.clock.advance(5000);
    expect(await world.story("r2")).toEqual(["skipped (overlap)"]);
  });

  it("doesn't count a run that was given back", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 1000 }, { runId: "r2", dueIn: 1200 });
    await world.clock.advance(900);
    await world.stop("r1", { kind: "revoke", reason: { code: "job_disabled", message: "changed" } });
    await world.clock.advance(300);
    expect(await world.story("r1")).toEqual(["released"]);
    expect(ids(world)).toEqual(["r2"]);
  });

  it("never skips what is run again after its node was lost: that waits until nothing is in its way", async () => {
    // A later tick was quicker to start; the rerun was recorded as skipped although it had begun.
    const world = await createWorld();
    await world.assign({ runId: "later", dueIn: 0 });
    await world.clock.advance(1000);
    await world.assign({ runId: "again", dueIn: -5000, fence: 2, firstAttempt: 2, catchUp: true });
    await world.clock.advance(10_000);
    expect(ids(world)).toEqual(["later"]);
    expect(await world.story("again")).toEqual([]);
    world.executor.of("later")[0]?.finish();
    await world.clock.advance(10);
    expect(ids(world)).toEqual(["again"]);
  });

  it("lets jobs that have nothing to do with each other run side by side", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", jobId: "a", dueIn: 0 }, { runId: "r2", jobId: "b", dueIn: 0 });
    await world.clock.advance(0);
    expect(ids(world)).toEqual(["r1", "r2"]);
  });

  it("follows a manual run's own wish", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    await world.assign({ runId: "r2", dueIn: 0, trigger: "manual", overrides: { overlap: "allow" } });
    await world.assign({ runId: "r3", dueIn: 0, trigger: "manual" });
    await world.clock.advance(10);
    expect(ids(world)).toEqual(["r1", "r2"]);
    expect(await world.story("r3")).toEqual(["skipped (overlap)"]);
  });

  it("never starts a second copy of a run while the first is ending, whatever the policy", async () => {
    const world = await createWorld({ executor: createFakeExecutor({ obeys: false }) });
    const job = { overlap: "allow" as const, onNodeLoss: "rerun" as const };
    await world.assign({ runId: "r1", fence: 1, dueIn: 0, job });
    await world.clock.advance(10);
    await world.take("r1");
    await world.assign({ runId: "r1", fence: 2, dueIn: 0, job });
    await world.clock.advance(1000);
    expect(world.executor.attempts).toHaveLength(1);
    expect(world.executor.attempts[0]?.ends[0]?.outcome).toBe("interrupted");
    world.executor.attempts[0]?.finish();
    await world.clock.advance(1000);
    expect(world.executor.running().map(({ request }) => request.assignment.fence)).toEqual([2]);
  });
});

describe("overlap: allow", () => {
  it("starts ticks side by side", async () => {
    const world = await createWorld();
    const job = { overlap: "allow" as const };
    await world.assign({ runId: "r1", dueIn: 0, job }, { runId: "r2", dueIn: 1000, job });
    await world.clock.advance(1000);
    expect(ids(world)).toEqual(["r1", "r2"]);
  });
});

describe("overlap: queue", () => {
  const job = { overlap: "queue" as const };

  it("keeps the first that waits, unclaimed, and skips the others", async () => {
    const world = await createWorld();
    await world.assign(
      { runId: "r1", dueIn: 0, job },
      { runId: "r2", dueIn: 1000, job },
      { runId: "r3", dueIn: 2000, job },
    );
    await world.clock.advance(3000);
    expect(await world.story("r2")).toEqual([]);
    expect(await world.story("r3")).toEqual(["skipped (overlap)"]);
    expect(await world.claims()).toEqual(["r1", "r3"]);
    world.executor.of("r1")[0]?.finish();
    await world.clock.advance(0);
    expect(ids(world)).toEqual(["r2"]);
  });
});

describe("overlap: replace", () => {
  const job = { overlap: "replace" as const };

  it("ends the old run and starts the new one only when the old one is gone", async () => {
    const world = await createWorld({ executor: createFakeExecutor({ obeys: false }) });
    await world.assign({ runId: "r1", dueIn: 0, job }, { runId: "r2", dueIn: 1000, job });
    await world.clock.advance(5000);
    expect(world.executor.of("r1")[0]?.ends[0]).toMatchObject({ outcome: "cancelled", reason: { code: "replaced" } });
    expect(ids(world)).toEqual(["r1"]);
    expect(await world.claims()).toEqual(["r1"]);
    world.executor.of("r1")[0]?.finish();
    await world.clock.advance(0);
    expect(await world.story("r1")).toEqual(["started 1", "ended 1 cancelled", "cancelled (replaced)"]);
    expect(ids(world)).toEqual(["r2"]);
  });

  it("replaces a run that waits to replace, without starting it", async () => {
    const world = await createWorld({ executor: createFakeExecutor({ obeys: false }) });
    await world.assign(
      { runId: "r1", dueIn: 0, job },
      { runId: "r2", dueIn: 1000, job },
      { runId: "r3", dueIn: 2000, job },
    );
    await world.clock.advance(3000);
    expect(await world.story("r2")).toEqual(["cancelled (replaced)"]);
    world.executor.of("r1")[0]?.finish();
    await world.clock.advance(0);
    expect(ids(world)).toEqual(["r3"]);
  });
});
