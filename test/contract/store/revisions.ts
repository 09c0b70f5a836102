// Changing a job: no tick is lost, none is doubled, and what was claimed keeps its row.
import { describe, expect, it } from "vitest";
import { ConflictError, type JobChange } from "../../../src/store/store.ts";
import { anEffectiveJob } from "../../support/store-fixtures.ts";
import { type OpenStore, setScene } from "./scene.ts";

export function describeRevisions(name: string, open: OpenStore) {
  describe(`revisions on ${name}`, () => {
    const scene = setScene(open);
    const at = 100_000;
    const cursor = { plannedThrough: at, nextNominal: 120_000, nextDue: 120_000 };
    const newSpec = (given: Parameters<typeof anEffectiveJob>[0] = {}) => {
      const effective = anEffectiveJob(given);
      return { spec: { name: effective.name, schedule: effective.schedule }, effective };
    };
    const change = (jobId: string, rest: Partial<JobChange> = {}) =>
      scene.store.changeJob(scene.term, { jobId, at, actor: "ann", cursor, ...rest });
    const settle = (jobId: string, revoked: { id: string; fence: number }[], kept: string[] = [], when = at) =>
      scene.store.settleRevision(scene.term, {
        jobId,
        revoked: revoked.map(({ id, fence }) => ({ runId: id, fence })),
        kept,
        at: when,
      });
    const openIds = async (jobId: string) => (await scene.store.openRunsOfJob(jobId)).map((run) => run.id);

    it("makes a version, sets the cursor and marks the later ticks' rows in one go", async () => {
      const { store, makeJob, plan } = scene;
      const job = await makeJob({ job: { name: "before", tags: ["old"] } });
      const [, later, latest] = await plan(job, [{ nominal: 60_000 }, { nominal: 120_000 }, { nominal: 180_000 }]);
      const spec = newSpec({ name: "after", tags: ["new"], keep: { runs: 3, ageMs: null } });
      const result = await change(job.id, { ifVersion: 1, spec });
      expect(result.revoking.map((run) => run.id)).toEqual([later!.id, latest!.id]);
      expect(result.job).toMatchObject({
        name: "after",
        version: 2,
        effective: spec.effective,
        updatedAt: at,
        updatedBy: "ann",
        revising: true,
        plannedThrough: at,
        nextDue: 120_000,
      });
      expect(await store.getJob("before")).toBeNull();
      expect((await store.listJobs({ limit: 9, tag: "old" })).items).toEqual([]);
      expect((await store.listJobs({ limit: 9, tag: "new" })).items).toHaveLength(1);
      // While it lasts, nothing of it is planned or handed out.
      expect(await store.dueJobs(1_000_000, 10)).toEqual([]);
      expect(await store.waitingRuns(1_000_000, 10)).toHaveLength(1);
      expect((await store.listVersions(job.id, { limit: 10 })).items.map((v) => v.version)).toEqual([2, 1]);
      expect(await store.jobVersion(job.id, 1)).toMatchObject({ effective: { name: "before" } });

      expect(await settle(job.id, result.revoking)).toEqual([]);
      expect(await openIds(job.id)).toHaveLength(1);
      expect((await store.dueJobs(1_000_000, 10)).map((due) => due.version)).toEqual([2]);
      // The same ticks can be planned again.
      await plan(result.job, [{ nominal: 120_000 }]);
      expect(await openIds(job.id)).toHaveLength(2);
    });

    it("refuses a change based on another version, a name of another job, and a job that is gone", async () => {
      const { store, makeJob } = scene;
      const job = await makeJob({ job: { name: "mine" } });
      await makeJob({ job: { name: "theirs" } });
      await change(job.id, { spec: newSpec({ name: "mine", priority: 7 }) });
      const codeOf = (promise: Promise<unknown>) =>
        promise.then(
          () => "done",
          (err: unknown) => (err instanceof ConflictError ? err.code : err),
        );
      expect(await codeOf(change(job.id, { ifVersion: 1, spec: newSpec({ name: "mine" }) }))).toBe("version_conflict");
      expect(await codeOf(change(job.id, { spec: newSpec({ name: "theirs" }) }))).toBe("name_taken");
      expect(await store.getJob("mine")).toMatchObject({ version: 2, effective: { priority: 7 } });
      await change(job.id, { deleted: true });
      expect(await codeOf(change(job.id, { spec: newSpec({ name: "mine" }) }))).toBe("not_found");
    });

    it("disables without a version, takes waiting rows along, and leaves manual and running ones", async () => {
      const { store, term, makeJob, plan, assign } = scene;
      const job = await makeJob();
      const [past, future, handedOut, manual] = await plan(job, [
        { nominal: 60_000 },
        { nominal: 120_000 },
        { nominal: 90_000 },
        { nominal: null, scheduledFor: 95_000 },
      ]);
      await assign(handedOut!.id);
      const enabled = { enabled: false, enableAt: 500_000, reason: null };
      const { job: changed, revoking } = await change(job.id, { enabled });
      expect(changed).toMatchObject({ version: 1, enabled: false, enableAt: 500_000 });
      expect(revoking.map((run) => run.id)).toEqual([past!.id, handedOut!.id, future!.id]);
      // The one that was handed out turns out to be claimed: it is kept.
      const changes = await settle(job.id, [revoking[0]!, revoking[2]!], [handedOut!.id]);
      expect(changes).toMatchObject([
        { runId: past!.id, from: "planned", to: "skipped", reason: { code: "job_disabled" }, finishedAt: at },
      ]);
      const open = await store.openRunsOfJob(job.id);
      expect(open.map((run) => [run.id, run.revoking])).toEqual([
        [handedOut!.id, false],
        [manual!.id, false],
      ]);
      expect(await store.getJob(job.id)).toMatchObject({ revising: false, consecutiveFailures: 0, lastRun: null });
      expect(term).toBeGreaterThan(0);
    });

    it("keeps a row that moved on since it was looked at", async () => {
      const { makeJob, plan, assign, store } = scene;
      const job = await makeJob();
      const [run] = await plan(job, [{ nominal: 120_000 }]);
      await assign(run!.id);
      const { revoking } = await change(job.id, { spec: newSpec({ name: job.name }) });
      expect(revoking).toMatchObject([{ id: run!.id, fence: 1 }]);
      await settle(job.id, [{ id: run!.id, fence: 0 }]);
      expect(await store.openRunsOfJob(job.id)).toMatchObject([{ id: run!.id, revoking: false, jobVersion: 1 }]);
    });

    it("does not hand out what an edit has in hand", async () => {
      const { makeJob, plan, assign } = scene;
      const job = await makeJob();
      const [run] = await plan(job, [{ nominal: 120_000 }]);
      await change(job.id, { spec: newSpec({ name: job.name }) });
      expect(await assign(run!.id)).toEqual([]);
    });

    it("shows a new leader what was cut short, until it is settled", async () => {
      const { store, makeJob, plan } = scene;
      const job = await makeJob();
      const [run] = await plan(job, [{ nominal: 120_000 }]);
      expect(await store.unsettledRevisions()).toEqual([]);
      const { revoking } = await change(job.id, { spec: newSpec({ name: job.name }) });
      expect(await store.unsettledRevisions()).toEqual([{ jobId: job.id, at, revoking }]);
      await settle(job.id, revoking);
      expect(await store.unsettledRevisions()).toEqual([]);
      expect(await openIds(job.id)).not.toContain(run!.id);
    });

    it("lets the last of two edits that overlap end the revision, so that no tick falls between them", async () => {
      const { store, makeJob, plan } = scene;
      const job = await makeJob();
      await plan(job, [{ nominal: 120_000 }, { nominal: 180_000 }]);
      const first = await change(job.id, { spec: newSpec({ name: job.name, priority: 1 }) });
      const later = at + 1000;
      const second = await change(job.id, {
        spec: newSpec({ name: job.name, priority: 2 }),
        at: later,
        cursor: { ...cursor, plannedThrough: later },
      });
      await settle(job.id, [first.revoking[0]!]);
      expect(await store.dueJobs(1_000_000, 10)).toEqual([]);
      expect(await store.openRunsOfJob(job.id)).toMatchObject([{ revoking: true }]);
      await settle(job.id, second.revoking, [], later);
      expect(await openIds(job.id)).toEqual([]);
      expect(await store.dueJobs(1_000_000, 10)).toMatchObject([{ id: job.id, version: 3, plannedThrough: later }]);
    });
  });
}
