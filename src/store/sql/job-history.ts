// What a job's row says of its past: the last run, the failures in a row, the last success. Whoever makes a run final
// (the leader's transitions, the recorder) notes it here in the same transaction.
import { isExecuted, isFailure } from "../../model/run.ts";
import { chunks, type Db, locked, padded, type SqlContext } from "./context.ts";
import type { RunRow } from "./rows.ts";
import type { JobsTable } from "./schema.ts";
import { statement } from "./statement.ts";
import { updateEach } from "./update-each.ts";

type Finished = Pick<RunRow, "id" | "job_id" | "state" | "started_at" | "finished_at">;

/** Long streaks are counted up to here when a correction asks for a recount. */
const recountLimit = 1000;

/**
 * Notes runs that have just become final, given as they are now. Answers, by run id, how many failures in a row its job
 * had with it (0 after a success); runs that weren't executed (skipped, missed, cancelled) have no entry.
 */
export async function noteFinished(
  ctx: Pick<SqlContext, "dialect">,
  trx: Db,
  finished: Finished[],
): Promise<Map<string, number>> {
  const streaks = new Map<string, number>();
  const byJob = new Map<string, Finished[]>();
  for (const row of finished) {
    // A cancelled run had a life only when it had started; what never ran says nothing about the job.
    if (!isExecuted(row.state) && !(row.state === "cancelled" && row.started_at !== null)) continue;
    const list = byJob.get(row.job_id);
    if (list) list.push(row);
    else byJob.set(row.job_id, [row]);
  }
  // Always in the same order, so that two transactions never wait for each other's jobs.
  for (const ids of chunks([...byJob.keys()].sort())) {
    const jobs = await historiesOf(ctx, trx, { ids: padded(ids) });
    const histories: (Partial<JobsTable> & { id: string })[] = [];
    for (const job of jobs.rows) {
      let streak = job.consecutive_failures;
      let lastSuccessAt = job.last_success_at;
      const rows = (byJob.get(job.id) as Finished[]).sort((a, b) => (a.finished_at ?? 0) - (b.finished_at ?? 0));
      for (const row of rows) {
        if (!isExecuted(row.state)) continue;
        streak = isFailure(row.state) ? streak + 1 : 0;
        if (row.state === "succeeded") lastSuccessAt = Math.max(lastSuccessAt ?? 0, row.finished_at ?? 0);
        streaks.set(row.id, streak);
      }
      const last = rows.at(-1) as Finished;
      histories.push({
        id: job.id,
        consecutive_failures: streak,
        last_success_at: lastSuccessAt,
        last_run_id: last.id,
        last_run_state: last.state as "succeeded",
      });
    }
    await updateEach(ctx, trx, "jobs", histories);
  }
  return streaks;
}

const historiesOf = statement((trx, { ids }: { ids: string[] }, ctx) =>
  locked(
    ctx,
    trx
      .selectFrom("jobs")
      .select(["id", "consecutive_failures", "last_success_at"])
      .where("id", "in", ids)
      .orderBy("id"),
  ),
);

/** After a late report has corrected a final row (given as it is now): the job's history is counted again. Answers the streak. */
export async function noteCorrected(ctx: Pick<SqlContext, "dialect">, trx: Db, row: Finished): Promise<number> {
  const jobQuery = trx.selectFrom("jobs").select(["last_run_id", "last_success_at"]).where("id", "=", row.job_id);
  const job = await locked(ctx, jobQuery).executeTakeFirst();
  const recent = await trx
    .selectFrom("runs")
    .select("state")
    .where("job_id", "=", row.job_id)
    .where("state", "in", ["succeeded", "failed", "timed_out", "lost"])
    .orderBy("scheduled_for", "desc")
    .orderBy("id", "desc")
    .limit(recountLimit)
    .execute();
  const success = recent.findIndex((run) => run.state === "succeeded");
  const streak = success < 0 ? recent.length : success;
  if (job)
    await trx
      .updateTable("jobs")
      .set({
        consecutive_failures: streak,
        ...(row.state === "succeeded"
          ? { last_success_at: Math.max(job.last_success_at ?? 0, row.finished_at ?? 0) }
          : {}),
        ...(job.last_run_id === row.id ? { last_run_state: row.state as "succeeded" } : {}),
      })
      .where("id", "=", row.job_id)
      .execute();
  return streak;
}
