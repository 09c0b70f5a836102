// Reading runs: lists, one with its attempts, the row of a tick.
import type { Attempt } from "../../model/run.ts";
import type { RunDetail, Store } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";
import { lastIdFrom } from "./like.ts";
import { toPage } from "./paging.ts";
import { type RunRow, toRun } from "./rows.ts";
import { findRuns } from "./run-list.ts";

export function runsMethods(ctx: SqlContext): Pick<Store, "listRuns" | "getRun" | "runAt"> {
  return {
    listRuns: (query) =>
      ctx.read(async (db) => {
        const rows = await findRuns(ctx, db, query);
        return toPage(rows, query.limit, toRun, (row) => [row.scheduled_for, row.id]);
      }),

    getRun: (id) =>
      ctx.read(async (db) => {
        const row = await findRun(db, id);
        if (!row) return null;
        const attempts = await attemptsOf(db, row.id);
        const parked = row.parked === "" ? null : row.parked;
        return { ...toRun(row), attempts, idempotencyKey: row.idempotency_key, parked } satisfies RunDetail;
      }),

    runAt: (jobId, instant) =>
      ctx.read(async (db) => {
        const ofJob = db.selectFrom("runs").selectAll().where("job_id", "=", jobId);
        const sameInstant = await ofJob.where("scheduled_for", "=", instant).orderBy("id").execute();
        // A manual run may have been asked for at that very millisecond.
        const exact = sameInstant.find((row) => row.nominal !== null) ?? sameInstant[0];
        if (exact) return toRun(exact);
        const summary = await ofJob
          .where("covers_count", "is not", null)
          .where("covers_from", "<=", instant)
          .where("covers_to", ">=", instant)
          .orderBy("scheduled_for", "desc")
          .limit(1)
          .executeTakeFirst();
        return summary ? toRun(summary) : null;
      }),
  };
}

async function findRun(db: Db, id: string): Promise<RunRow | null> {
  const runs = db.selectFrom("runs").selectAll();
  const exact = await runs.where("id", "=", id).executeTakeFirst();
  if (exact || id === "") return exact ?? null;
  const rows = await runs.where("id", ">=", id).where("id", "<=", lastIdFrom(id)).limit(2).execute();
  return rows.length === 1 ? (rows[0] as RunRow) : null;
}

async function attemptsOf(db: Db, runId: string): Promise<Attempt[]> {
  const rows = await db
    .selectFrom("attempts")
    .selectAll()
    .where("run_id", "=", runId)
    .orderBy("fence")
    .orderBy("number")
    .execute();
  return rows.map((row) => ({
    number: row.number,
    fence: row.fence,
    nodeId: row.node_id,
    nodeName: row.node_name,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome as Attempt["outcome"],
    exitCode: row.exit_code,
    signal: row.signal_name,
    httpStatus: row.http_status,
    error: row.error,
  }));
}
