// A run: one due moment (or one manual trigger) of a job, and its state machine.
//
//   planned ──▶ assigned ──▶ running ──▶ succeeded | failed | timed_out | cancelled | lost
//      │  ▲          │  │        │
//      │  └─released─┘  │        └─interrupted (onNodeLoss: rerun) ─▶ planned, next fence
//      └──────────┬─────┘
//                 └──▶ skipped | missed | cancelled
//
// `fence` is the last one issued and grows with every (re)assignment; `floor` is the lowest that is still heard.
// A terminal state is final, except that `lost` may be corrected once by a late report under the fence that was lost.

export const openStates = ["planned", "assigned", "running"] as const;
export const finalStates = ["succeeded", "failed", "timed_out", "cancelled", "lost", "skipped", "missed"] as const;
export type OpenState = (typeof openStates)[number];
export type FinalState = (typeof finalStates)[number];
export type RunState = OpenState | FinalState;

export const triggers = ["schedule", "manual", "catch_up", "retry_of", "backfill"] as const;
export type Trigger = (typeof triggers)[number];

export const reasonCodes = [
  "exit_code",
  "signal",
  "spawn_failed",
  "http_status",
  "http_body",
  "http_error",
  "timeout",
  "cancelled_by_user",
  "replaced",
  "overlap",
  "deadline",
  "misfire_window",
  "misfire_policy",
  "no_eligible_node",
  "job_disabled",
  "paused",
  "node_lost",
  "output_lost",
  "limit",
  "capacity",
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** Why a run is not a success, or (planned) what it waits for. */
export interface Reason {
  code: ReasonCode;
  message: string;
}

export type AttemptOutcome = "succeeded" | "failed" | "timed_out" | "cancelled" | "lost" | "interrupted";

export interface Attempt {
  /** From 1; counts every start, reruns too. */
  number: number;
  fence: number;
  nodeId: string;
  nodeName: string;
  startedAt: number;
  finishedAt: number | null;
  outcome: AttemptOutcome | null;
  exitCode: number | null;
  signal: string | null;
  httpStatus: number | null;
  error: string | null;
}

/** What a manual trigger may change for one run. */
export interface RunOverrides {
  env?: Record<string, string>;
  body?: string;
  node?: string;
  overlap?: "allow" | "skip" | "queue" | "replace";
}

/** A row of the ledger. Instants are epoch milliseconds. */
export interface Run {
  id: string;
  jobId: string;
  jobName: string;
  jobVersion: number;
  trigger: Trigger;
  state: RunState;
  reason: Reason | null;
  priority: number;
  scheduledFor: number;
  dueAt: number;
  plannedAt: number;
  assignedAt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  fence: number;
  floor: number;
  sessionId: string | null;
  nodeId: string | null;
  nodeName: string | null;
  /** Number of the last attempt; 0: none yet. */
  attempt: number;
  /** How often it was given to another node after a loss. */
  reruns: number;
  exitCode: number | null;
  signal: string | null;
  httpStatus: number | null;
  outputBytes: number;
  outputTruncated: boolean;
  shard: { index: number; total: number } | null;
  covers: { from: number; to: number; count: number } | null;
  lateReport: boolean;
  cancelRequested: boolean;
  /** The run that this one retries (`retry_of`). */
  of: string | null;
  /** Who asked for it by hand; null: the schedule did. */
  requestedBy: string | null;
  overrides: RunOverrides | null;
}

export const isFinal = (state: RunState): state is FinalState => (finalStates as readonly string[]).includes(state);
export const isOpen = (state: RunState): state is OpenState => (openStates as readonly string[]).includes(state);

/** States in which a command may have run: they count for failure streaks, alarms and history. */
export const isExecuted = (state: RunState): boolean =>
  state === "succeeded" || state === "failed" || state === "timed_out" || state === "lost";

/** failed, timed_out and lost count as failures; cancelled, skipped and missed do not. */
export const isFailure = (state: RunState): boolean => state === "failed" || state === "timed_out" || state === "lost";

/** A run not claimed this long after its due instant is no longer late but misfired: its job's policy decides. */
export const misfireAfterMs = 60_000;
/** From here on a start is called late where starts are counted. */
export const lateAfterMs = 5_000;
