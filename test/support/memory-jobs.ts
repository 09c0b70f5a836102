// Jobs in memory, for tests of the job service: the few store methods that it uses, and a leader's Revisions that keep
// the rules of the ports (names are unique among living jobs, a spec makes a version, versions are compared).
import type { Revisions } from "../../src/define/job-service.ts";
import { actionOf, auditView, type JobState, stateAfter } from "../../src/store/sql/job-audit.ts";
import { type AuditEntry, ConflictError, type JobRow, type JobVersion, type Store } from "../../src/store/store.ts";

export interface MemoryJobs {
  store: Pick<Store, "getJob" | "listJobs" | "jobVersion">;
  revisions: Revisions;
  rows: Map<string, JobRow>;
  audit: Omit<AuditEntry, "id">[];
  /** What the leader was asked for, in order. */
  asked: string[];
  /** Called before a change takes place: to let somebody else be first. */
  beforeChange: (() => void) | null;
  /** Ids of runs that go on after the next change. */
  stillRunning: string[];
}

export function createMemoryJobs(): MemoryJobs {
  const versions = new Map<string, JobVersion>();
  const living = () => [...jobs.rows.values()].filter((row) => row.deletedAt === null);
  const byName = (name: string) => living().find((row) => row.name === name);
  const keep = (row: JobRow) => {
    jobs.rows.set(row.id, row);
    const { version, spec, effective } = row;
    versions.set(`${row.id} ${version}`, {
      jobId: row.id,
      version,
      spec,
      effective,
      createdAt: row.updatedAt,
      createdBy: row.updatedBy,
    });
    return structuredClone(row);
  };
  const refuseTaken = (name: string, id: string) => {
    const holder = byName(name);
    if (holder && holder.id !== id) throw new ConflictError("name_taken", `a job named ${name} exists already`);
  };

  type Line = Pick<AuditEntry, "at" | "actor" | "action" | "targetId" | "via">;
  const audit = (line: Line, before: JobState | null, after: JobState | null) =>
    jobs.audit.push({
      ...line,
      targetType: "job",
      targetName: (after ?? before)!.name,
      before: before && auditView(before),
      after: after && auditView(after),
    });

  const jobs: MemoryJobs = {
    rows: new Map(),
    audit: [],
    asked: [],
    beforeChange: null,
    stillRunning: [],
    store: {
      async getJob(idOrName) {
        const row = jobs.rows.get(idOrName) ?? byName(idOrName);
        return row ? structuredClone(row) : null;
      },
      // Pages of two, so that a caller that forgets the cursor is noticed.
      async listJobs({ tag, cursor }) {
        const found = living().filter((row) => tag === undefined || row.effective.tags.includes(tag));
        const from = Number(cursor ?? 0);
        const nextCursor = from + 2 < found.length ? String(from + 2) : null;
        return { items: structuredClone(found.slice(from, from + 2)), nextCursor };
      },
      jobVersion: async (jobId, version) => versions.get(`${jobId} ${version}`) ?? null,
    },
    revisions: {
      async create(job) {
        refuseTaken(job.spec.name, job.id);
        jobs.asked.push(`create ${job.spec.name}`);
        const { id, spec, effective, enabled, at, actor, via = null } = job;
        const state = { name: spec.name, version: 1, spec, enabled, enableAt: null, reason: null };
        audit({ at, actor, action: "job.create", targetId: id, via }, null, state);
        return keep({
          id,
          name: spec.name,
          version: 1,
          enabled,
          enableAt: null,
          disabledReason: null,
          spec: structuredClone(spec),
          effective,
          createdAt: at,
          updatedAt: at,
          updatedBy: actor,
          deletedAt: null,
          plannedThrough: at,
          nextNominal: null,
          nextDue: null,
          revising: false,
          consecutiveFailures: 0,
          lastSuccessAt: null,
          lastRun: null,
          running: 0,
        });
      },
      async change(change) {
        const { jobId, ifVersion, spec, enabled, deleted, actor, via = null } = change;
        const before = jobs.beforeChange;
        jobs.beforeChange = null;
        before?.();
        const row = jobs.rows.get(jobId)!;
        if (ifVersion !== undefined && ifVersion !== row.version)
          throw new ConflictError("version_conflict", `at version ${row.version}`);
        if (spec) refuseTaken(spec.spec.name, jobId);
        const what = [deleted && "deleted", spec && "spec", enabled && "enabled"].filter(Boolean).join("+");
        jobs.asked.push(`${what} ${row.name}`);
        const whole = { ...change, at: row.updatedAt, cursor: { plannedThrough: 0, nextNominal: null, nextDue: null } };
        const was = { ...row, reason: row.disabledReason };
        audit({ at: whole.at, actor, action: actionOf(whole), targetId: jobId, via }, was, stateAfter(was, whole));
        const next: JobRow = {
          ...row,
          ...(spec ? { ...structuredClone(spec), name: spec.spec.name, version: row.version + 1 } : {}),
          ...(enabled ? { enabled: enabled.enabled, enableAt: enabled.enableAt, disabledReason: enabled.reason } : {}),
          ...(deleted ? { deletedAt: 1, enabled: false } : {}),
          updatedBy: actor,
        };
        return { job: keep(next), stillRunning: jobs.stillRunning };
      },
    },
  };
  return jobs;
}
