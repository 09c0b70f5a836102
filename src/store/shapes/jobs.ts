// Jobs as they stand, and what is asked and changed of them.
import type { EffectiveJob, JobDocument } from "../../model/job.ts";
import type { Run } from "../../model/run.ts";
import type { PageQuery } from "./paging.ts";

export interface JobRow {
  id: string;
  name: string;
  version: number;
  enabled: boolean;
  /** Set while disabled: when the job enables itself again. */
  enableAt: number | null;
  /** Why it is disabled, when not by a person (pauseAfter). */
  disabledReason: string | null;
  spec: JobDocument;
  effective: EffectiveJob;
  createdAt: number;
  updatedAt: number;
  updatedBy: string;
  deletedAt: number | null;
  /** Every tick up to here (nominal) has its row. */
  plannedThrough: number;
  /** The first tick after plannedThrough and its due instant; null: none. */
  nextNominal: number | null;
  nextDue: number | null;
  /** An edit is under way: the planner leaves the job alone until its revoked rows are settled. */
  revising: boolean;
  consecutiveFailures: number;
  lastSuccessAt: number | null;
  lastRun: Run | null;
  running: number;
}

export interface JobQuery extends PageQuery {
  q?: string;
  tag?: string;
  enabled?: boolean;
  state?: "ok" | "failing" | "running" | "never-run" | "disabled";
  /** By name when absent. Jobs without a next or a last run come last, either way; `failures`: in a row. */
  order?: { by: "name" | "nextRun" | "lastRun" | "failures"; descending: boolean; now: number };
}

export interface JobVersion {
  jobId: string;
  version: number;
  spec: JobDocument;
  effective: EffectiveJob;
  createdAt: number;
  createdBy: string;
}

/** The planner's view of where a job's schedule stands, written with every change. */
export interface Cursor {
  plannedThrough: number;
  nextNominal: number | null;
  nextDue: number | null;
}

export interface NewJob {
  id: string;
  spec: JobDocument;
  effective: EffectiveJob;
  enabled: boolean;
  cursor: Cursor;
  at: number;
  actor: string;
  /** For the audit: through what it came. */
  via?: string | null;
}

/** Only what is given changes. `spec` makes a new version. */
export interface JobChange {
  jobId: string;
  /** Refused with ConflictError("version_conflict") when the job is at another version. */
  ifVersion?: number;
  spec?: { spec: JobDocument; effective: EffectiveJob };
  enabled?: { enabled: boolean; enableAt: number | null; reason: string | null };
  deleted?: boolean;
  at: number;
  actor: string;
  /** Where planning goes on: through = `at`. Rows of later ticks that aren't claimed become `revoking`. */
  cursor: Cursor;
  /** For the audit. Absent: job.delete, job.update, job.enable or job.disable, by what changes. */
  action?: string;
  /** For the audit: through what it came. */
  via?: string | null;
}
