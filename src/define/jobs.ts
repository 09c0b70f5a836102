// Creating, changing, enabling, disabling, deleting and rolling back jobs: what may change is decided here; how the ledger
// follows is the leader's (Revisions).
import { mergePatch } from "../lib/merge-patch.ts";
import { ConflictError, type JobRow } from "../store/store.ts";
import { createApply } from "./apply.ts";
import { InvalidDocumentError, NotFoundError } from "./errors.ts";
import { type AcceptedJob, createJobDesk, documentOf, type JobServiceDeps, type Wanted, wantedOf } from "./job-desk.ts";
import type { ChangeOutcome, JobService } from "./job-service.ts";

/** How often a change without If-Match is tried again when somebody else's comes in between. */
const maxTries = 5;

/**
 * Throws InvalidDocumentError ("invalid", with `errors`), NotFoundError ("not_found"), ConflictError ("name_taken",
 * "version_conflict") and what Revisions throws. What is wanted and holds already makes no version and no audit entry.
 */
export function createJobService(deps: JobServiceDeps): JobService {
  const { store, clock } = deps;
  const desk = createJobDesk(deps);

  async function find(idOrName: string): Promise<JobRow> {
    const row = await store.getJob(idOrName);
    if (row && row.deletedAt === null) return row;
    throw new NotFoundError(`no job has the id or name ${JSON.stringify(idOrName)}`);
  }

  function accept(document: unknown): AcceptedJob {
    const verdict = desk.judge(document);
    if ("errors" in verdict) throw new InvalidDocumentError(verdict.errors);
    return verdict;
  }

  type Decision = { wanted: Wanted; warnings: string[] };
  /** Reads the job, decides, changes. Begins again when the job moved on meanwhile, unless the caller named a version. */
  async function edit(
    job: string,
    options: { ifVersion?: number; actor: string; action: string },
    decide: (row: JobRow) => Decision | Promise<Decision>,
  ): Promise<ChangeOutcome> {
    const { ifVersion } = options;
    for (let tries = 1; ; tries++) {
      const row = await find(job);
      if (ifVersion !== undefined && ifVersion !== row.version) {
        const message = `job ${row.name} is at version ${row.version}, not ${ifVersion}: read it again and change that`;
        throw new ConflictError("version_conflict", message);
      }
      const { wanted, warnings } = await decide(row);
      try {
        return { ...(await desk.change(row, wanted, { ...options, ifVersion: row.version })), warnings };
      } catch (err) {
        const movedOn = err instanceof ConflictError && err.code === "version_conflict";
        if (!movedOn || ifVersion !== undefined || tries === maxTries) throw err;
      }
    }
  }

  const decideBy = (row: JobRow, document: unknown): Decision => {
    const accepted = accept(document);
    return { wanted: wantedOf(row, accepted), warnings: accepted.warnings };
  };

  function effectiveOfBare(task: { cmd: string } | { http: string }) {
    return accept({ name: "bare", schedule: "@manual", ...task }).effective;
  }

  return {
    check: desk.judge,
    defaults: () => ({ cmd: effectiveOfBare({ cmd: "true" }), http: effectiveOfBare({ http: "http://localhost/" }) }),

    async create(document, actor) {
      const accepted = accept(document);
      return { job: await desk.create(accepted, actor), stillRunning: [], warnings: accepted.warnings };
    },

    replace: (job, document, options) =>
      edit(job, { ...options, action: "job.update" }, (row) => decideBy(row, document)),

    patch: (job, patch, options) =>
      edit(job, { ...options, action: "job.update" }, (row) => {
        if (typeof patch === "object" && patch !== null && !Array.isArray(patch))
          return decideBy(row, mergePatch(row.spec, patch));
        const message = "expected an object with the keys to change (null removes a key)";
        throw new InvalidDocumentError([{ path: "", message }]);
      }),

    remove: (job, options) =>
      edit(job, { ...options, action: "job.delete" }, () => ({ wanted: { deleted: true }, warnings: [] })),

    enable: (job, actor) =>
      edit(job, { actor, action: "job.enable" }, () => ({
        wanted: { enabled: { enabled: true, enableAt: null, reason: null } },
        warnings: [],
      })),

    disable: (job, { until, actor, reason }) =>
      edit(job, { actor, action: "job.disable" }, () => {
        if (until !== null && !(until > clock.now()))
          throw new InvalidDocumentError([{ path: "until", message: "expected an instant in the future" }]);
        return { wanted: { enabled: { enabled: false, enableAt: until, reason: reason ?? null } }, warnings: [] };
      }),

    rollback: (job, version, options) =>
      edit(job, { ...options, action: "job.rollback" }, async (row) => {
        const old = await store.jobVersion(row.id, version);
        if (!old) throw new NotFoundError(`job ${row.name} has no version ${version}; it is at version ${row.version}`);
        // Judged anew: what was accepted once need not be today, and the defaults may have changed.
        const { spec, effective, warnings } = accept(old.spec);
        return { wanted: { spec: { spec, effective } }, warnings };
      }),

    apply: createApply(store, desk),
    exportDocument: documentOf,
  };
}
