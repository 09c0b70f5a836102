// What the planner reads and writes.
import type { EffectiveJob } from "../../model/job.ts";
import type { Reason, RunOverrides, Trigger } from "../../model/run.ts";
import type { Cursor } from "./jobs.ts";

export interface PlannableJob {
  id: string;
  name: string;
  version: number;
  effective: EffectiveJob;
  plannedThrough: number;
  nextNominal: number;
  nextDue: number;
}

/** A row to be made. Its identity is (job, nominal, nodeKey), or (job, idempotencyKey) for manual runs. */
export interface NewRun {
  id: string;
  jobId: string;
  jobName: string;
  jobVersion: number;
  trigger: Trigger;
  /** The tick; null for manual runs and retries of runs. */
  nominal: number | null;
  /** The node with place.every, else "". */
  nodeKey: string;
  scheduledFor: number;
  dueAt: number;
  plannedAt: number;
  priority: number;
  /** planned; or a final state that needs no start: missed, skipped. */
  state: "planned" | "missed" | "skipped";
  reason: Reason | null;
  shard: { index: number; total: number } | null;
  covers: { from: number; to: number; count: number } | null;
  of: string | null;
  overrides: RunOverrides | null;
  idempotencyKey: string | null;
  limitKey: string | null;
  /** Recorded for audit and for the run's page; null for the planner's. */
  requestedBy: string | null;
  /** A misfire that the policy chose to run. */
  catchUp: boolean;
  /** Latest instant of start, or null. */
  startBy: number | null;
}

export interface PlanItem {
  jobId: string;
  /** Both must still hold, else the item is left out (the job changed meanwhile). */
  ifVersion: number;
  ifPlannedThrough: number;
  cursor: Cursor;
  runs: NewRun[];
}

export interface PauseState {
  reason: string;
  by: string;
  since: number;
  until: number | null;
}
