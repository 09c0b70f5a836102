// The ledger's rows as the API shows them: instants as ISO text, durations worked out, internals left out.
import type { EffectiveJob } from "../model/job.ts";
import type { NodeRecord } from "../model/node.ts";
import { type Attempt, finalStates, isFailure, type Reason, type Run } from "../model/run.ts";
import type {
  AuditEntry,
  JobRow,
  JobRunStats,
  PauseState,
  RunChange,
  RunDetail,
  TokenRow,
  UserRow,
} from "../store/store.ts";
import type { JobView } from "./contract/jobs.ts";
import type { NodeDetailView, NodeView } from "./contract/nodes.ts";
import type { RunDetailView, RunView } from "./contract/runs.ts";
import type { Words } from "./language.ts";
import { presentEffective } from "./present-effective.ts";

export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

const nodeRef = (id: string | null, name: string | null) => (id === null ? null : { id, name: name ?? id });

export const presentReason = (reason: Reason | null, words: Words): Reason | null =>
  reason && { code: reason.code, message: words.say(reason.message) };

export function presentRun(run: Run, words: Words): RunView {
  const { startedAt, finishedAt, covers } = run;
  return {
    id: run.id,
    job: { id: run.jobId, name: run.jobName, version: run.jobVersion },
    trigger: run.trigger,
    state: run.state,
    reason: presentReason(run.reason, words),
    priority: run.priority,
    scheduledFor: iso(run.scheduledFor),
    dueAt: iso(run.dueAt),
    plannedAt: iso(run.plannedAt),
    assignedAt: isoOrNull(run.assignedAt),
    startedAt: isoOrNull(startedAt),
    finishedAt: isoOrNull(finishedAt),
    latenessMs: startedAt === null ? null : startedAt - run.dueAt,
    durationMs: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
    node: nodeRef(run.nodeId, run.nodeName),
    attempt: run.attempt,
    reruns: run.reruns,
    exitCode: run.exitCode,
    signal: run.signal,
    httpStatus: run.httpStatus,
    output: { bytes: run.outputBytes, truncated: run.outputTruncated },
    shard: run.shard,
    covers: covers && { from: iso(covers.from), to: iso(covers.to), count: covers.count },
    lateReport: run.lateReport,
    cancelRequested: run.cancelRequested,
    of: run.of,
    requestedBy: run.requestedBy,
  };
}

const presentAttempt = (attempt: Attempt, words: Words) => ({
  number: attempt.number,
  fence: attempt.fence,
  node: { id: attempt.nodeId, name: attempt.nodeName },
  startedAt: iso(attempt.startedAt),
  finishedAt: isoOrNull(attempt.finishedAt),
  outcome: attempt.outcome,
  exitCode: attempt.exitCode,
  signal: attempt.signal,
  httpStatus: attempt.httpStatus,
  error: attempt.error === null ? null : words.say(attempt.error),
});

/** `rules`: the version that it runs under; `cancelled`: the line of the audit that says who asked for its end. */
export const presentRunDetail = (
  run: RunDetail,
  { rules, cancelled, words }: { rules: EffectiveJob | null; cancelled: AuditEntry | null; words: Words },
): RunDetailView => ({
  ...presentRun(run, words),
  attempts: run.attempts.map((attempt) => presentAttempt(attempt, words)),
  idempotencyKey: run.idempotencyKey,
  overrides: run.overrides,
  cancelled: cancelled && { at: iso(cancelled.at), by: cancelled.actor },
  rules: rules && { timeoutMs: rules.timeoutMs, killGraceMs: rules.killGraceMs, retryLimit: rules.retry.limit },
});

/** Of a job's newest runs. Skipped, missed and cancelled ones say nothing about success. */
export function presentJobStats(stats: JobRunStats) {
  const { counts, countedFrom, durations, lateness, recent } = stats;
  const failed = finalStates.filter(isFailure).reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  const succeeded = counts.succeeded ?? 0;
  return {
    job: { id: stats.jobId, name: stats.jobName },
    counts,
    countedFrom: iso(countedFrom),
    successRate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed),
    durationMs: durations,
    latenessMs: lateness,
    recent: recent.map((run) => ({ ...run, scheduledFor: iso(run.scheduledFor) })),
  };
}

/** `nextTick`: the first tick of the schedule after an instant. `inWords`: the schedule, for a person. */
export function presentJob(
  job: JobRow,
  now: number,
  {
    nextTick,
    inWords,
    words,
  }: { nextTick(job: EffectiveJob, after: number): number | null; inWords(job: EffectiveJob): string; words: Words },
): JobView {
  return {
    id: job.id,
    name: job.name,
    version: job.version,
    enabled: job.enabled,
    enableAt: isoOrNull(job.enableAt),
    disabledReason: job.disabledReason === null ? null : words.echo(job.disabledReason),
    spec: presentSpec(job),
    effective: presentEffective(job.effective, job.enabled),
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    updatedBy: job.updatedBy,
    deletedAt: isoOrNull(job.deletedAt),
    scheduleInWords: inWords(job.effective),
    nextRunAt: isoOrNull(nextRun(job, now, nextTick)),
    lastRun: job.lastRun && presentRun(job.lastRun, words),
    lastSuccessAt: isoOrNull(job.lastSuccessAt),
    running: job.running,
    consecutiveFailures: job.consecutiveFailures,
  };
}

