// A node's watch of its assignments: all of them as they stand, then every change in order, none missing.
import { describe, expect, it } from "vitest";
import { anAssignment } from "../../support/an-assignment.ts";
import { eventually, follow, never, nodeInfo, placed, refOf, scheduler } from "./cluster.ts";
import type { Scene } from "./suite.ts";

export function describeWatches(scene: Scene) {
  const on = (sessionId: string, runId = "r1", fence = 1) => anAssignment({ runId, sessionId, fence });

  async function setTheStage() {
    const { cluster, coordinator } = scene;
    const leader = await coordinator.campaign(scheduler("s1"), never);
    const a = await (await cluster.connect()).openSession("a", nodeInfo());
    const b = await coordinator.openSession("b", nodeInfo({ nodeId: "node-b", name: "web-2" }));
    return { cluster, leader, a, b };
  }

  describe("watching assignments", () => {
    it("shows what stands, then what is put, stopped, moved and deleted, to its session alone", async () => {
      const { leader, a, b } = await setTheStage();
      await leader.assign([on("a", "r1"), on("b", "other")]);
      const onA = follow(a);
      await eventually(() => expect([...onA.views.keys()]).toEqual(["r1"]));
      expect(onA.views.get("r1")).toEqual(await placed(leader, "r1"));
      const onB = follow(b);

      const reason = { code: "cancelled_by_user", message: "" } as const;
      await leader.stop([{ at: refOf(await placed(leader, "r1")), stop: { kind: "cancel", reason } }]);
      await eventually(() => expect(onA.views.get("r1")?.assignment.stop?.kind).toBe("cancel"));
      await leader.move([[{ from: refOf(await placed(leader, "r1")), to: on("b", "r1", 2) }]]);
      await eventually(() => expect([...onA.views.keys()]).toEqual([]));
      await eventually(() => expect([...onB.views.keys()].sort()).toEqual(["other", "r1"]));
      expect(onB.views.get("r1")).toEqual(await placed(leader, "r1"));
      await leader.clean(["r1"]);
      await eventually(() => expect([...onB.views.keys()]).toEqual(["other"]));
      expect(onA.story.some((change) => change.type === "put" && change.view.assignment.sessionId !== "a")).toBe(false);
    });

    it("is gap-free and in order while it is closed and opened amid writes", async () => {
      const { leader, a } = await setTheStage();
      let current = follow(a);
      const stories = [current.story];
      const reopen = () => {
        current.stop();
        current = follow(a);
        stories.push(current.story);
      };
      for (let i = 0; i < 60; i++) {
        const writing = leader.assign([on("a", `r${i}`), on("a", `s${i}`)]);
        if (i % 7 === 3) reopen();
        await writing;
        if (i % 3 === 0) await leader.clean([`r${i}`]);
        if (i % 5 === 0) {
          await leader.move([[{ from: refOf(await placed(leader, `s${i}`)), to: on("a", `s${i}`, 2) }]]);
        }
        if (i % 11 === 5) reopen();
      }
      const { assignments } = await leader.snapshot();
      const standing = new Map(assignments.map((view) => [view.assignment.runId, view]));
      await eventually(() => expect(current.views).toEqual(standing));
      // The story of each run goes forward: the revisions of its changes never fall.
      for (const story of stories) {
        const newest = new Map<string, number>();
        for (const change of story) {
          const [runId, revision] =
            change.type === "put"
              ? [change.view.assignment.runId, change.view.revision]
              : [change.runId, change.revision];
          expect(revision).toBeGreaterThanOrEqual(newest.get(runId) ?? 0);
          newest.set(runId, revision);
        }
      }
    });

    it("shows every change of one run, and each put once the one before was seen", async () => {
      const { leader, a } = await setTheStage();
      const { story } = follow(a);
      await leader.assign([on("a")]);
      for (let fence = 2; fence <= 20; fence++)
        await leader.move([[{ from: refOf(await placed(leader, "r1")), to: on("a", "r1", fence) }]]);
      const fences = () => story.flatMap((change) => (change.type === "put" ? [change.view.assignment.fence] : []));
      await eventually(() => expect(fences().at(-1)).toBe(20));
      // It may repeat itself, but it never goes back.
      expect(fences()).toEqual([...fences()].sort((x, y) => x - y));
    });

    it("never calls back from within a write or from watch() itself", async () => {
      const { leader, a } = await setTheStage();
      await leader.assign([on("a", "r0")]);
      let busy = true;
      let calledWhileBusy = false;
      let calls = 0;
      a.watch(() => {
        calls++;
        calledWhileBusy ||= busy;
      });
      const writing = leader.assign([on("a", "r1")]);
      busy = false;
      await writing;
      await eventually(() => expect(calls).toBeGreaterThanOrEqual(2));
      expect(calledWhileBusy).toBe(false);
    });

    it("goes on for everybody when a callback throws", async () => {
      const { leader, a } = await setTheStage();
      const seen: string[] = [];
      a.watch((change) => {
        seen.push(change.type === "put" ? change.view.assignment.runId : change.runId);
        throw new Error("a reader's mistake");
      });
      const other = follow(a);
      await leader.assign([on("a", "r1"), on("a", "r2")]);
      await eventually(() => expect(seen).toEqual(["r1", "r2"]));
      await eventually(() => expect(other.views.size).toBe(2));
      expect(await leader.assign([on("a", "r3")])).toEqual(["done"]);
      await eventually(() => expect(seen).toContain("r3"));
    });

    it("is over when it was stopped, and when the session was closed", async () => {
      const { leader, a, b } = await setTheStage();
      const [stopped, closed, going] = [follow(a), follow(b), follow(a)];
      stopped.stop();
      stopped.stop();
      await b.close();
      await leader.assign([on("a", "r1"), on("b", "r2"), on("a", "r3")]);
      await eventually(() => expect(going.views.size).toBe(2));
      expect([stopped.story, closed.story]).toEqual([[], []]);
    });

    it("goes on while the lease is over: running work is still to be stopped", async () => {
      const { cluster, leader, a } = await setTheStage();
      const seen = follow(a);
      await leader.assign([on("a")]);
      await eventually(() => expect(seen.views.size).toBe(1));
      await cluster.endSessionLease("a");
      await eventually(() => expect(a.lost.aborted).toBe(true));
      const reason = { code: "cancelled_by_user", message: "" } as const;
      await leader.stop([{ at: refOf(await placed(leader, "r1")), stop: { kind: "cancel", reason } }]);
      await eventually(() => expect(seen.views.get("r1")?.assignment.stop?.kind).toBe("cancel"));
    });

    it("shows a wipe as the end of everything", async () => {
      const { cluster, leader, a } = await setTheStage();
      const seen = follow(a);
      await leader.assign([on("a", "r1"), on("a", "r2")]);
      await eventually(() => expect(seen.views.size).toBe(2));
      await cluster.wipe();
      await eventually(() => expect(seen.views.size).toBe(0));
    });
  });
}
