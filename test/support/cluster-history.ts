// What a real cluster did, for the checker: the ledger over the API on one side, what commands witnessed on the other.
import { nearest } from "../../src/lib/nearest.ts";
import type { EffectiveJob } from "../../src/model/job.ts";
import { parseJobDocument } from "../../src/model/job-document.ts";
import type { RunState, Trigger } from "../../src/model/run.ts";
import { createTimetable } from "../../src/schedule/timetable.ts";
import { check } from "../simulation/checker.ts";
import type { Evidence, History, Row } from "../simulation/history.ts";
import { readEvidence, type Witnessed } from "./evidence.ts";
import { processesByRun } from "./node-process.ts";
import type { Cluster, ClusterRun } from "./real-cluster.ts";

export interface Observed {
  /** Every violation, in words; none means all held. */
  violations: string[];
  /** Runs that were due in the time looked at, oldest first. */
  runs: ClusterRun[];
  evidence: Witnessed[];
  /** Start − due of ticks' first attempts, as witnessed, in ms, ascending; each with its run. */
  lateness: { ms: number; runId: string; job: string; dueAt: number }[];
}

export interface ObserveOptions {
  /** The file that the commands wrote to. */
  file: string;
  /** Epoch ms. Jobs existed before `from`; everything due until `through` is over. */
  from: number;
  through: number;
  /** Spans in which lateness and losses are explained. */
  faults?: History["faults"];
  /** Beyond it, a start in calm is a violation. */
  calmLatenessMs?: number;
  /** What the ledger can't know of: it was taken back to what it was before. */
  isForgotten?(each: Witnessed, run: ClusterRun | undefined): boolean;
  /** Fences that were issued for what started then, too. */
  forgotten?: { from: number; to: number };
}

/** Waits until all that is due is over, then matches every tick of every enabled job against what happened. */
export async function observe(cluster: Cluster, options: ObserveOptions): Promise<Observed> {
  const { file, from, through, faults = [], calmLatenessMs = 5000 } = options;
  await cluster.settled(through);
  // In this order: whatever has started by now has a row by then.
  const witnessed = readEvidence(file);
  const rows = await cluster.runs();
  const asOf = Date.now();
  const byId = new Map(rows.map((run) => [run.id, run]));
  const all = witnessed.filter((each) => !options.isForgotten?.(each, byId.get(each.runId)));
  const jobs = (await listJobs(cluster)).map((job) => ({ id: job.id, job: effectiveOf(job.spec), from, through }));
  const ids = new Map(jobs.map(({ id, job }) => [job.name, id]));
  const within = (at: number) => at > from && at <= through;
  const runs = rows.filter((run) => run.trigger !== "schedule" || within(Date.parse(run.scheduledFor)));
  // One that was asked for by hand before `from` counts on both sides.
  const looked = new Set(runs.map((run) => run.id));
  const evidence = all.filter((each) => !byId.has(each.runId) || looked.has(each.runId));
  const ends = await endings(cluster, evidence);
  const fences = await fencesOf(cluster);
  const { forgotten } = options;
  if (forgotten)
    for (const { runId, startedAt } of evidence)
      if (startedAt >= forgotten.from && startedAt <= forgotten.to) fences.delete(runId);
  const history: History = {
    jobs,
    runs: runs.map((run) => ({ ...detailOf(run), ...fences.get(run.id) })),
    evidence: evidence.map((each) => evidenceOf(each, ids.get(each.job) ?? each.job, ends)),
    faults,
    calmLatenessMs,
    asOf,
    slots: await slotsOf(cluster),
  };
  const left = await orphans(rows);
  return {
    violations: [...check(history), ...labels(rows, all), ...unlabelled(history, evidence), ...left],
    runs,
    evidence,
    lateness: latenessOf(runs, evidence),
  };
}

/** What a killed command needs to be gone. */
const endingMs = 10_000;

