// Planning: which jobs have ticks to be planned, and writing those ticks' rows together with the job's cursor.
import type { EffectiveJob } from "../../model/job.ts";
import type { NewRun, PlanItem, RunChange, Store, WaitingRun } from "../store.ts";
import { chunks, type Db, leaderWrite, locked, padded, type SqlContext } from "./context.ts";
import { insertRows } from "./insert.ts";
import { selectJobs } from "./job-rows.ts";
import { newRunRow, type RunRow, toRun, toRunChange, toWaitingRun } from "./rows.ts";
import type { JobsTable } from "./schema.ts";
import { statement } from "./statement.ts";
import { updateEach } from "./update-each.ts";

export function planningMethods(ctx: SqlContext): Pick<Store, "dueJobs" | "earliestDue" | "writePlan" | "createRun"> {
  return {
    dueJobs: (dueBefore, limit) =>
      ctx.read(async (db) => {
        const { rows } = await dueJobs(ctx, db, { dueBefore, limit });
        return rows.map((row) => ({
          id: row.id,
          name: row.name,
          version: row.version,
          effective: JSON.parse(row.effective) as EffectiveJob,
          plannedThrough: row.planned_through,
          nextNominal: row.next_nominal as number,
          nextDue: row.next_due as number,
        }));
      }),

    earliestDue: () =>
      ctx.read(async (db) => {
        const soonest = async (revising: 0 | 1) => (await earliestOf(ctx, db, { revising })).rows[0];
        const dues = [await soonest(0), await soonest(1)].map((row) => row?.next_due ?? Number.POSITIVE_INFINITY);
        const earliest = Math.min(...dues);
        return Number.isFinite(earliest) ? earliest : null;
      }),

    writePlan: (term, items) => leaderWrite(ctx, term, (trx) => writeItems(trx, items)),

    createRun: (term, run) =>
      leaderWrite(ctx, term, async (trx) => {
        const row = newRunRow(run);
        const created = (await insertRows(ctx, trx, { into: "runs", rows: [row], skipExisting: true })) === 1;
        if (created) return { run: toRun(row), created, waiting: run.state === "planned" ? toWaitingRun(row) : null };
        const existing = await findSame(trx, run);
        if (!existing) throw new Error(`run ${run.id} of job ${run.jobId} met a unique key, but no row holds that key`);
        return { run: toRun(existing), created, waiting: null };
      }),
  };

  async function writeItems(trx: Db, items: PlanItem[]) {
    const jobs = new Map<string, { version: number; planned_through: number; enabled: 0 | 1; revising: 0 | 1 }>();
    // Always in the same order, so that two transactions never wait for each other's jobs.
    for (const ids of chunks(items.map((item) => item.jobId).sort())) {
      const { rows } = await cursorsOf(ctx, trx, { ids: padded(ids) });
      for (const job of rows) jobs.set(job.id, job);
    }
    const skippedJobs: string[] = [];
    const rows: RunRow[] = [];
    const cursors = new Map<string, Pick<JobsTable, "id" | "planned_through" | "next_nominal" | "next_due">>();
    for (const item of items) {
      const job = jobs.get(item.jobId);
      const holds =
        job?.enabled === 1 &&
        job.revising === 0 &&
        job.version === item.ifVersion &&
        job.planned_through === item.ifPlannedThrough;
      if (!holds) {
        skippedJobs.push(item.jobId);
        continue;
      }
      const { plannedThrough, nextNominal, nextDue } = item.cursor;
      // Should two items be of one job, the second is judged by what the first left.
      job.planned_through = plannedThrough;
      const cursor = { planned_through: plannedThrough, next_nominal: nextNominal, next_due: nextDue };
      cursors.set(item.jobId, { id: item.jobId, ...cursor });
      for (const run of item.runs) rows.push(newRunRow(run));
    }
    await updateEach(ctx, trx, "jobs", [...cursors.values()]);
    const made = await insertNew(trx, rows);
    const planned: WaitingRun[] = [];
    const changes: RunChange[] = [];
    for (const row of made) {
      if (row.state === "planned") planned.push(toWaitingRun(row));
      else changes.push(toRunChange(row, null));
    }
    return { planned, changes, skippedJobs };
  }

  /** A tick that has its row already keeps it: another leader, or this one with a lost answer, was first. */
  async function insertNew(trx: Db, rows: RunRow[]): Promise<RunRow[]> {
    const inserted = await insertRows(ctx, trx, { into: "runs", rows, skipExisting: true });
    if (inserted === rows.length) return rows;
    const made = new Set<string>();
    for (const ids of chunks(rows.map((row) => row.id)))
      for (const { id } of await trx.selectFrom("runs").select("id").where("id", "in", padded(ids)).execute())
        made.add(id);
    return rows.filter((row) => made.has(row.id));
  }
}

const dueJobs = statement((db, { dueBefore, limit }: { dueBefore: number; limit: number }) =>
  selectJobs(db)
    .select(["jobs.id", "jobs.name", "jobs.version", "jobs.planned_through"])
    .select(["jobs.next_nominal", "jobs.next_due", "job_versions.effective"])
    .where("jobs.revising", "=", 0)
    .where("jobs.enabled", "=", 1)
    .where("jobs.next_due", "<=", dueBefore)
    .orderBy("jobs.next_due")
    .limit(limit),
);

const earliestOf = statement((db, { revising }: { revising: 0 | 1 }) =>
  db
    .selectFrom("jobs")
    .select("next_due")
    .where("revising", "=", revising)
    .where("enabled", "=", 1)
    .where("next_due", "is not", null)
    .orderBy("next_due")
    .limit(1),
);

const cursorsOf = statement((trx, { ids }: { ids: string[] }, ctx) =>
  locked(
    ctx,
    trx
      .selectFrom("jobs")
      .select(["id", "version", "planned_through", "enabled", "revising"])
      .where("id", "in", ids)
      .orderBy("id"),
  ),
);

function findSame(trx: Db, run: NewRun): Promise<RunRow | undefined> {
  const rows = trx.selectFrom("runs").selectAll();
  const same =
    run.idempotencyKey !== null
      ? rows.where("job_id", "=", run.jobId).where("idempotency_key", "=", run.idempotencyKey)
      : run.nominal !== null
        ? rows.where("job_id", "=", run.jobId).where("nominal", "=", run.nominal).where("node_key", "=", run.nodeKey)
        : rows.where("id", "=", run.id);
  return same.executeTakeFirst();
}
