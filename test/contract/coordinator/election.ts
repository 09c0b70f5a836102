// Who leads: one at a time, in turn, and nobody after having lost it.
import { describe, expect, it } from "vitest";
import { anAssignment } from "../../support/an-assignment.ts";
import { eventually, never, nodeInfo, scheduler } from "./cluster.ts";
import type { Scene } from "./suite.ts";

export function describeElection(scene: Scene) {
  describe("election", () => {
    it("elects one of several candidates, and the next only when that one resigns", async () => {
      const { cluster, coordinator } = scene;
      const other = await cluster.connect();
      const first = await coordinator.campaign(scheduler("s1"), never);
      const order: string[] = ["s1"];
      const second = other.campaign(scheduler("s2"), never).then((won) => {
        order.push("s2");
        return won;
      });
      expect((await first.assign([anAssignment({ runId: "r1", sessionId: "a" })]))[0]).toBe("done");
      expect(order).toEqual(["s1"]);
      expect(first.alive()).toBe(true);

      await first.resign();
      expect(first.alive()).toBe(false);
      expect(first.lost.aborted).toBe(true);
      expect((await second).alive()).toBe(true);
      await first.resign();
      expect((await second).alive()).toBe(true);
    });

    it("lets several candidates of one process take their turns", async () => {
      const { coordinator } = scene;
      const leading = new Set<string>();
      const serve = async (id: string) => {
        const leadership = await coordinator.campaign(scheduler(id), never);
        leading.add(id);
        expect(leading.size).toBe(1);
        await leadership.snapshot();
        expect(leading.size).toBe(1);
        leading.delete(id);
        await leadership.resign();
      };
      await Promise.all(["s1", "s2", "s3", "s1"].map(serve));
    });

    it("gives every leadership a nonce of its own", async () => {
      const { coordinator } = scene;
      const first = await coordinator.campaign(scheduler("s1"), never);
      await first.resign();
      const second = await coordinator.campaign(scheduler("s1"), never);
      expect(second.nonce).not.toBe(first.nonce);
      expect(first.nonce).not.toBe("");
    });

    it("says `fresh` until a leader has settled what was before, and again after a wipe", async () => {
      const { cluster, coordinator } = scene;
      const other = await cluster.connect();
      const first = await coordinator.campaign(scheduler("s1"), never);
      expect(first.fresh).toBe(true);
      await first.resign();
      // The first one knew of the wipe and went before it was done with it: the next must know too.
      const second = await other.campaign(scheduler("s2"), never);
      expect(second.fresh).toBe(true);
      await second.settled();
      await second.resign();
      await expect(second.settled()).rejects.toMatchObject({ code: "leadership_lost" });
      const third = await coordinator.campaign(scheduler("s1"), never);
      expect(third.fresh).toBe(false);
      await cluster.wipe();
      await eventually(() => expect(third.lost.aborted).toBe(true));
      expect((await other.campaign(scheduler("s2"), never)).fresh).toBe(true);
    });

    it("rejects an aborted candidate with the signal's reason, and elects the one behind it", async () => {
      const { cluster, coordinator } = scene;
      const leader = await coordinator.campaign(scheduler("s1"), never);
      const stop = new AbortController();
      const reason = new Error("stopped");
      const given = coordinator.campaign(scheduler("s2"), stop.signal);
      const behind = (await cluster.connect()).campaign(scheduler("s3"), never);
      stop.abort(reason);
      await expect(given).rejects.toBe(reason);
      await expect(coordinator.campaign(scheduler("s4"), stop.signal)).rejects.toBe(reason);
      await leader.resign();
      expect((await behind).alive()).toBe(true);
    });

    it("tells a leader whose lease ended, and elects another", async () => {
      const { cluster, coordinator } = scene;
      const first = await coordinator.campaign(scheduler("s1"), never);
      const next = (await cluster.connect()).campaign(scheduler("s2"), never);
      await cluster.endLeaderLease();
      await eventually(() => expect(first.lost.aborted).toBe(true));
      expect(first.alive()).toBe(false);
      expect(first.lost.reason).toMatchObject({ code: "leadership_lost" });
      expect((await next).alive()).toBe(true);
    });

    it("refuses every write, and answers no question, of an old leadership", async () => {
      const { cluster, coordinator } = scene;
      const old = await coordinator.campaign(scheduler("s1"), never);
      await old.assign([anAssignment({ runId: "r1", sessionId: "a" })]);
      const session = await coordinator.openSession("a", nodeInfo());
      const next = (await cluster.connect()).campaign(scheduler("s2"), never);
      await old.resign();
      const leader = await next;
      const { assignments } = await leader.lookup(["r1"]);
      const view = assignments[0]!;
      const ref = { runId: "r1", nodeId: view.assignment.nodeId, sessionId: "a", revision: view.revision };
      const assignment = anAssignment({ runId: "r2", sessionId: "a" });
      const stop = { kind: "cancel", reason: { code: "cancelled_by_user", message: "" } } as const;

      expect(await old.assign([assignment])).toEqual(["refused"]);
      expect(await old.move([[{ from: ref, to: null }]])).toEqual(["refused"]);
      expect(await old.stop([{ at: ref, stop }])).toEqual(["refused"]);
      expect(await old.restoreClaim([{ assignment, sessionId: "a", fence: 1 }])).toEqual(["refused"]);
      expect(await session.claim([{ runId: "r1", revision: ref.revision, fence: 1 }])).toEqual(["claimed"]);
      const claim = (await leader.lookup(["r1"])).claims[0]!;
      expect(await old.replaceClaim([{ claim, old: ref, to: null }])).toEqual(["refused"]);
      expect(await old.clean(["r1"])).toEqual(["refused"]);

      await expect(old.refuseInFlight()).rejects.toMatchObject({ code: "leadership_lost" });
      await expect(old.snapshot()).rejects.toMatchObject({ code: "leadership_lost" });
      await expect(old.lookup(["r1"])).rejects.toMatchObject({ code: "leadership_lost" });
      expect(await leader.lookup(["r1"])).toEqual({ assignments: [view], claims: [claim] });
    });

    it("lists every scheduler that is up, and which one leads", async () => {
      const { cluster, coordinator } = scene;
      const other = await cluster.connect();
      await coordinator.campaign(scheduler("s1"), never);
      const waiting = other.campaign(scheduler("s2"), never);
      await eventually(async () =>
        expect(await coordinator.schedulers()).toEqual([
          { ...scheduler("s1"), leader: true },
          { ...scheduler("s2"), leader: false },
        ]),
      );
      await coordinator.close();
      await waiting;
      await eventually(async () => expect(await other.schedulers()).toEqual([{ ...scheduler("s2"), leader: true }]));
    });

    it("closes within two seconds, ending what it held and refusing what comes after, as often as one likes", async () => {
      const { cluster, coordinator } = scene;
      const leadership = await coordinator.campaign(scheduler("s1"), never);
      const session = await coordinator.openSession("a", nodeInfo());
      const waiting = coordinator.campaign(scheduler("s2"), never);
      const refusal = expect(waiting).rejects.toMatchObject({ code: "coordinator_unavailable" });
      const started = performance.now();
      await coordinator.close();
      expect(performance.now() - started).toBeLessThan(2000);
      await coordinator.close();
      await refusal;
      expect([leadership.alive(), leadership.lost.aborted]).toEqual([false, true]);
      expect([session.alive(), session.lost.aborted]).toEqual([false, true]);
      await expect(coordinator.campaign(scheduler("s1"), never)).rejects.toMatchObject({
        code: "coordinator_unavailable",
      });
      await expect(coordinator.openSession("b", nodeInfo())).rejects.toMatchObject({ code: "coordinator_unavailable" });

      const next = await (await cluster.connect()).campaign(scheduler("s3"), never);
      expect((await next.snapshot()).sessions).toEqual([]);
    });
  });
}
