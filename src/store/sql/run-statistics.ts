// What the newest runs of jobs were like: how they ended, how long they took, how late they began. However long the ledger
// is, each job costs one walk along the index of its runs, no further than asked; the figures are made here, so that rows
// don't travel.
import { sql } from "kysely";
import type { FinalState } from "../../model/run.ts";
import type { JobRunStats, Spread, Store } from "../store.ts";
import { type Db, padded, type SqlContext } from "./context.ts";
import type { RunRow } from "./rows.ts";

/** In one statement, and between two turns of those who wait for the same thread. */
const jobsPerStatement = 16;

type Seen = Pick<RunRow, "id" | "job_id" | "state" | "scheduled_for" | "due_at" | "started_at" | "finished_at">;

export function runStatisticsMethods(ctx: SqlContext): Pick<Store, "runStats"> {
  return {
    async runStats({ jobs: named, runs, recent, from }) {
      const jobs = await ctx.read((db) => jobsCalled(db, named));
      const answer: JobRunStats[] = [];
      for (let i = 0; i < jobs.length; i += jobsPerStatement) {
        if (i > 0) await ctx.breathe?.();
        const some = jobs.slice(i, i + jobsPerStatement);
        const ids = some.map(({ id }) => id);
        const rows = await ctx.read((db) => newestOf(ctx, db, ids, runs));
        for (const { id, name } of some) {
          const mine = rows.filter((row) => row.job_id === id);
          answer.push({ jobId: id, jobName: name, ...figures(mine, { recent, from, isFull: mine.length >= runs }) });
        }
      }
      return answer;
    },
  };
}

/** Names of jobs that aren't deleted, ids of all; in the order asked, each once. */
async function jobsCalled(db: Db, named: string[]): Promise<{ id: string; name: string }[]> {
  if (named.length === 0) return [];
  const list = padded(named);
  const rows = await db
    .selectFrom("jobs")
    .select(["id", "name", "name_key"])
    .where((eb) => eb.or([eb("id", "in", list), eb("name_key", "in", list)]))
    .execute();
  const byWord = new Map(rows.flatMap((row) => [[row.name_key, row] as const, [row.id, row] as const]));
  const found = named.map((word) => byWord.get(word)).filter((row) => row !== undefined);
  return [...new Set(found)].map(({ id, name }) => ({ id, name }));
}

async function newestOf(ctx: SqlContext, db: Db, jobIds: string[], runs: number): Promise<Seen[]> {
  // SQLite would sooner walk the index of finishing times, which is everybody's.
  const finishedAt = ctx.dialect === "sqlite" ? sql`+finished_at` : sql`finished_at`;
  const newest = (jobId: string) =>
    db
      .selectFrom((eb) =>
        eb
          .selectFrom("runs")
          .select(["id", "job_id", "state", "scheduled_for", "due_at", "started_at", "finished_at"])
          .where("job_id", "=", jobId)
          .where(sql<boolean>`${finishedAt} is not null`)
          .orderBy("scheduled_for", "desc")
          .orderBy("id", "desc")
          .limit(runs)
          .as("newest"),
      )
      .selectAll();
  // No job has the empty id: few shapes of the statement are prepared, and no row comes twice.
  const size = padded(jobIds).length;
  const [first, ...rest] = [...jobIds, ...Array<string>(size - jobIds.length).fill("")].map(newest);
  const all = rest.reduce((query, each) => query.unionAll(each), first!);
  const rows = await all.execute();
  // A union has no order of its own.
  return rows.sort((a, b) => b.scheduled_for - a.scheduled_for || (a.id < b.id ? 1 : -1));
}

function figures(
  rows: Seen[],
  { recent, from, isFull }: { recent: number; from: number; isFull: boolean },
): Omit<JobRunStats, "jobId" | "jobName"> {
  const counts: JobRunStats["counts"] = {};
  for (const { state, scheduled_for } of rows)
    if (scheduled_for >= from) counts[state as FinalState] = (counts[state as FinalState] ?? 0) + 1;
  const oldest = rows.at(-1)?.scheduled_for;
  return {
    counts,
    countedFrom: isFull && oldest !== undefined && oldest > from ? oldest : from,
    durations: spread(rows.filter(({ state }) => state === "succeeded").map(durationOf)),
    lateness: spread(rows.map((row) => (row.started_at === null ? null : row.started_at - row.due_at))),
    recent: rows.slice(0, recent).map((row) => ({
      id: row.id,
      state: row.state as FinalState,
      scheduledFor: row.scheduled_for,
      durationMs: durationOf(row),
    })),
  };
}

const durationOf = ({ started_at, finished_at }: Seen) =>
  started_at === null || finished_at === null ? null : finished_at - started_at;

/** Percentiles by nearest rank: each is a value that was measured. */
function spread(values: (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const rank = (part: number) => known[Math.max(0, Math.ceil(part * known.length) - 1)] as number;
  const mean = Math.round(known.reduce((sum, value) => sum + value, 0) / known.length);
  return { count: known.length, mean, p50: rank(0.5), p95: rank(0.95), max: rank(1) };
}
