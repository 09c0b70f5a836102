// A run as its node knows it, from the assignment to the verdict.
//
//   held ──▶ claiming ──▶ claimed ──▶ launched ──▶ begun ──▶ over
//    ▲  │        │ refused    └───────────┴──▶ over (released, or a verdict without a start)
//    │  └▶ over  │
//    └───────────┘ its assignment has changed meanwhile
//
// `launched` is due and wants a slot; `begun` is from the moment at which the line before the first start is asked for.
import type { Assignment } from "../model/assignment.ts";
import { misfireAfterMs, type Reason } from "../model/run.ts";
import type { RunningAttempt } from "./executor.ts";

export type Phase = "held" | "claiming" | "claimed" | "launched" | "begun" | "over";

/** Why a run is to end before it does by itself. The first one stands. */
export type EndRequest =
  /** A user's cancel, or the next tick's (`overlap: replace`): the run becomes cancelled. */
  | { kind: "cancel"; reason: Reason }
  /** Given back if it hasn't begun; without effect on one that has. */
  | { kind: "give-back"; why: string }
  /** Ends without a verdict of its own: what becomes of it is the job's onNodeLoss. */
  | { kind: "interrupt"; why: string }
  /** The node stops: like any attempt that ended, but for jobs that may be run again elsewhere. */
  | { kind: "shutdown" };

/** What is claimed only to be recorded, without a start. */
export interface Verdict {
  state: "skipped" | "cancelled";
  reason: Reason;
}

export interface NodeRun {
  readonly key: string;
  assignment: Assignment;
  /** Of the assignment as last seen. */
  revision: number;
  phase: Phase;
  /** Its claim is (being) asked for to record this. */
  verdict: Verdict | null;
  /** The gate lets it start as soon as it has a slot. */
  ready: boolean;
  /** Whether the assignment still stands. */
  present: boolean;
  end: EndRequest | null;
  /** Aborts with `end`: whatever the run waits for is over. */
  readonly ending: AbortController;
  attempt: RunningAttempt | null;
  /** Between two attempts. */
  backingOff: boolean;
}

export const keyOf = ({ runId, fence }: { runId: string; fence: number }) => `${runId}:${fence}`;

export function createNodeRun(assignment: Assignment, revision: number): NodeRun {
  return {
    key: keyOf(assignment),
    assignment,
    revision,
    phase: "held",
    verdict: null,
    ready: false,
    present: true,
    end: null,
    ending: new AbortController(),
    attempt: null,
    backingOff: false,
  };
}

export const overlapOf = ({ assignment }: NodeRun) => assignment.overrides?.overlap ?? assignment.job.overlap;

/** Too late to be claimed: the leader takes it back and the job's misfire policy decides. */
export const isMisfire = ({ assignment }: NodeRun, now: number) =>
  !assignment.catchUp && now >= assignment.dueAt + misfireAfterMs;

/** The instant after which it must not start any more; null: none. A run that started before its node was lost has none. */
export const startBy = ({ assignment }: NodeRun) =>
  assignment.job.startDeadlineMs === null || assignment.firstAttempt > 1
    ? null
    : assignment.dueAt + assignment.job.startDeadlineMs;

/** In order of due, then id: the order in which a job's ticks are judged. */
export const dueFirst = (a: NodeRun, b: NodeRun) =>
  a.assignment.dueAt - b.assignment.dueAt || (a.assignment.runId < b.assignment.runId ? -1 : 1);

/** Asks a run to end. A later request only shortens the grace of an attempt that is ending. */
export function requestEnd(run: NodeRun, request: EndRequest, graceMs: number): void {
  if (request.kind === "give-back" && run.phase === "begun") return;
  run.end ??= request;
  run.attempt?.end(howToEnd(run, run.end, graceMs));
  run.ending.abort(new Error(`run ${run.assignment.runId} is to end: ${run.end.kind}`));
}

function howToEnd(run: NodeRun, request: EndRequest, graceMs: number): Parameters<RunningAttempt["end"]>[0] {
  if (request.kind === "cancel") return { outcome: "cancelled", reason: request.reason, graceMs };
  if (request.kind === "shutdown" && run.assignment.job.onNodeLoss !== "rerun")
    return { outcome: "failed", reason: stoppedReason, graceMs };
  return { outcome: "interrupted", reason: null, graceMs };
}

export const stoppedReason: Reason = { code: "signal", message: "ended because the node was stopping" };
