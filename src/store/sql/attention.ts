// What wants somebody's eyes, and what a forecast is made of. Each question goes along an index of few rows: open runs, jobs
// by failures, jobs by their next tick.
import { sql } from "kysely";
import type { Store } from "../store.ts";
import type { SqlContext } from "./context.ts";
import { reasonOf } from "./rows.ts";

export function attentionMethods(
  ctx: SqlContext,
): Pick<Store, "failingJobs" | "overdueJobs" | "waitingLongest" | "runningLongest" | "scheduleStamp" | "schedules"> {
  return {
    failingJobs: (limit) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("jobs")
          .leftJoin("runs", "runs.id", "jobs.last_run_id")
          .select(["jobs.id", "jobs.name", "jobs.enabled", "jobs.consecutive_failures", "jobs.last_success_at"])
          .select(["jobs.last_run_id", "jobs.last_run_state", "runs.finished_at", "reason_code", "reason_message"])
          .where("jobs.deleted_at", "is", null)
          .where("jobs.consecutive_failures", ">", 0)
          .orderBy("jobs.consecutive_failures", "desc")
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          jobId: row.id,
          jobName: row.name,
          enabled: row.enabled === 1,
          failures: row.consecutive_failures,
          lastSuccessAt: row.last_success_at,
          // Retention may have taken it.
          lastRun:
            row.last_run_id === null || row.last_run_state === null || row.finished_at === null
              ? null
              : { id: row.last_run_id, state: row.last_run_state, finishedAt: row.finished_at, reason: reasonOf(row) },
        }));
      }),

    overdueJobs: (dueBefore, limit) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("jobs")
          .select(["id", "name", "next_due"])
          // One under revision counts too: it should be over in a moment.
          .where("revising", "in", [0, 1])
          .where("enabled", "=", 1)
          .where("next_due", "<", dueBefore)
          .orderBy("next_due")
          .limit(limit)
          .execute();
        return rows.map((row) => ({ jobId: row.id, jobName: row.name, dueAt: row.next_due as number }));
      }),

    waitingLongest: (dueBefore, limit) =>
      ctx.read(async (db) => {
        const groups = await db
          .selectFrom("runs")
          .select((eb) => ["job_id", eb.fn.min("due_at").as("oldest"), eb.fn.countAll<number>().as("runs")])
          .where("finished_at", "is", null)
          .where("state", "in", ["planned", "assigned"])
          .where("due_at", "<", dueBefore)
          .groupBy("job_id")
          .orderBy("oldest")
          .limit(limit)
          .execute();
        const waiting = [];
        for (const { job_id, oldest, runs } of groups) {
          const first = await db
            .selectFrom("runs")
            .select(["id", "job_name", "state", "node_id", "node_name", "reason_code", "reason_message"])
            .where("job_id", "=", job_id)
            .where("finished_at", "is", null)
            .where("due_at", "=", Number(oldest))
            .where("state", "in", ["planned", "assigned"])
            .limit(1)
            .executeTakeFirstOrThrow();
          const job = { jobId: job_id, jobName: first.job_name };
          waiting.push({ ...job, runId: first.id, reason: reasonOf(first), runs: Number(runs), dueAt: Number(oldest) });
        }
        return waiting;
      }),

    runningLongest: (limit) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("runs")
          .select(["id", "job_id", "job_name", "started_at", "node_id", "node_name"])
          .where("finished_at", "is", null)
          .where("state", "=", "running")
          .orderBy("started_at")
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          runId: row.id,
          jobId: row.job_id,
          jobName: row.job_name,
          startedAt: row.started_at as number,
          node: row.node_id === null ? null : { id: row.node_id, name: row.node_name ?? row.node_id },
        }));
      }),

    scheduleStamp: () =>
      ctx.read(async (db) => {
        const row = await db
          .selectFrom("jobs")
          .select((eb) => [
            eb.fn.countAll<number>().as("jobs"),
            eb.fn.sum<number>("version").as("versions"),
            eb.fn.max("updated_at").as("changed"),
          ])
          .where("deleted_at", "is", null)
          .where("enabled", "=", 1)
          .executeTakeFirst();
        return { jobs: Number(row?.jobs), versions: Number(row?.versions), changedAt: Number(row?.changed ?? 0) };
      }),

    schedules: ({ changedSince, after, limit }) =>
      ctx.read(async (db) => {
        let select = db
          .selectFrom("jobs")
          .innerJoin("job_versions", (join) =>
            join.onRef("job_versions.job_id", "=", "jobs.id").onRef("job_versions.version", "=", "jobs.version"),
          )
          .select(["jobs.id", "jobs.name", "jobs.version", "jobs.updated_at", "job_versions.effective"])
          .select(sql<number>`case when deleted_at is null then enabled else 0 end`.as("on"))
          .orderBy("jobs.id")
          .limit(limit);
        if (after !== null) select = select.where("jobs.id", ">", after);
        if (changedSince === null) select = select.where("deleted_at", "is", null).where("enabled", "=", 1);
        else select = select.where("updated_at", ">=", changedSince);
        return (await select.execute()).map(({ id, name, version, updated_at, effective, on }) => {
          const { schedule, timezone, startAtMs, endAtMs, jitterMs, tags } = JSON.parse(effective);
          const rules = { schedule, timezone, startAtMs, endAtMs, jitterMs, tags };
          return { jobId: id, jobName: name, version, updatedAt: updated_at, enabled: Number(on) === 1, ...rules };
        });
      }),
  };
}
