// Jobs as the port gives them: the row, the definition of its version, its last run, and how many of it are running.
import type { Insertable, Selectable } from "kysely";
import type { EffectiveJob, JobDocument } from "../../model/job.ts";
import type { JobRow, JobVersion } from "../store.ts";
import { chunks, type Db } from "./context.ts";
import { insertRows } from "./insert.ts";
import { toRun } from "./rows.ts";
import type { Database, JobsTable, JobVersionsTable } from "./schema.ts";

type Definition = { spec: JobDocument; effective: EffectiveJob };

/** Jobs with the definition of their present version. */
export const selectJobs = (db: Db) =>
  db
    .selectFrom("jobs")
    .innerJoin("job_versions", (join) =>
      join.onRef("job_versions.job_id", "=", "jobs.id").onRef("job_versions.version", "=", "jobs.version"),
    );

/** The columns of `jobs` that repeat what the definition says, to search, sort and keep by. */
export function definitionColumns({ effective }: Definition) {
  const { name, title, description, tags, keep } = effective;
  const words = [name, title, description, ...tags].filter((word) => word !== null);
  return {
    name,
    search: words.join("\n").toLowerCase(),
    keep_runs: keep.runs,
    keep_age_ms: keep.ageMs,
  };
}

/** The version's row and the tags, which are those of the present version. */
export async function insertDefinition(
  ctx: { dialect: "sqlite" | "postgres" | "mysql" },
  trx: Db,
  version: Insertable<Database["job_versions"]>,
  tags: string[],
) {
  await trx.insertInto("job_versions").values(version).execute();
  const rows = [...new Set(tags)].map((tag) => ({ job_id: version.job_id, tag }));
  await insertRows(ctx, trx, { into: "job_tags", rows });
}

export function toJobVersion(row: Selectable<JobVersionsTable>): JobVersion {
  return {
    jobId: row.job_id,
    version: row.version,
    spec: JSON.parse(row.spec),
    effective: JSON.parse(row.effective),
    createdAt: row.created_at,
    createdBy: row.created_by,
  };
}

type JobWithDefinition = Selectable<JobsTable> & { spec: string; effective: string };

export async function toJobRows(db: Db, rows: JobWithDefinition[]): Promise<JobRow[]> {
  const lastRuns = new Map<string, ReturnType<typeof toRun>>();
  const running = new Map<string, number>();
  for (const part of chunks(rows)) {
    const runIds = part.map((row) => row.last_run_id).filter((id) => id !== null);
    if (runIds.length)
      for (const run of await db.selectFrom("runs").selectAll().where("id", "in", runIds).execute())
        lastRuns.set(run.id, toRun(run));
    const counts = await db
      .selectFrom("runs")
      .select(["job_id", (eb) => eb.fn.countAll<number>().as("count")])
      .where(
        "job_id",
        "in",
        part.map((row) => row.id),
      )
      .where("finished_at", "is", null)
      .where("state", "=", "running")
      .groupBy("job_id")
      .execute();
    for (const { job_id, count } of counts) running.set(job_id, Number(count));
  }
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    version: row.version,
    enabled: row.enabled === 1,
    enableAt: row.enable_at,
    disabledReason: row.disabled_reason,
    spec: JSON.parse(row.spec),
    effective: JSON.parse(row.effective),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    deletedAt: row.deleted_at,
    plannedThrough: row.planned_through,
    nextNominal: row.next_nominal,
    nextDue: row.next_due,
    revising: row.revising === 1,
    consecutiveFailures: row.consecutive_failures,
    lastSuccessAt: row.last_success_at,
    // Retention never deletes a job's newest run; an older one that was last to finish may be gone.
    lastRun: row.last_run_id === null ? null : (lastRuns.get(row.last_run_id) ?? null),
    running: running.get(row.id) ?? 0,
  }));
}
