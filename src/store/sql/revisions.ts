// Changing a job without losing or doubling a tick: first the version, the cursor and the marks in one transaction, last
// the marked rows. In between the planner leaves the job alone, and the next leader finds what was cut short.
import type { Reason } from "../../model/run.ts";
import { ConflictError, type JobChange, type JobRow, type OpenRun, type RunChange, type Store } from "../store.ts";
import { chunks, type Db, leaderWrite, locked, type SqlContext } from "./context.ts";
import { isUniqueViolation } from "./insert.ts";
import { actionOf, auditJob, type JobState, stateAfter } from "./job-audit.ts";
import { definitionColumns, insertDefinition } from "./job-rows.ts";
import { nameTaken, readJob } from "./jobs.ts";
import { flag, openColumns, reasonColumns, toOpenRun, toRunChange } from "./rows.ts";
import { statement } from "./statement.ts";

export function revisionMethods(ctx: SqlContext): Pick<Store, "changeJob" | "settleRevision" | "unsettledRevisions"> {
  return {
    async changeJob(term, change) {
      try {
        return await leaderWrite(ctx, term, async (trx) => {
          await changeRow(trx, change);
          const stops = change.deleted === true || change.enabled?.enabled === false;
          await markRevoking(trx, change, stops);
          return { job: (await readJob(trx, change.jobId)) as JobRow, revoking: await revokingRuns(trx, change.jobId) };
        });
      } catch (err) {
        if (isUniqueViolation(err)) throw nameTaken(change.spec?.effective.name ?? change.jobId);
        throw err;
      }
    },

    settleRevision: (term, { jobId, revoked, at }) =>
      leaderWrite(ctx, term, async (trx) => {
        const jobQuery = trx.selectFrom("jobs").select("revised_at").where("id", "=", jobId);
        const job = await locked(ctx, jobQuery).executeTakeFirst();
        const fences = new Map(revoked.map(({ runId, fence }) => [runId, fence]));
        const runQuery = trx
          .selectFrom("runs")
          .selectAll()
          .where("job_id", "=", jobId)
          .where("finished_at", "is", null)
          .where("revoking", "=", 1);
        const rows = await locked(ctx, runQuery).execute();
        // What started or moved since it was looked at is not deleted: its fence or its state says so.
        const ours = rows.filter((row) => row.state !== "running" && fences.get(row.id) === row.fence);
        const isAhead = (row: { nominal: number | null }) => row.nominal !== null && row.nominal > at;
        await deleteRuns(
          trx,
          ours.filter(isAhead).map((row) => row.id),
        );
        const changes: RunChange[] = [];
        const reason: Reason = { code: "job_disabled", message: "the job was disabled while this run waited" };
        for (const row of ours.filter((row) => !isAhead(row))) {
          const set = { state: "skipped" as const, ...reasonColumns(reason), finished_at: at, revoking: 0 as const };
          await trx
            .updateTable("runs")
            .set({ ...set, parked: "" })
            .where("id", "=", row.id)
            .execute();
          changes.push(toRunChange({ ...row, ...set }, row.state));
        }
        // A newer edit of the job is under way: its own settling ends the revision and frees what stays marked.
        if (job?.revised_at !== at) return changes;
        await trx
          .updateTable("runs")
          .set({ revoking: 0 })
          .where("job_id", "=", jobId)
          .where("finished_at", "is", null)
          .where("revoking", "=", 1)
          .execute();
        await trx.updateTable("jobs").set({ revising: 0 }).where("id", "=", jobId).execute();
        return changes;
      }),

    unsettledRevisions: () =>
      ctx.read(async (db) => {
        const { rows: jobs } = await beingRevised(ctx, db, {});
        const revisions: { jobId: string; at: number; revoking: OpenRun[] }[] = [];
        for (const { id, revised_at } of jobs)
          revisions.push({ jobId: id, at: revised_at ?? 0, revoking: await revokingRuns(db, id) });
        return revisions;
      }),
  };

  async function changeRow(trx: Db, change: JobChange) {
    const { jobId, ifVersion, spec, enabled, deleted, at, actor, cursor } = change;
    const query = trx
      .selectFrom("jobs")
      .select(["name", "version", "deleted_at", "enabled", "enable_at", "disabled_reason"])
      .where("id", "=", jobId);
    const job = await locked(ctx, query).executeTakeFirst();
    if (!job || job.deleted_at !== null)
      throw new ConflictError("not_found", `job ${jobId} doesn't exist (any more); it was not changed`);
    if (ifVersion !== undefined && job.version !== ifVersion)
      throw new ConflictError(
        "version_conflict",
        `job "${job.name}" is at version ${job.version}, not ${ifVersion}: read it again before you change it`,
      );
    const before = await stateOf(trx, jobId, job);
    const version = job.version + 1;
    if (spec) {
      await refuseTakenName(trx, jobId, spec.effective.name);
      await trx.deleteFrom("job_tags").where("job_id", "=", jobId).execute();
      const definition = { spec: JSON.stringify(spec.spec), effective: JSON.stringify(spec.effective) };
      const row = { job_id: jobId, version, ...definition, created_at: at, created_by: actor };
      await insertDefinition(ctx, trx, row, deleted ? [] : spec.effective.tags);
    } else if (deleted) await trx.deleteFrom("job_tags").where("job_id", "=", jobId).execute();
    await trx
      .updateTable("jobs")
      .set({
        ...(spec ? { ...definitionColumns(spec), name_key: spec.effective.name, version } : {}),
        ...(enabled
          ? { enabled: flag(enabled.enabled), enable_at: enabled.enableAt, disabled_reason: enabled.reason }
          : {}),
        ...(deleted ? { enabled: 0, enable_at: null, deleted_at: at, name_key: `!${jobId}` } : {}),
        planned_through: cursor.plannedThrough,
        next_nominal: cursor.nextNominal,
        next_due: cursor.nextDue,
        revising: 1,
        revised_at: at,
        updated_at: at,
        updated_by: actor,
      })
      .where("id", "=", jobId)
      .execute();
    const after = stateAfter(before, change);
    await auditJob(ctx, trx, { jobId, at, actor, action: actionOf(change), via: change.via ?? null, before, after });
  }

  async function refuseTakenName(trx: Db, jobId: string, name: string) {
    const taken = await trx.selectFrom("jobs").select("id").where("name_key", "=", name).executeTakeFirst();
    if (taken && taken.id !== jobId) throw nameTaken(name);
  }

  /** Ticks only: a manual run (without one) goes on whatever becomes of its job. */
  async function markRevoking(trx: Db, { jobId, at }: JobChange, stops: boolean) {
    await trx
      .updateTable("runs")
      .set({ revoking: 1 })
      .where("job_id", "=", jobId)
      .where("finished_at", "is", null)
      .where("nominal", "is not", null)
      .where((eb) => (stops ? eb.or([eb("nominal", ">", at), eb("state", "!=", "running")]) : eb("nominal", ">", at)))
      .execute();
  }

  async function revokingRuns(db: Db, jobId: string): Promise<OpenRun[]> {
    const rows = await db
      .selectFrom("runs")
      .select(openColumns)
      .where("job_id", "=", jobId)
      .where("finished_at", "is", null)
      .where("revoking", "=", 1)
      .orderBy("due_at")
      .orderBy("id")
      .execute();
    return rows.map(toOpenRun);
  }
}

const beingRevised = statement((db) => db.selectFrom("jobs").select(["id", "revised_at"]).where("revising", "=", 1));

/** Rows that never had a life: nothing else refers to them but what a released claim may have left. */
async function deleteRuns(trx: Db, runIds: string[]) {
  for (const ids of chunks(runIds)) {
    await trx.deleteFrom("attempts").where("run_id", "in", ids).execute();
    await trx.deleteFrom("output_chunks").where("run_id", "in", ids).execute();
    await trx.deleteFrom("runs").where("id", "in", ids).execute();
  }
}

async function stateOf(
  trx: Db,
  jobId: string,
  job: { name: string; version: number; enabled: 0 | 1; enable_at: number | null; disabled_reason: string | null },
): Promise<JobState> {
  const { name, version, enabled, enable_at: enableAt, disabled_reason: reason } = job;
  const definition = await trx
    .selectFrom("job_versions")
    .select("spec")
    .where("job_id", "=", jobId)
    .where("version", "=", version)
    .executeTakeFirstOrThrow();
  return { name, version, spec: JSON.parse(definition.spec), enabled: enabled === 1, enableAt, reason };
}
