// What the leader puts, moves and deletes: each write compares what it acted on.
import { describe, expect, it } from "vitest";
import { anAssignment } from "../../support/an-assignment.ts";
import { never, nodeInfo, placed, refOf, scheduler } from "./cluster.ts";
import type { Scene } from "./suite.ts";

const reason = { code: "cancelled_by_user", message: "by a test" } as const;

export function describeLeaderWrites(scene: Scene) {
  const lead = () => scene.coordinator.campaign(scheduler("s1"), never);
  const on = (sessionId: string, runId = "r1", fence = 1) => anAssignment({ runId, sessionId, fence });
  const openTwo = async () => [
    await scene.coordinator.openSession("a", nodeInfo()),
    await scene.coordinator.openSession("b", nodeInfo({ nodeId: "node-b", name: "web-2" })),
  ];

  describe("assigning", () => {
    it("puts assignments, each with an outcome of its own", async () => {
      const leader = await lead();
      expect(await leader.assign([])).toEqual([]);
      expect(await leader.assign([on("a"), on("b", "r2")])).toEqual(["done", "done"]);
      expect(await leader.assign([on("a", "r3"), on("a", "r1", 2), on("a", "r4")])).toEqual([
        "done",
        "refused",
        "done",
      ]);
      const { assignments } = await leader.lookup(["r1", "r2", "r3", "nothing"]);
      expect(assignments.map((view) => view.assignment)).toEqual([on("a"), on("b", "r2"), on("a", "r3")]);
    });

    it("refuses a run that has an assignment under another session", async () => {
      const leader = await lead();
      await leader.assign([on("a")]);
      expect(await leader.assign([on("b", "r1", 2)])).toEqual(["refused"]);
    });

    it("refuses a run that has a claim", async () => {
      const leader = await lead();
      await leader.restoreClaim([{ assignment: on("a"), sessionId: "a", fence: 1 }]);
      const claimed = await placed(leader, "r1");
      expect(await leader.assign([on("a", "r1", 2)])).toEqual(["refused"]);
      expect(await placed(leader, "r1")).toEqual(claimed);
    });

    it("numbers every put with a larger revision, and hands out a thousand at once", async () => {
      const leader = await lead();
      const runs = Array.from({ length: 1000 }, (_, i) => `r${i}`);
      const outcomes = await leader.assign(runs.map((runId) => on("a", runId)));
      expect(outcomes.every((outcome) => outcome === "done")).toBe(true);
      const { revision, assignments } = await leader.snapshot();
      expect(assignments).toHaveLength(1000);
      expect(Math.max(...assignments.map((view) => view.revision))).toBeLessThanOrEqual(revision);
    });
  });

  describe("moving", () => {
    it("moves a run to another session, under a new revision", async () => {
      const leader = await lead();
      await leader.assign([on("a")]);
      const before = await placed(leader, "r1");
      expect(await leader.move([[{ from: refOf(before), to: on("b", "r1", 2) }]])).toEqual(["done"]);
      const after = await placed(leader, "r1");
      expect(after.assignment).toEqual(on("b", "r1", 2));
      expect(after.revision).toBeGreaterThan(before.revision);
    });

    it("takes a run back altogether", async () => {
      const leader = await lead();
      await leader.assign([on("a")]);
      expect(await leader.move([[{ from: refOf(await placed(leader, "r1")), to: null }]])).toEqual(["done"]);
      expect((await leader.snapshot()).assignments).toEqual([]);
    });

    it("moves a group whole or not at all when one of it was claimed (C15)", async () => {
      const leader = await lead();
      const [a] = await openTwo();
      await leader.assign([on("a", "r1"), on("a", "r2"), on("a", "r3")]);
      const views = [await placed(leader, "r1"), await placed(leader, "r2")] as const;
      const other = await placed(leader, "r3");
      expect(await a!.claim([{ runId: "r2", revision: views[1].revision, fence: 1 }])).toEqual(["claimed"]);
      const group = views.map((view) => ({ from: refOf(view), to: on("b", view.assignment.runId, 2) }));
      expect(await leader.move([group, [{ from: refOf(other), to: on("b", "r3", 2) }]])).toEqual(["refused", "done"]);
      expect(await placed(leader, "r1")).toEqual(views[0]);
      expect((await placed(leader, "r3")).assignment.sessionId).toBe("b");
    });

    it("refuses a group of which one assignment isn't the one that was read (C4)", async () => {
      const leader = await lead();
      await leader.assign([on("a", "r1"), on("a", "r2")]);
      const [r1, r2] = [await placed(leader, "r1"), await placed(leader, "r2")];
      // Back on the same session under another fence: the same key, another assignment.
      await leader.move([[{ from: refOf(r2), to: on("a", "r2", 2) }]]);
      const group = [
        { from: refOf(r1), to: on("b", "r1", 2) },
        { from: refOf(r2), to: on("b", "r2", 3) },
      ];
      expect(await leader.move([group])).toEqual(["refused"]);
      expect(await placed(leader, "r1")).toEqual(r1);
    });

    it("refuses to move a run whose keys were deleted when it was over (C4)", async () => {
      const leader = await lead();
      await leader.assign([on("a")]);
      const from = refOf(await placed(leader, "r1"));
      await leader.clean(["r1"]);
      expect(await leader.move([[{ from, to: on("b", "r1", 2) }]])).toEqual(["refused"]);
      expect(await leader.lookup(["r1"])).toEqual({ assignments: [], claims: [] });
    });
  });

  describe("replacing a claim", () => {
    it("deletes claim and assignment and puts the next one, together", async () => {
      const leader = await lead();
      const [a] = await openTwo();
      await leader.assign([on("a")]);
      const view = await placed(leader, "r1");
      await a!.claim([{ runId: "r1", revision: view.revision, fence: 1 }]);
      const claim = (await leader.lookup(["r1"])).claims[0]!;
      expect(await leader.replaceClaim([{ claim, old: refOf(view), to: on("b", "r1", 2) }])).toEqual(["done"]);
      const keys = await leader.lookup(["r1"]);
      expect(keys.claims).toEqual([]);
      expect(keys.assignments.map((now) => now.assignment)).toEqual([on("b", "r1", 2)]);
    });

    it("compares the claim's own revision: another claim of the same run and session refuses it", async () => {
      const leader = await lead();
      const item = { assignment: on("a"), sessionId: "a", fence: 1 };
      await leader.restoreClaim([item]);
      const first = (await leader.lookup(["r1"])).claims[0]!;
      await leader.clean(["r1"]);
      await leader.restoreClaim([item]);
      const second = (await leader.lookup(["r1"])).claims[0]!;
      const old = refOf(await placed(leader, "r1"));
      expect(await leader.replaceClaim([{ claim: first, old, to: on("b", "r1", 2) }])).toEqual(["refused"]);
      expect(await leader.lookup(["r1"])).toMatchObject({ claims: [second] });
      expect(await leader.replaceClaim([{ claim: second, old, to: null }])).toEqual(["done"]);
      expect(await leader.lookup(["r1"])).toEqual({ assignments: [], claims: [] });
    });

    it("replaces a claim although a stop was written into its assignment since", async () => {
      const leader = await lead();
      await leader.restoreClaim([{ assignment: on("a"), sessionId: "a", fence: 1 }]);
      const claim = (await leader.lookup(["r1"])).claims[0]!;
      const old = refOf(await placed(leader, "r1"));
      await leader.stop([{ at: old, stop: { kind: "cancel", reason } }]);
      expect(await leader.replaceClaim([{ claim, old, to: null }])).toEqual(["done"]);
      expect(await leader.lookup(["r1"])).toEqual({ assignments: [], claims: [] });
    });
  });

  describe("stopping", () => {
    it("writes desired state and nothing else into an assignment, claimed or not", async () => {
      const leader = await lead();
      await leader.assign([on("a", "r1")]);
      await leader.restoreClaim([{ assignment: on("a", "r2"), sessionId: "a", fence: 1 }]);
      const stop = { kind: "cancel", reason } as const;
      const refs = [refOf(await placed(leader, "r1")), refOf(await placed(leader, "r2"))];
      expect(await leader.stop(refs.map((at) => ({ at, stop })))).toEqual(["done", "done"]);
      expect((await placed(leader, "r1")).assignment).toEqual({ ...on("a", "r1"), stop });
      expect((await placed(leader, "r2")).assignment).toEqual({ ...on("a", "r2"), stop });
      expect((await leader.lookup(["r2"])).claims).toHaveLength(1);
    });

    it("is refused when the assignment isn't the one that was read, or is gone", async () => {
      const leader = await lead();
      await leader.assign([on("a")]);
      const old = refOf(await placed(leader, "r1"));
      await leader.move([[{ from: old, to: on("a", "r1", 2) }]]);
      const stop = { kind: "revoke", reason } as const;
      expect(await leader.stop([{ at: old, stop }])).toEqual(["refused"]);
      expect((await placed(leader, "r1")).assignment.stop).toBeNull();
      await leader.clean(["r1"]);
      expect(await leader.stop([{ at: old, stop }])).toEqual(["refused"]);
      expect(await leader.lookup(["r1"])).toEqual({ assignments: [], claims: [] });
    });
  });

  describe("cleaning and restoring", () => {
    it("deletes what is there of a run, and doesn't mind what isn't, however often", async () => {
      const leader = await lead();
      await leader.assign([on("a", "r1")]);
      await leader.restoreClaim([{ assignment: on("a", "r2"), sessionId: "a", fence: 1 }]);
      expect(await leader.clean(["r1", "r2", "nothing"])).toEqual(["done", "done", "done"]);
      expect(await leader.clean(["r1", "r2"])).toEqual(["done", "done"]);
      expect(await leader.lookup(["r1", "r2"])).toEqual({ assignments: [], claims: [] });
    });

    it("puts a claim back with its assignment, unless the run has any key", async () => {
      const leader = await lead();
      const item = { assignment: on("a", "r1", 3), sessionId: "a", fence: 2 };
      expect(await leader.restoreClaim([item])).toEqual(["done"]);
      const keys = await leader.lookup(["r1"]);
      expect(keys.claims).toMatchObject([{ runId: "r1", sessionId: "a", fence: 2 }]);
      expect(keys.assignments.map((view) => view.assignment)).toEqual([item.assignment]);
      expect(await leader.restoreClaim([item])).toEqual(["refused"]);
      await leader.assign([on("a", "r2")]);
      expect(await leader.restoreClaim([{ ...item, assignment: on("a", "r2") }])).toEqual(["refused"]);
      expect((await leader.lookup(["r2"])).claims).toEqual([]);
    });

    it("reads everything at one revision", async () => {
      const leader = await lead();
      await openTwo();
      await leader.assign([on("a", "r1"), on("b", "r2")]);
      await leader.restoreClaim([{ assignment: on("b", "r3"), sessionId: "b", fence: 1 }]);
      const all = await leader.snapshot();
      expect(all.assignments.map((view) => view.assignment.runId).sort()).toEqual(["r1", "r2", "r3"]);
      expect(all.claims.map((claim) => claim.runId)).toEqual(["r3"]);
      expect(all.sessions.map((session) => session.sessionId).sort()).toEqual(["a", "b"]);
      const newest = Math.max(...[...all.assignments, ...all.claims].map((view) => view.revision));
      expect(all.revision).toBeGreaterThanOrEqual(newest);
      await leader.clean(["r1"]);
      expect((await leader.snapshot()).revision).toBeGreaterThan(all.revision);
    });
  });
}
