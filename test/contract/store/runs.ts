// Reading runs: every filter alone and with others, pages that neither repeat nor leave out, one run, the row of a tick.
import { describe, expect, it } from "vitest";
import type { Run, RunState } from "../../../src/model/run.ts";
import type { RunQuery } from "../../../src/store/store.ts";
import { aNodeInfo, reporter } from "./reports.ts";
import { type OpenStore, type Scene, setScene } from "./scene.ts";

const minute = 60_000;

export function describeRuns(name: string, open: OpenStore) {
  describe(`runs on ${name}`, () => {
    const scene = setScene(open);
    const list = async (query: Partial<RunQuery> = {}) =>
      (await scene.store.listRuns({ limit: 100, now: 100 * minute, ...query })).items;
    const ids = (runs: { id: string }[]) => runs.map((run) => run.id);

    it("lists newest first, in pages that neither repeat nor leave out", async () => {
      const made = await history(scene);
      const all = await list();
      expect(all).toHaveLength(made.length);
      const order = (a: Run, b: Run) => b.scheduledFor - a.scheduledFor || (a.id < b.id ? 1 : -1);
      expect(all).toEqual([...all].sort(order));
      for (const query of [{}, { state: ["failed", "succeeded"] as RunState[] }, { q: "name" }]) {
        const paged: Run[] = [];
        let cursor: string | undefined;
        do {
          const page = await scene.store.listRuns({
            limit: 3,
            now: 100 * minute,
            ...query,
            ...(cursor ? { cursor } : {}),
          });
          paged.push(...page.items);
          cursor = page.nextCursor ?? undefined;
        } while (cursor);
        expect(ids(paged)).toEqual(ids(await list(query)));
      }
    });

    it("hides planned and assigned runs until they are due, unless they are asked for", async () => {
      const [soon, later] = await scene.plan(await scene.makeJob(), [{ nominal: minute }, { nominal: 2 * minute }]);
      await scene.assign(later!.id);
      expect(ids(await list({ now: minute }))).toEqual([soon!.id]);
      expect(ids(await list({ now: minute - 1 }))).toEqual([]);
      expect(ids(await list({ now: 0, state: ["planned", "assigned"] }))).toEqual([later!.id, soon!.id]);
      await scene.store.record([reporter(later!.id).started()]);
      expect(ids(await list({ now: 0 }))).toEqual([later!.id]);
    });

    it("answers every combination of filters as a plain look through all runs does", async () => {
      const made = await history(scene);
      const all = await list();
      const jobOf = (run: Run) => made.find(({ id }) => id === run.id)!.jobId;
      const [job] = made;
      const filters: { query: Partial<RunQuery>; has: (run: Run) => boolean }[] = [
        { query: { job: job!.jobId }, has: (run) => jobOf(run) === job!.jobId },
        { query: { job: job!.jobName }, has: (run) => jobOf(run) === job!.jobId },
        { query: { job: "no-such-job" }, has: () => false },
        { query: { node: "web-1" }, has: (run) => run.nodeId === "node-1" },
        { query: { node: "node-1" }, has: (run) => run.nodeId === "node-1" },
        { query: { state: ["failed"] }, has: (run) => run.state === "failed" },
        { query: { state: ["succeeded", "lost"] }, has: (run) => run.state === "succeeded" || run.state === "lost" },
        { query: { trigger: ["manual"] }, has: (run) => run.trigger === "manual" },
        { query: { trigger: ["manual", "schedule"] }, has: () => true },
        {
          query: { from: 2 * minute, to: 4 * minute },
          has: (r) => r.scheduledFor >= 120_000 && r.scheduledFor < 240_000,
        },
        { query: { q: job!.jobName.slice(3) }, has: (run) => run.jobName === job!.jobName },
        { query: { q: "NAME-OF" }, has: () => true },
        { query: { q: all[2]!.id }, has: (run) => run.id === all[2]!.id },
        { query: { q: "%" }, has: () => false },
      ];
      for (const a of filters)
        for (const b of filters) {
          if (Object.keys(a.query).some((key) => key in b.query)) continue;
          const query = { ...a.query, ...b.query };
          const expected = all.filter((run) => a.has(run) && b.has(run));
          expect(ids(await list(query)), JSON.stringify(query)).toEqual(ids(expected));
        }
    });

    it("finds the runs of a deleted job by its name, beside those of its successor", async () => {
      const old = await scene.makeJob({ job: { name: "backup" } });
      const [run] = await scene.plan(old, [{ nominal: minute }]);
      await scene.assign(run!.id);
      await scene.finish(run!.id, "succeeded");
      const cursor = { plannedThrough: 2 * minute, nextNominal: null, nextDue: null };
      await scene.store.changeJob(scene.term, { jobId: old.id, deleted: true, at: 2 * minute, actor: "ann", cursor });
      expect(ids(await list({ job: "backup" }))).toEqual([run!.id]);
      const next = await scene.makeJob({ job: { name: "backup" } });
      const [second] = await scene.plan(next, [{ nominal: 3 * minute }]);
      expect(ids(await list({ job: "backup" }))).toEqual([second!.id, run!.id]);
      expect(ids(await list({ job: next.id }))).toEqual([second!.id]);
    });

    it("refuses a cursor of another list", async () => {
      await expect(list({ cursor: "bm9uc2Vuc2U" })).rejects.toMatchObject({ code: "invalid_cursor" });
    });

    it("gets a run by its id, or by a start that only one run has", async () => {
      const job = await scene.makeJob();
      await scene.plan(job, [
        { id: "01abc111", nominal: minute, requestedBy: "ann", idempotencyKey: "key" },
        { id: "01abc122", nominal: 2 * minute },
        { id: "01abc12", nominal: 3 * minute },
      ]);
      expect(await scene.store.getRun("01abc111")).toMatchObject({
        id: "01abc111",
        requestedBy: "ann",
        idempotencyKey: "key",
        parked: null,
        attempts: [],
      });
      expect(await scene.store.getRun("01abc11")).toMatchObject({ id: "01abc111" });
      expect(await scene.store.getRun("01abc12")).toMatchObject({ id: "01abc12" });
      expect(await scene.store.getRun("01abc1")).toBeNull();
      expect(await scene.store.getRun("")).toBeNull();
      expect(await scene.store.getRun("02")).toBeNull();
    });

    it("finds the row of a tick: the run itself, or the summary that covers it", async () => {
      const job = await scene.makeJob();
      const reason = { code: "misfire_policy" as const, message: "older than the newest" };
      const covers = { from: minute, to: 5 * minute, count: 5 };
      const [summary, tick] = await scene.plan(job, [
        { nominal: 5 * minute, state: "missed", reason, covers },
        { nominal: 6 * minute },
      ]);
      const manual = { nominal: null, scheduledFor: 6 * minute, jobId: job.id };
      await scene.plan(job, [{ ...manual, id: "00-first-by-id" }]);
      expect(await scene.store.runAt(job.id, 3 * minute)).toMatchObject({ id: summary!.id, covers });
      expect(await scene.store.runAt(job.id, 6 * minute)).toMatchObject({ id: tick!.id });
      expect(await scene.store.runAt(job.id, 7 * minute)).toBeNull();
      expect(await scene.store.runAt("no-such-job", minute)).toBeNull();
    });
  });
}

