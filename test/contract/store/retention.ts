// Retention: by age and number, a job's own rule before the general one, in batches, and never what must stay.
import { describe, expect, it } from "vitest";
import type { JobRow, Store } from "../../../src/store/store.ts";
import type { anEffectiveJob } from "../../support/store-fixtures.ts";
import { reporter } from "./reports.ts";
import { type OpenStore, setScene } from "./scene.ts";

const minute = 60_000;

export function describeRetention(name: string, open: OpenStore) {
  describe(`retention on ${name}`, () => {
    const scene = setScene(open);
    const rule = { now: 100 * minute, ageMs: 1000 * minute, count: 1000, batch: 100 };
    /** Finished runs at each of the first `count` minutes; answers their ids, oldest first. */
    const history = async (count: number, job: Parameters<typeof anEffectiveJob>[0] = {}) => {
      const row = await scene.makeJob({ job });
      const runs = await scene.plan(
        row,
        Array.from({ length: count }, (_, i) => ({ nominal: (i + 1) * minute })),
      );
      const ids = runs.map((run) => run.id);
      for (const [i, id] of ids.entries()) {
        await scene.assign(id);
        const node = reporter(id);
        const at = (i + 1) * minute;
        await scene.store.record([node.started({ at }), node.output("text"), node.finished({ at, outputBytes: 4 })]);
      }
      return { row, ids };
    };
    const left = async (job: JobRow) =>
      (await scene.store.listRuns({ job: job.id, limit: 500, now: 1000 * minute })).items.map(({ id }) => id).reverse();
    const all = async (given: Partial<Parameters<Store["retain"]>[0]>) => {
      const batches: number[] = [];
      for (;;) {
        const deleted = await scene.store.retain({ ...rule, ...given });
        if (deleted === 0) return batches;
        batches.push(deleted);
      }
    };

    it("deletes what is too old, with attempts and output, and leaves the rest", async () => {
      const { row, ids } = await history(5);
      expect(await all({ ageMs: 97 * minute })).toEqual([2]);
      expect(await left(row)).toEqual(ids.slice(2));
      expect(await scene.store.getRun(ids[0]!)).toBeNull();
      expect(await scene.store.readOutput(ids[0]!, null, 10)).toEqual([]);
      expect(await scene.store.readOutput(ids[2]!, null, 10)).toHaveLength(1);
      expect(await scene.store.getRun(ids[2]!)).toMatchObject({ attempts: [{ number: 1 }] });
      expect(await scene.store.checkIntegrity()).toEqual([]);
    });

    it("deletes what is too many of each job, the oldest first, in batches", async () => {
      const [one, two] = [await history(7), await history(4)];
      const batches = await all({ count: 3, batch: 2 });
      expect(batches.reduce((sum, deleted) => sum + deleted, 0)).toBe(5);
      expect(Math.max(...batches)).toBe(2);
      expect(await left(one.row)).toEqual(one.ids.slice(4));
      expect(await left(two.row)).toEqual(two.ids.slice(1));
    });

    it("goes by the job's own rule where it has one", async () => {
      const few = await history(5, { keep: { runs: 2, ageMs: null } });
      const young = await history(5, { keep: { runs: null, ageMs: 96 * minute } });
      const many = await history(5, { keep: { runs: 50, ageMs: 5000 * minute } });
      await all({ count: 4, ageMs: 99 * minute });
      expect(await left(few.row)).toEqual(few.ids.slice(3));
      expect(await left(young.row)).toEqual(young.ids.slice(3));
      expect(await left(many.row)).toEqual(many.ids);
    });

    it("never deletes an open run nor a job's newest", async () => {
      const { row, ids } = await history(3);
      const open = await scene.plan(row, [{ nominal: 10 * minute }, { nominal: 11 * minute }]);
      await scene.assign(open[0]!.id);
      // Open runs don't count: three finished ones are within a number of three.
      expect(await all({ count: 3 })).toEqual([]);
      expect(await all({ now: 100_000 * minute, ageMs: 0, count: 1 })).toEqual([2]);
      expect(await left(row)).toEqual([ids[2], open[0]!.id, open[1]!.id]);
    });

    it("keeps the last run that was executed beside newer ones that were not", async () => {
      const { row, ids } = await history(2);
      const reason = { code: "paused" as const, message: "paused" };
      const ticks = [3, 4, 5].map((i) => ({ nominal: i * minute, state: "skipped" as const, reason }));
      const skipped = await scene.plan(row, ticks);
      await all({ now: 100_000 * minute, ageMs: 0 });
      expect(await left(row)).toEqual([ids[1], skipped[2]!.id]);
      expect(await scene.store.getJob(row.id)).toMatchObject({ lastRun: { id: ids[1] } });
    });

    it("deletes the history of a deleted job like any other's", async () => {
      const { row, ids } = await history(3);
      const cursor = { plannedThrough: 50 * minute, nextNominal: null, nextDue: null };
      await scene.store.changeJob(scene.term, { jobId: row.id, deleted: true, at: 50 * minute, actor: "ann", cursor });
      await all({ count: 1 });
      expect(await left(row)).toEqual([ids[2]]);
    });

    it("goes on with jobs that got too much after it had been through", async () => {
      const first = await history(3);
      expect(await all({ count: 3 })).toEqual([]);
      const second = await history(5);
      expect(await all({ count: 3 })).toEqual([2]);
      expect(await all({ count: 2 })).not.toEqual([]);
      expect(await left(first.row)).toEqual(first.ids.slice(1));
      expect(await left(second.row)).toEqual(second.ids.slice(3));
    });

    it("takes what has much output in smaller batches", async () => {
      const { row, ids } = await history(1);
      const runs = await scene.plan(
        row,
        Array.from({ length: 4 }, (_, i) => ({ nominal: (i + 2) * minute })),
      );
      for (const run of runs) {
        await scene.assign(run.id);
        await scene.store.record([reporter(run.id).finished({ outputBytes: 10 * 2 ** 20 })]);
      }
      expect(await all({ count: 1 })).toEqual([2, 1, 1]);
      expect(await left(row)).toEqual([runs[3]!.id]);
      expect(ids).toHaveLength(1);
    });
  });
}
