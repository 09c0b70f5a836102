// From rows to the model's words and back.
import type { Insertable, Selectable } from "kysely";
import type { Reason, Run, RunState } from "../../model/run.ts";
import type { NewRun, OpenRun, RunChange, WaitingRun } from "../store.ts";
import type { Flag, RunsTable } from "./schema.ts";

export type RunRow = Selectable<RunsTable>;

export const flag = (value: boolean): Flag => (value ? 1 : 0);
export const toJson = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);
export const fromJson = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));

export const reasonOf = (row: Pick<RunRow, "reason_code" | "reason_message">): Reason | null =>
  row.reason_code === null ? null : { code: row.reason_code, message: row.reason_message ?? "" };

export const reasonColumns = (reason: Reason | null) => ({
  reason_code: reason?.code ?? null,
  reason_message: reason?.message ?? null,
});

const shardOf = (row: Pick<RunRow, "shard_index" | "shard_total">) =>
  row.shard_index === null || row.shard_total === null ? null : { index: row.shard_index, total: row.shard_total };

const coversOf = (row: Pick<RunRow, "covers_from" | "covers_to" | "covers_count">) =>
  row.covers_from === null || row.covers_to === null || row.covers_count === null
    ? null
    : { from: row.covers_from, to: row.covers_to, count: row.covers_count };

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    jobId: row.job_id,
    jobName: row.job_name,
    jobVersion: row.job_version,
    trigger: row.trigger_kind,
    state: row.state,
    reason: reasonOf(row),
    priority: row.priority,
    scheduledFor: row.scheduled_for,
    dueAt: row.due_at,
    plannedAt: row.planned_at,
    assignedAt: row.assigned_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    fence: row.fence,
    floor: row.floor,
    sessionId: row.session_id,
    nodeId: row.node_id,
    nodeName: row.node_name,
    attempt: row.attempt,
    reruns: row.reruns,
    exitCode: row.exit_code,
    signal: row.signal_name,
    httpStatus: row.http_status,
    outputBytes: row.output_bytes,
    outputTruncated: row.output_truncated === 1,
    shard: shardOf(row),
    covers: coversOf(row),
    lateReport: row.late_report === 1,
    cancelRequested: row.cancel_requested === 1,
    of: row.retry_of,
    requestedBy: row.requested_by,
    overrides: fromJson(row.overrides),
  };
}

export const waitingColumns = [
  "id",
  "job_id",
  "job_version",
  "fence",
  "priority",
  "due_at",
  "node_key",
  "limit_key",
  "overrides",
  "attempt",
  "reruns",
  "trigger_kind",
  "scheduled_for",
  "shard_index",
  "shard_total",
  "catch_up",
  "start_by",
] as const;

export const openColumns = [
  ...waitingColumns,
  "state",
  "floor",
  "session_id",
  "node_id",
  "cancel_requested",
  "revoking",
  "parked",
  "reason_code",
  "reason_message",
] as const;

export function toWaitingRun(row: Pick<RunRow, (typeof waitingColumns)[number]>): WaitingRun {
  return {
    id: row.id,
    jobId: row.job_id,
    jobVersion: row.job_version,
    fence: row.fence,
    priority: row.priority,
    dueAt: row.due_at,
    nodeKey: row.node_key,
    limitKey: row.limit_key,
    overrides: fromJson(row.overrides),
    attempt: row.attempt,
    reruns: row.reruns,
    trigger: row.trigger_kind,
    scheduledFor: row.scheduled_for,
    shard: shardOf(row),
    catchUp: row.catch_up === 1,
    startBy: row.start_by,
  };
}

export function toOpenRun(row: Pick<RunRow, (typeof openColumns)[number]>): OpenRun {
  return {
    ...toWaitingRun(row),
    state: row.state as OpenRun["state"],
    floor: row.floor,
    sessionId: row.session_id,
    nodeId: row.node_id,
    cancelRequested: row.cancel_requested === 1,
    revoking: row.revoking === 1,
    parked: row.parked === "" ? null : row.parked,
    reason: reasonOf(row),
  };
}

/** What became of a run: `row` as it is after the change. */
export function toRunChange(row: RunRow, from: RunState | null, consecutiveFailures: number | null = null): RunChange {
  return {
    runId: row.id,
    jobId: row.job_id,
    jobName: row.job_name,
    from,
    to: row.state,
    reason: reasonOf(row),
    trigger: row.trigger_kind,
    dueAt: row.due_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    nodeId: row.node_id,
    nodeName: row.node_name,
    sessionId: row.session_id,
    limitKey: row.limit_key,
    attempt: row.attempt,
    fence: row.fence,
    consecutiveFailures,
    lateReport: row.late_report === 1,
  };
}

/** The row of a run that is to be made. */
export function newRunRow(run: NewRun): Insertable<RunsTable> & RunRow {
  return {
    id: run.id,
    job_id: run.jobId,
    job_name: run.jobName,
    job_version: run.jobVersion,
    trigger_kind: run.trigger,
    state: run.state,
    ...reasonColumns(run.reason),
    priority: run.priority,
    nominal: run.nominal,
    node_key: run.nodeKey,
    idempotency_key: run.idempotencyKey,
    scheduled_for: run.scheduledFor,
    due_at: run.dueAt,
    planned_at: run.plannedAt,
    assigned_at: null,
    started_at: null,
    finished_at: run.state === "planned" ? null : run.plannedAt,
    fence: 0,
    floor: 0,
    session_id: null,
    node_id: null,
    node_name: null,
    attempt: 0,
    reruns: 0,
    exit_code: null,
    signal_name: null,
    http_status: null,
    output_bytes: 0,
    output_truncated: 0,
    shard_index: run.shard?.index ?? null,
    shard_total: run.shard?.total ?? null,
    covers_from: run.covers?.from ?? null,
    covers_to: run.covers?.to ?? null,
    covers_count: run.covers?.count ?? null,
    late_report: 0,
    cancel_requested: 0,
    revoking: 0,
    parked: "",
    retry_of: run.of,
    overrides: toJson(run.overrides),
    limit_key: run.limitKey,
    requested_by: run.requestedBy,
    catch_up: flag(run.catchUp),
    start_by: run.startBy,
  };
}
