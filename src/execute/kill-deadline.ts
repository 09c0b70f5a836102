// By when a run must be over if its node stays cut off. What could be run again elsewhere ends before trust does; what may
// not be run again goes on, but no longer than until the job's next tick may start elsewhere. Pure.
import { marginOf } from "./beats.ts";
import type { RelativeDeadline } from "./executor.ts";
import type { NodeRun } from "./node-run.ts";

export interface TrustLeft {
  /** Until trust ends; negative: it is over. */
  leftMs: number;
  graceMs: number;
  /** Corrected wall clock, for exclusiveUntil. */
  now: number;
}

/** null: it may go on for as long as it takes. */
export function killDeadline({ assignment }: Pick<NodeRun, "assignment">, trust: TrustLeft): RelativeDeadline | null {
  const { job, exclusiveUntil } = assignment;
  let endInMs = trust.leftMs;
  if (job.onNodeLoss !== "rerun") {
    if (exclusiveUntil === undefined) return null;
    endInMs = Math.max(endInMs, exclusiveUntil - trust.now);
  }
  const killInMs = endInMs - marginOf(trust.graceMs);
  return { termInMs: killInMs - Math.min(job.killGraceMs, trust.graceMs / 3), killInMs };
}
