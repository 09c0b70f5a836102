// Handing out: which planned runs wait, parking those that must, and the leader's steps and verdicts on runs.
import { isFinal } from "../../model/run.ts";
import type { Store } from "../store.ts";
import { chunks, type Db, leaderWrite, locked, padded, type SqlContext } from "./context.ts";
import { openColumns, reasonColumns, toOpenRun, toRun, toWaitingRun } from "./rows.ts";
import { statement } from "./statement.ts";
import { applyTransitions } from "./transitions.ts";
import { firstOfEachPriority } from "./waiting.ts";

export function assigningMethods(
  ctx: SqlContext,
): Pick<
  Store,
  | "waitingRuns"
  | "park"
  | "unpark"
  | "parkedKeys"
  | "transition"
  | "openRuns"
  | "openRunsByIds"
  | "openRunsOfSession"
  | "openRunsOfJob"
  | "overdueRuns"
  | "limitUsage"
  | "requestCancel"
> {
  return {
    waitingRuns: (dueBefore, perPriority) =>
      ctx.read(async (db) => {
        const rows = await firstOfEachPriority(ctx, db, { parked: "", dueBefore, limit: perPriority });
        return rows.map(toWaitingRun);
      }),

    park: (term, items) =>
      leaderWrite(ctx, term, async (trx) => {
        const groups = new Map<string, typeof items>();
        for (const item of items) {
          const key = JSON.stringify([item.parked, item.reason]);
          const group = groups.get(key);
          if (group) group.push(item);
          else groups.set(key, [item]);
        }
        for (const group of groups.values())
          for (const part of chunks(group)) {
            const { parked, reason } = part[0] as (typeof items)[number];
            await trx
              .updateTable("runs")
              .set({ parked, ...reasonColumns(reason) })
              .where("id", "in", padded(part.map((item) => item.runId)))
              .where("state", "=", "planned")
              // What a cancel or an edit has in hand keeps its own reason.
              .where("cancel_requested", "=", 0)
              .execute();
          }
      }),

    unpark: (term, parked, { now, limit }) =>
      leaderWrite(ctx, term, async (trx) => {
        const free = trx
          .updateTable("runs")
          .set({ parked: "" })
          .where("finished_at", "is", null)
          .where("state", "=", "planned")
          .where("parked", "=", parked);
        if (limit === undefined) return Number((await free.executeTakeFirst()).numUpdatedRows);
        const aged = (row: { priority: number; due_at: number }) =>
          row.priority + Math.max(0, Math.floor((now - row.due_at) / 60_000));
        // Within a priority who waited longer goes first whatever its age counts, so the first few of each are enough.
        const rows = await firstOfEachPriority(ctx, trx, { parked, limit });
        rows.sort((a, b) => aged(b) - aged(a) || a.due_at - b.due_at || (a.id < b.id ? -1 : 1));
        let count = 0;
        for (const ids of chunks(rows.slice(0, limit).map((row) => row.id)))
          count += Number((await free.where("id", "in", padded(ids)).executeTakeFirst()).numUpdatedRows);
        return count;
      }),

    parkedKeys: () =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("runs")
          .select("parked")
          .distinct()
          .where("finished_at", "is", null)
          .where("state", "=", "planned")
          .where("parked", ">", "")
          .execute();
        return rows.map((row) => row.parked);
      }),

    transition: (term, items) => leaderWrite(ctx, term, (trx) => applyTransitions(ctx, trx, items)),

    openRuns: (after, limit) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("runs")
          .select(openColumns)
          .where("finished_at", "is", null)
          .where("id", ">", after ?? "")
          .orderBy("id")
          .limit(limit)
          .execute();
        return rows.map(toOpenRun);
      }),

    openRunsByIds: (runIds) =>
      ctx.read(async (db) => {
        const found = [];
        for (const ids of chunks(runIds)) {
          const query = db.selectFrom("runs").select(openColumns).where("id", "in", padded(ids));
          found.push(...(await query.where("finished_at", "is", null).execute()));
        }
        return found.map(toOpenRun);
      }),

    openRunsOfSession: (sessionId) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("runs")
          .select(openColumns)
          .where("finished_at", "is", null)
          .where("session_id", "=", sessionId)
          .orderBy("id")
          .execute();
        return rows.map(toOpenRun);
      }),

    openRunsOfJob: (jobId) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("runs")
          .select(openColumns)
          .where("finished_at", "is", null)
          .where("job_id", "=", jobId)
          .orderBy("due_at")
          .orderBy("id")
          .execute();
        return rows.map(toOpenRun);
      }),

    overdueRuns: ({ dueBefore, now, limit, after }) =>
      ctx.read(async (db) => {
        const behind = { ...(after && { jobId: after.jobId, dueAt: after.dueAt, id: after.id }), limit };
        const misfired = await misfiredRuns(ctx, db, { dueBefore, ...behind });
        const expired = await expiredRuns(ctx, db, { now, ...behind });
        const found = [...misfired.rows, ...expired.rows];
        return [...new Map(found.map((row) => [row.id, row])).values()]
          .sort((a, b) => byText(a.job_id, b.job_id) || a.due_at - b.due_at || byText(a.id, b.id))
          .slice(0, limit)
          .map(toOpenRun);
      }),

    limitUsage: (keys) =>
      ctx.read(async (db) => {
        const usage: Record<string, number> = Object.fromEntries(keys.map((key) => [key, 0]));
        for (const part of chunks(keys)) {
          const rows = await db
            .selectFrom("runs")
            .select(["limit_key", (eb) => eb.fn.countAll<number>().as("count")])
            .where("finished_at", "is", null)
            .where("limit_key", "in", part)
            .where("state", "in", ["assigned", "running"])
            .groupBy("limit_key")
            .execute();
          for (const { limit_key, count } of rows) usage[limit_key as string] = Number(count);
        }
        return usage;
      }),

    requestCancel: (runId, _at, actor) =>
      ctx.write(async (trx) => {
        const query = trx.selectFrom("runs").selectAll().where("id", "=", runId);
        const row = await locked(ctx, query).executeTakeFirst();
        if (!row) return null;
        if (isFinal(row.state) || row.cancel_requested === 1) return toRun(row);
        const reason = { reason_code: "cancelled_by_user" as const, reason_message: `cancel requested by ${actor}` };
        const set = { cancel_requested: 1 as const, ...reason };
        await trx.updateTable("runs").set(set).where("id", "=", runId).execute();
        return toRun({ ...row, ...set });
      }),
  };
}

