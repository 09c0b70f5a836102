// What one event of a node does to a run: the state machine of model/run.ts as the recorder drives it. Pure, on a draft of
// the rows that recording.ts read, locked and will write. Whatever the order in which the events of a fence arrive, and
// however often, the draft ends up the same.
import type { NodeEvent } from "../../model/assignment.ts";
import type { NodeLossPolicy } from "../../model/job.ts";
import { isOpen, type Reason, type RunState } from "../../model/run.ts";
import { type AttemptDraft, attemptOf, foldAttempts } from "./attempt-draft.ts";
import { type RunRow, reasonColumns } from "./rows.ts";

/** A run while events are applied to it: its row, and its attempts by `fence/number`. Both are changed in place. */
export interface RunDraft {
  row: RunRow;
  attempts: Map<string, AttemptDraft>;
}

export interface EventSource {
  nodeId: string | null;
  nodeName: string | null;
}

/** What the job's version says of a run whose copy ended without a verdict. */
export interface LossRule {
  onNodeLoss: NodeLossPolicy;
  maxReruns: number;
}

/**
 * - changed: the run's state went from `from` to what the row says now.
 * - corrected: so did a run's that had been given up as lost; `was` is what the ledger said.
 * - note: the event is kept as a note and decides nothing.
 */
export type Effect =
  | { kind: "changed"; from: RunState }
  | { kind: "corrected"; was: Pick<RunRow, "reason_code" | "reason_message" | "finished_at"> }
  | { kind: "note"; why: string };

export function applyEvent(
  draft: RunDraft,
  event: NodeEvent,
  source: EventSource,
  rule: LossRule | null,
): Effect | null {
  const { row } = draft;
  if (event.fence < row.floor || event.fence > row.fence) {
    const why = `fence ${event.fence} isn't heard any more: expected ${row.floor} to ${row.fence}`;
    return isRecorded(draft, event) ? null : { kind: "note", why };
  }
  // The lowest fence that is heard follows the one that has spoken: it is in force now, older ones are over.
  if (isOpen(row.state)) row.floor = event.fence;
  if (isOpen(row.state) || row.state === "lost") {
    row.session_id = event.sessionId;
    row.node_id = source.nodeId ?? row.node_id;
    row.node_name = source.nodeName ?? row.node_name;
  }
  const effect = applyByType(draft, event, rule);
  foldAttempts(draft);
  return effect;
}

function applyByType(draft: RunDraft, event: NodeEvent, rule: LossRule | null): Effect | null {
  const { row } = draft;
  switch (event.type) {
    case "started":
      attemptOf(draft, event).started_at = event.at;
      return start(row);
    case "attempt-ended": {
      const attempt = attemptOf(draft, event, event.startedAt);
      // "interrupted" and "lost" are what others made of its silence; its own verdict is worth more.
      if (attempt.finished_at === null || attempt.outcome === "interrupted" || attempt.outcome === "lost") {
        const { outcome, exitCode, signal, httpStatus, error } = event.result;
        const verdict = { outcome, exit_code: exitCode, signal_name: signal, http_status: httpStatus, error };
        Object.assign(attempt, verdict, { finished_at: event.at });
      }
      return start(row);
    }
    case "output":
      row.attempt = Math.max(row.attempt, event.attempt);
      if (isOpen(row.state) || row.state === "lost") {
        row.output_bytes = Math.max(row.output_bytes, event.offset + event.data.byteLength);
        if (event.gapBytes > 0) row.output_truncated = 1;
      }
      return null;
    case "finished":
      return finish(row, event);
    case "released":
      if (!isOpen(row.state)) return null;
      // A start was reported under this very fence: "nothing happened" can't be taken on trust any more.
      if (row.state === "running") return giveUp(row, event, rule);
      if (row.cancel_requested === 1) return end(row, "cancelled", cancelled(row), event.at);
      return planAgain(row, event.fence);
    case "interrupted": {
      const attempt = attemptOf(draft, event);
      // That it was lost is what others made of its silence. It had ended by then, or since: others may have begun meanwhile,
      // so the later instant, at which its node came to say so, isn't its end.
      if (attempt.finished_at === null || attempt.outcome === "lost")
        Object.assign(attempt, {
          finished_at: attempt.finished_at ?? event.at,
          outcome: "interrupted",
          error: event.reason,
        });
      return isOpen(row.state) ? giveUp(row, event, rule) : null;
    }
  }
}

