// Figures of the whole, and of jobs.
import type { EffectiveJob } from "../../model/job.ts";
import type { FinalState, Reason } from "../../model/run.ts";

export interface Summary {
  jobs: { total: number; enabled: number; disabled: number; failing: number };
  runs: { planned: number; waiting: number; assigned: number; running: number };
  last24h: Partial<Record<FinalState, number>>;
  nodes: { live: number; draining: number; total: number };
}

/** Milliseconds. */
export interface Spread {
  count: number;
  mean: number;
  p50: number;
  p95: number;
  max: number;
}

/** Of a job's newest finished runs. */
export interface JobRunStats {
  jobId: string;
  jobName: string;
  /** Of those scheduled since countedFrom. */
  counts: Partial<Record<FinalState, number>>;
  /** As far back as was asked, or the oldest run that was looked at. */
  countedFrom: number;
  /** Of those that succeeded, whenever; null: none. */
  durations: Spread | null;
  /** Of those that started, whenever; null: none. */
  lateness: Spread | null;
  /** Newest first. */
  recent: { id: string; state: FinalState; scheduledFor: number; durationMs: number | null }[];
}

/** Of runs that were due in a stretch of time and are over. */
export interface TimelineBucket {
  at: number;
  counts: Partial<Record<FinalState, number>>;
  /** Of those that succeeded: how many began late (lateAfterMs). */
  late: number;
  /** Start minus due instant of those that started, rounded down to a hundredth or so; null: none did. */
  lateness: { p50: number; p95: number; max: number } | null;
}

/** A job whose last runs failed. */
export interface FailingJob {
  jobId: string;
  jobName: string;
  enabled: boolean;
  failures: number;
  lastSuccessAt: number | null;
  lastRun: { id: string; state: FinalState; finishedAt: number; reason: Reason | null } | null;
}

/** A run under way. */
export interface LongRun {
  runId: string;
  jobId: string;
  jobName: string;
  startedAt: number;
  node: { id: string; name: string } | null;
}

/** When a job is due, and what a picture of that needs. */
export interface JobSchedule
  extends Pick<EffectiveJob, "schedule" | "timezone" | "startAtMs" | "endAtMs" | "jitterMs" | "tags"> {
  jobId: string;
  jobName: string;
  version: number;
  updatedAt: number;
  /** False once it is deleted, too. */
  enabled: boolean;
}