/** I6: of a run that is over nothing is left. Judged by the environment of every process on this machine. */
async function orphans(rows: ClusterRun[]): Promise<string[]> {
  const over = new Map(rows.filter((run) => run.finishedAt !== null).map((run) => [run.id, run]));
  for (const end = Date.now() + endingMs; ; ) {
    const left = processesByRun(over.keys());
    if (left.size === 0) return [];
    if (Date.now() > end)
      return [...left].map(([id, pids]) => {
        const { job, state } = over.get(id) as ClusterRun;
        return `I6 ${job.name} ${id}: ${state}, and pid ${pids.join(", ")} still runs for it`;
      });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function listJobs(cluster: Cluster) {
  const { items } = await cluster.api<{ items: { id: string; spec: Record<string, unknown> }[] }>(
    "GET",
    "/jobs?limit=500",
  );
  return items;
}

function effectiveOf(spec: Record<string, unknown>): EffectiveJob {
  const parsed = parseJobDocument(spec, { defaults: { timezone: "UTC" }, nearest });
  if (!parsed.ok) throw new Error(`the API shows a job that can't be read: ${JSON.stringify(parsed.errors)}`);
  return parsed.effective;
}

const instant = (text: string) => Date.parse(text);

/** What the checker looks at; the rest stays as the API has it. */
const detailOf = (run: ClusterRun): Row =>
  ({
    ...run,
    jobId: run.job.id,
    jobName: run.job.name,
    state: run.state as RunState,
    trigger: run.trigger as Trigger,
    scheduledFor: instant(run.scheduledFor),
    dueAt: instant(run.dueAt),
    plannedAt: instant(run.plannedAt),
    finishedAt: run.finishedAt === null ? null : instant(run.finishedAt),
    attempts: undefined,
    covers: run.covers && { ...run.covers, from: instant(run.covers.from), to: instant(run.covers.to) },
  }) as unknown as Row;

/** What the API doesn't list of every run, from the database itself; of SQLite, nothing. */
async function fencesOf({ database }: Cluster): Promise<Map<string, Pick<Row, "fence" | "floor" | "attempts">>> {
  const found = new Map<string, Required<Pick<Row, "fence" | "floor" | "attempts">>>();
  if (!database) return found;
  const ask = (text: string) => database.server.query(text, "distcron") as Promise<Record<string, unknown>[]>;
  for (const row of await ask("select id, fence, floor from runs"))
    found.set(String(row.id), { fence: Number(row.fence), floor: Number(row.floor), attempts: [] });
  for (const row of await ask("select run_id, number, fence, outcome from attempts"))
    found.get(String(row.run_id))?.attempts?.push({
      number: Number(row.number),
      fence: Number(row.fence),
      outcome: row.outcome as string | null,
    });
  return found;
}

async function slotsOf(cluster: Cluster): Promise<Record<string, number>> {
  const { items } = await cluster.api<{ items: { name: string; slots: number | null }[] }>("GET", "/nodes");
  return Object.fromEntries(items.flatMap(({ name, slots }) => (slots === null ? [] : [[name, slots]])));
}

/** When attempts that were killed without a word ended, as the ledger says: nobody else saw it. By run and attempt. */
async function endings(cluster: Cluster, evidence: Witnessed[]): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  for (const runId of new Set(evidence.filter(({ endedAt }) => endedAt === null).map((each) => each.runId))) {
    const run = (await cluster.getRun(runId)) as unknown as {
      attempts: { number: number; finishedAt: string | null }[];
    };
    for (const { number, finishedAt } of run.attempts)
      if (finishedAt !== null) ends.set(`${runId} ${number}`, instant(finishedAt));
  }
  return ends;
}

const evidenceOf = (each: Witnessed, jobId: string, ends: Map<string, number>): Evidence => ({
  runId: each.runId,
  jobId,
  attempt: each.attempt,
  fence: each.fence,
  node: each.node,
  startedAt: each.startedAt,
  endedAt: each.endedAt ?? ends.get(`${each.runId} ${each.attempt}`) ?? null,
  result: each.exitCode === null || each.exitCode === 143 ? "killed" : each.exitCode === 0 ? "succeeded" : "failed",
});

/** I2, I7: what a command was told of its run is what the ledger says. */
function labels(runs: ClusterRun[], evidence: Witnessed[]): string[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return evidence.flatMap((each) => {
    const run = byId.get(each.runId);
    if (!run) return [`I7 ${each.job} ${each.runId} ran and has no row`];
    if (instant(run.scheduledFor) === each.scheduledFor) return [];
    return [`I7 ${each.job} ${each.runId} ran for ${new Date(each.scheduledFor).toISOString()}, its row says else`];
  });
}

/**
 * The same once more without labels: first starts of a job are never more than its ticks in the time they took, and what
 * was asked for by hand.
 */
function unlabelled({ jobs, runs }: History, evidence: Witnessed[]): string[] {
  const scheduled = jobs.filter(({ job }) => !job.schedule.includes("@manual"));
  return scheduled.flatMap(({ job, from, through }) => {
    const timetable = createTimetable(job);
    let ticks = 0;
    for (let tick = timetable.next(from); tick !== null && tick <= through; tick = timetable.next(tick)) ticks++;
    ticks += runs.filter((run) => run.trigger === "manual" && run.jobName === job.name).length;
    const starts = evidence.filter((each) => each.job === job.name && each.attempt === 1).length;
    return starts > ticks ? [`I2 ${job.name}: ${starts} first starts for ${ticks} ticks`] : [];
  });
}

function latenessOf(runs: ClusterRun[], evidence: Witnessed[]): Observed["lateness"] {
  const scheduled = runs.filter(({ trigger }) => trigger === "schedule");
  const due = new Map(scheduled.map((run) => [run.id, instant(run.dueAt)]));
  return evidence
    .filter((each) => each.attempt === 1 && due.has(each.runId))
    .map(({ runId, job, startedAt }) => {
      const dueAt = due.get(runId) as number;
      return { ms: startedAt - dueAt, runId, job, dueAt };
    })
    .sort((a, b) => a.ms - b.ms);
}

/** In ms; 0 of nothing. `p` from 0 to 1. */
export const quantile = (lateness: Observed["lateness"], p: number): number =>
  lateness[Math.min(lateness.length - 1, Math.floor(p * lateness.length))]?.ms ?? 0;

/** For messages: the numbers and the latest starts. */
export function latenessWords(lateness: Observed["lateness"]): string {
  const figures = [0.5, 0.95, 0.99, 1].map((p) => `p${p * 100} ${Math.round(quantile(lateness, p))} ms`).join(", ");
  const latest = lateness
    .slice(-8)
    .map(({ ms, job, dueAt }) => `${job} ${new Date(dueAt).toISOString()} +${Math.round(ms)}`);
  return `${lateness.length} starts: ${figures}; latest: ${latest.join("; ")}`;
}
