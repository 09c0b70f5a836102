// The recorder's heart: what nodes report, onto the ledger. One transaction a batch: the runs it is about are read and
// locked, every event is applied to them in memory (apply-event.ts), and what came of it is written by a few statements.
import type { NodeEvent } from "../../model/assignment.ts";
import type { EffectiveJob } from "../../model/job.ts";
import { isFinal } from "../../model/run.ts";
import type { RunChange, Store } from "../store.ts";
import { applyEvent, type Effect, type EventSource, type LossRule, type RunDraft } from "./apply-event.ts";
import { chunks, type Db, padded, type SqlContext } from "./context.ts";
import { insertRows, upsertRows } from "./insert.ts";
import { noteCorrected, noteFinished } from "./job-history.ts";
import { chunkRow } from "./output-rows.ts";
import { lateReport, noteOf } from "./recorded-audit.ts";
import { type RunRow, toRunChange } from "./rows.ts";
import type { Database } from "./schema.ts";
import { statement } from "./statement.ts";
import { lockedRuns } from "./transitions.ts";

/** One change of state, with the row as it was right after it. */
interface Step {
  after: RunRow;
  effect: Exclude<Effect, { kind: "note" }>;
}

export function recordingMethods(ctx: SqlContext): Pick<Store, "record"> {
  return {
    record: (events) =>
      events.length === 0 ? Promise.resolve([]) : ctx.write((trx) => recordEvents(ctx, trx, events)),
  };
}

async function recordEvents(ctx: SqlContext, trx: Db, events: NodeEvent[]): Promise<RunChange[]> {
  const drafts = await readDrafts(ctx, trx, [...new Set(events.map((event) => event.runId))].sort());
  const sources = await readSources(ctx, trx, [...new Set(events.map((event) => event.sessionId))]);
  const rules = await readLossRules(trx, events, drafts);

  const nowhere: EventSource = { nodeId: null, nodeName: null };
  const touched = new Set<RunDraft>();
  const steps: Step[] = [];
  const audit: Database["audit"][] = [];
  const output: Database["output_chunks"][] = [];
  for (const event of events) {
    const draft = drafts.get(event.runId);
    const source = sources.get(event.sessionId) ?? nowhere;
    if (!draft) {
      audit.push(noteOf(event, { source, row: null, why: "there is no such run" }));
      continue;
    }
    const { row } = draft;
    const heard = event.fence >= row.floor && event.fence <= row.fence;
    const rule = rules.get(`${row.job_id}/${row.job_version}`) ?? null;
    const effect = applyEvent(draft, event, source, rule);
    if (heard) touched.add(draft);
    if (heard && event.type === "output") output.push(chunkRow(event));
    if (effect?.kind === "note") audit.push(noteOf(event, { source, row, why: effect.why }));
    else if (effect) steps.push({ after: { ...row }, effect });
    if (effect?.kind === "corrected") audit.push(lateReport(event, { source, row, was: effect.was }));
  }
  await writeDrafts(ctx, trx, touched);
  await insertRows(ctx, trx, { into: "output_chunks", rows: output, skipExisting: true });
  await insertRows(ctx, trx, { into: "audit", rows: audit, skipExisting: true });
  return toChanges(ctx, trx, steps);
}

async function readDrafts(ctx: SqlContext, trx: Db, runIds: string[]): Promise<Map<string, RunDraft>> {
  const drafts = new Map<string, RunDraft>();
  // Always in the same order, so that two recorders never wait for each other's runs.
  for (const ids of chunks(runIds)) {
    const runs = await lockedRuns(ctx, trx, { ids: padded(ids) });
    for (const row of runs.rows) drafts.set(row.id, { row, attempts: new Map() });
    const attempts = await attemptsOf(ctx, trx, { runIds: padded(ids) });
    for (const attempt of attempts.rows)
      drafts.get(attempt.run_id)?.attempts.set(`${attempt.fence}/${attempt.number}`, attempt);
  }
  return drafts;
}

