// Retention: what is too old or too much of a job's history goes, in pieces so small that nobody waits for it: a SQLite
// store has one thread. The index of the jobs' runs is walked round and round, a slice at a time with a pause in between;
// what a slice shows to be too much is deleted in batches, as many runs at a time as experience says take a few ms.
import type { Store } from "../store.ts";
import { chunks, type Db, padded, type SqlContext } from "./context.ts";

type Rule = Parameters<Store["retain"]>[0];

/** Entries of the index counted at one go, some 2 ms. */
const entriesPerLook = 20_000;
/** Jobs looked at, and jobs of which one transaction deletes. */
const jobsPerLook = 64;
const jobsPerBatch = 16;
/** A job's runs over its number that one round deletes at most. */
const overPerRound = 5000;
/** What one transaction may delete: for so long, but these few at least, and so much output (but for a single run's). */
const batchMs = 25;
const leastPerBatch = 20;
const outputPerBatch = 16 * 2 ** 20;

/** How far a round has come: through every job up to `jobId`; or, inside that one, through `counted` rows up to `at`. */
interface Position {
  jobId: string;
  inside: { counted: number; oldest: number; at: { scheduledFor: number; id: string } } | null;
}
interface Excess {
  jobId: string;
  count: number;
  ageMs: number;
  rows: number;
  /** The oldest run that isn't over the number; null: none is over it; undefined: not asked yet. */
  boundary?: { scheduledFor: number; id: string } | null;
}

const start: Position = { jobId: "", inside: null };

export function retentionMethods(ctx: SqlContext): Pick<Store, "retain"> {
  let position = start;
  let excesses: Excess[] = [];
  let isRoundOver = false;
  let foundInRound = false;
  let perBatch = Number.POSITIVE_INFINITY;

  async function look(rule: Rule) {
    const seen = await ctx.read((db) => lookOn(db, position, rule));
    position = seen.position;
    isRoundOver = seen.isLast;
    excesses.push(...seen.excesses);
  }

  /** Deletes a batch of what is known to be too much. */
  async function deleteSome(rule: Rule): Promise<number> {
    const some = excesses.slice(0, jobsPerBatch);
    const size = Math.max(1, Math.min(rule.batch, perBatch));
    const { runIds, done } = await ctx.read((db) => choose(db, some, rule, size));
    excesses = excesses.filter((excess) => !done.has(excess));
    if (runIds.length === 0) return 0;
    const began = ctx.clock.monotonic?.() ?? 0;
    const deleted = await ctx.write((trx) => deleteHistory(ctx, trx, runIds));
    // With the commit: what is deleted is scattered over the file, and all those pages go to the disk.
    const tookMs = (ctx.clock.monotonic?.() ?? 0) - began;
    // Twice as many at most, for a good moment proves little.
    const fitting = tookMs > 0 ? Math.min(2, batchMs / tookMs) * runIds.length : rule.batch;
    perBatch = Math.max(leastPerBatch, Math.min(rule.batch, Math.round(fitting)));
    return deleted;
  }

  return {
    async retain(rule) {
      for (;;) {
        if (excesses.length < jobsPerBatch && !isRoundOver) await look(rule);
        else if (excesses.length > 0) {
          const deleted = await deleteSome(rule);
          foundInRound ||= deleted > 0;
          if (deleted > 0) return deleted;
        } else {
          const found = foundInRound;
          [position, isRoundOver, foundInRound] = [start, false, false];
          if (!found) return 0;
        }
        await ctx.breathe?.();
      }
    },
  };
}

/** Walks on along the index; answers the jobs passed that have too much of a history. */
async function lookOn(db: Db, from: Position, rule: Rule) {
  const { histories, position, isLast } = from.inside
    ? await countOn(db, from.jobId, from.inside)
    : await countJobs(db, from.jobId);
  const keeps = await readKeeps(
    db,
    histories.map(({ jobId }) => jobId),
  );
  const excesses: Excess[] = [];
  for (const { jobId, rows, oldest } of histories) {
    const { count, ageMs } = keepOf(keeps.get(jobId), rule);
    if (rows > count || oldest < rule.now - ageMs) excesses.push({ jobId, rows, count, ageMs });
  }
  return { excesses, position, isLast };
}

/** The histories of the next few jobs. */
async function countJobs(db: Db, after: string) {
  const behind = db.selectFrom("runs").where("job_id", ">", after);
  // Found first, so that a job with a long history isn't counted along with the others.
  const edge = await behind
    .select("job_id as jobId")
    .orderBy("job_id")
    .orderBy("scheduled_for")
    .orderBy("id")
    .offset(entriesPerLook - 1)
    .limit(1)
    .executeTakeFirst();
  const rows = await (edge ? behind.where("job_id", "<", edge.jobId) : behind)
    .select((eb) => [
      "job_id as jobId",
      eb.fn.countAll<number>().as("rows"),
      eb.fn.min<number>("scheduled_for").as("oldest"),
    ])
    .groupBy("job_id")
    .orderBy("job_id")
    .limit(jobsPerLook)
    .execute();
  const histories = rows.map((row) => ({ jobId: row.jobId, rows: Number(row.rows), oldest: Number(row.oldest) }));
  const last = histories.at(-1);
  if (last || !edge) {
    const isLast = !edge && histories.length < jobsPerLook;
    return { histories, position: { jobId: last?.jobId ?? after, inside: null }, isLast };
  }
  const { jobId } = edge;
  const first = await db
    .selectFrom("runs")
    .select((eb) => eb.fn.min<number>("scheduled_for").as("oldest"))
    .where("job_id", "=", jobId)
    .executeTakeFirst();
  const inside = { counted: 0, oldest: Number(first?.oldest), at: { scheduledFor: Number.MIN_SAFE_INTEGER, id: "" } };
  return { histories, position: { jobId, inside }, isLast: false };
}

