// Writes whose outcome isn't known: what was lost, what arrives late, and how a leader makes them die.
import { describe, expect, it } from "vitest";
import { anAssignment } from "../../support/an-assignment.ts";
import { eventually, never, nodeInfo, placed, refOf, scheduler } from "./cluster.ts";
import type { Scene } from "./suite.ts";

export function describeDelayedWrites(scene: Scene) {
  const lead = (id = "s1") => scene.coordinator.campaign(scheduler(id), never);
  const on = (sessionId: string, runId = "r1", fence = 1) => anAssignment({ runId, sessionId, fence });

  describe("writes without an answer", () => {
    it("are unknown, whether or not they arrived, and a lookup tells", async () => {
      const { cluster } = scene;
      const leader = await lead();
      cluster.next("assign", "lose-answer");
      expect(await leader.assign([on("a", "r1"), on("a", "r2")])).toContain("unknown");
      await leader.refuseInFlight();
      expect((await leader.lookup(["r1"])).assignments).toHaveLength(1);
      cluster.next("assign", "drop");
      expect(await leader.assign([on("a", "r3")])).toEqual(["unknown"]);
      await leader.refuseInFlight();
      expect((await leader.lookup(["r3"])).assignments).toEqual([]);
    });

    it("take effect late as long as nothing has refused them", async () => {
      const { cluster } = scene;
      const leader = await lead();
      cluster.next("assign", "hold");
      expect(await leader.assign([on("a")])).toEqual(["unknown"]);
      expect((await leader.lookup(["r1"])).assignments).toEqual([]);
      await cluster.releaseHeld();
      expect((await leader.lookup(["r1"])).assignments).toHaveLength(1);
    });

    it("are refused once refuseInFlight() was answered, though the leader is the same (C3)", async () => {
      const { cluster } = scene;
      const leader = await lead();
      cluster.next("assign", "hold");
      expect(await leader.assign([on("a")])).toEqual(["unknown"]);
      await leader.refuseInFlight();
      await cluster.releaseHeld();
      expect(await leader.lookup(["r1"])).toEqual({ assignments: [], claims: [] });
      expect(leader.alive()).toBe(true);
      expect(await leader.assign([on("b", "r1", 2)])).toEqual(["done"]);
    });

    it("of every kind die that way, and the leader writes on", async () => {
      const { cluster } = scene;
      const leader = await lead();
      await leader.assign([on("a", "moved"), on("a", "stopped"), on("a", "cleaned")]);
      await leader.restoreClaim([{ assignment: on("a", "replaced"), sessionId: "a", fence: 1 }]);
      const before = await leader.snapshot();
      const at = async (runId: string) => refOf(await placed(leader, runId));
      const reason = { code: "cancelled_by_user", message: "" } as const;
      for (const call of ["move", "stop", "clean", "replaceClaim", "restoreClaim"] as const) cluster.next(call, "hold");
      const outcomes = [
        await leader.move([[{ from: await at("moved"), to: on("b", "moved", 2) }]]),
        await leader.stop([{ at: await at("stopped"), stop: { kind: "cancel", reason } }]),
        await leader.clean(["cleaned"]),
        await leader.replaceClaim([{ claim: before.claims[0]!, old: await at("replaced"), to: null }]),
        await leader.restoreClaim([{ assignment: on("a", "restored"), sessionId: "a", fence: 1 }]),
      ];
      expect(outcomes.flat()).toEqual(Array(5).fill("unknown"));
      await leader.refuseInFlight();
      await cluster.releaseHeld();
      const after = await leader.snapshot();
      expect([after.assignments, after.claims]).toEqual([before.assignments, before.claims]);
      expect(await leader.clean(["cleaned"])).toEqual(["done"]);
    });

    it("of an old leadership are refused by the next one's key", async () => {
      const { cluster } = scene;
      const old = await lead();
      cluster.next("assign", "hold");
      await old.assign([on("a")]);
      await old.resign();
      const leader = await lead("s2");
      await cluster.releaseHeld();
      expect((await leader.lookup(["r1"])).assignments).toEqual([]);
    });

    it("don't survive a wipe (C10)", async () => {
      const { cluster } = scene;
      const old = await lead();
      cluster.next("assign", "hold");
      await old.assign([on("a")]);
      await cluster.wipe();
      const leader = await lead("s2");
      await cluster.releaseHeld();
      expect((await leader.lookup(["r1"])).assignments).toEqual([]);
      expect(await leader.assign([on("b", "r1", 2)])).toEqual(["done"]);
    });

    it("a late group still moves whole or not at all", async () => {
      const { cluster, coordinator } = scene;
      const leader = await lead();
      const a = await coordinator.openSession("a", nodeInfo());
      await leader.assign([on("a", "r1"), on("a", "r2")]);
      const views = [await placed(leader, "r1"), await placed(leader, "r2")] as const;
      cluster.next("move", "hold");
      await leader.move([views.map((view) => ({ from: refOf(view), to: on("b", view.assignment.runId, 2) }))]);
      await a.claim([{ runId: "r1", revision: views[0].revision, fence: 1 }]);
      await cluster.releaseHeld();
      expect(await placed(leader, "r2")).toEqual(views[1]);
    });

    it("refuseInFlight() that isn't answered throws, and is simply called again", async () => {
      const { cluster } = scene;
      const leader = await lead();
      for (const fault of ["drop", "lose-answer", "hold"] as const) {
        cluster.next("refuseInFlight", fault);
        await expect(leader.refuseInFlight()).rejects.toMatchObject({ code: "coordinator_unavailable" });
        await leader.refuseInFlight();
        expect(await leader.assign([on("a", fault)])).toEqual(["done"]);
      }
      await cluster.releaseHeld();
      // The late one refuses what was under way when it came, but the leader must not stay shut out by it.
      await eventually(async () => expect(await leader.assign([on("a", "last")])).toEqual(["done"]));
      expect(leader.alive()).toBe(true);
    });

    it("a read that isn't answered throws", async () => {
      const { cluster } = scene;
      const leader = await lead();
      cluster.next("snapshot", "drop");
      await expect(leader.snapshot()).rejects.toMatchObject({ code: "coordinator_unavailable" });
      expect((await leader.snapshot()).assignments).toEqual([]);
    });
  });
}
