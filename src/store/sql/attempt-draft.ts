// The attempts of a run while events are applied, and what the run's row says of them: the first start, the last result.
import type { Selectable } from "kysely";
import type { NodeEvent } from "../../model/assignment.ts";
import type { RunRow } from "./rows.ts";
import type { AttemptsTable } from "./schema.ts";

export type AttemptDraft = Selectable<AttemptsTable>;

/** The attempt that an event is about, made if it isn't there yet. */
export function attemptOf(
  draft: { row: RunRow; attempts: Map<string, AttemptDraft> },
  event: NodeEvent & { attempt: number },
  startedAt = event.at,
): AttemptDraft {
  const key = `${event.fence}/${event.attempt}`;
  const known = draft.attempts.get(key);
  if (known) return known;
  const attempt: AttemptDraft = {
    run_id: event.runId,
    fence: event.fence,
    number: event.attempt,
    node_id: draft.row.node_id ?? "",
    node_name: draft.row.node_name ?? "",
    started_at: startedAt,
    finished_at: null,
    outcome: null,
    exit_code: null,
    signal_name: null,
    http_status: null,
    error: null,
  };
  draft.attempts.set(key, attempt);
  return attempt;
}

/** Brings the row in line with its attempts. */
export function foldAttempts({ row, attempts }: { row: RunRow; attempts: Map<string, AttemptDraft> }): void {
  let last: AttemptDraft | null = null;
  let firstStart = Number.POSITIVE_INFINITY;
  for (const attempt of attempts.values()) {
    firstStart = Math.min(firstStart, attempt.started_at);
    row.attempt = Math.max(row.attempt, attempt.number);
    if (!last || attempt.fence > last.fence || (attempt.fence === last.fence && attempt.number > last.number))
      last = attempt;
  }
  if (!last) return;
  row.started_at = firstStart;
  row.exit_code = last.exit_code;
  row.signal_name = last.signal_name;
  row.http_status = last.http_status;
}
