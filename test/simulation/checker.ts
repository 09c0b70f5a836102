// The checker: matches every tick against what happened, from evidence that comes from outside (what the executor saw) and
// the ledger. Each invariant answers its violations in words; none means it held.
import type { EffectiveJob } from "../../src/model/job.ts";
import { createTimetable } from "../../src/schedule/timetable.ts";
import type { RunDetail } from "../../src/store/store.ts";

export interface Evidence {
  runId: string;
  jobId: string;
  attempt: number;
  fence: number;
  startedAt: number;
  /** null: still running at the end, or killed without a word. */
  endedAt: number | null;
  /** The same on a clock that nobody sets: by it is judged what ran at once. Else by the instants, which a step puts wrong. */
  steady?: { from: number; to: number | null };
  result: "succeeded" | "failed" | "killed" | null;
}

export interface History {
  jobs: { id: string; job: EffectiveJob; from: number; through: number }[];
  runs: RunDetail[];
  evidence: Evidence[];
  /** Spans in which lateness is explained: process down, slow store, a stepped clock. */
  faults: { from: number; to: number }[];
  calmLatenessMs: number;
}

const spanOf = ({ steady, startedAt, endedAt }: Evidence) => {
  const { from, to } = steady ?? { from: startedAt, to: endedAt };
  return { from, to: to ?? Number.POSITIVE_INFINITY };
};

const iso = (ms: number) => new Date(ms).toISOString();

export function check(history: History): string[] {
  return [...ticksAndRows(history), ...starts(history), ...lateness(history), ...truth(history), ...overlaps(history)];
}

/** I1 no lost tick, I2 no duplicate tick and no row without a tick. */
function ticksAndRows({ jobs, runs }: History): string[] {
  const found: string[] = [];
  for (const { id, job, from, through } of jobs) {
    const rows = runs.filter((run) => run.jobId === id && run.trigger !== "manual" && run.trigger !== "retry_of");
    const single = new Map<number, number>();
    const spans: { from: number; to: number; count: number }[] = [];
    for (const row of rows)
      if (row.covers) spans.push(row.covers);
      else single.set(row.scheduledFor, (single.get(row.scheduledFor) ?? 0) + 1);
    const timetable = createTimetable(job);
    const ticks = new Set<number>();
    for (let tick = timetable.next(from); tick !== null && tick <= through; tick = timetable.next(tick))
      ticks.add(tick);
    for (const tick of ticks) {
      const count = (single.get(tick) ?? 0) + spans.filter((span) => tick >= span.from && tick <= span.to).length;
      if (count === 0) found.push(`I1 ${job.name}: tick ${iso(tick)} has no row`);
      if (count > 1) found.push(`I2 ${job.name}: tick ${iso(tick)} has ${count} rows`);
    }
    for (const at of single.keys())
      if (!ticks.has(at) && at <= through) found.push(`I2 ${job.name}: a row for ${iso(at)}, which is no tick`);
  }
  return found;
}

/** I3 starts: each attempt once; `fail` at most one start a fence and none after a loss; bounded by retries and reruns. */
function starts({ jobs, runs, evidence }: History): string[] {
  const found: string[] = [];
  const byRun = new Map<string, Evidence[]>();
  for (const each of evidence) byRun.set(each.runId, [...(byRun.get(each.runId) ?? []), each]);
  for (const [runId, attempts] of byRun) {
    const run = runs.find((row) => row.id === runId);
    const job = jobs.find((each) => each.id === attempts[0]?.jobId)?.job;
    if (!run || !job) {
      found.push(`I7 run ${runId} of ${attempts[0]?.jobId} started but has no row`);
      continue;
    }
    const numbers = new Set(attempts.map((each) => each.attempt));
    if (numbers.size !== attempts.length) found.push(`I3 ${job.name} ${runId}: an attempt started twice`);
    const most = 1 + job.retry.limit + (job.onNodeLoss === "rerun" ? job.maxReruns * (1 + job.retry.limit) : 0);
    if (attempts.length > most)
      found.push(`I3 ${job.name} ${runId}: ${attempts.length} starts, at most ${most} allowed`);
    if (job.onNodeLoss === "fail" && new Set(attempts.map((each) => each.fence)).size > 1)
      found.push(`I3 ${job.name} ${runId}: started under two fences though onNodeLoss is fail`);
    for (const other of attempts)
      for (const one of attempts)
        if (one !== other && spanOf(one).from < spanOf(other).to && spanOf(one).from > spanOf(other).from)
          found.push(`I3 ${job.name} ${runId}: two attempts at once`);
  }
  return found;
}