/** As written; but `enabled`, where it is written or the job is off, is what holds now, so that sending it back changes nothing. */
function presentSpec(job: JobRow): Record<string, unknown> {
  return job.enabled && !("enabled" in job.spec) ? job.spec : { ...job.spec, enabled: job.enabled };
}

/** The cursor runs ahead of now, so for a job that has been planned ahead the timetable is asked. */
function nextRun(job: JobRow, now: number, nextTick: (job: EffectiveJob, after: number) => number | null) {
  if (!job.enabled || job.deletedAt !== null) return null;
  return job.plannedThrough <= now ? job.nextNominal : nextTick(job.effective, now);
}

export function presentNode(node: NodeRecord): NodeView {
  const live = node.session?.state === "live";
  const info = node.session?.info ?? null;
  const load = live ? (node.session?.load ?? null) : null;
  return {
    id: node.id,
    name: node.name,
    state: !live ? "down" : node.draining ? "draining" : "live",
    draining: node.draining,
    labels: info?.labels ?? {},
    executors: info?.executors ?? [],
    slots: info?.slots ?? null,
    running: node.running,
    assigned: node.assigned,
    queued: load?.queued ?? 0,
    cpu: load?.cpuRatio ?? null,
    memory: load?.memoryRatio ?? null,
    load1: load?.load1 ?? null,
    cores: load?.cores ?? null,
    memoryBytes: load?.memoryTotalBytes ?? null,
    disks: load?.disks.map((disk) => ({ mount: disk.mount, used: disk.usedRatio, bytes: disk.totalBytes })) ?? [],
    clockOffsetMs: load?.clockOffsetMs ?? null,
    version: info?.version ?? null,
    host: info?.host ?? null,
    startedAt: isoOrNull(info?.startedAt ?? null),
    lastBeatAt: isoOrNull(node.session?.lastBeatAt ?? null),
    createdAt: iso(node.createdAt),
  };
}

/** `drained`: the line of the audit that says how its draining began. */
export function presentNodeDetail(node: NodeRecord, drained: AuditEntry | null): NodeDetailView {
  const { running = 0, moved = 0 } = (drained?.after ?? {}) as { running?: number; moved?: number };
  const drain = node.draining && drained ? { since: iso(drained.at), by: drained.actor, running, moved } : null;
  return { ...presentNode(node), drain };
}

/** A pause with an end is over by itself. */
export const pauseNow = (pause: PauseState | null, now: number) =>
  pause && (pause.until === null || pause.until > now) ? pause : null;
export const presentPause = (pause: PauseState | null) =>
  pause && { reason: pause.reason, by: pause.by, since: iso(pause.since), until: isoOrNull(pause.until) };

export const presentToken = (token: TokenRow) => ({
  id: token.id,
  name: token.name,
  role: token.role,
  scopes: token.scopes,
  createdAt: iso(token.createdAt),
  createdBy: token.createdBy,
  owner: token.owner?.name ?? null,
  expiresAt: isoOrNull(token.expiresAt),
  lastUsedAt: isoOrNull(token.lastUsedAt),
  revokedAt: isoOrNull(token.revokedAt),
});

export const presentUser = (user: UserRow) => ({
  id: user.id,
  name: user.name,
  displayName: user.displayName,
  role: user.role,
  language: user.language,
  timezone: user.timezone,
  disabled: user.disabled,
  createdAt: iso(user.createdAt),
  createdBy: user.createdBy,
  lastLoginAt: isoOrNull(user.lastLoginAt),
});

export const presentAudit = (entry: AuditEntry) => ({
  id: entry.id,
  at: iso(entry.at),
  actor: entry.actor,
  action: entry.action,
  target: { type: entry.targetType, id: entry.targetId, name: entry.targetName },
  via: entry.via,
  before: entry.before ?? null,
  after: entry.after ?? null,
});

/** A change of a run as the event stream carries it. */
export const presentChange = (change: RunChange) => ({
  id: change.runId,
  job: { id: change.jobId, name: change.jobName },
  from: change.from,
  state: change.to,
  reason: change.reason,
  trigger: change.trigger,
  dueAt: iso(change.dueAt),
  startedAt: isoOrNull(change.startedAt),
  finishedAt: isoOrNull(change.finishedAt),
  node: nodeRef(change.nodeId, change.nodeName),
  attempt: change.attempt,
  lateReport: change.lateReport,
});