function start(row: RunRow): Effect | null {
  if (row.state !== "planned" && row.state !== "assigned") return null;
  const from = row.state;
  Object.assign(row, { state: "running", parked: "", ...keptWhileCancelling(row) });
  return { kind: "changed", from };
}

function finish(row: RunRow, event: Extract<NodeEvent, { type: "finished" }>): Effect | null {
  const output = { output_bytes: event.outputBytes, output_truncated: event.outputTruncated ? 1 : 0 };
  if (isOpen(row.state)) {
    Object.assign(row, output, { attempt: Math.max(row.attempt, event.attempt) });
    return end(row, event.state, event.reason, event.at);
  }
  if (row.state === "lost") {
    const { reason_code, reason_message, finished_at } = row;
    Object.assign(row, output, { attempt: Math.max(row.attempt, event.attempt), late_report: 1 });
    end(row, event.state, event.reason, event.at);
    return { kind: "corrected", was: { reason_code, reason_message, finished_at } };
  }
  if (row.state === event.state) return null;
  return { kind: "note", why: `the run was ${row.state} already: the first final state stays` };
}

/** A copy that had started, as far as anyone can know, is over without a verdict: the job's onNodeLoss decides. */
function giveUp(row: RunRow, event: NodeEvent & { reason: string }, rule: LossRule | null): Effect | null {
  const where = row.node_name === null ? "its node" : `node ${row.node_name}`;
  const reason: Reason = { code: "node_lost", message: `${where} ended the run without a verdict: ${event.reason}` };
  if (row.cancel_requested === 1) return end(row, "cancelled", reason, event.at);
  if (rule?.onNodeLoss !== "rerun" || row.reruns >= rule.maxReruns) return end(row, "lost", reason, event.at);
  row.reruns += 1;
  // It has started once: neither the misfire rules nor its start deadline apply to it any more.
  Object.assign(row, { catch_up: 1, start_by: null });
  return planAgain(row, event.fence);
}

function planAgain(row: RunRow, fence: number): Effect | null {
  const from = row.state;
  const free = { session_id: null, node_id: null, node_name: null, assigned_at: null, parked: "" };
  Object.assign(row, { state: "planned", floor: fence + 1, ...free, ...keptWhileCancelling(row) });
  return from === "planned" ? null : { kind: "changed", from };
}

function end(row: RunRow, state: RunState, reason: Reason | null, at: number): Effect {
  const from = row.state;
  Object.assign(row, { state, finished_at: at, parked: "", revoking: 0, ...reasonColumns(reason) });
  return { kind: "changed", from };
}

/** A planned row's reason is what it waits for, and goes with that; who asked to cancel stays on the row till its end. */
const keptWhileCancelling = (row: RunRow) => (row.cancel_requested === 1 ? {} : reasonColumns(null));

const cancelled = (row: RunRow): Reason => ({
  code: "cancelled_by_user",
  message: row.reason_code === "cancelled_by_user" ? (row.reason_message ?? "") : "cancelled before it started",
});

/** Whether an event under a fence that is over was recorded, or has its effect, already: then there's nothing to note. */
function isRecorded(draft: RunDraft, event: NodeEvent): boolean {
  if (event.fence > draft.row.fence) return false;
  switch (event.type) {
    case "started":
    case "output":
      return draft.attempts.has(`${event.fence}/${event.attempt}`);
    case "attempt-ended":
      return draft.attempts.get(`${event.fence}/${event.attempt}`)?.outcome === event.result.outcome;
    case "finished":
      return false;
    default:
      return true;
  }
}
