// Retention: what is too old or too much of a job's history goes, in small batches, so that nobody waits for it.
// The jobs are walked round and round along the index of their runs, a few at a time; where the walk stands is remembered,
// so that a call goes on where the last one found something, and a round costs one look at an index, in slices.
import type { Store } from "../store.ts";
import { chunks, type Db, padded, type SqlContext } from "./context.ts";

type Rule = Parameters<Store["retain"]>[0];

/** Jobs looked at under one snapshot. */
const jobsPerLook = 64;
/** Output that one transaction deletes at most (but for a single run's): freeing pages takes its time. */
const outputPerBatch = 16 * 2 ** 20;

interface JobHistory {
  jobId: string;
  /** Rows of runs, open ones too. */
  rows: number;
  oldest: number;
}

export function retentionMethods(ctx: SqlContext): Pick<Store, "retain"> {
  /** The walk has dealt with every job up to this one in the present round. */
  let dealtWith = "";

  return {
    async retain(rule) {
      const began = dealtWith;
      let wrapped = began === "";
      for (;;) {
        const look = await ctx.read((db) => tooMuch(db, rule, dealtWith));
        dealtWith = look.dealtWith;
        if (look.runIds.length > 0) {
          const deleted = await ctx.write((trx) => deleteHistory(trx, look.runIds));
          if (deleted > 0) return deleted;
        }
        if (look.isLast) {
          dealtWith = "";
          if (wrapped) return 0;
          wrapped = true;
        } else if (wrapped && began !== "" && dealtWith >= began) return 0;
      }
    },
  };
}

/** What is to be deleted of the next few jobs, no more than a batch; `dealtWith`: up to which job that was all. */
async function tooMuch(db: Db, rule: Rule, after: string) {
  const histories = await db
    .selectFrom("runs")
    .select((eb) => [
      "job_id as jobId",
      eb.fn.countAll<number>().as("rows"),
      eb.fn.min<number>("scheduled_for").as("oldest"),
    ])
    .where("job_id", ">", after)
    .groupBy("job_id")
    .orderBy("job_id")
    .limit(jobsPerLook)
    .execute();
  const keeps = await readKeeps(
    db,
    histories.map(({ jobId }) => jobId),
  );
  const runIds: string[] = [];
  let room = { runs: rule.batch, bytes: outputPerBatch };
  let dealtWith = after;
  for (const history of histories) {
    const keep = keeps.get(history.jobId);
    const found = await tooMuchOf(db, history, {
      count: Math.max(1, keep?.keep_runs ?? rule.count),
      before: rule.now - (keep?.keep_age_ms ?? rule.ageMs),
      lastRunId: keep?.last_run_id ?? "",
      atMost: room.runs,
    });
    for (const { id, output_bytes } of found) {
      // One run's output may be more than a batch: then it goes alone.
      if (runIds.length > 0 && output_bytes > room.bytes) return { runIds, dealtWith, isLast: false };
      runIds.push(id);
      room = { runs: room.runs - 1, bytes: room.bytes - output_bytes };
    }
    if (room.runs === 0) return { runIds, dealtWith, isLast: false };
    dealtWith = history.jobId;
  }
  return { runIds, dealtWith, isLast: histories.length < jobsPerLook };
}

async function readKeeps(db: Db, jobIds: string[]) {
  if (jobIds.length === 0) return new Map<string, never>();
  const rows = await db
    .selectFrom("jobs")
    .select(["id", "keep_runs", "keep_age_ms", "last_run_id"])
    .where("id", "in", padded(jobIds))
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** The oldest finished runs of a job that are over its number or age; never its newest, nor its last that was executed. */
async function tooMuchOf(
  db: Db,
  { jobId, rows, oldest }: JobHistory,
  keep: { count: number; before: number; lastRunId: string; atMost: number },
) {
  if (Number(rows) <= keep.count && Number(oldest) >= keep.before) return [];
  const ofJob = db.selectFrom("runs").where("job_id", "=", jobId);
  const open = await ofJob
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("finished_at", "is", null)
    .executeTakeFirst();
  const over = Number(rows) - Number(open?.count ?? 0) - keep.count;
  const finished = ofJob.where("finished_at", "is not", null);
  const newest = await finished
    .select("id")
    .orderBy("scheduled_for", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  const candidates = await finished
    .select(["id", "finished_at", "output_bytes"])
    .where("id", "not in", [newest?.id ?? "", keep.lastRunId])
    .orderBy("scheduled_for")
    .orderBy("id")
    .limit(keep.atMost)
    .execute();
  // Those over the number are the first; what is too old follows in about the order of its age.
  const kept = candidates.findIndex((row, i) => i >= over && (row.finished_at as number) >= keep.before);
  return kept < 0 ? candidates : candidates.slice(0, kept);
}

async function deleteHistory(trx: Db, runIds: string[]): Promise<number> {
  let deleted = 0;
  for (const part of chunks(runIds)) {
    const ids = padded(part);
    await trx.deleteFrom("output_chunks").where("run_id", "in", ids).execute();
    await trx.deleteFrom("attempts").where("run_id", "in", ids).execute();
    const result = await trx
      .deleteFrom("runs")
      .where("id", "in", ids)
      .where("finished_at", "is not", null)
      .executeTakeFirst();
    deleted += Number(result.numDeletedRows);
  }
  return deleted;
}
