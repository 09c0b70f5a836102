// One leader at a time: a term that was taken makes every older one stale, and a stale leader's write leaves no trace.
import { describe, expect, it } from "vitest";
import { StaleTermError } from "../../../src/store/store.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";
import { type OpenStore, setScene, toAssigned } from "./scene.ts";

export function describeTerms(name: string, open: OpenStore) {
  describe(`terms on ${name}`, () => {
    const scene = setScene(open);

    it("gives terms that only ever grow", async () => {
      const { store, term } = scene;
      expect(await store.takeTerm("scheduler-2", "n2")).toBe(term + 1);
      const taken = await Promise.all(["a", "b", "c"].map((holder) => store.takeTerm(holder, holder)));
      expect(taken.sort()).toEqual([term + 2, term + 3, term + 4]);
    });

    it("tells the last term, who took it and when", async () => {
      const { store } = scene;
      const before = await store.lastTerm();
      const taken = await store.takeTerm("scheduler-3", "n3");
      const last = await store.lastTerm();
      expect(last).toMatchObject({ term: taken, holder: "scheduler-3" });
      expect(last!.takenAt).toBeGreaterThanOrEqual(before!.takenAt);
    });

    it("refuses every write of a leader whose term is over, and keeps nothing of it", async () => {
      const { store, term, makeJob, plan } = scene;
      const job = await makeJob();
      const [run] = await plan(job, [{ nominal: 60_000 }]);
      await store.takeTerm("scheduler-2", "n2");
      const cursor = { plannedThrough: 120_000, nextNominal: null, nextDue: null };
      const before = { job: await store.getJob(job.id), run: await store.openRunsByIds([run!.id]) };
      const stale = [
        () => store.createJob(term, aNewJob({ id: "stale-job" })),
        () => store.changeJob(term, { jobId: job.id, deleted: true, at: 0, actor: "x", cursor }),
        () => store.settleRevision(term, { jobId: job.id, revoked: [{ runId: run!.id, fence: 0 }], kept: [], at: 0 }),
        () => {
          const runs = [aNewRun({ jobId: job.id, nominal: 120_000 })];
          return store.writePlan(term, [{ jobId: job.id, ifVersion: 1, ifPlannedThrough: 60_000, cursor, runs }]);
        },
        () => store.createRun(term, aNewRun({ id: "stale-run", jobId: job.id, nominal: null })),
        () => store.setPause(term, { reason: "r", by: "x", since: 0, until: null }),
        () => store.park(term, [{ runId: run!.id, parked: "nodes", reason: { code: "capacity", message: "" } }]),
        () => store.unpark(term, "nodes", { now: 0 }),
        () =>
          store.transition(term, [{ runId: run!.id, ifState: ["planned"], ifFence: 0, to: toAssigned("s"), at: 0 }]),
      ];
      for (const write of stale) await expect(write()).rejects.toBeInstanceOf(StaleTermError);
      expect(await store.getJob("stale-job")).toBeNull();
      expect(await store.openRunsByIds(["stale-run"])).toEqual([]);
      expect(await store.getPause()).toBeNull();
      expect({ job: await store.getJob(job.id), run: await store.openRunsByIds([run!.id]) }).toEqual(before);
      expect(await store.openRunsOfJob(job.id)).toHaveLength(1);
    });

    it("lets a new term win over writes that are sent with it, whichever comes first", async () => {
      const { store, term, makeJob } = scene;
      const job = await makeJob();
      const attempts = Array.from({ length: 20 }, (_, i) => aNewRun({ jobId: job.id, nominal: null, id: `r${i}` }));
      const outcomes = await Promise.allSettled([
        ...attempts.slice(0, 10).map((run) => store.createRun(term, run)),
        store.takeTerm("scheduler-2", "n2"),
        ...attempts.slice(10).map((run) => store.createRun(term, run)),
      ]);
      const written = new Set((await store.openRunsOfJob(job.id)).map((run) => run.id));
      const runs = [...outcomes.slice(0, 10), ...outcomes.slice(11)];
      for (const [i, outcome] of runs.entries()) expect(written.has(`r${i}`)).toBe(outcome.status === "fulfilled");
      await expect(store.createRun(term, aNewRun({ jobId: job.id, nominal: null }))).rejects.toBeInstanceOf(
        StaleTermError,
      );
    });
  });
}