/** Two jobs, two nodes, several ends and triggers. */
async function history(scene: Scene) {
  await scene.store.registerSession({ sessionId: "s1", info: aNodeInfo(), former: null, graceMs: 1 });
  const second = aNodeInfo({ nodeId: "node-2", name: "web-2" });
  await scene.store.registerSession({ sessionId: "s2", info: second, former: null, graceMs: 1 });
  const reason = { code: "exit_code" as const, message: "exit code 1" };
  const all = [];
  for (const job of [await scene.makeJob(), await scene.makeJob()]) {
    const ticks = [1, 2, 3, 4, 5].map((i) => ({ nominal: i * minute }));
    const manual = { nominal: null, scheduledFor: 3 * minute, trigger: "manual" as const };
    const runs = (await scene.plan(job, [...ticks, manual])).map((run) => ({ ...run, jobName: job.name }));
    for (const [i, run] of runs.entries()) {
      if (i === 4) continue;
      const session = i % 2 === 0 ? "s1" : "s2";
      await scene.assign(run.id, session);
      const node = reporter(run.id, session);
      await scene.store.record([node.started()]);
      if (i === 3) await scene.finish(run.id, "lost");
      else await scene.store.record([i === 1 ? node.finished({ state: "failed", reason }) : node.finished()]);
    }
    all.push(...runs);
  }
  return all;
}