/** I4 bounded lateness in calm, I5 never early. */
function lateness({ runs, faults, jobs, calmLatenessMs, evidence }: History): string[] {
  const found: string[] = [];
  // By the order they were seen in: after a step back of the clock a retry can carry an earlier time than the first start.
  const first = new Map<string, Evidence>();
  for (const each of evidence) if (!first.has(each.runId)) first.set(each.runId, each);
  for (const run of runs) {
    const startedAt = first.get(run.id)?.startedAt;
    if (startedAt === undefined) continue;
    if (startedAt < run.dueAt - 50)
      found.push(`I5 ${run.jobName}: ${iso(run.dueAt)} started ${run.dueAt - startedAt} ms early`);
    const job = jobs.find((each) => each.id === run.jobId)?.job;
    if (!job || job.limit || job.overlap === "queue" || job.overlap === "replace") continue; // Waiting is their nature.
    const explained = faults.some((fault) => fault.from <= startedAt && fault.to >= run.dueAt);
    if (!explained && startedAt - run.dueAt > calmLatenessMs)
      found.push(`I4 ${run.jobName}: ${iso(run.dueAt)} started ${startedAt - run.dueAt} ms late in calm`);
  }
  return found;
}

/** I7 truth: what the ledger says is what happened. */
function truth({ runs, evidence, faults }: History): string[] {
  const found: string[] = [];
  const byRun = new Map<string, Evidence[]>();
  for (const each of evidence) byRun.set(each.runId, [...(byRun.get(each.runId) ?? []), each]);
  for (const run of runs) {
    const attempts = byRun.get(run.id) ?? [];
    const last = attempts.reduce<Evidence | null>(
      (best, each) => (!best || each.attempt > best.attempt ? each : best),
      null,
    );
    if (run.state === "succeeded" && last?.result !== "succeeded")
      found.push(
        `I7 ${run.jobName} ${run.id}: recorded succeeded, but its last attempt ${last?.result ?? "never started"}`,
      );
    if (run.state === "failed" && last?.result === "succeeded")
      found.push(`I7 ${run.jobName} ${run.id}: recorded failed, but its last attempt succeeded`);
    if ((run.state === "skipped" || run.state === "missed") && attempts.length > 0)
      found.push(`I7 ${run.jobName} ${run.id}: recorded ${run.state}, but it started`);
    if (run.state === "lost") {
      const started = last?.startedAt ?? run.dueAt;
      if (!faults.some((fault) => fault.to >= started)) found.push(`I7 ${run.jobName} ${run.id}: lost without a fault`);
    }
  }
  return found;
}

/** I8 overlap: attempts of one job never at once unless it allows that. */
function overlaps({ jobs, evidence }: History): string[] {
  const found: string[] = [];
  for (const { id, job } of jobs) {
    if (job.overlap === "allow") continue;
    const spans = evidence.filter((each) => each.jobId === id).sort((a, b) => spanOf(a).from - spanOf(b).from);
    for (const [i, span] of spans.entries()) {
      const next = spans[i + 1];
      if (next && spanOf(span).to > spanOf(next).from)
        found.push(`I8 ${job.name}: ${span.runId} and ${next.runId} ran at once at ${iso(next.startedAt)}`);
    }
  }
  return found;
}
