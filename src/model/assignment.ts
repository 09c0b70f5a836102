// What is handed from one step to the next: DueRun → Assignment → Outcome (as events) → RunRecord.
import type { EffectiveJob } from "./job.ts";
import type { AttemptOutcome, Reason, RunOverrides, Trigger } from "./run.ts";

/**
 * A run given to a session. It carries the whole job version, so a node can start with every scheduler gone.
 * `fence` is what the node reports under; an assignment is never changed but for `stop`.
 */
export interface Assignment {
  runId: string;
  fence: number;
  nodeId: string;
  sessionId: string;
  jobId: string;
  jobName: string;
  jobVersion: number;
  job: EffectiveJob;
  trigger: Trigger;
  scheduledFor: number;
  dueAt: number;
  priority: number;
  /** Number that the first attempt under this fence gets (attempts go on counting over reruns). */
  firstAttempt: number;
  /** Retries that the run has had under earlier fences: `retry.limit` is for all of them together. Absent: none. */
  retries?: number;
  shard: { index: number; total: number } | null;
  overrides: RunOverrides | null;
  /** A misfire that the policy chose to run: the 60 s rule does not apply to it again. */
  catchUp: boolean;
  /**
   * No other run of the job starts elsewhere before this instant, even if the node is lost: a node that is cut off ends
   * the run by then, or with its trust if that lasts longer. Absent: nothing is promised, and the run may go on.
   */
  exclusiveUntil?: number;
  /** Desired state. cancel: end it, the run becomes cancelled. revoke: give it back if it has not started. */
  stop: null | { kind: "cancel" | "revoke" | "replace"; reason: Reason };
}

/** How one attempt ended, or that it could not be tried. */
export interface AttemptResult {
  outcome: AttemptOutcome;
  exitCode: number | null;
  signal: string | null;
  httpStatus: number | null;
  error: string | null;
  reason: Reason | null;
  /** What the target asked for (HTTP Retry-After), milliseconds; null: nothing. */
  retryAfterMs: number | null;
  /** False: another try cannot help (HTTP 4xx but 408 and 429). */
  retryable: boolean;
}

interface EventBase {
  runId: string;
  fence: number;
  sessionId: string;
  /** Instant on the node's corrected clock. */
  at: number;
}

/**
 * What a node reports. Recording is idempotent; within a fence the order of arrival does not matter.
 * - started: the attempt is about to be spawned (the line that the spool holds before the spawn).
 * - attempt-ended: one attempt is over. `nextAttemptAt`: a retry follows then.
 * - finished: the run's verdict; skipped runs carry state skipped and the reason.
 * - released: claimed, given back before any start. interrupted: a started copy ended without a verdict of its own.
 * - output: a piece of output, `seq` from 0 within (run, fence, attempt), `offset` in bytes of that attempt's whole stream.
 *   `gapBytes`: so many bytes were left out right before this piece.
 */
export type NodeEvent =
  | (EventBase & { type: "started"; attempt: number })
  | (EventBase & {
      type: "attempt-ended";
      attempt: number;
      startedAt: number;
      result: AttemptResult;
      nextAttemptAt: number | null;
    })
  | (EventBase & {
      type: "finished";
      attempt: number;
      state: "succeeded" | "failed" | "timed_out" | "cancelled" | "skipped" | "missed";
      reason: Reason | null;
      outputBytes: number;
      outputTruncated: boolean;
    })
  | (EventBase & { type: "released"; reason: string })
  | (EventBase & { type: "interrupted"; attempt: number; reason: string })
  | (EventBase & {
      type: "output";
      attempt: number;
      seq: number;
      stream: "stdout" | "stderr";
      offset: number;
      gapBytes: number;
      data: Uint8Array;
    });

/**
 * Takes events to the recorder. Resolves once they are committed; rejects when that is unknown: send again, not before
 * `retryAfterMs` if the error has it. Code invalid_event: one of them will never be taken.
 */
export interface ReportPort {
  send(events: NodeEvent[]): Promise<void>;
}
