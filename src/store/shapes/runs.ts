// What becomes of runs, and how they are read.
import type { Attempt, Reason, Run, RunState, Trigger } from "../../model/run.ts";
import type { PageQuery } from "./paging.ts";

/** What became of a run, for events, metrics and alarms. */
export interface RunChange {
  runId: string;
  jobId: string;
  jobName: string;
  from: RunState | null;
  to: RunState;
  reason: Reason | null;
  trigger: Trigger;
  dueAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  nodeId: string | null;
  nodeName: string | null;
  sessionId: string | null;
  limitKey: string | null;
  attempt: number;
  fence: number;
  consecutiveFailures: number | null;
  lateReport: boolean;
}

export interface RunQuery extends PageQuery {
  /** Id or name of a job; runs of deleted jobs are found by name too. */
  job?: string;
  /** Id or name. */
  node?: string;
  /** Absent: every state, but planned and assigned rows only once they are due. */
  state?: RunState[];
  trigger?: Trigger[];
  /** On scheduledFor: [from, to). */
  from?: number;
  to?: number;
  /** Part of the job's name, or the start of the run's id. */
  q?: string;
  /** For "not yet due". */
  now: number;
}

export interface RunDetail extends Run {
  attempts: Attempt[];
  idempotencyKey: string | null;
  parked: string | null;
}

export interface OutputChunk {
  attempt: number;
  /** Grows over the whole run; the id with which a live reader resumes. */
  position: number;
  stream: "stdout" | "stderr";
  offset: number;
  gapBytes: number;
  at: number;
  data: Uint8Array;
}
