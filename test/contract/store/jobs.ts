// Jobs: making, finding, listing, and what their rows say of the past.
import { describe, expect, it } from "vitest";
import { ConflictError, type JobQuery, type JobRow, type Page } from "../../../src/store/store.ts";
import { aNewJob } from "../../support/store-fixtures.ts";
import { type OpenStore, setScene } from "./scene.ts";

const minute = 60_000;

export function describeJobs(name: string, open: OpenStore) {
  describe(`jobs on ${name}`, () => {
    const scene = setScene(open);
    const names = async (query: Partial<JobQuery>) =>
      (await scene.store.listJobs({ limit: 50, ...query })).items.map((job) => job.name);
    const cursor = { plannedThrough: 0, nextNominal: null, nextDue: null };

    it("gives back what was made, by id and by name", async () => {
      const { store, term } = scene;
      const job = aNewJob({ job: { name: "clean-logs", title: "Aufräumen 清理", tags: ["ops", "night"] }, at: 5 });
      const made = await store.createJob(term, job);
      expect(made).toMatchObject({
        id: job.id,
        name: "clean-logs",
        version: 1,
        enabled: true,
        spec: job.spec,
        effective: job.effective,
        createdAt: 5,
        updatedAt: 5,
        updatedBy: "tester",
        deletedAt: null,
        plannedThrough: 0,
        nextNominal: 60_000,
        nextDue: 60_000,
        revising: false,
        consecutiveFailures: 0,
        lastSuccessAt: null,
        lastRun: null,
        running: 0,
      });
      expect(await store.getJob(job.id)).toEqual(made);
      expect(await store.getJob("clean-logs")).toEqual(made);
      expect(await store.getJob("Clean-Logs")).toBeNull();
      expect(await store.jobVersion(job.id, 1)).toEqual({
        jobId: job.id,
        version: 1,
        spec: job.spec,
        effective: job.effective,
        createdAt: 5,
        createdBy: "tester",
      });
    });

    it("refuses a name that is taken, and frees it when its job is deleted", async () => {
      const { store, term } = scene;
      const first = await store.createJob(term, aNewJob({ job: { name: "twin" } }));
      const second = aNewJob({ job: { name: "twin" } });
      const refusal = await store.createJob(term, second).catch((err: unknown) => err);
      expect(refusal).toBeInstanceOf(ConflictError);
      expect(refusal).toMatchObject({ code: "name_taken" });
      await store.changeJob(term, { jobId: first.id, deleted: true, at: 9, actor: "ann", cursor });
      await store.createJob(term, second);
      expect(await store.getJob("twin")).toMatchObject({ id: second.id });
      // Ids are matched among all jobs, names among those that exist.
      expect(await store.getJob(first.id)).toMatchObject({ name: "twin", deletedAt: 9, enabled: false });
      expect(await store.getJob(`!${first.id}`)).toBeNull();
    });

    it("lets one of two that want the same name at once have it", async () => {
      const { store, term } = scene;
      const wanted = [1, 2, 3].map(() => store.createJob(term, aNewJob({ job: { name: "wanted" } })));
      const outcomes = await Promise.allSettled(wanted);
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    });

    it("makes the same job once when its creation is repeated", async () => {
      const { store, term } = scene;
      const job = aNewJob();
      const made = await store.createJob(term, job);
      expect(await store.createJob(term, job)).toEqual(made);
      expect(await names({})).toHaveLength(1);
    });

    it("lists by name, a page at a time, without gap or repetition", async () => {
      const { store, term } = scene;
      for (const n of [4, 2, 5, 1, 3]) await store.createJob(term, aNewJob({ job: { name: `job-${n}` } }));
      const first = await store.listJobs({ limit: 2 });
      await store.createJob(term, aNewJob({ job: { name: "job-0" } }));
      const second = await store.listJobs({ limit: 2, cursor: first.nextCursor! });
      const third = await store.listJobs({ limit: 2, cursor: second.nextCursor! });
      const seen = [first, second, third].flatMap((page) => page.items.map((job) => job.name));
      expect(seen).toEqual(["job-1", "job-2", "job-3", "job-4", "job-5"]);
      expect(third.nextCursor).toBeNull();
      await expect(store.listJobs({ limit: 2, cursor: "nonsense" })).rejects.toMatchObject({ code: "invalid_cursor" });
    });

    it("lists in the order asked for, either way, what has no value last", async () => {
      const { store, term, makeJob, plan, assign, finish } = scene;
      const next = (nextNominal: number | null) => ({ plannedThrough: 0, nextNominal, nextDue: nextNominal });
      const a = await makeJob({ job: { name: "a" }, cursor: next(9 * minute) });
      const b = await makeJob({ job: { name: "b" }, cursor: next(5 * minute) });
      await makeJob({ job: { name: "c" }, cursor: next(null) });
      await makeJob({ job: { name: "d" }, cursor: next(1), enabled: false });
      await makeJob({ job: { name: "e" }, cursor: next(9 * minute) });
      const order = async (by: "name" | "nextRun" | "lastRun" | "failures", descending: boolean, now = 0) => {
        const seen: string[] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const query = { limit: 2, order: { by, descending, now }, ...(cursor ? { cursor } : {}) };
          const page: Page<JobRow> = await store.listJobs(query);
          seen.push(...page.items.map((job) => job.name));
          cursor = page.nextCursor;
        }
        return seen.join("");
      };
      expect([await order("name", false), await order("name", true)]).toEqual(["abcde", "edcba"]);
      expect([await order("nextRun", false), await order("nextRun", true)]).toEqual(["baecd", "aebcd"]);
      // Planned ahead: what is next stands in the ledger, until it is past.
      const [first] = await plan(a, [{ nominal: 2 * minute }, { nominal: 3 * minute }]);
      expect(await order("nextRun", false)).toBe("abecd");
      expect(await order("nextRun", false, 3 * minute)).toBe("abecd");
      await assign(first!.id);
      await finish(first!.id, "failed", 7 * minute);
      const [second] = await plan(b, [{ nominal: 5 * minute }]);
      await assign(second!.id);
      await finish(second!.id, "succeeded", 6 * minute);
      expect([await order("lastRun", false), await order("lastRun", true)]).toEqual(["bacde", "abcde"]);
      expect([await order("failures", false), await order("failures", true)]).toEqual(["bcdea", "abcde"]);
      expect((await store.listJobs({ limit: 9, q: "nothing-has-this" })).items).toEqual([]);
      const foreign = store.listJobs({
        limit: 2,
        cursor: "WyJiIl0",
        order: { by: "lastRun", descending: false, now: 0 },
      });
      await expect(foreign).rejects.toMatchObject({ code: "invalid_cursor" });
      await store.changeJob(term, { jobId: a.id, deleted: true, at: 9 * minute, actor: "ann", cursor });
      expect(await order("failures", true)).toBe("bcde");
    });

    it("tells the tags of jobs that exist, the most used first", async () => {
      const { store, term, makeJob } = scene;
      const tagged = (...tags: string[]) => makeJob({ job: { tags } });
      await tagged("db", "night");
      await tagged("night");
      const gone = await tagged("old", "night");
      await store.changeJob(term, { jobId: gone.id, deleted: true, at: 9, actor: "ann", cursor });
      expect(await store.listTags(10)).toEqual([
        { tag: "night", jobs: 2 },
        { tag: "db", jobs: 1 },
      ]);
      expect(await store.listTags(1)).toHaveLength(1);
    });

    it("finds by a part of name, title, description or tag, taken literally", async () => {
      const { store, term } = scene;
      await store.createJob(term, aNewJob({ job: { name: "a", title: "Saves 100% of it" } }));
      await store.createJob(term, aNewJob({ job: { name: "b_b", description: "Nightly REPORT" } }));
      await store.createJob(term, aNewJob({ job: { name: "bxb", tags: ["billing", "night"] } }));
      expect(await names({ q: "100%" })).toEqual(["a"]);
      expect(await names({ q: "report" })).toEqual(["b_b"]);
      expect(await names({ q: "b_b" })).toEqual(["b_b"]);
      expect(await names({ q: "BILL" })).toEqual(["bxb"]);
      expect(await names({ q: "night" })).toEqual(["b_b", "bxb"]);
      expect(await names({ tag: "night" })).toEqual(["bxb"]);
      expect(await names({ tag: "nigh" })).toEqual([]);
    });

    it("filters by what became of a job's runs", async () => {
      const { store, term, makeJob, plan, assign, finish } = scene;
      const make = (jobName: string) => makeJob({ job: { name: jobName } });
      const [ok, failing] = [await make("ok"), await make("failing")];
      await make("never");
      const disabled = await make("disabled");
      for (const [job, state] of [[ok, "succeeded"] as const, [failing, "lost"] as const]) {
        const [run] = await plan(job, [{ nominal: 60_000 }]);
        await assign(run!.id);
        await finish(run!.id, state, 70_000);
      }
      const enabled = { enabled: false, enableAt: null, reason: "too many failures" };
      await store.changeJob(term, { jobId: disabled.id, enabled, at: 9, actor: "ann", cursor });
      expect(await names({ state: "ok" })).toEqual(["ok"]);
      expect(await names({ state: "failing" })).toEqual(["failing"]);
      expect(await names({ state: "never-run" })).toEqual(["disabled", "never"]);
      expect(await names({ state: "disabled" })).toEqual(["disabled"]);
      expect(await names({ state: "running" })).toEqual([]);
      expect(await names({ enabled: false })).toEqual(["disabled"]);
      expect(await store.getJob("disabled")).toMatchObject({ disabledReason: "too many failures" });
      expect(await store.getJob("ok")).toMatchObject({ lastSuccessAt: 70_000, lastRun: { state: "succeeded" } });
      expect(await store.getJob("failing")).toMatchObject({ consecutiveFailures: 1, lastRun: { state: "lost" } });
    });

    it("names the disabled jobs whose time to come back has come", async () => {
      const { store, term, makeJob } = scene;
      const jobs = [await makeJob(), await makeJob(), await makeJob()];
      for (const [i, job] of jobs.entries()) {
        const enabled = { enabled: false, enableAt: i === 2 ? null : 1000 * (2 - i), reason: null };
        await store.changeJob(term, { jobId: job.id, enabled, at: 9, actor: "ann", cursor });
      }
      const ids = async (before: number) => (await store.jobsToEnable(before, 10)).map((job) => job.id);
      expect(await ids(999)).toEqual([]);
      expect(await ids(1000)).toEqual([jobs[1]!.id]);
      expect(await ids(5000)).toEqual([jobs[1]!.id, jobs[0]!.id]);
      const enabled = { enabled: true, enableAt: null, reason: null };
      await store.changeJob(term, { jobId: jobs[1]!.id, enabled, at: 1000, actor: "ann", cursor });
      expect(await ids(5000)).toEqual([jobs[0]!.id]);
    });
  });
}
