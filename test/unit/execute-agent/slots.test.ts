import { describe, expect, it } from "vitest";
import { createWorld, type World } from "../../support/agent-world.ts";

const started = (world: World) => world.executor.attempts.map(({ request }) => request.assignment.runId);
const finishOldest = async (world: World) => {
  world.executor.running()[0]?.finish();
  await world.clock.advance(0);
};

describe("slots", () => {
  it("doesn't claim what has no slot", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign({ runId: "r1", jobId: "a", dueIn: 0 }, { runId: "r2", jobId: "b", dueIn: 0 });
    await world.clock.advance(5000);
    expect(await world.claims()).toEqual(["r1"]);
    expect(world.agent.load()).toEqual({ running: 1, queued: 1 });
    await finishOldest(world);
    expect(started(world)).toEqual(["r1", "r2"]);
  });

  it("gives free slots to due runs by priority, then due instant, then id", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign({ runId: "r0", jobId: "j0", dueIn: 0 });
    await world.clock.advance(0);
    await world.assign(
      { runId: "r4", jobId: "j4", dueIn: 2, priority: 5 },
      { runId: "r3", jobId: "j3", dueIn: 1, priority: 5 },
      { runId: "r2", jobId: "j2", dueIn: 1, priority: 5 },
      { runId: "r1", jobId: "j1", dueIn: 3, priority: 9 },
      { runId: "r5", jobId: "j5", dueIn: 1, priority: 1 },
    );
    await world.clock.advance(10);
    for (let i = 0; i < 6; i++) await finishOldest(world);
    expect(started(world)).toEqual(["r0", "r1", "r2", "r3", "r4", "r5"]);
  });

  it("raises the priority of a catch-up run by one for each 60 seconds it waited", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign({ runId: "r0", jobId: "j0", dueIn: 0 });
    await world.clock.advance(0);
    await world.assign({ runId: "old", jobId: "a", dueIn: 0, priority: 5, catchUp: true });
    await world.clock.advance(130_000);
    await world.assign(
      { runId: "new6", jobId: "b", dueIn: 0, priority: 6 },
      { runId: "new8", jobId: "c", dueIn: 0, priority: 8 },
    );
    await world.clock.advance(10);
    for (let i = 0; i < 4; i++) await finishOldest(world);
    expect(started(world)).toEqual(["r0", "new8", "old", "new6"]);
  });

  it("holds an idle slot only for the earliest of the runs that aren't due", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign(
      { runId: "late", jobId: "a", dueIn: 900, priority: 9 },
      { runId: "early", jobId: "b", dueIn: 800, priority: 0 },
    );
    await world.clock.advance(500);
    expect(await world.claims()).toEqual(["early"]);
  });

  it("lets a run that is due borrow the slot of one that isn't, which then gets the next", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign({ runId: "r1", jobId: "a", dueIn: 500 });
    await world.clock.advance(100);
    await world.assign({ runId: "r2", jobId: "b", dueIn: 0, trigger: "manual" });
    await world.clock.advance(100);
    expect(started(world)).toEqual(["r2"]);
    await world.clock.advance(1000);
    expect(started(world)).toEqual(["r2"]);
    await world.assign({ runId: "r3", jobId: "c", dueIn: 0, priority: 9 });
    await finishOldest(world);
    expect(started(world)).toEqual(["r2", "r1"]);
  });

  it("needs no slot to record a skip", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign({ runId: "r1", dueIn: 0 }, { runId: "r2", dueIn: 1000 });
    await world.clock.advance(1000);
    expect(await world.story("r2")).toEqual(["skipped (overlap)"]);
  });

  it("gets a thousand runs of one moment through few slots in order, without a hitch", async () => {
    const world = await createWorld({ slots: 10 });
    const name = (i: number) => `r${String(i).padStart(4, "0")}`;
    await world.assign(...Array.from({ length: 1000 }, (_, i) => ({ runId: name(i), jobId: `j${i}`, dueIn: 1000 })));
    await world.clock.advance(1000);
    for (let i = 0; i < 100; i++) {
      for (const attempt of world.executor.running()) attempt.finish();
      await world.clock.advance(0, 3);
    }
    expect(started(world)).toEqual(Array.from({ length: 1000 }, (_, i) => name(i)));
  });
});
