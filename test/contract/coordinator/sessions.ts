// Sessions: one live one a node, seen by the leader for as long as their lease lives.
import { describe, expect, it } from "vitest";
import type { SessionView } from "../../../src/coordinator/coordinator.ts";
import { eventually, load, never, nodeInfo, scheduler } from "./cluster.ts";
import type { Scene } from "./suite.ts";

export function describeSessions(scene: Scene) {
  const lead = () => scene.coordinator.campaign(scheduler("s1"), never);
  const second = nodeInfo({ nodeId: "node-b", name: "web-2" });

  describe("sessions", () => {
    it("stand in the snapshot with what the node said of itself, until they close", async () => {
      const { cluster, coordinator } = scene;
      const leader = await lead();
      const a = await coordinator.openSession("a", nodeInfo({ labels: { zone: "east" } }));
      const b = await (await cluster.connect()).openSession("b", second);
      expect([a.sessionId, a.alive(), a.lost.aborted]).toEqual(["a", true, false]);
      await a.announce(load(3));
      const { sessions } = await leader.snapshot();
      expect(sessions.sort((x, y) => (x.sessionId < y.sessionId ? -1 : 1))).toEqual([
        { sessionId: "a", info: nodeInfo({ labels: { zone: "east" } }), load: load(3) },
        { sessionId: "b", info: second, load: null },
      ]);
      await a.close();
      await a.close();
      expect([a.alive(), a.lost.aborted]).toEqual([false, true]);
      expect((await leader.snapshot()).sessions.map((session) => session.sessionId)).toEqual(["b"]);
      expect(b.alive()).toBe(true);
    });

    it("refuse a second live one with the same node id or name, naming the holder", async () => {
      const { cluster, coordinator } = scene;
      const other = await cluster.connect();
      const a = await coordinator.openSession("a", nodeInfo());
      const sameId = nodeInfo({ name: "web-9" });
      const sameName = nodeInfo({ nodeId: "node-z" });
      for (const info of [sameId, sameName]) {
        const refusal = await other.openSession("b", info).then(
          () => expect.fail("a second session was opened"),
          (err: Error & { code: string }) => err,
        );
        expect(refusal.code).toBe("session_refused");
        expect(refusal.message).toMatch(/web-1/);
      }
      await a.close();
      expect((await other.openSession("b", sameId)).alive()).toBe(true);
    });

    it("may be opened again under the same id, which ends the former opening", async () => {
      const { cluster, coordinator } = scene;
      const first = await coordinator.openSession("a", nodeInfo());
      const again = await (await cluster.connect()).openSession("a", nodeInfo({ pid: 200 }));
      await eventually(() => expect(first.lost.aborted).toBe(true));
      expect(first.lost.reason).toMatchObject({ code: "session_lost" });
      // What the former opening does now doesn't touch the new one.
      await first.close();
      await expect(first.announce(load(1))).rejects.toMatchObject({ code: "session_lost" });
      expect(again.alive()).toBe(true);
      const { sessions } = await (await lead()).snapshot();
      expect(sessions).toEqual([{ sessionId: "a", info: nodeInfo({ pid: 200 }), load: null }]);
    });

    it("that were taken over don't take the new opening with them when they close", async () => {
      const { cluster, coordinator } = scene;
      const leader = await lead();
      const first = await coordinator.openSession("a", nodeInfo());
      const other = await cluster.connect();
      const [again] = await Promise.all([other.openSession("a", nodeInfo({ pid: 200 })), first.close()]);
      expect(again.alive()).toBe(true);
      expect((await leader.snapshot()).sessions).toMatchObject([{ info: { pid: 200 } }]);
    });

    it("learn that their lease is over, and may be opened again", async () => {
      const { cluster, coordinator } = scene;
      const a = await coordinator.openSession("a", nodeInfo());
      await cluster.endSessionLease("a");
      await eventually(() => expect(a.lost.aborted).toBe(true));
      expect(a.alive()).toBe(false);
      await expect(a.announce(load(1))).rejects.toMatchObject({ code: "session_lost" });
      expect((await coordinator.openSession("a", nodeInfo())).alive()).toBe(true);
    });

    it("announce again when an announcement got no answer", async () => {
      const { cluster, coordinator } = scene;
      const leader = await lead();
      const a = await coordinator.openSession("a", nodeInfo());
      cluster.next("announce", "drop");
      await expect(a.announce(load(1))).rejects.toMatchObject({ code: "coordinator_unavailable" });
      await a.announce(load(2));
      expect((await leader.snapshot()).sessions).toMatchObject([{ load: load(2) }]);
    });

    it("come to the leader's watch as they are, then as they come, load and go", async () => {
      const { cluster, coordinator } = scene;
      const leader = await lead();
      const a = await coordinator.openSession("a", nodeInfo());
      const known = new Map<string, SessionView>();
      const types = new Set<string>();
      leader.watchSessions((change) => {
        types.add(change.type);
        if (change.type === "down") known.delete(change.sessionId);
        else known.set(change.session.sessionId, change.session);
      });
      await eventually(() => expect([...known.keys()]).toEqual(["a"]));
      expect([...types]).toEqual(["up"]);
      const b = await (await cluster.connect()).openSession("b", second);
      await b.announce(load(4));
      await eventually(() => expect(known.get("b")).toEqual({ sessionId: "b", info: second, load: load(4) }));
      expect(types).toContain("load");
      await a.close();
      await cluster.endSessionLease("b");
      await eventually(() => expect(known.size).toBe(0));
      await coordinator.openSession("b", second);
      await eventually(() => expect([...known.keys()]).toEqual(["b"]));
    });

    it("are no longer shown when the watch was stopped, nor when leadership is over", async () => {
      const { cluster, coordinator } = scene;
      const leader = await lead();
      const seen: string[] = [];
      const count = (who: string) => () => void seen.push(who);
      const stop = leader.watchSessions(count("stopped"));
      leader.watchSessions(count("old"));
      stop();
      stop();
      await leader.resign();
      const next = await (await cluster.connect()).campaign(scheduler("s2"), never);
      next.watchSessions(count("now"));
      await coordinator.openSession("a", nodeInfo());
      await eventually(() => expect(seen).toContain("now"));
      expect(new Set(seen)).toEqual(new Set(["now"]));
    });
  });
}
