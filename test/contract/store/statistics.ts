// Counts for dashboards and metrics.
import { describe, expect, it } from "vitest";
import { aNodeInfo, reporter } from "./reports.ts";
import { type OpenStore, setScene } from "./scene.ts";

const minute = 60_000;

export function describeStatistics(name: string, open: OpenStore) {
  describe(`statistics on ${name}`, () => {
    const scene = setScene(open);
    const reason = { code: "exit_code" as const, message: "exit code 1" };

    it("sums up jobs, runs, the last day and nodes", async () => {
      await scene.store.registerSession({ sessionId: "s1", info: aNodeInfo(), former: null, graceMs: 1 });
      await scene.store.setDraining("node-1", true);
      await scene.makeJob({ enabled: false });
      const job = await scene.makeJob();
      const runs = await scene.plan(
        job,
        [1, 2, 3, 4, 5].map((i) => ({ nominal: i * minute })),
      );
      const now = 3 * minute;
      for (const i of [0, 1, 2]) await scene.assign(runs[i]!.id);
      const [failed, running] = [reporter(runs[0]!.id), reporter(runs[1]!.id)];
      await scene.store.record([failed.started(), failed.finished({ state: "failed", reason }), running.started()]);
      expect(await scene.store.summary(now)).toEqual({
        jobs: { total: 2, enabled: 1, disabled: 1, failing: 1 },
        runs: { planned: 2, waiting: 0, assigned: 1, running: 1 },
        last24h: { failed: 1 },
        nodes: { live: 1, draining: 1, total: 1 },
      });
      expect(await scene.store.summary(4 * minute)).toMatchObject({ runs: { planned: 1, waiting: 1 } });
      expect(await scene.store.summary(minute + 86_400_000 + 600)).toMatchObject({ last24h: {} });
    });

    it("is all zeros for an empty store", async () => {
      expect(await scene.store.summary(0)).toEqual({
        jobs: { total: 0, enabled: 0, disabled: 0, failing: 0 },
        runs: { planned: 0, waiting: 0, assigned: 0, running: 0 },
        last24h: {},
        nodes: { live: 0, draining: 0, total: 0 },
      });
      expect(await scene.store.oldestUnassignedDue()).toBeNull();
      expect(await scene.store.upcoming(10)).toEqual([]);
    });

    it("counts what was due by state and bucket, of all jobs or one", async () => {
      const [one, other] = [await scene.makeJob(), await scene.makeJob()];
      for (const job of [one, other]) {
        const runs = await scene.plan(
          job,
          [1, 2, 3, 4].map((i) => ({ nominal: i * minute })),
        );
        for (const [i, run] of runs.entries()) {
          if (i === 3) continue;
          await scene.assign(run.id);
          // Long after its minute: it counts where it was due, and that is how the list of runs finds it.
          const end = reporter(run.id).finished({ at: 100 * minute });
          const failed = reporter(run.id).finished({ at: 100 * minute, state: "failed", reason });
          await scene.store.record([i === 2 ? failed : end]);
        }
      }
      const query = { from: minute, to: 3 * minute, bucketMs: minute };
      const none = { late: 0, lateness: null };
      expect(await scene.store.timeline(query)).toEqual([
        { at: minute, counts: { succeeded: 2 }, ...none },
        { at: 2 * minute, counts: { succeeded: 2 }, ...none },
      ]);
      const wider = { from: minute, to: 9 * minute, bucketMs: 2 * minute, jobId: one.id };
      expect(await scene.store.timeline(wider)).toEqual([
        { at: minute, counts: { succeeded: 2 }, ...none },
        { at: 3 * minute, counts: { failed: 1 }, ...none },
      ]);
    });

    it("tells how late runs of a bucket began", async () => {
      const job = await scene.makeJob();
      const runs = await scene.plan(
        job,
        Array.from({ length: 20 }, (_, i) => ({
          nominal: minute + i * 1000,
          ...(i === 5 ? { dueAt: minute + 9000 } : {}),
        })),
      );
      for (const [i, run] of runs.entries()) {
        if (i === 19) {
          await scene.finish(run.id, "missed");
          continue;
        }
        await scene.assign(run.id);
        const node = reporter(run.id);
        // 0, 1, … 17 ms, and the last ones by far; the failed one is late, but no late success.
        const delay = i === 17 ? 7_777 : i === 18 ? 65_432 : i;
        const failed = { state: "failed" as const, reason };
        await scene.store.record([
          node.started({ at: run.dueAt + delay }),
          node.finished({ at: 10 * minute, ...(i === 18 ? failed : {}) }),
        ]);
      }
      expect(await scene.store.timeline({ from: minute, to: 2 * minute, bucketMs: minute })).toEqual([
        {
          at: minute,
          counts: { succeeded: 18, failed: 1, missed: 1 },
          late: 1,
          lateness: { p50: 9, p95: 65_000, max: 65_432 },
        },
      ]);
    });

    it("tells of jobs what their newest finished runs were like", async () => {
      const [job, idle] = [await scene.makeJob(), await scene.makeJob()];
      const runs = await scene.plan(
        job,
        [1, 2, 3, 4, 5, 6].map((i) => ({ nominal: i * minute })),
      );
      // Durations 100, 200, … ms, each begun 10 ms late; the fourth failed, the fifth never started, the sixth is open.
      for (const [i, run] of runs.entries()) {
        const at = (i + 1) * minute;
        if (i === 4) await scene.finish(run.id, "missed", at);
        else await scene.assign(run.id);
        const node = reporter(run.id);
        if (i !== 4) await scene.store.record([node.started({ at: at + 10 })]);
        const end = { at: at + 10 + (i + 1) * 100 };
        if (i < 4) await scene.store.record([node.finished(i === 3 ? { ...end, state: "failed", reason } : end)]);
      }
      const query = { jobs: [job.name], runs: 100, recent: 2, from: 2 * minute };
      expect(await scene.store.runStats(query)).toEqual([
        {
          jobId: job.id,
          jobName: job.name,
          counts: { succeeded: 2, failed: 1, missed: 1 },
          countedFrom: 2 * minute,
          durations: { count: 3, mean: 200, p50: 200, p95: 300, max: 300 },
          lateness: { count: 4, mean: 10, p50: 10, p95: 10, max: 10 },
          recent: [
            { id: runs[4]!.id, state: "missed", scheduledFor: 5 * minute, durationMs: null },
            { id: runs[3]!.id, state: "failed", scheduledFor: 4 * minute, durationMs: 400 },
          ],
        },
      ]);
      const nothing = { counts: {}, countedFrom: 0, durations: null, lateness: null, recent: [] };
      const asked = [idle.id, "unknown", job.id, idle.name];
      const [first, second, ...more] = await scene.store.runStats({ jobs: asked, runs: 2, recent: 20, from: 0 });
      expect(first).toEqual({ jobId: idle.id, jobName: idle.name, ...nothing });
      // No more is looked at than asked, and the answer says how far that went.
      expect(second).toMatchObject({ jobId: job.id, counts: { missed: 1, failed: 1 }, countedFrom: 4 * minute });
      expect(second?.recent).toHaveLength(2);
      expect(more).toEqual([]);
      expect(await scene.store.runStats({ jobs: [], runs: 2, recent: 20, from: 0 })).toEqual([]);
    });

    it("tells of many jobs at once, each its own", async () => {
      const jobs = [];
      for (let i = 0; i < 35; i++) {
        const job = await scene.makeJob();
        const [run] = await scene.plan(job, [{ nominal: minute, state: "missed" }]);
        jobs.push({ job, run: run!.id });
      }
      const names = jobs.map(({ job }) => job.id);
      const stats = await scene.store.runStats({ jobs: names, runs: 3, recent: 3, from: 0 });
      expect(stats.map((each) => [each.jobId, ...each.recent.map(({ id }) => id)])).toEqual(
        jobs.map(({ job, run }) => [job.id, run]),
      );
    });

    it("tells the next tick of every enabled job, soonest first", async () => {
      const cursorAt = (nextNominal: number) => ({ plannedThrough: 0, nextNominal, nextDue: nextNominal + 5 });
      const late = await scene.makeJob({ cursor: cursorAt(9000) });
      const soon = await scene.makeJob({ cursor: cursorAt(8000) });
      await scene.makeJob({ cursor: cursorAt(1000), enabled: false });
      await scene.makeJob({ cursor: { plannedThrough: 0, nextNominal: null, nextDue: null } });
      expect(await scene.store.upcoming(10)).toEqual([
        { jobId: soon.id, jobName: soon.name, at: 8000 },
        { jobId: late.id, jobName: late.name, at: 9000 },
      ]);
      expect(await scene.store.upcoming(1)).toHaveLength(1);
    });

    it("gives the metrics of jobs, failing ones first", async () => {
      const [good, bad] = [await scene.makeJob(), await scene.makeJob()];
      for (const job of [good, bad]) {
        const [run] = await scene.plan(job, [{ nominal: minute }]);
        await scene.assign(run!.id);
        const node = reporter(run!.id);
        await scene.store.record([job === bad ? node.finished({ state: "timed_out", reason }) : node.finished()]);
      }
      expect(await scene.store.jobStats(10)).toEqual([
        { name: bad.name, consecutiveFailures: 1, lastSuccessAt: null },
        { name: good.name, consecutiveFailures: 0, lastSuccessAt: 60_500 },
      ]);
      expect(await scene.store.jobStats(1)).toHaveLength(1);
    });

    it("counts what is due and has not started, by what it waits for", async () => {
      const runs = await scene.plan(
        await scene.makeJob(),
        [1, 2, 3, 4].map((i) => ({ nominal: i * minute })),
      );
      await scene.assign(runs[0]!.id);
      const limit = { code: "limit" as const, message: "key db is full" };
      await scene.store.park(scene.term, [{ runId: runs[1]!.id, parked: "limit:db", reason: limit }]);
      expect(await scene.store.queuedByReason(3 * minute)).toEqual({ assigned: 1, limit: 1, capacity: 1 });
      expect(await scene.store.queuedByReason(0)).toEqual({});
    });

    it("knows the oldest due instant that is not handed out: a planned row's or a cursor's", async () => {
      const job = await scene.makeJob();
      const [first, second] = await scene.plan(job, [{ nominal: minute }, { nominal: 2 * minute }]);
      expect(await scene.store.oldestUnassignedDue()).toBe(minute);
      await scene.assign(first!.id);
      expect(await scene.store.oldestUnassignedDue()).toBe(2 * minute);
      await scene.assign(second!.id);
      expect(await scene.store.oldestUnassignedDue()).toBe(3 * minute);
    });
  });
}
