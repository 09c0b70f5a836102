// What the leader reads of runs that aren't over, and does to them.
import type { FinalState, Reason, RunOverrides, RunState, Trigger } from "../../model/run.ts";

/** A planned run as the assigner needs it. */
export interface WaitingRun {
  id: string;
  jobId: string;
  jobVersion: number;
  fence: number;
  priority: number;
  dueAt: number;
  nodeKey: string;
  limitKey: string | null;
  overrides: RunOverrides | null;
  attempt: number;
  reruns: number;
  trigger: Trigger;
  scheduledFor: number;
  shard: { index: number; total: number } | null;
  catchUp: boolean;
  startBy: number | null;
}

/** What an open row is about: for reconciling, moving, cancelling, settling. */
export interface OpenRun extends WaitingRun {
  state: "planned" | "assigned" | "running";
  floor: number;
  sessionId: string | null;
  nodeId: string | null;
  cancelRequested: boolean;
  revoking: boolean;
  parked: string | null;
  reason: Reason | null;
}

/** A leader's verdict or step on one run, by compare-and-set on (state, fence, floor). */
export interface Transition {
  runId: string;
  ifState: RunState[];
  ifFence: number;
  to:
    | { state: "assigned"; sessionId: string; nodeId: string; nodeName: string; raiseFloor: boolean; rerun: boolean }
    /** Back to planned; raiseFloor: what was claimed under `fence` is no longer heard. */
    | {
        state: "planned";
        raiseFloor: boolean;
        rerun: boolean;
        parked: string | null;
        reason: Reason | null;
        /** A misfire that the policy keeps: trigger becomes catch_up, catchUp true, and these replace the row's own. */
        catchUp?: { dueAt: number; startBy: number | null };
      }
    | { state: FinalState; reason: Reason; raiseFloor: boolean };
  at: number;
}
