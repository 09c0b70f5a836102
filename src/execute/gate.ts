// The overlap gate: what a job's runs on this node may do, judged in order of their due instants. Pure.
//
// In the way is a run from its claim (in doubt or not) to its terminal state, the waits before retries included. What is
// merely planned or assigned is in nobody's way. Until its due instant a run that finds another in its way just waits;
// at its due instant its policy decides.
import type { Reason } from "../model/run.ts";
import { isMisfire, type NodeRun, overlapOf, startBy, type Verdict } from "./node-run.ts";

export interface Ruling {
  /** May be claimed to be started, given a slot. */
  ready: NodeRun[];
  /** To be claimed and recorded without a start. */
  verdicts: { run: NodeRun; verdict: Verdict }[];
  /** The run for which all that is in the way must end (`overlap: replace`), or null. */
  replacing: NodeRun | null;
}

/** `waiting`: unclaimed, in order of due. `active`: what is in the way, in order of due. */
export function judgeJob(waiting: readonly NodeRun[], active: readonly NodeRun[], now: number): Ruling {
  const ruling: Ruling = { ready: [], verdicts: [], replacing: null };
  const record = (run: NodeRun, state: Verdict["state"], reason: Reason) =>
    ruling.verdicts.push({ run, verdict: { state, reason } });
  const inTheWay = active[0];
  let first: NodeRun | null = null;
  let queued: NodeRun | null = null;

  for (const run of waiting) {
    const { runId, dueAt, stop } = run.assignment;
    if (isMisfire(run, now)) continue;
    if (stop) {
      if (stop.kind !== "revoke") record(run, "cancelled", stop.reason);
      continue; // What is revoked unclaimed, the leader takes away.
    }
    const deadline = startBy(run);
    if (deadline !== null && now > deadline) {
      record(run, "skipped", deadlineReason(inTheWay));
      continue;
    }
    // An older copy of the same run is on its way out: never two at once, whatever the policy.
    if (active.some((other) => other.assignment.runId === runId)) continue;
    const policy = overlapOf(run);
    if (policy === "allow") ruling.ready.push(run);
    else if (!inTheWay) {
      // Until it is claimed nobody knows whether it will be in the next one's way.
      if (!first) ruling.ready.push(run);
      first ??= run;
    } else if (now < dueAt || (policy !== "replace" && hasBegunBefore(run))) {
    } else if (policy === "skip") record(run, "skipped", overlapReason(inTheWay));
    else if (policy === "queue") {
      if (queued) record(run, "skipped", overlapReason(inTheWay, queued));
      queued ??= run;
    } else {
      if (ruling.replacing) record(ruling.replacing, "cancelled", replacedReason(run));
      ruling.replacing = run;
    }
  }
  return ruling;
}

/** Run again after its node was lost: "skipped" would be untrue of it, and it was promised to run to an end. It waits. */
const hasBegunBefore = ({ assignment }: NodeRun) => assignment.firstAttempt > 1;

export const replacedReason = (by: NodeRun): Reason => ({
  code: "replaced",
  message: `replaced by run ${by.assignment.runId} of the same job`,
});

export function deadlineReason(inTheWay?: NodeRun): Reason {
  const why = inTheWay ? `; run ${inTheWay.assignment.runId} was in its way` : "";
  return { code: "deadline", message: `not started within its startDeadline${why}` };
}

function overlapReason(inTheWay: NodeRun, queued?: NodeRun): Reason {
  const also = queued ? `, and run ${queued.assignment.runId} waits already` : "";
  return { code: "overlap", message: `run ${inTheWay.assignment.runId} of the same job was not over${also}` };
}
