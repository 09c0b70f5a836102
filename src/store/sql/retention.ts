// Retention: what is too old or too much of a job's history goes, in small batches, so that nobody waits for it.
// The jobs are walked round and round along the index of their runs, a few at a time; where the walk stands is remembered,
// so that a call goes on where the last one found something, and a round costs one look at an index, in slices.
import { finalStates } from "../../model/run.ts";
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
        const look = await ctx.read((db) => firstTooMuch(db, rule, dealtWith));
        if (look.runIds.length > 0) {
          const deleted = await ctx.write((trx) => deleteHistory(trx, look.runIds));
          // The same job may have more: the next call begins with it again.
          dealtWith = look.dealtWith;
          if (deleted > 0) return deleted;
        }
        dealtWith = look.dealtWith;
        if (look.last) {
          dealtWith = "";
          if (wrapped) return 0;
          wrapped = true;
        } else if (wrapped && began !== "" && dealtWith >= began) return 0;
      }
    },
  };
}

/** Looks at the next few jobs. Answers what is to be deleted of the first that has too much, if one has. */
async function firstTooMuch(db: Db, rule: Rule, after: string) {
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
  let dealtWith = after;
  for (const history of histories) {
    const keep = keeps.get(history.jobId);
    const runIds = await tooMuchOf(db, history, {
      count: Math.max(1, keep?.keep_runs ?? rule.count),
      before: rule.now - (keep?.keep_age_ms ?? rule.ageMs),
      lastRunId: keep?.last_run_id ?? "",
      batch: rule.batch,
    });
    if (runIds.length > 0) return { runIds, dealtWith, last: false };
    dealtWith = history.jobId;
  }
  return { runIds: [], dealtWith, last: histories.length < jobsPerLook };
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
  keep: { count: number; before: number; lastRunId: string; batch: number },
): Promise<string[]> {
  const over = Number(rows) - keep.count;
  const aged = Number(oldest) < keep.before;
  if (over <= 0 && !aged) return [];
  const finished = db
    .selectFrom("runs")
    .where("job_id", "=", jobId)
    .where("finished_at", "is not", null)
    .where("state", "in", [...finalStates]);
  const newest = await finished
    .select("id")
    .orderBy("scheduled_for", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  const candidates = finished
    .select(["id", "output_bytes"])
    .where("id", "not in", [newest?.id ?? "", keep.lastRunId])
    .orderBy("scheduled_for")
    .orderBy("id");
  if (over > 0) {
    // Open rows count for nobody's history.
    const open = await db
      .selectFrom("runs")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("job_id", "=", jobId)
      .where("finished_at", "is", null)
      .executeTakeFirst();
    const limit = Math.min(keep.batch, over - Number(open?.count ?? 0));
    if (limit > 0) return withinBatch(await candidates.limit(limit).execute());
  }
  if (!aged) return [];
  // Nothing finishes before it was scheduled: the first condition is what the index of the job's runs is for.
  const old = candidates.where("scheduled_for", "<", keep.before).where("finished_at", "<", keep.before);
  return withinBatch(await old.limit(keep.batch).execute());
}

function withinBatch(rows: { id: string; output_bytes: number }[]): string[] {
  let bytes = 0;
  const fits = rows.findIndex(({ output_bytes }) => {
    bytes += output_bytes;
    return bytes > outputPerBatch;
  });
  return rows.slice(0, fits < 0 ? rows.length : Math.max(1, fits)).map((row) => row.id);
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
