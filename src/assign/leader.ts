// What every part of the leader's work shares: the term it writes under, its leadership, its picture, and one queue.
// The leader does one operation on runs at a time. That is what "a run has at most one leader operation under way" asks,
// and batches keep it fast.
import type { Clock } from "../clock.ts";
import {
  type AssignmentRef,
  type AssignmentView,
  CoordinatorUnavailableError,
  type Leadership,
  type WriteOutcome,
} from "../coordinator/coordinator.ts";
import type { SerialQueue } from "../lib/serial-queue.ts";
import type { Assignment } from "../model/assignment.ts";
import type { EffectiveJob } from "../model/job.ts";
import type { Random } from "../random.ts";
import type { OpenRun, RunChange, Store, WaitingRun } from "../store/store.ts";
import type { Board } from "./board.ts";
import type { DueAfter, Exclusives } from "./exclusives.ts";

export interface Leader {
  store: Store;
  clock: Clock;
  random: Random;
  leadership: Leadership;
  term: number;
  board: Board;
  exclusives: Exclusives;
  dueAfter: DueAfter;
  queue: SerialQueue;
  horizonMs: number;
  /** Follows changes: the board, events, metrics, and whatever waits for a run. */
  publish(changes: RunChange[]): void;
  /** Wakes the assigner. */
  wakeAssigner(): void;
  log: {
    info(fields: object, text: string): void;
    warn(fields: object, text: string): void;
    error(fields: object, text: string): void;
  };
}

/** The assignment of a run to a session. `run.fence` is the fence it is issued under. */
export function buildAssignment(
  run: WaitingRun,
  job: EffectiveJob,
  session: { sessionId: string; nodeId: string },
  exclusiveUntil?: number,
): Assignment {
  return {
    runId: run.id,
    fence: run.fence,
    nodeId: session.nodeId,
    sessionId: session.sessionId,
    jobId: run.jobId,
    jobName: job.name,
    jobVersion: run.jobVersion,
    job,
    trigger: run.trigger,
    scheduledFor: run.scheduledFor,
    dueAt: run.dueAt,
    priority: run.priority,
    firstAttempt: run.attempt + 1,
    // Each rerun was one attempt that had no verdict of its own; the first is none either.
    retries: Math.max(0, run.attempt - run.reruns),
    shard: run.shard,
    overrides: run.overrides,
    catchUp: run.catchUp,
    ...(exclusiveUntil === undefined ? {} : { exclusiveUntil }),
    stop: null,
  };
}

export const refOf = ({ assignment, revision }: AssignmentView): AssignmentRef => ({
  runId: assignment.runId,
  nodeId: assignment.nodeId,
  sessionId: assignment.sessionId,
  revision,
});

/**
 * After a write whose outcome is unknown, everything in flight is refused before anyone decides again (a delayed write
 * would else arrive after the decision).
 */
export async function settleUnknown(leader: Leader, outcomes: WriteOutcome[]): Promise<boolean> {
  if (!outcomes.includes("unknown")) return false;
  leader.log.warn({}, "a coordinator write has no answer; in-flight writes are being refused");
  for (;;) {
    try {
      await leader.leadership.refuseInFlight();
      return true;
    } catch (err) {
      // Nothing may be decided before it is certain; only the loss of leadership ends this.
      if (!(err instanceof CoordinatorUnavailableError)) throw err;
      await leader.clock.sleep(200, leader.leadership.lost);
    }
  }
}

/** The keys of open runs beside their rows, keys read first. */
export async function readKeys(leader: Leader, rows: OpenRun[]) {
  const keys = await leader.leadership.lookup(rows.map((row) => row.id));
  return {
    assignments: new Map(keys.assignments.map((view) => [view.assignment.runId, view])),
    claims: new Map(keys.claims.map((claim) => [claim.runId, claim])),
  };
}
