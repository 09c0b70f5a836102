// The past in buckets of time: how what was due then ended, and how late it began. One walk along an index that holds all of
// it; delays are rounded to a hundredth or so, for then thousands of runs are few lines.
import { sql } from "kysely";
import { type FinalState, lateAfterMs } from "../../model/run.ts";
import type { Store, TimelineBucket } from "../store.ts";
import type { SqlContext } from "./context.ts";

/** Delays below the limit are told in whole steps. */
const roundings: [below: number, step: number][] = [
  [200, 1],
  [2000, 10],
  [20_000, 100],
  [200_000, 1000],
];
const coarsest = 10_000;

interface Line {
  bucket: number | string;
  state: FinalState;
  delay: number | string | null;
  count: number | string;
  longest: number | string | null;
}

export function timelineMethods(ctx: SqlContext): Pick<Store, "timeline"> {
  return {
    timeline: ({ from, to, bucketMs, jobId }) =>
      ctx.read(async (db) => {
        // Whole numbers as literals: "group by" has to name the very expression that is selected.
        const [start, width] = [sql.lit(Math.floor(from)), sql.lit(Math.max(1, Math.floor(bucketMs)))];
        const divided = ctx.dialect === "mysql" ? sql`div` : sql`/`;
        const bucket = sql`(scheduled_for - ${start}) ${divided} ${width}`;
        const delay = sql`started_at - due_at`;
        const steps = roundings.map(
          ([below, step]) => sql`when ${delay} < ${sql.lit(below)} then ${delay} - (${delay}) % ${sql.lit(step)}`,
        );
        const last = sql`${delay} - (${delay}) % ${sql.lit(coarsest)}`;
        const rounded = sql`case when ${delay} <= 0 then 0 ${sql.join(steps, sql` `)} else ${last} end`;
        const ofJob = jobId === undefined ? sql`` : sql`and job_id = ${jobId}`;
        const { rows } = await sql<Line>`
          select ${bucket} as bucket, state, ${rounded} as delay, count(*) as count, max(${delay}) as longest
          from runs
          where finished_at is not null and scheduled_for >= ${from} and scheduled_for < ${to} ${ofJob}
          group by ${bucket}, state, ${rounded}`.execute(db);
        return inBuckets(rows, from, bucketMs);
      }),
  };
}

function inBuckets(rows: Line[], from: number, bucketMs: number): TimelineBucket[] {
  const buckets = new Map<number, Line[]>();
  for (const row of rows) {
    const at = from + Number(row.bucket) * bucketMs;
    const lines = buckets.get(at);
    if (lines) lines.push(row);
    else buckets.set(at, [row]);
  }
  return [...buckets].sort(([a], [b]) => a - b).map(([at, lines]) => ({ at, ...figures(lines) }));
}

function figures(lines: Line[]): Omit<TimelineBucket, "at"> {
  const counts: TimelineBucket["counts"] = {};
  let late = 0;
  const delays = new Map<number, number>();
  let [started, longest] = [0, 0];
  for (const { state, ...line } of lines) {
    const count = Number(line.count);
    counts[state] = (counts[state] ?? 0) + count;
    // Without a start there is no delay, and the database counts those lines as the longest of all.
    if (line.longest === null) continue;
    const delay = Number(line.delay);
    if (state === "succeeded" && delay >= lateAfterMs) late += count;
    delays.set(delay, (delays.get(delay) ?? 0) + count);
    started += count;
    longest = Math.max(longest, Number(line.longest));
  }
  if (started === 0) return { counts, late, lateness: null };
  const sorted = [...delays].sort(([a], [b]) => a - b);
  const rank = (part: number) => {
    let left = Math.ceil(part * started);
    for (const [delay, count] of sorted) {
      left -= count;
      if (left <= 0) return delay;
    }
    return longest;
  };
  return { counts, late, lateness: { p50: rank(0.5), p95: rank(0.95), max: longest } };
}
