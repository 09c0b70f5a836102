// A claim decides who starts: one per assignment as it was read, whatever was put under the same key since.
import { describe, expect, it } from "vitest";
import { anAssignment } from "../../support/an-assignment.ts";
import { eventually, follow, never, nodeInfo, placed, refOf, scheduler } from "./cluster.ts";
import type { Scene } from "./suite.ts";

export function describeClaims(scene: Scene) {
  const on = (sessionId: string, runId = "r1", fence = 1) => anAssignment({ runId, sessionId, fence });

  async function setTheStage() {
    const { cluster, coordinator } = scene;
    const leader = await coordinator.campaign(scheduler("s1"), never);
    const a = await coordinator.openSession("a", nodeInfo());
    const b = await (await cluster.connect()).openSession("b", nodeInfo({ nodeId: "node-b", name: "web-2" }));
    await leader.assign([on("a")]);
    return { cluster, leader, a, b, read: await placed(leader, "r1") };
  }
  const asRead = ({ assignment, revision }: { assignment: { runId: string; fence: number }; revision: number }) => ({
    runId: assignment.runId,
    fence: assignment.fence,
    revision,
  });

  describe("claiming", () => {
    it("claims each run of a list by itself, and the leader sees it", async () => {
      const { leader, a, read } = await setTheStage();
      await leader.assign([on("a", "r2", 5)]);
      const second = await placed(leader, "r2");
      const unknown = { runId: "nothing", revision: 1, fence: 1 };
      expect(await a.claim([asRead(read), unknown, asRead(second)])).toEqual(["claimed", "refused", "claimed"]);
      const { claims } = await leader.lookup(["r1", "r2"]);
      expect(claims).toMatchObject([
        { runId: "r1", sessionId: "a", fence: 1 },
        { runId: "r2", sessionId: "a", fence: 5 },
      ]);
      expect(await a.claim([])).toEqual([]);
    });

    it("gives a run to one claimant only", async () => {
      const { leader, a, b, read } = await setTheStage();
      expect(await a.claim([asRead(read)])).toEqual(["claimed"]);
      expect(await b.claim([asRead(read)])).toEqual(["refused"]);
      expect((await leader.lookup(["r1"])).claims).toMatchObject([{ sessionId: "a" }]);
    });

    it("answers the same claim again with `claimed`", async () => {
      const { cluster, leader, a, read } = await setTheStage();
      cluster.next("claim", "lose-answer");
      expect(await a.claim([asRead(read)])).toEqual(["unknown"]);
      expect(await a.claim([asRead(read)])).toEqual(["claimed"]);
      expect((await leader.lookup(["r1"])).claims).toHaveLength(1);
    });

    it("refuses an assignment that was put again for the same session under another fence (C5)", async () => {
      const { leader, a, read } = await setTheStage();
      await leader.move([[{ from: refOf(read), to: on("a", "r1", 2) }]]);
      expect(await a.claim([asRead(read)])).toEqual(["refused"]);
      expect((await leader.lookup(["r1"])).claims).toEqual([]);
      expect(await a.claim([asRead(await placed(leader, "r1"))])).toEqual(["claimed"]);
    });

    it("refuses an assignment that went away and came back (C5)", async () => {
      const { leader, a, read } = await setTheStage();
      await leader.move([[{ from: refOf(read), to: on("b", "r1", 2) }]]);
      await leader.move([[{ from: refOf(await placed(leader, "r1")), to: on("a", "r1", 3) }]]);
      expect(await a.claim([asRead(read)])).toEqual(["refused"]);
    });

    it("refuses an assignment into which a stop was written since it was read", async () => {
      const { leader, a, read } = await setTheStage();
      const reason = { code: "cancelled_by_user", message: "" } as const;
      await leader.stop([{ at: refOf(read), stop: { kind: "cancel", reason } }]);
      expect(await a.claim([asRead(read)])).toEqual(["refused"]);
    });

    it("refuses a run that was moved or taken back, and one that is over", async () => {
      const { leader, a, read } = await setTheStage();
      await leader.assign([on("a", "r2"), on("a", "r3")]);
      const [r2, r3] = [await placed(leader, "r2"), await placed(leader, "r3")];
      await leader.move([[{ from: refOf(read), to: on("b", "r1", 2) }], [{ from: refOf(r2), to: null }]]);
      await leader.clean(["r3"]);
      expect(await a.claim([read, r2, r3].map(asRead))).toEqual(["refused", "refused", "refused"]);
    });

    it("that arrives late counts if nothing happened since, and makes the move that came too late be refused (C1)", async () => {
      const { cluster, leader, a, read } = await setTheStage();
      cluster.next("claim", "hold");
      expect(await a.claim([asRead(read)])).toEqual(["unknown"]);
      await cluster.releaseHeld();
      expect(await leader.move([[{ from: refOf(read), to: on("b", "r1", 2) }]])).toEqual(["refused"]);
      expect(await a.claim([asRead(read)])).toEqual(["claimed"]);
    });

    it("that arrives after the move is refused", async () => {
      const { cluster, leader, a, b, read } = await setTheStage();
      cluster.next("claim", "hold");
      await a.claim([asRead(read)]);
      expect(await leader.move([[{ from: refOf(read), to: on("b", "r1", 2) }]])).toEqual(["done"]);
      await cluster.releaseHeld();
      expect((await leader.lookup(["r1"])).claims).toEqual([]);
      expect(await b.claim([asRead(await placed(leader, "r1"))])).toEqual(["claimed"]);
    });

    it("that never arrived is made by asking again", async () => {
      const { cluster, a, read } = await setTheStage();
      cluster.next("claim", "drop");
      expect(await a.claim([asRead(read)])).toEqual(["unknown"]);
      expect(await a.claim([asRead(read)])).toEqual(["claimed"]);
    });

    it("is refused to a session whose lease is over; the claims it has made stay", async () => {
      const { cluster, leader, a, read } = await setTheStage();
      await leader.assign([on("a", "r2")]);
      await a.claim([asRead(read)]);
      await cluster.endSessionLease("a");
      await eventually(() => expect(a.alive()).toBe(false));
      expect(await a.claim([asRead(await placed(leader, "r2"))])).toEqual(["refused"]);
      await a.close();
      expect(await leader.lookup(["r1", "r2"])).toMatchObject({ claims: [{ runId: "r1", sessionId: "a" }] });
    });

    it("claims a thousand runs from what the node's watch showed", async () => {
      const { leader, a } = await setTheStage();
      const seen = follow(a);
      await leader.assign(Array.from({ length: 999 }, (_, i) => on("a", `many-${i}`)));
      await eventually(() => expect(seen.views.size).toBe(1000));
      const outcomes = await a.claim([...seen.views.values()].map(asRead));
      expect(outcomes.every((outcome) => outcome === "claimed")).toBe(true);
      expect((await leader.snapshot()).claims).toHaveLength(1000);
    });
  });
}
