// Handing out: what waits and in which order, what is parked, and the leader's steps by compare-and-set.
import { describe, expect, it } from "vitest";
import type { NewRun, Transition } from "../../../src/store/store.ts";
import { type OpenStore, setScene, toAssigned } from "./scene.ts";

export function describeAssigning(name: string, open: OpenStore) {
  describe(`assigning on ${name}`, () => {
    const scene = setScene(open);
    const reason = { code: "capacity" as const, message: "all full" };
    const setUp = async (runs: Partial<NewRun>[]) => scene.plan(await scene.makeJob(), runs);
    const ids = (runs: { id: string }[]) => runs.map((run) => run.id);
    const planned = (rest: Partial<Extract<Transition["to"], { state: "planned" }>> = {}) => ({
      state: "planned" as const,
      raiseFloor: false,
      rerun: false,
      parked: null,
      reason: null,
      ...rest,
    });
    const step = (runId: string, ifFence: number, to: Transition["to"], ifState: Transition["ifState"] = ["planned"]) =>
      scene.store.transition(scene.term, [{ runId, ifState, ifFence, to, at: 1000 }]);

    it("offers the first of each priority by due instant, up to the horizon", async () => {
      const runs = await setUp([
        { nominal: 1, dueAt: 300, priority: 9 },
        { nominal: 2, dueAt: 100, priority: 9 },
        { nominal: 3, dueAt: 200, priority: 9 },
        { nominal: 4, dueAt: 50, priority: 0 },
        { nominal: 5, dueAt: 301, priority: 0 },
      ]);
      const waiting = await scene.store.waitingRuns(300, 2);
      expect(ids(waiting).sort()).toEqual([runs[1]!.id, runs[2]!.id, runs[3]!.id].sort());
      expect(await scene.store.waitingRuns(300, 10)).toHaveLength(4);
    });

    it("hands out by compare-and-set: the fence grows by one and only who read it last wins", async () => {
      const [run] = await setUp([{ nominal: 60_000 }]);
      const answers = await Promise.all(["a", "b", "c"].map((session) => step(run!.id, 0, toAssigned(session))));
      // Over connections of their own any of them may be the first.
      const won = ["a", "b", "c"].filter((_, i) => answers[i]!.length > 0);
      expect(won).toHaveLength(1);
      const sessionId = won[0] as string;
      expect(answers.flat()).toMatchObject([
        { runId: run!.id, from: "planned", to: "assigned", fence: 1, sessionId, nodeName: `name-of-${sessionId}` },
      ]);
      expect(await scene.store.waitingRuns(100_000, 10)).toEqual([]);
      expect(await scene.store.openRunsOfSession(sessionId)).toMatchObject([
        { id: run!.id, state: "assigned", fence: 1, floor: 0, sessionId, nodeId: `node-of-${sessionId}` },
      ]);
      expect(await step(run!.id, 0, planned(), ["assigned"])).toEqual([]);
      expect(await step(run!.id, 1, planned(), ["planned", "running"])).toEqual([]);
      expect(await step("unknown", 0, planned())).toEqual([]);
    });

    it("keeps the fence when a run is taken back, and issues the next one after that", async () => {
      const [run] = await setUp([{ nominal: 60_000 }]);
      await step(run!.id, 0, toAssigned("a"));
      expect(await step(run!.id, 1, planned(), ["assigned"])).toMatchObject([{ to: "planned", fence: 1 }]);
      expect(await scene.store.openRunsByIds([run!.id])).toMatchObject([{ floor: 0, sessionId: null, nodeId: null }]);
      expect(await step(run!.id, 1, toAssigned("b"))).toMatchObject([{ fence: 2, sessionId: "b" }]);
    });

    it("raises the floor above the fence that was given up, and counts reruns", async () => {
      const [run] = await setUp([{ nominal: 60_000 }]);
      await step(run!.id, 0, toAssigned("a"));
      await step(run!.id, 1, planned({ raiseFloor: true, rerun: true, parked: "nodes", reason }), ["assigned"]);
      // Its report may be on its way: the attempt counts, or the next one would have the same number.
      const row = { floor: 2, fence: 1, reruns: 1, attempt: 1, parked: "nodes", reason };
      expect(await scene.store.openRunsByIds([run!.id])).toMatchObject([row]);
      await step(run!.id, 1, { ...toAssigned("b"), raiseFloor: true, rerun: true });
      expect(await scene.store.openRunsByIds([run!.id])).toMatchObject([
        { floor: 2, fence: 2, reruns: 2, parked: null, reason: null },
      ]);
    });

    it("turns a kept misfire into a catch-up with its own due instant", async () => {
      const [run] = await setUp([{ nominal: 60_000 }]);
      await step(run!.id, 0, planned({ catchUp: { dueAt: 130_000, startBy: 900_000 } }));
      const row = { trigger: "catch_up", catchUp: true, dueAt: 130_000, startBy: 900_000, scheduledFor: 60_000 };
      expect(await scene.store.openRunsByIds([run!.id])).toMatchObject([row]);
    });

    it("ends a run once: a final state is final for the leader", async () => {
      const [run] = await setUp([{ nominal: 60_000 }]);
      const missed = { state: "missed" as const, reason, raiseFloor: false };
      expect(await step(run!.id, 0, missed)).toMatchObject([
        { from: "planned", to: "missed", reason, finishedAt: 1000, consecutiveFailures: null },
      ]);
      expect(await step(run!.id, 0, { ...missed, state: "skipped" }, ["missed", "planned"])).toEqual([]);
      expect(await scene.store.openRunsByIds([run!.id])).toEqual([]);
      expect(await scene.store.openRuns(null, 10)).toEqual([]);
    });

    it("counts failures in a row from what was executed alone", async () => {
      const { store, makeJob, plan, assign, finish } = scene;
      const job = await makeJob();
      const nominals = [1, 2, 3, 4, 5].map((n) => ({ nominal: n * 60_000 }));
      const runs = await plan(job, nominals);
      for (const run of runs) await assign(run.id);
      const streak = async (i: number, state: Parameters<typeof finish>[1]) =>
        (await finish(runs[i]!.id, state, 500_000 + i))[0]!.consecutiveFailures;
      expect(await streak(0, "lost")).toBe(1);
      expect(await streak(1, "skipped")).toBeNull();
      expect(await streak(2, "failed")).toBe(2);
      expect(await streak(3, "cancelled")).toBeNull();
      expect(await store.getJob(job.id)).toMatchObject({ consecutiveFailures: 2, lastRun: { id: runs[2]!.id } });
      expect(await streak(4, "succeeded")).toBe(0);
      expect(await store.getJob(job.id)).toMatchObject({ consecutiveFailures: 0, lastSuccessAt: 500_004 });
    });

    it("applies a long list of steps that differ, each run's own in their order", async () => {
      const { store, term } = scene;
      const runs = await setUp(Array.from({ length: 1500 }, (_, i) => ({ nominal: i + 1 })));
      const items = runs.flatMap((run, i): Transition[] => {
        const base = { runId: run.id, ifState: ["planned" as const], ifFence: 0, at: i };
        const first = { ...base, to: toAssigned(`s${i % 7}`) };
        const back = { ...base, ifState: ["assigned" as const], ifFence: 1, to: planned() };
        return i % 3 === 0 ? [first, back] : [first];
      });
      const changes = await store.transition(term, items);
      expect(changes.map((change) => change.runId)).toEqual(items.map((item) => item.runId));
      expect(changes.every((change) => change.fence === 1)).toBe(true);
      expect(await store.waitingRuns(10_000, 2000)).toHaveLength(500);
      const usage = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((n) => store.openRunsOfSession(`s${n}`)));
      expect(usage.flat()).toHaveLength(1000);
    });

    it("parks what must wait, with the reason, and frees it by its key", async () => {
      const { store, term } = scene;
      const runs = await setUp([{ nominal: 1 }, { nominal: 2 }, { nominal: 3 }]);
      await scene.assign(runs[2]!.id);
      await store.park(term, [
        { runId: runs[0]!.id, parked: "nodes", reason },
        { runId: runs[1]!.id, parked: "limit:db", reason: { code: "limit", message: "2 at most" } },
        { runId: runs[2]!.id, parked: "nodes", reason },
      ]);
      expect(await store.waitingRuns(100, 10)).toEqual([]);
      expect((await store.parkedKeys()).sort()).toEqual(["limit:db", "nodes"]);
      expect(await store.openRunsByIds(ids(runs))).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ id: runs[0]!.id, parked: "nodes", reason }),
          expect.objectContaining({ id: runs[2]!.id, parked: null, state: "assigned" }),
        ]),
      );
      expect(await store.unpark(term, "nodes", { now: 100 })).toBe(1);
      expect(await store.unpark(term, "nodes", { now: 100 })).toBe(0);
      expect(ids(await store.waitingRuns(100, 10))).toEqual([runs[0]!.id]);
      expect(await store.parkedKeys()).toEqual(["limit:db"]);
    });

    it("frees by priority, which grows with every minute waited", async () => {
      const { store, term } = scene;
      const runs = await setUp([
        { nominal: 1, dueAt: 0, priority: 2 },
        { nominal: 2, dueAt: 170_000, priority: 5 },
        { nominal: 3, dueAt: 100_000, priority: 4 },
        { nominal: 4, dueAt: 160_000, priority: 5 },
      ]);
      const all = runs.map((run) => ({ runId: run.id, parked: "limit:k", reason }));
      await store.park(term, all);
      const order: string[] = [];
      // At 180 s: 2 + 3 steps = 5 (due 0), 5 (due 160 s), 5 (due 170 s), 4 + 1 step = 5 (due 100 s).
      for (const limit of [1, 1, 1, 5]) {
        await store.unpark(term, "limit:k", { now: 180_000, limit });
        order.push(...ids(await store.waitingRuns(1_000_000, 10)).filter((id) => !order.includes(id)));
      }
      expect(order).toEqual([runs[0]!.id, runs[2]!.id, runs[3]!.id, runs[1]!.id]);
    });

    it("names what is overdue: misfires, and what is past its start deadline", async () => {
      const { store } = scene;
      const runs = await setUp([
        { nominal: 1, dueAt: 1000 },
        { nominal: 2, dueAt: 2000 },
        { nominal: 3, dueAt: 1000, catchUp: true },
        { nominal: 4, dueAt: 1000, catchUp: true, startBy: 4000 },
        { nominal: 5, dueAt: 3000 },
        { nominal: 6, dueAt: 2500, startBy: 4000 },
      ]);
      const [a, b, , d, , f] = ids(runs);
      await scene.assign(b!);
      const overdue = async (now: number, limit = 10) => ids(await store.overdueRuns({ dueBefore: 3000, now, limit }));
      expect(await overdue(4000)).toEqual([a, b, f]);
      expect((await overdue(4001)).sort()).toEqual([a, b, d, f].sort());
      expect(await overdue(4000, 2)).toEqual([a, b]);
      const nextOf = async (row: Awaited<ReturnType<typeof store.overdueRuns>>[number]) =>
        ids(await store.overdueRuns({ dueBefore: 3000, now: 4000, limit: 1, after: row }));
      const [first, second, third] = await store.overdueRuns({ dueBefore: 3000, now: 4000, limit: 3 });
      expect([await nextOf(first!), await nextOf(second!), await nextOf(third!)]).toEqual([[b], [f], []]);
      await store.requestCancel(a!, 1, "ann");
      expect(await overdue(4000)).toEqual([b, f]);
    });

    it("counts how much of each limit is in use", async () => {
      const { store } = scene;
      const runs = await setUp([1, 2, 3, 4].map((n) => ({ nominal: n, limitKey: n < 4 ? "db" : "api" })));
      await scene.assign(runs[0]!.id);
      await scene.assign(runs[1]!.id);
      expect(await store.limitUsage(["db", "api", "none"])).toEqual({ db: 2, api: 0, none: 0 });
      await scene.finish(runs[0]!.id, "succeeded");
      expect(await store.limitUsage(["db"])).toEqual({ db: 1 });
      expect(await store.limitUsage([])).toEqual({});
    });

    it("marks a cancel, after which the run is neither offered nor handed out; what is over stays as it is", async () => {
      const { store } = scene;
      const [run, done] = await setUp([{ nominal: 1 }, { nominal: 2 }]);
      await scene.finish(done!.id, "missed");
      expect(await store.requestCancel("unknown", 5, "ann")).toBeNull();
      expect(await store.requestCancel(done!.id, 5, "ann")).toMatchObject({ state: "missed", cancelRequested: false });
      const first = await store.requestCancel(run!.id, 5, "ann");
      expect(first).toMatchObject({ state: "planned", cancelRequested: true });
      expect(await store.requestCancel(run!.id, 6, "bob")).toEqual(first);
      expect(await store.waitingRuns(10, 10)).toEqual([]);
      expect(await scene.assign(run!.id)).toEqual([]);
      expect(await scene.finish(run!.id, "cancelled")).toMatchObject([{ to: "cancelled" }]);
    });
  });
}
