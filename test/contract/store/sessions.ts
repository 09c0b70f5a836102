// Sessions by compare-and-set on the store's clock; nodes as users see them.
import { describe, expect, it } from "vitest";
import type { NodeInfo } from "../../../src/model/node.ts";
import { aLoad, aNodeInfo, reporter } from "./reports.ts";
import { type OpenStore, setScene } from "./scene.ts";

export function describeSessions(name: string, open: OpenStore) {
  describe(`sessions on ${name}`, () => {
    const scene = setScene(open);
    const graceMs = 30_000;
    const register = (sessionId: string, info: Partial<NodeInfo> = {}, former: string | null = null) =>
      scene.store.registerSession({ sessionId, info: aNodeInfo(info), former, graceMs });

    it("registers a session, live for the grace, and extends it with every beat", async () => {
      await register("s1");
      const began = scene.clock.now();
      expect(await scene.store.liveSessions()).toEqual([
        {
          sessionId: "s1",
          info: aNodeInfo(),
          state: "live",
          trustedUntil: began + graceMs,
          lastBeatAt: began,
          load: null,
        },
      ]);
      await scene.clock.advance(10_000);
      expect(await scene.store.beat("s1", aLoad, graceMs)).toBe(true);
      expect(await scene.store.beat("s1", aLoad, graceMs)).toBe(true);
      expect(await scene.store.lastSession("node-1")).toMatchObject({
        trustedUntil: began + 10_000 + graceMs,
        lastBeatAt: began + 10_000,
        load: aLoad,
      });
    });

    it("ends what was silent for longer than its trust and the margin, and refuses its beats from then on", async () => {
      await register("s1");
      await register("s2", { nodeId: "node-2", name: "web-2" });
      await scene.clock.advance(graceMs);
      await scene.store.beat("s2", aLoad, graceMs);
      await scene.clock.advance(2000);
      expect(await scene.store.endSessions(scene.term, 2000)).toEqual([]);
      expect(await scene.store.beat("s2", aLoad, graceMs)).toBe(true);
      await scene.clock.advance(1);
      // Whoever asks may name those that it knows to be silent.
      expect(await scene.store.endSessions(scene.term, 2000, ["s2", "s3"])).toEqual([]);
      expect(await scene.store.endSessions(scene.term, 2000, [])).toEqual([]);
      expect(await scene.store.endSessions(scene.term, 2000)).toMatchObject([{ sessionId: "s1", state: "ended" }]);
      expect(await scene.store.endSessions(scene.term, 2000)).toEqual([]);
      expect(await scene.store.beat("s1", aLoad, graceMs)).toBe(false);
      expect(await scene.store.lastSession("node-1")).toMatchObject({ state: "ended" });
      expect(await scene.store.endedAmong(["s1", "s2", "unknown", "s1"])).toEqual(["s1", "unknown"]);
      expect((await scene.store.liveSessions()).map((session) => session.sessionId)).toEqual(["s2"]);
    });

    it("keeps a session alive whose late beat came before its end was written", async () => {
      await register("s1");
      await scene.clock.advance(60_000);
      expect(await scene.store.beat("s1", aLoad, graceMs)).toBe(true);
      expect(await scene.store.endSessions(scene.term, 2000)).toEqual([]);
    });

    it("ends no session for a scheduler that no longer leads", async () => {
      await register("s1");
      await scene.clock.advance(60_000);
      await scene.store.takeTerm("another", "nonce-2");
      await expect(scene.store.endSessions(scene.term, 2000)).rejects.toMatchObject({ code: "stale_term" });
      expect(await scene.store.beat("s1", aLoad, graceMs)).toBe(true);
    });

    it("refuses a name that a live node has, naming it, and frees the name with the session", async () => {
      await register("s1");
      const taken = register("s2", { nodeId: "node-2" });
      await expect(taken).rejects.toMatchObject({ code: "node_name_taken" });
      await expect(taken).rejects.toThrow(/node-1.*host-1.*100/);
      await scene.store.closeSession("s1");
      await register("s2", { nodeId: "node-2" });
      expect(await scene.store.getNode("web-1")).toMatchObject({ id: "node-2" });
      expect(await scene.store.getNode("node-1")).toMatchObject({ id: "node-1", session: { state: "ended" } });
    });

    it("refuses a second process with the same node id while the first is live", async () => {
      await register("s1");
      await expect(register("s2")).rejects.toMatchObject({ code: "node_id_live" });
      await expect(register("s2", {}, "s0")).rejects.toMatchObject({ code: "node_id_live" });
    });

    it("takes a repeated registration for one whose answer got lost", async () => {
      await register("s1");
      await scene.clock.advance(1000);
      expect(await register("s1")).toEqual({ changes: [] });
      expect(await scene.store.lastSession("node-1")).toMatchObject({ trustedUntil: scene.clock.now() + graceMs });
      await scene.store.closeSession("s1");
      await expect(register("s1")).rejects.toMatchObject({ code: "session_ended" });
    });

    it("ends the former session and frees what it never started, leaving what runs to onNodeLoss", async () => {
      await register("s1");
      await register("s9", { nodeId: "node-9", name: "web-9" });
      const runs = await scene.plan(
        await scene.makeJob(),
        [1, 2, 3, 4].map((i) => ({ nominal: i * 60_000 })),
      );
      const [free, running, cancelled, elsewhere] = runs.map((run) => run.id) as [string, string, string, string];
      for (const id of [free, running, cancelled]) await scene.assign(id, "s1");
      await scene.assign(elsewhere, "s9");
      await scene.store.record([reporter(running, "s1").started()]);
      await scene.store.requestCancel(cancelled, 1, "ann");

      const { changes } = await register("s2", {}, "s1");
      expect(changes.map(({ runId, from, to }) => [runId, from, to]).sort()).toEqual(
        [
          [free, "assigned", "planned"],
          [cancelled, "assigned", "cancelled"],
        ].sort(),
      );
      expect(await scene.store.openRunsByIds([free])).toMatchObject([{ state: "planned", floor: 2, sessionId: null }]);
      expect(await scene.store.openRunsByIds([running])).toMatchObject([{ state: "running", sessionId: "s1" }]);
      expect(await scene.store.openRunsByIds([elsewhere])).toMatchObject([{ state: "assigned", sessionId: "s9" }]);
      expect(await scene.store.endedAmong(["s1", "s2"])).toEqual(["s1"]);
      // What the former session claimed is heard no more; what it runs still is.
      expect(await scene.store.record([reporter(free, "s1").started()])).toEqual([]);
      expect(await scene.store.record([reporter(running, "s1").finished()])).toMatchObject([{ to: "succeeded" }]);
    });

    it("never ends another node's session as somebody's former one", async () => {
      await register("s1");
      await register("s2", { nodeId: "node-2", name: "web-2" }, "s1");
      expect(await scene.store.endedAmong(["s1", "s2"])).toEqual([]);
    });

    it("lists nodes by name with their session and what they hold", async () => {
      await register("s2", { nodeId: "node-2", name: "web-2" });
      await register("s1");
      const runs = await scene.plan(
        await scene.makeJob(),
        [1, 2, 3].map((i) => ({ nominal: i * 60_000 })),
      );
      for (const run of runs) await scene.store.transition(scene.term, [handTo(run.id, "s1", "node-1")]);
      await scene.store.record([reporter(runs[0]!.id, "s1").started()]);
      const first = await scene.store.listNodes({ limit: 1, now: scene.clock.now() });
      expect(first.items).toMatchObject([
        { id: "node-1", name: "web-1", running: 1, assigned: 2, session: { sessionId: "s1", state: "live" } },
      ]);
      const cursor = first.nextCursor as string;
      const rest = await scene.store.listNodes({ limit: 1, now: scene.clock.now(), cursor });
      expect(rest).toMatchObject({ items: [{ id: "node-2", running: 0, assigned: 0 }], nextCursor: null });
    });

    it("finds nodes by a part of their name, whatever its case, or by their id", async () => {
      await register("s1", { nodeId: "node-1", name: "Web-1" });
      await register("s2", { nodeId: "node-2", name: "web-12" });
      await register("s3", { nodeId: "node-3", name: "db_1" });
      const found = async (q: string) =>
        (await scene.store.listNodes({ limit: 10, now: scene.clock.now(), q })).items.map(({ name }) => name);
      expect(await found("wEB-1")).toEqual(["Web-1", "web-12"]);
      expect(await found("node-3")).toEqual(["db_1"]);
      expect(await found("_")).toEqual(["db_1"]);
      expect(await found("absent")).toEqual([]);
    });

    it("drains, deletes and welcomes nodes back", async () => {
      await register("s1");
      await register("other", { nodeId: "node-2", name: "web-2" });
      await scene.store.setDraining("node-1", true);
      await register("s2", {}, "s1");
      expect(await scene.store.getNode("web-1")).toMatchObject({ draining: true, session: { sessionId: "s2" } });
      expect(await scene.store.drainingNodes()).toEqual(["node-1"]);
      await expect(scene.store.deleteNode("node-1")).rejects.toMatchObject({ code: "node_is_live" });
      await scene.store.closeSession("s2");
      await scene.store.deleteNode("node-1");
      expect(await scene.store.getNode("node-1")).toBeNull();
      expect(await scene.store.drainingNodes()).toEqual([]);
      expect(await scene.store.lastSession("node-1")).toBeNull();
      await register("s3");
      expect(await scene.store.getNode("node-1")).toMatchObject({ draining: false, session: { sessionId: "s3" } });
    });
  });
}

const handTo = (runId: string, sessionId: string, nodeId: string) => ({
  runId,
  ifState: ["planned" as const],
  ifFence: 0,
  to: { state: "assigned" as const, sessionId, nodeId, nodeName: "web-1", raiseFloor: false, rerun: false },
  at: 1,
});
