import { describe, expect, it } from "vitest";
import { createWorld } from "../../support/agent-world.ts";
import { createFakeExecutor } from "../../support/fake-executor.ts";
import { createMemorySpoolFiles } from "../../support/memory-spool-files.ts";

describe("starting a run", () => {
  it("claims shortly before the due instant and starts at it", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 5000 });
    await world.clock.advance(4499);
    expect(await world.claims()).toEqual([]);
    await world.clock.advance(1);
    expect(await world.claims()).toEqual(["r1"]);
    await world.clock.advance(499);
    expect(world.executor.attempts).toHaveLength(0);
    await world.clock.advance(1);
    expect(world.executor.attempts).toHaveLength(1);
    world.executor.attempts[0]?.finish();
    await world.clock.advance(0);
    expect(await world.story()).toEqual(["r1 started 1", "r1 ended 1 succeeded", "r1 succeeded"]);
  });

  it("starts at once what is due already", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: -3000, trigger: "manual" });
    await world.clock.advance(0);
    expect(world.executor.running()).toHaveLength(1);
  });

  it("has the line on the disk before anything is spawned", async () => {
    const files = createMemorySpoolFiles();
    const release = files.holdSyncs();
    const world = await createWorld({ files });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    expect(world.executor.attempts).toHaveLength(0);
    expect(await world.events()).toEqual([]);
    release();
    await world.clock.advance(0);
    expect(world.executor.attempts).toHaveLength(1);
    expect(await world.story()).toEqual(["r1 started 1"]);
  });

  it("writes the starts of one moment in one sync", async () => {
    const world = await createWorld({ slots: 2000 });
    const runs = Array.from({ length: 1000 }, (_, i) => ({ runId: `r${i}`, jobId: `j${i}`, dueIn: 2000 }));
    await world.assign(...runs);
    await world.clock.advance(1999);
    const before = world.files.syncs;
    await world.clock.advance(1);
    expect(world.executor.running()).toHaveLength(1000);
    expect(world.files.syncs - before).toBeLessThanOrEqual(2);
  });

  it("is never early though the clock is set back after the claim", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 2000 });
    await world.clock.advance(1600);
    expect(await world.claims()).toEqual(["r1"]);
    world.clock.stepWall(-10_000);
    await world.clock.advance(9000);
    expect(world.executor.attempts).toHaveLength(0);
    await world.clock.advance(1400);
    expect(world.executor.attempts).toHaveLength(1);
  });

  it("is never early though the clock is set back while the line is being written", async () => {
    const files = createMemorySpoolFiles();
    const release = files.holdSyncs();
    const world = await createWorld({ files });
    await world.assign({ runId: "r1", dueIn: 1000 });
    await world.clock.advance(1000);
    world.clock.stepWall(-3000);
    release();
    await world.clock.advance(2900);
    expect(world.executor.attempts).toHaveLength(0);
    await world.clock.advance(1200);
    expect(world.executor.attempts).toHaveLength(1);
  });

  it("notices within a second that the clock was set forward", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 20_000 });
    await world.clock.advance(100);
    world.clock.stepWall(30_000);
    await world.clock.advance(1000);
    expect(world.executor.attempts).toHaveLength(1);
  });

  it("leaves to the leader what wasn't claimed in 60 seconds, but for catch-up runs", async () => {
    const world = await createWorld();
    world.trust.trusted = false;
    await world.assign({ runId: "r1", dueIn: 1000 }, { runId: "r2", jobId: "j2", dueIn: 1000, catchUp: true });
    await world.clock.advance(61_500);
    world.trust.trusted = true;
    await world.clock.advance(2000);
    expect(await world.claims()).toEqual(["r2"]);
    expect(world.executor.of("r1")).toHaveLength(0);
    expect(world.executor.of("r2")).toHaveLength(1);
  });

  it("gives back a claimed run when it isn't trusted any more at the due instant (C6, C8)", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 1000 });
    await world.clock.advance(900);
    world.trust.trusted = false;
    await world.clock.advance(5000);
    expect(await world.story()).toEqual(["r1 released"]);
    world.trust.trusted = true;
    await world.clock.advance(5000);
    expect(world.executor.attempts).toHaveLength(0);
    expect(await world.story()).toEqual(["r1 released"]);
  });

  it("gives an attempt that was cancelled while its line was being written an end of its own", async () => {
    const files = createMemorySpoolFiles();
    const release = files.holdSyncs();
    const world = await createWorld({ files });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(0);
    await world.stop("r1", { kind: "cancel", reason: { code: "cancelled_by_user", message: "cancelled by ann" } });
    release();
    await world.clock.advance(0);
    release();
    await world.clock.advance(0);
    expect(world.executor.attempts).toHaveLength(0);
    // It had an attempt with a start and without an end for ever in the ledger.
    expect(await world.story("r1")).toEqual(["started 1", "ended 1 cancelled", "cancelled (cancelled_by_user)"]);
  });

  it("doesn't start when trust ends while the line is being written (C8)", async () => {
    const files = createMemorySpoolFiles();
    const release = files.holdSyncs();
    const world = await createWorld({ files });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(0);
    world.trust.trusted = false;
    release();
    await world.clock.advance(0);
    release();
    await world.clock.advance(0);
    expect(world.executor.attempts).toHaveLength(0);
    expect(await world.story()).toEqual(["r1 started 1", "r1 interrupted"]);
  });

  it("gives a run back with the reason when its line can't be written", async () => {
    const files = createMemorySpoolFiles();
    const world = await createWorld({ files });
    files.capacity = 0;
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(100);
    expect(world.executor.attempts).toHaveLength(0);
    const [event] = await world.events();
    expect(event).toMatchObject({ type: "released", runId: "r1" });
    expect(event?.type === "released" && event.reason).toMatch(/spool.*ENOSPC/);
  });

  it("drops an assignment that is taken away before it is claimed", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 3000 });
    await world.take("r1");
    await world.clock.advance(10_000);
    expect(world.executor.attempts).toHaveLength(0);
    expect(await world.events()).toEqual([]);
  });

  it("skips a run whose start deadline passes while it waits for a slot", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign(
      { runId: "r1", jobId: "j1", dueIn: 0 },
      { runId: "r2", jobId: "j2", dueIn: 1000, job: { startDeadlineMs: 5000 } },
    );
    await world.clock.advance(5900);
    expect(await world.story("r2")).toEqual([]);
    await world.clock.advance(1200);
    expect(await world.story("r2")).toEqual(["skipped (deadline)"]);
    expect(await world.claims()).toEqual(["r1", "r2"]);
  });

  it("reports an executor that is missing as an attempt that failed", async () => {
    const executor = createFakeExecutor();
    const world = await createWorld({ agent: { executors: { cmd: null, http: executor } } });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    expect(await world.story()).toEqual(["r1 started 1", "r1 ended 1 failed", "r1 failed (spawn_failed)"]);
  });
});
