// Jobs: reading them, making them. Changing them is in revisions.ts.
import { ConflictError, type JobQuery, type JobRow, type Store } from "../store.ts";
import { type Db, leaderWrite, type SqlContext } from "./context.ts";
import { isUniqueViolation } from "./insert.ts";
import { auditJob } from "./job-audit.ts";
import { definitionColumns, insertDefinition, selectJobs, toJobRows, toJobVersion } from "./job-rows.ts";
import { contains } from "./like.ts";
import { decodeCursor, pageSize, toPage } from "./paging.ts";
import { flag } from "./rows.ts";

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
): Pick<Store, "getJob" | "listJobs" | "createJob" | "jobVersion" | "listVersions" | "jobsToEnable"> {
  return {
    getJob: (idOrName) =>
      ctx.read(async (db) => {
        const found = await readJob(db, idOrName);
        if (found) return found;
        const named = await db.selectFrom("jobs").select("id").where("name_key", "=", idOrName).executeTakeFirst();
        // The key of a deleted job isn't a name, though it may be typed as one.
        return named && !idOrName.startsWith("!") ? readJob(db, named.id) : null;
      }),

    listJobs: (query) =>
      ctx.read(async (db) => {
        const rows = await filtered(db, query)
          .selectAll("jobs")
          .select(["job_versions.spec", "job_versions.effective"])
          .orderBy("jobs.name_key")
          .limit(pageSize(query.limit) + 1)
          .execute();
        const page = toPage(
          rows,
          query.limit,
          (row) => row,
          (row) => [row.name_key],
        );
        return { items: await toJobRows(db, page.items), nextCursor: page.nextCursor };
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
        const rows = await selectJobs(db)
          .selectAll("jobs")
          .select(["job_versions.spec", "job_versions.effective"])
          .where("jobs.enable_at", "<=", before)
          .where("jobs.enabled", "=", 0)
          .where("jobs.deleted_at", "is", null)
          .orderBy("jobs.enable_at")
          .limit(limit)
          .execute();
        return toJobRows(db, rows);
      }),
  };
}

function filtered(db: Db, query: JobQuery) {
  const after = decodeCursor<[string]>(query.cursor, ["string"]);
  let select = selectJobs(db).where("jobs.deleted_at", "is", null);
  if (after) select = select.where("jobs.name_key", ">", after[0]);
  if (query.q) select = select.where((eb) => contains(eb.ref("jobs.search"), query.q!.toLowerCase()));
  if (query.enabled !== undefined) select = select.where("jobs.enabled", "=", flag(query.enabled));
  if (query.tag !== undefined)
    select = select.where("jobs.id", "in", (eb) =>
      eb.selectFrom("job_tags").select("job_tags.job_id").where("job_tags.tag", "=", query.tag!),
    );
  switch (query.state) {
    case "ok":
      return select.where("jobs.last_run_id", "is not", null).where("jobs.consecutive_failures", "=", 0);
    case "failing":
      return select.where("jobs.consecutive_failures", ">", 0);
    case "never-run":
      return select.where("jobs.last_run_id", "is", null);
    case "disabled":
      return select.where("jobs.enabled", "=", 0);
    case "running":
      return select.where("jobs.id", "in", (eb) =>
        eb
          .selectFrom("runs")
          .select("runs.job_id")
          .where("runs.finished_at", "is", null)
          .where("runs.state", "=", "running"),
      );
    default:
      return select;
  }
}