/** Counts on in a job whose runs are more than one look's. */
async function countOn(db: Db, jobId: string, { counted, oldest, at }: NonNullable<Position["inside"]>) {
  const rest = after(db, jobId, at);
  const edge = await rest
    .select(["scheduled_for as scheduledFor", "id"])
    .orderBy("scheduled_for")
    .orderBy("id")
    .offset(entriesPerLook - 1)
    .limit(1)
    .executeTakeFirst();
  if (edge) {
    const inside = { counted: counted + entriesPerLook, oldest, at: edge };
    return { histories: [], position: { jobId, inside }, isLast: false };
  }
  const left = await rest.select((eb) => eb.fn.countAll<number>().as("rows")).executeTakeFirst();
  const history = { jobId, rows: counted + Number(left?.rows ?? 0), oldest };
  return { histories: [history], position: { jobId, inside: null }, isLast: false };
}

/** A job's runs behind a point in the order of the index. */
const after = (db: Db, jobId: string, { scheduledFor, id }: { scheduledFor: number; id: string }) =>
  db
    .selectFrom("runs")
    .where("job_id", "=", jobId)
    .where("scheduled_for", ">=", scheduledFor)
    .where((eb) => eb.or([eb("scheduled_for", ">", scheduledFor), eb("id", ">", id)]));

/** A job's own rule before the general one. */
const keepOf = (own: { keep_runs: number | null; keep_age_ms: number | null } | undefined, rule: Rule) => ({
  count: Math.max(1, own?.keep_runs ?? rule.count),
  ageMs: own?.keep_age_ms ?? rule.ageMs,
});

/** The runs that go next, no more than a batch; `done`: the jobs that have no more. */
async function choose(db: Db, excesses: Excess[], rule: Rule, size: number) {
  const keeps = await readKeeps(
    db,
    excesses.map(({ jobId }) => jobId),
  );
  const runIds: string[] = [];
  const done = new Set<Excess>();
  const room = { runs: size, bytes: outputPerBatch };
  for (const excess of excesses) {
    const { count, ageMs } = keepOf(keeps.get(excess.jobId), rule);
    // The rule was changed meanwhile: the next round judges by the new one.
    if (count !== excess.count || ageMs !== excess.ageMs) {
      done.add(excess);
      continue;
    }
    if (excess.boundary === undefined) excess.boundary = await boundaryOf(db, excess);
    const lastRunId = keeps.get(excess.jobId)?.last_run_id ?? "";
    const found = await tooMuchOf(db, excess, { before: rule.now - ageMs, lastRunId, atMost: room.runs });
    if (found.length < room.runs) done.add(excess);
    for (const { id, output_bytes } of found) {
      // One run's output may be more than a batch: then it goes alone.
      if (runIds.length > 0 && output_bytes > room.bytes) {
        done.delete(excess);
        return { runIds, done };
      }
      runIds.push(id);
      room.runs--;
      room.bytes -= output_bytes;
    }
    if (room.runs === 0) break;
  }
  return { runIds, done };
}

/** Older runs than this one are over the number. Open ones don't count; that most of them are newer is good enough. */
async function boundaryOf(db: Db, { jobId, rows, count }: Excess) {
  const ofJob = db.selectFrom("runs").where("job_id", "=", jobId);
  const open = await ofJob
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("finished_at", "is", null)
    .executeTakeFirst();
  const over = rows - Number(open?.count ?? 0) - count;
  if (over <= 0) return null;
  const first = ofJob
    .select(["scheduled_for as scheduledFor", "id"])
    .orderBy("scheduled_for")
    .orderBy("id")
    .offset(Math.min(over, overPerRound))
    .limit(1);
  return (await first.executeTakeFirst()) ?? null;
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
  { jobId, boundary }: Excess,
  keep: { before: number; lastRunId: string; atMost: number },
) {
  const finished = db.selectFrom("runs").where("job_id", "=", jobId).where("finished_at", "is not", null);
  const newest = await finished
    .select("id")
    .orderBy("scheduled_for", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  const candidates = await finished
    .select(["id", "scheduled_for", "finished_at", "output_bytes"])
    .where("id", "not in", [newest?.id ?? "", keep.lastRunId])
    .orderBy("scheduled_for")
    .orderBy("id")
    .limit(keep.atMost)
    .execute();
  const isOver = (row: { scheduled_for: number; id: string }) =>
    boundary &&
    (row.scheduled_for < boundary.scheduledFor ||
      (row.scheduled_for === boundary.scheduledFor && row.id < boundary.id));
  // Those over the number are the first; what is too old follows in about the order of its age.
  const kept = candidates.findIndex((row) => !isOver(row) && (row.finished_at as number) >= keep.before);
  return kept < 0 ? candidates : candidates.slice(0, kept);
}

async function deleteHistory(ctx: SqlContext, trx: Db, runIds: string[]): Promise<number> {
  let deleted = 0;
  for (const part of chunks(runIds.toSorted())) {
    const ids = padded(part);
    // A late report that is being recorded comes first: its output would be left behind without a run.
    if (ctx.dialect !== "sqlite")
      await trx.selectFrom("runs").select("id").where("id", "in", ids).orderBy("id").forUpdate().execute();
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
