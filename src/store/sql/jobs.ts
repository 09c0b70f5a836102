// Jobs: reading them, making them. Changing them is in revisions.ts.
import { ConflictError, type JobRow, type Store } from "../store.ts";
import { type Db, leaderWrite, type SqlContext } from "./context.ts";
import { isUniqueViolation } from "./insert.ts";
import { auditJob } from "./job-audit.ts";
import { listJobs } from "./job-list.ts";
import { definitionColumns, insertDefinition, selectJobs, toJobRows, toJobVersion } from "./job-rows.ts";
import { decodeCursor, pageSize, toPage } from "./paging.ts";
import { flag } from "./rows.ts";
import { statement } from "./statement.ts";

export const nameTaken = (name: string) =>
  new ConflictError("name_taken", `there is a job named "${name}" already; choose another name or change that job`);

export async function readJob(db: Db, id: string): Promise<JobRow | null> {
  const rows = await selectJobs(db)
    .selectAll("jobs")
    .select(["job_versions.spec", "job_versions.effective"])
    .where("jobs.id", "=", id)
    .execute();
  return (await toJobRows(db, rows))[0] ?? null;
}

export function jobsMethods(
  ctx: SqlContext,
): Pick<Store, "getJob" | "listJobs" | "listTags" | "createJob" | "jobVersion" | "listVersions" | "jobsToEnable"> {
  return {
    getJob: (idOrName) =>
      ctx.read(async (db) => {
        const found = await readJob(db, idOrName);
        if (found) return found;
        const named = await db.selectFrom("jobs").select("id").where("name_key", "=", idOrName).executeTakeFirst();
        // The key of a deleted job isn't a name, though it may be typed as one.
        return named && !idOrName.startsWith("!") ? readJob(db, named.id) : null;
      }),

    listJobs: (query) => listJobs(ctx, query),

    listTags: (limit) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("job_tags")
          .select(["tag", (eb) => eb.fn.countAll<number>().as("jobs")])
          .groupBy("tag")
          .orderBy("jobs", "desc")
          .orderBy("tag")
          .limit(limit)
          .execute();
        return rows.map(({ tag, jobs }) => ({ tag, jobs: Number(jobs) }));
      }),

    async createJob(term, job) {
      try {
        return await leaderWrite(ctx, term, async (trx) => {
          const { id, spec, effective, enabled, at, actor, cursor, via = null } = job;
          const taken = await trx
            .selectFrom("jobs")
            .select("id")
            .where("name_key", "=", effective.name)
            .executeTakeFirst();
          if (taken && taken.id !== id) throw nameTaken(effective.name);
          // The same id again is a creation whose answer got lost.
          if (taken) return (await readJob(trx, id)) as JobRow;
          await trx
            .insertInto("jobs")
            .values({
              id,
              ...definitionColumns(job),
              name_key: effective.name,
              version: 1,
              enabled: flag(enabled),
              enable_at: null,
              disabled_reason: null,
              created_at: at,
              updated_at: at,
              updated_by: actor,
              deleted_at: null,
              planned_through: cursor.plannedThrough,
              next_nominal: cursor.nextNominal,
              next_due: cursor.nextDue,
              revising: 0,
              revised_at: null,
              consecutive_failures: 0,
              last_success_at: null,
              last_run_id: null,
              last_run_state: null,
            })
            .execute();
          const definition = { spec: JSON.stringify(spec), effective: JSON.stringify(effective) };
          const version = { job_id: id, version: 1, ...definition, created_at: at, created_by: actor };
          await insertDefinition(ctx, trx, version, effective.tags);
          const after = { name: effective.name, version: 1, spec, enabled, enableAt: null, reason: null };
          await auditJob(ctx, trx, { jobId: id, at, actor, action: "job.create", via, before: null, after });
          return (await readJob(trx, id)) as JobRow;
        });
      } catch (err) {
        if (isUniqueViolation(err)) throw nameTaken(job.effective.name);
        throw err;
      }
    },

    jobVersion: (jobId, version) =>
      ctx.read(async (db) => {
        const row = await db
          .selectFrom("job_versions")
          .selectAll()
          .where("job_id", "=", jobId)
          .where("version", "=", version)
          .executeTakeFirst();
        return row ? toJobVersion(row) : null;
      }),

    /** Newest first. */
    listVersions: (jobId, query) =>
      ctx.read(async (db) => {
        const after = decodeCursor<[number]>(query.cursor, ["number"]);
        let select = db
          .selectFrom("job_versions")
          .selectAll()
          .where("job_id", "=", jobId)
          .orderBy("version", "desc")
          .limit(pageSize(query.limit) + 1);
        if (after) select = select.where("version", "<", after[0]);
        return toPage(await select.execute(), query.limit, toJobVersion, (row) => [row.version]);
      }),

    jobsToEnable: (before, limit) =>
      ctx.read(async (db) => {
        const { rows } = await enabledBy(ctx, db, { before, limit });
        return toJobRows(db, rows);
      }),
  };
}

const enabledBy = statement((db, { before, limit }: { before: number; limit: number }) =>
  selectJobs(db)
    .selectAll("jobs")
    .select(["job_versions.spec", "job_versions.effective"])
    .where("jobs.enable_at", "<=", before)
    .where("jobs.enabled", "=", 0)
    .where("jobs.deleted_at", "is", null)
    .orderBy("jobs.enable_at")
    .limit(limit),
);
