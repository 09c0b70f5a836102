import { describe, expect, it } from "vitest";
import type { Fault } from "../../../src/coordinator/in-process/faults.ts";
import { createWorld } from "../../support/agent-world.ts";

/** Faults that a test sets for claims. */
function claimFaults() {
  const plan = { fault: "pass" as Fault, claims: 0 };
  return {
    plan,
    faults: {
      before(operation: { name: string }): Fault {
        if (operation.name !== "claim") return "pass";
        plan.claims++;
        return plan.fault;
      },
    },
  };
}

describe("a claim in doubt", () => {
  it("is asked for again, with the same arguments, until it is certain", async () => {
    const { plan, faults } = claimFaults();
    const world = await createWorld({ faults });
    plan.fault = "lose-answer";
    await world.assign({ runId: "r1", dueIn: 500 });
    await world.clock.advance(400);
    expect(plan.claims).toBeGreaterThan(1);
    await world.clock.advance(1000);
    expect(world.executor.attempts).toHaveLength(0);
    plan.fault = "pass";
    await world.clock.advance(2000);
    expect(world.executor.attempts).toHaveLength(1);
  });

  it("pauses longer and longer between the tries", async () => {
    const { plan, faults } = claimFaults();
    const world = await createWorld({ faults });
    plan.fault = "drop";
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(50_000);
    expect(plan.claims).toBeLessThan(40);
  });

  it("is in the way of the job's next tick", async () => {
    const { plan, faults } = claimFaults();
    const world = await createWorld({ faults });
    plan.fault = "drop";
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    await world.assign({ runId: "r2", dueIn: 0 });
    plan.fault = "pass";
    await world.clock.advance(1);
    expect(await world.story()).toEqual(["r2 skipped (overlap)"]);
    await world.clock.advance(3000);
    expect(world.executor.of("r1")).toHaveLength(1);
  });

  it("is given back when the node stops without an answer", async () => {
    const { plan, faults } = claimFaults();
    const world = await createWorld({ faults });
    plan.fault = "lose-answer";
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    let stopped = false;
    void world.agent.stop({ graceMs: 1000 }).then(() => {
      stopped = true;
    });
    await world.clock.advance(5000);
    expect(await world.story()).toEqual(["r1 released"]);
    expect(stopped).toBe(true);
  });

  it("is given back when its session is gone for good", async () => {
    const { plan, faults } = claimFaults();
    const world = await createWorld({ faults });
    plan.fault = "drop";
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    await world.session.close();
    world.agent.attach(await world.reopen("session-2"));
    await world.clock.advance(3000);
    expect(await world.story()).toEqual(["r1 released"]);
  });

  it("is resolved under the reopened lease of the same session", async () => {
    const { plan, faults } = claimFaults();
    const world = await createWorld({ faults });
    plan.fault = { delayMs: 1500 };
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(1);
    plan.fault = "pass";
    const reopened = await world.reopen();
    await world.clock.advance(1000);
    expect(world.executor.attempts).toHaveLength(0);
    world.agent.attach(reopened);
    await world.clock.advance(3000);
    expect(world.executor.attempts).toHaveLength(1);
    expect(await world.claims()).toEqual(["r1"]);
  });
});

describe("a claim that is refused", () => {
  it("drops the run: the leader was faster", async () => {
    const { plan, faults } = claimFaults();
    const world = await createWorld({ faults });
    plan.fault = "drop";
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    await world.take("r1");
    plan.fault = "pass";
    await world.clock.advance(3000);
    // It wasn't claimed, but nobody could know: giving it back is always safe.
    expect(world.executor.attempts).toHaveLength(0);
    expect(world.agent.load()).toEqual({ running: 0, queued: 0 });
  });

  it("is asked for again at the revision that the assignment has come to", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 5000 });
    const [view] = (await world.leadership.lookup(["r1"])).assignments;
    const ref = { runId: "r1", nodeId: view!.assignment.nodeId, sessionId: "session-1", revision: view!.revision };
    await world.leadership.move([[{ from: ref, to: { ...view!.assignment, fence: 2 } }]]);
    await world.clock.advance(5000);
    expect(world.executor.attempts.map(({ request }) => request.assignment.fence)).toEqual([2]);
  });

  it("claims nothing while the lease is over, and all that is still in time when it is back", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 1000 });
    const reopened = await world.reopen();
    await world.clock.advance(3000);
    expect(await world.claims()).toEqual([]);
    world.agent.attach(reopened);
    await world.clock.advance(1000);
    expect(world.executor.attempts).toHaveLength(1);
  });

  it("never claims again what it has given a verdict, though the assignment is shown again (C16)", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish();
    await world.clock.advance(0);
    world.agent.attach(await world.reopen());
    await world.clock.advance(5000);
    expect(world.executor.attempts).toHaveLength(1);
    expect(await world.story()).toEqual(["r1 started 1", "r1 ended 1 succeeded", "r1 succeeded"]);
  });
});
