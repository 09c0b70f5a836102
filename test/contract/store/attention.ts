// What wants somebody's eyes, and the schedules that forecasts are made of.
import { describe, expect, it } from "vitest";
import type { JobRow } from "../../../src/store/store.ts";
import { anEffectiveJob } from "../../support/store-fixtures.ts";
import { reporter } from "./reports.ts";
import { type OpenStore, setScene } from "./scene.ts";

const minute = 60_000;
const reason = { code: "exit_code" as const, message: "exit code 1" };

export function describeAttention(name: string, open: OpenStore) {
  describe(`what wants attention on ${name}`, () => {
    const scene = setScene(open);
    const cursorAt = (nextDue: number | null) => ({ plannedThrough: 0, nextNominal: nextDue, nextDue });

    async function runOf(job: JobRow, i: number, end?: "succeeded" | "failed") {
      const [run] = await scene.plan(job, [{ nominal: i * minute }]);
      await scene.assign(run!.id);
      const node = reporter(run!.id);
      await scene.store.record([node.started({ at: i * minute })]);
      const result = end === "failed" ? { state: end, reason } : {};
      if (end) await scene.store.record([node.finished({ at: i * minute + 500, ...result })]);
      return run!.id;
    }

    it("are jobs whose last runs failed, the most failures first", async () => {
      const [good, bad, worse] = [await scene.makeJob(), await scene.makeJob(), await scene.makeJob()];
      await runOf(good, 1, "failed");
      await runOf(good, 2, "succeeded");
      await runOf(bad, 1, "succeeded");
      const last = await runOf(bad, 2, "failed");
      for (const i of [1, 2, 3]) await runOf(worse, i, "failed");
      expect(await scene.store.failingJobs(10)).toMatchObject([
        { jobId: worse.id, jobName: worse.name, enabled: true, failures: 3, lastSuccessAt: null },
        {
          jobId: bad.id,
          failures: 1,
          lastSuccessAt: minute + 500,
          lastRun: { id: last, state: "failed", finishedAt: 2 * minute + 500, reason },
        },
      ]);
      expect(await scene.store.failingJobs(1)).toHaveLength(1);
    });

    it("are ticks that nobody has planned", async () => {
      const [old, older] = [
        await scene.makeJob({ cursor: cursorAt(5000) }),
        await scene.makeJob({ cursor: cursorAt(4000) }),
      ];
      await scene.makeJob({ cursor: cursorAt(6000) });
      await scene.makeJob({ cursor: cursorAt(4000), enabled: false });
      await scene.makeJob({ cursor: cursorAt(null) });
      expect(await scene.store.overdueJobs(6000, 10)).toEqual([
        { jobId: older.id, jobName: older.name, dueAt: 4000 },
        { jobId: old.id, jobName: old.name, dueAt: 5000 },
      ]);
      expect(await scene.store.overdueJobs(6000, 1)).toHaveLength(1);
    });

    it("are runs that were due and don't start, by job", async () => {
      const [stuck, assigned] = [await scene.makeJob(), await scene.makeJob()];
      const runs = await scene.plan(stuck, [{ nominal: 3 * minute }, { nominal: 2 * minute }, { nominal: 9 * minute }]);
      const [given] = await scene.plan(assigned, [{ nominal: minute }]);
      await scene.assign(given!.id);
      await runOf(await scene.makeJob(), 1);
      const nobody = { code: "no_eligible_node" as const, message: "no node has the label gpu" };
      await scene.store.park(scene.term, [{ runId: runs[1]!.id, parked: "nodes", reason: nobody }]);
      expect(await scene.store.waitingLongest(5 * minute, 10)).toEqual([
        { jobId: assigned.id, jobName: assigned.name, runId: given!.id, reason: null, runs: 1, dueAt: minute },
        { jobId: stuck.id, jobName: stuck.name, runId: runs[1]!.id, reason: nobody, runs: 2, dueAt: 2 * minute },
      ]);
      expect(await scene.store.waitingLongest(5 * minute, 1)).toHaveLength(1);
      expect(await scene.store.waitingLongest(minute, 10)).toEqual([]);
    });

    it("are runs that have been running longest", async () => {
      const job = await scene.makeJob();
      const later = await runOf(job, 2);
      const first = await runOf(await scene.makeJob(), 1);
      await runOf(job, 3, "succeeded");
      const node = { id: "node-of-session-1", name: "name-of-session-1" };
      expect(await scene.store.runningLongest(10)).toMatchObject([
        { runId: first, startedAt: minute, node },
        { runId: later, startedAt: 2 * minute, jobId: job.id, jobName: job.name, node },
      ]);
      expect(await scene.store.runningLongest(1)).toHaveLength(1);
    });
  });

  describe(`schedules on ${name}`, () => {
    const scene = setScene(open);
    const daily = { schedule: ["0 3 * * *"], timezone: "Europe/Berlin", tags: ["db"], jitterMs: 5000 };
    const all = { changedSince: null, after: null, limit: 10 };
    const names = async (query: Parameters<typeof scene.store.schedules>[0]) =>
      (await scene.store.schedules(query)).map(({ jobId, enabled }) => [jobId, enabled]);
    const change = (job: JobRow, what: object, at: number) =>
      scene.store.changeJob(scene.term, {
        jobId: job.id,
        at,
        actor: "tester",
        cursor: { plannedThrough: at, nextNominal: null, nextDue: null },
        ...what,
      });

    it("are those of the enabled jobs, by id, page by page", async () => {
      const [a, b] = [await scene.makeJob({ job: daily, at: 7 }), await scene.makeJob()];
      await scene.makeJob({ enabled: false });
      expect(await scene.store.schedules({ ...all, limit: 1 })).toEqual([
        {
          ...{ jobId: a.id, jobName: a.name, version: 1, updatedAt: 7, enabled: true },
          ...{ ...daily, startAtMs: null, endAtMs: null },
        },
      ]);
      expect(await names({ ...all, after: a.id })).toEqual([[b.id, true]]);
    });

    it("are those that were changed since, whatever became of them", async () => {
      const jobs = [];
      for (let i = 0; i < 4; i++) jobs.push(await scene.makeJob({ at: 1 }));
      const [same, edited, disabled, deleted] = jobs as [JobRow, JobRow, JobRow, JobRow];
      const before = await scene.store.scheduleStamp();
      expect(before).toEqual({ jobs: 4, versions: 4, changedAt: 1 });
      expect(await scene.store.scheduleStamp()).toEqual(before);
      const effective = anEffectiveJob({ name: edited.name, ...daily });
      await change(edited, { spec: { spec: edited.spec, effective } }, 5);
      expect(await scene.store.scheduleStamp()).toEqual({ jobs: 4, versions: 5, changedAt: 5 });
      await change(disabled, { enabled: { enabled: false, enableAt: null, reason: null } }, 6);
      await change(deleted, { deleted: true }, 7);
      expect(await scene.store.scheduleStamp()).toEqual({ jobs: 2, versions: 3, changedAt: 5 });
      const changed = await scene.store.schedules({ ...all, changedSince: 5 });
      expect(changed.map(({ jobId, enabled, version }) => [jobId, enabled, version])).toEqual([
        [edited.id, true, 2],
        [disabled.id, false, 1],
        [deleted.id, false, 1],
      ]);
      expect(await names(all)).toEqual([
        [same.id, true],
        [edited.id, true],
      ]);
    });
  });
}
