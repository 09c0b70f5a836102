// The audit's lines about reports: a late one that corrected a lost run, and notes of events that decided nothing.
import type { NodeEvent } from "../../model/assignment.ts";
import type { EventSource } from "./apply-event.ts";
import { type RunRow, reasonOf } from "./rows.ts";
import type { AuditTable, Json } from "./schema.ts";

const line = (event: NodeEvent, source: EventSource, row: RunRow | null) => ({
  at: event.at,
  actor: `node:${source.nodeName ?? event.sessionId}`.slice(0, 255),
  target_type: "run",
  target_id: event.runId.slice(0, 255),
  target_name: row?.job_name ?? null,
  via: null,
});

/** An event that is heard no more, or not at all: one line for each run, fence and type, however often it comes. */
export function noteOf(
  event: NodeEvent,
  { source, row, why }: { source: EventSource; row: RunRow | null; why: string },
): AuditTable {
  const { data: _data, ...report } = { data: null, ...event };
  return {
    id: `note.${event.runId}.${event.fence}.${event.type}`.slice(0, 64),
    ...line(event, source, row),
    action: "run.note",
    before_json: row && json({ state: row.state, fence: row.fence, floor: row.floor }),
    after_json: json({ why, report }),
  };
}

/** `row` is the run as corrected; `was`: what the ledger had said. A run is corrected once, so its id is the line's. */
export function lateReport(
  event: NodeEvent,
  {
    source,
    row,
    was,
  }: {
    source: EventSource;
    row: RunRow;
    was: Pick<RunRow, "finished_at" | "reason_code" | "reason_message">;
  },
): AuditTable {
  return {
    id: `late.${event.runId}`.slice(0, 64),
    ...line(event, source, row),
    action: "run.late_report",
    before_json: json({ state: "lost", reason: reasonOf(was), finishedAt: was.finished_at }),
    after_json: json({ state: row.state, reason: reasonOf(row), finishedAt: row.finished_at }),
  };
}

const json = (value: unknown): Json => JSON.stringify(value);
