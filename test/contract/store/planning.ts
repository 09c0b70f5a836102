// Planning: a tick becomes exactly one row, whoever plans it and however often.
import { describe, expect, it } from "vitest";
import type { PlanItem } from "../../../src/store/store.ts";
import { aNewRun } from "../../support/store-fixtures.ts";
import { type OpenStore, setScene } from "./scene.ts";

export function describePlanning(name: string, open: OpenStore) {
  describe(`planning on ${name}`, () => {
    const scene = setScene(open);
    const item = (jobId: string, rest: Partial<PlanItem> = {}): PlanItem => ({
      jobId,
      ifVersion: 1,
      ifPlannedThrough: 0,
      cursor: { plannedThrough: 60_000, nextNominal: 120_000, nextDue: 120_000 },
      runs: [aNewRun({ jobId })],
      ...rest,
    });

    it("names due jobs, the soonest first, and the soonest instant of all", async () => {
      const { store, term, makeJob } = scene;
      expect(await store.earliestDue()).toBeNull();
      const at = (due: number | null) => ({ plannedThrough: 0, nextNominal: due, nextDue: due });
      const late = await makeJob({ cursor: at(5000) });
      const soon = await makeJob({ cursor: at(1000) });
      await makeJob({ cursor: at(null) });
      await makeJob({ cursor: at(10), enabled: false });
      expect((await store.dueJobs(5000, 10)).map((job) => job.id)).toEqual([soon.id, late.id]);
      expect((await store.dueJobs(4999, 10)).map((job) => job.id)).toEqual([soon.id]);
      expect((await store.dueJobs(5000, 1)).map((job) => job.id)).toEqual([soon.id]);
      expect((await store.dueJobs(5000, 1))[0]).toEqual({
        id: soon.id,
        name: soon.name,
        version: 1,
        effective: soon.effective,
        plannedThrough: 0,
        nextNominal: 1000,
        nextDue: 1000,
      });
      expect(await store.earliestDue()).toBe(1000);
      await store.changeJob(term, { jobId: soon.id, deleted: true, at: 0, actor: "x", cursor: at(null) });
      expect(await store.earliestDue()).toBe(5000);
    });

    it("writes rows and cursor together, and answers what waits and what is over already", async () => {
      const { store, term, makeJob } = scene;
      const job = await makeJob();
      const reason = { code: "misfire_policy" as const, message: "too late" };
      const covers = { from: 1000, to: 2000, count: 17 };
      const runs = [
        aNewRun({ jobId: job.id, nominal: 60_000, shard: { index: 0, total: 2 }, nodeKey: "n1", startBy: 90_000 }),
        aNewRun({ jobId: job.id, nominal: 60_000, shard: { index: 1, total: 2 }, nodeKey: "n2", limitKey: "db" }),
        aNewRun({ jobId: job.id, nominal: 2000, state: "missed", reason, covers, plannedAt: 7 }),
      ];
      const { planned, changes, skippedJobs } = await store.writePlan(term, [item(job.id, { runs })]);
      expect(planned).toEqual(await store.waitingRuns(60_000, 10));
      expect(planned).toMatchObject([
        { id: runs[0]!.id, fence: 0, nodeKey: "n1", shard: { index: 0, total: 2 }, startBy: 90_000, limitKey: null },
        { id: runs[1]!.id, nodeKey: "n2", limitKey: "db" },
      ]);
      expect(changes).toMatchObject([{ runId: runs[2]!.id, from: null, to: "missed", reason, finishedAt: 7 }]);
      expect(skippedJobs).toEqual([]);
      expect(await store.getJob(job.id)).toMatchObject({ plannedThrough: 60_000, nextDue: 120_000, lastRun: null });
    });

    it("leaves out a job that changed meanwhile, and only that one", async () => {
      const { store, term, makeJob } = scene;
      const [moved, edited, good, off] = [await makeJob(), await makeJob(), await makeJob(), await makeJob()];
      await store.writePlan(term, [item(moved.id)]);
      const cursor = { plannedThrough: 0, nextNominal: null, nextDue: null };
      await store.changeJob(term, { jobId: edited.id, at: 0, actor: "x", cursor });
      const enabled = { enabled: false, enableAt: null, reason: null };
      await store.changeJob(term, { jobId: off.id, enabled, at: 0, actor: "x", cursor });
      await store.settleRevision(term, { jobId: off.id, revoked: [], kept: [], at: 0 });
      const items = [item(moved.id), item(edited.id), item(good.id), item(off.id), item("no-such-job")];
      const { planned, skippedJobs } = await store.writePlan(term, items);
      expect(planned.map((run) => run.jobId)).toEqual([good.id]);
      expect(skippedJobs).toEqual([moved.id, edited.id, off.id, "no-such-job"]);
    });

    it("takes a tick that has its row already for done, without a second row", async () => {
      const { store, term, makeJob } = scene;
      const job = await makeJob();
      const first = aNewRun({ jobId: job.id, nominal: 60_000 });
      await store.writePlan(term, [item(job.id, { runs: [first] })]);
      // Planning goes back (an edit, a restored answer) and meets the row.
      const cursor = { plannedThrough: 0, nextNominal: 60_000, nextDue: 60_000 };
      await store.changeJob(term, { jobId: job.id, at: 60_000, actor: "x", cursor });
      await store.settleRevision(term, { jobId: job.id, revoked: [], kept: [], at: 60_000 });
      const second = aNewRun({ jobId: job.id, nominal: 60_000 });
      const next = aNewRun({ jobId: job.id, nominal: 120_000 });
      const { planned, skippedJobs } = await store.writePlan(term, [item(job.id, { runs: [second, next] })]);
      expect(planned.map((run) => run.id)).toEqual([next.id]);
      expect(skippedJobs).toEqual([]);
      expect((await store.openRunsOfJob(job.id)).map((run) => run.id)).toEqual([first.id, next.id]);
    });

    it("gives a tick to one of two plans that race for it", async () => {
      const { store, term, makeJob } = scene;
      const job = await makeJob();
      const plans = [1, 2, 3].map(() => item(job.id, { runs: [aNewRun({ jobId: job.id })] }));
      const answers = await Promise.all(plans.map((plan) => store.writePlan(term, [plan])));
      expect(answers.flatMap((answer) => answer.planned)).toHaveLength(1);
      expect(answers.flatMap((answer) => answer.skippedJobs)).toHaveLength(2);
      expect(await store.openRunsOfJob(job.id)).toHaveLength(1);
    });

    it("writes ten thousand rows in one plan", async () => {
      const { store, term, makeJob } = scene;
      const job = await makeJob();
      const runs = Array.from({ length: 10_000 }, (_, i) => aNewRun({ jobId: job.id, nominal: 1000 * (i + 1) }));
      const { planned } = await store.writePlan(term, [item(job.id, { runs })]);
      expect(planned).toHaveLength(10_000);
      const open: string[] = [];
      for (let after: string | null = null; ; ) {
        const page = await store.openRuns(after, 500);
        open.push(...page.map((run) => run.id));
        if (page.length < 500) break;
        after = page.at(-1)!.id;
      }
      expect(open).toEqual(runs.map((run) => run.id).sort());
    });

    it("makes a manual run once for each idempotency key of a job", async () => {
      const { store, term, makeJob } = scene;
      const [job, other] = [await makeJob(), await makeJob()];
      const ask = (jobId: string, idempotencyKey: string | null) =>
        store.createRun(term, aNewRun({ jobId, nominal: null, scheduledFor: 5, idempotencyKey, requestedBy: "ann" }));
      const first = await ask(job.id, "k1");
      expect(first).toMatchObject({ created: true, run: { trigger: "manual", scheduledFor: 5 } });
      expect(first.waiting).toEqual((await store.waitingRuns(5, 1))[0]);
      expect(await ask(job.id, "k1")).toEqual({ run: first.run, created: false, waiting: null });
      expect(await ask(job.id, "K1")).toMatchObject({ created: true });
      expect(await ask(other.id, "k1")).toMatchObject({ created: true });
      expect(await ask(job.id, null)).toMatchObject({ created: true });
      expect(await ask(job.id, null)).toMatchObject({ created: true });
      const raced = await Promise.all([1, 2, 3, 4].map(() => ask(job.id, "race")));
      expect(raced.filter((answer) => answer.created)).toHaveLength(1);
      expect(new Set(raced.map((answer) => answer.run.id)).size).toBe(1);
    });
  });
}