async function readSources(ctx: SqlContext, trx: Db, sessionIds: string[]): Promise<Map<string, EventSource>> {
  const sources = new Map<string, EventSource>();
  for (const ids of chunks(sessionIds)) {
    const { rows } = await nodesOfSessions(ctx, trx, { ids: padded(ids) });
    for (const row of rows) sources.set(row.id, { nodeId: row.node_id, nodeName: row.node_name });
  }
  return sources;
}

const attemptsOf = statement((trx, { runIds }: { runIds: string[] }) =>
  trx.selectFrom("attempts").selectAll().where("run_id", "in", runIds),
);
const nodesOfSessions = statement((trx, { ids }: { ids: string[] }) =>
  trx.selectFrom("sessions").select(["id", "node_id", "node_name"]).where("id", "in", ids),
);

/** What their jobs' versions say of runs whose copies ended without a verdict, by `job/version`. */
async function readLossRules(trx: Db, events: NodeEvent[], drafts: Map<string, RunDraft>) {
  const rules = new Map<string, LossRule | null>();
  for (const event of events) {
    const row = drafts.get(event.runId)?.row;
    if (!row || (event.type !== "interrupted" && event.type !== "released")) continue;
    const key = `${row.job_id}/${row.job_version}`;
    if (rules.has(key)) continue;
    const version = await trx
      .selectFrom("job_versions")
      .select("effective")
      .where("job_id", "=", row.job_id)
      .where("version", "=", row.job_version)
      .executeTakeFirst();
    rules.set(key, version ? (JSON.parse(version.effective) as EffectiveJob) : null);
  }
  return rules;
}

/** The columns without which no row can be inserted: a run that is there already keeps its own. */
const required = [
  "id",
  "job_id",
  "job_name",
  "job_version",
  "trigger_kind",
  "priority",
  "scheduled_for",
  "due_at",
  "planned_at",
] as const;

const recorded = [
  "state",
  "reason_code",
  "reason_message",
  "assigned_at",
  "started_at",
  "finished_at",
  "floor",
  "session_id",
  "node_id",
  "node_name",
  "attempt",
  "reruns",
  "exit_code",
  "signal_name",
  "http_status",
  "output_bytes",
  "output_truncated",
  "late_report",
  "revoking",
  "parked",
  "catch_up",
  "start_by",
] as const;

async function writeDrafts(ctx: SqlContext, trx: Db, drafts: Set<RunDraft>) {
  const columns = [...required, ...recorded];
  const rows: RunRow[] = [];
  const attempts: Database["attempts"][] = [];
  for (const draft of drafts) {
    rows.push(Object.fromEntries(columns.map((column) => [column, draft.row[column]])) as unknown as RunRow);
    attempts.push(...draft.attempts.values());
  }
  await upsertRows(ctx, trx, { into: "runs", rows, key: ["id"], set: [...recorded] });
  await upsertRows(ctx, trx, {
    into: "attempts",
    rows: attempts,
    key: ["run_id", "fence", "number"],
    set: ["started_at", "finished_at", "outcome", "exit_code", "signal_name", "http_status", "error"],
  });
}

async function toChanges(ctx: SqlContext, trx: Db, steps: Step[]): Promise<RunChange[]> {
  const finished = steps.filter(({ after, effect }) => effect.kind === "changed" && isFinal(after.state));
  const streaks = await noteFinished(
    ctx,
    trx,
    finished.map(({ after }) => after),
  );
  const changes: RunChange[] = [];
  for (const { after, effect } of steps) {
    if (effect.kind === "corrected") {
      const streak = await noteCorrected(ctx, trx, after);
      changes.push(toRunChange(after, "lost", streak));
    } else changes.push(toRunChange(after, effect.from, isFinal(after.state) ? (streaks.get(after.id) ?? null) : null));
  }
  return changes;
}