interface Behind {
  limit: number;
  jobId?: string;
  dueAt?: number;
  id?: string;
}

/** Open runs that nobody has in hand, in the order that overdue ones are looked at, from behind a run on. */
function inHandOfNobody(db: Db, { limit, jobId, dueAt, id }: Behind) {
  const rows = db
    .selectFrom("runs")
    .select(openColumns)
    .where("finished_at", "is", null)
    .where("revoking", "=", 0)
    .where("cancel_requested", "=", 0)
    .orderBy("job_id")
    .orderBy("due_at")
    .orderBy("id")
    .limit(limit);
  if (jobId === undefined || dueAt === undefined || id === undefined) return rows;
  return rows
    .where("job_id", ">=", jobId)
    .where((eb) =>
      eb.or([
        eb("job_id", ">", jobId),
        eb("due_at", ">", dueAt),
        eb.and([eb("due_at", "=", dueAt), eb("id", ">", id)]),
      ]),
    );
}

const misfiredRuns = statement((db, { dueBefore, ...behind }: Behind & { dueBefore: number }) =>
  inHandOfNobody(db, behind)
    .where("state", "in", ["planned", "assigned"])
    .where("catch_up", "=", 0)
    .where("due_at", "<", dueBefore),
);
const expiredRuns = statement((db, { now, ...behind }: Behind & { now: number }) =>
  inHandOfNobody(db, behind).where("state", "=", "planned").where("start_by", "<", now),
);

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
