// Counts for dashboards and metrics. None of them walks the whole ledger: open runs have indexes of their own, finished
// ones are counted along the index of finishing times, and only as far back as the question reaches.
import type { ReasonCode } from "../../model/run.ts";
import type { Store, Summary } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";

const dayMs = 86_400_000;

export function statisticsMethods(
  ctx: SqlContext,
): Pick<Store, "summary" | "upcoming" | "jobStats" | "queuedByReason" | "oldestUnassignedDue"> {
  return {
    summary: (now) =>
      ctx.read(async (db) => {
        const last24h = await countFinished(db, now - dayMs, now + 1);
        return { jobs: await countJobs(db), runs: await countOpen(db, now), last24h, nodes: await countNodes(db) };
      }),

    upcoming: (limit) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("jobs")
          .select(["id", "name", "next_nominal"])
          .where("revising", "=", 0)
          .where("enabled", "=", 1)
          .where("next_due", "is not", null)
          .orderBy("next_due")
          .limit(limit)
          .execute();
        return rows.map((row) => ({ jobId: row.id, jobName: row.name, at: row.next_nominal as number }));
      }),

    jobStats: (limit) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("jobs")
          .select(["name", "consecutive_failures", "last_success_at"])
          .where("deleted_at", "is", null)
          .orderBy("consecutive_failures", "desc")
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          name: row.name,
          consecutiveFailures: row.consecutive_failures,
          lastSuccessAt: row.last_success_at,
        }));
      }),

    queuedByReason: (now) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("runs")
          .select(["state", "reason_code", (eb) => eb.fn.countAll<number>().as("count")])
          .where("finished_at", "is", null)
          .where("state", "in", ["planned", "assigned"])
          .where("due_at", "<=", now)
          .groupBy(["state", "reason_code"])
          .execute();
        const queued: Partial<Record<ReasonCode | "assigned", number>> = {};
        for (const { state, reason_code, count } of rows) {
          // Planned without a reason: the assigner comes to it next; what it waits for is its turn.
          const key = state === "assigned" ? "assigned" : (reason_code ?? "capacity");
          queued[key] = (queued[key] ?? 0) + Number(count);
        }
        return queued;
      }),

    oldestUnassignedDue: () =>
      ctx.read(async (db) => {
        const planned = await db
          .selectFrom("runs")
          .select((eb) => eb.fn.min("due_at").as("due"))
          .where("finished_at", "is", null)
          .where("state", "=", "planned")
          .executeTakeFirst();
        const cursor = await db
          .selectFrom("jobs")
          .select((eb) => eb.fn.min("next_due").as("due"))
          .where("revising", "in", [0, 1])
          .where("enabled", "=", 1)
          .executeTakeFirst();
        const dues = [planned?.due, cursor?.due].filter((due) => due !== null && due !== undefined);
        return dues.length ? Math.min(...dues.map(Number)) : null;
      }),
  };
}

async function countFinished(db: Db, from: number, to: number): Promise<Summary["last24h"]> {
  const rows = await db
    .selectFrom("runs")
    .select(["state", (eb) => eb.fn.countAll<number>().as("count")])
    .where("finished_at", "is not", null)
    .where("finished_at", ">=", from)
    .where("finished_at", "<", to)
    .groupBy("state")
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}

async function countJobs(db: Db): Promise<Summary["jobs"]> {
  const rows = await db
    .selectFrom("jobs")
    .select((eb) => [
      "enabled",
      eb.fn.countAll<number>().as("count"),
      eb.fn
        .sum<number>(eb.case().when("consecutive_failures", ">", 0).then(eb.lit(1)).else(eb.lit(0)).end())
        .as("failing"),
    ])
    .where("deleted_at", "is", null)
    .groupBy("enabled")
    .execute();
  const jobs = { total: 0, enabled: 0, disabled: 0, failing: 0 };
  for (const row of rows) {
    jobs.total += Number(row.count);
    jobs[row.enabled === 1 ? "enabled" : "disabled"] += Number(row.count);
    jobs.failing += Number(row.failing);
  }
  return jobs;
}

async function countOpen(db: Db, now: number): Promise<Summary["runs"]> {
  const rows = await db
    .selectFrom("runs")
    .select((eb) => [
      "state",
      eb.fn.countAll<number>().as("count"),
      eb.fn.sum<number>(eb.case().when("due_at", "<=", now).then(eb.lit(1)).else(eb.lit(0)).end()).as("due"),
    ])
    .where("finished_at", "is", null)
    .groupBy("state")
    .execute();
  const runs = { planned: 0, waiting: 0, assigned: 0, running: 0 };
  for (const { state, count, due } of rows) {
    if (state === "planned") Object.assign(runs, { planned: Number(count) - Number(due), waiting: Number(due) });
    else if (state === "assigned" || state === "running") runs[state] = Number(count);
  }
  return runs;
}

async function countNodes(db: Db): Promise<Summary["nodes"]> {
  const nodes = await db
    .selectFrom("nodes")
    .select((eb) => [eb.fn.countAll<number>().as("total"), eb.fn.sum<number>("draining").as("draining")])
    .executeTakeFirst();
  const sessions = await db
    .selectFrom("sessions")
    .select((eb) => eb.fn.countAll<number>().as("live"))
    .where("state", "=", "live")
    .executeTakeFirst();
  return { live: Number(sessions?.live), draining: Number(nodes?.draining ?? 0), total: Number(nodes?.total) };
}
