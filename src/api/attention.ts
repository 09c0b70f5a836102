// What wants somebody's eyes: jobs that fail, ticks that nobody planned, runs that don't start or don't end, nodes in trouble.
import type { NodeRecord } from "../model/node.ts";
import { misfireAfterMs } from "../model/run.ts";
import type { Store } from "../store/store.ts";
import type { Words } from "./language.ts";
import { iso, isoOrNull, presentNode, presentReason } from "./present.ts";

/** The planner is 20 s ahead: a tick that is this late unplanned means that nobody plans. */
const unplannedMs = 10_000;
const runsLookedAt = 200;
/** Of a job with fewer runs nobody can say what is long. */
const runsToJudgeBy = 5;
/** Twice nothing is nothing: shorter runs are nobody's trouble. */
const longFromMs = 10_000;
const usualForMs = 60_000;
const usualKept = 5000;
const clockOffMs = 1000;
const diskFull = 0.9;
const memoryFull = 0.95;

type Source = Pick<
  Store,
  "failingJobs" | "overdueJobs" | "waitingLongest" | "runningLongest" | "runStats" | "listNodes"
>;

/** How long a job's runs usually take at most (p95), kept for a minute. */
function createUsual(store: Source) {
  const kept = new Map<string, { at: number; p95Ms: number | null }>();
  return async (jobIds: string[], now: number): Promise<Map<string, number>> => {
    const wanted = [...new Set(jobIds)];
    const unknown = wanted.filter((id) => now - (kept.get(id)?.at ?? -Infinity) > usualForMs);
    if (kept.size + unknown.length > usualKept) kept.clear();
    const stats = unknown.length ? await store.runStats({ jobs: unknown, runs: 50, recent: 1, from: now }) : [];
    for (const { jobId, durations } of stats)
      kept.set(jobId, { at: now, p95Ms: durations && durations.count >= runsToJudgeBy ? durations.p95 : null });
    return new Map(wanted.flatMap((id) => (kept.get(id)?.p95Ms == null ? [] : [[id, kept.get(id)?.p95Ms as number]])));
  };
}

export function createAttention(store: Source, clock: { now(): number }) {
  const usual = createUsual(store);

  async function longRuns(now: number) {
    const running = (await store.runningLongest(runsLookedAt)).filter(({ startedAt }) => now - startedAt > longFromMs);
    const p95 = await usual(
      running.map(({ jobId }) => jobId),
      now,
    );
    return running
      .filter(({ jobId, startedAt }) => now - startedAt > 2 * (p95.get(jobId) ?? Infinity))
      .map(({ runId, startedAt, node, ...job }) => ({
        job: { id: job.jobId, name: job.jobName },
        run: runId,
        node,
        startedAt: iso(startedAt),
        p95Ms: p95.get(job.jobId) as number,
      }));
  }

  return async function look(limit: number, words: Words) {
    const now = clock.now();
    const some = <T>(items: T[]) => ({ items: items.slice(0, limit), more: items.length > limit });
    const [failing, overdue, waiting, long, nodes] = await Promise.all([
      store.failingJobs(limit + 1),
      store.overdueJobs(now - unplannedMs, limit + 1),
      store.waitingLongest(now - misfireAfterMs, limit + 1),
      longRuns(now),
      store.listNodes({ limit: 500, now }),
    ]);
    return {
      failing: some(
        failing.map(({ jobId, jobName, lastSuccessAt, lastRun, ...rest }) => ({
          job: { id: jobId, name: jobName },
          ...rest,
          lastSuccessAt: isoOrNull(lastSuccessAt),
          lastRun: lastRun && {
            ...lastRun,
            reason: presentReason(lastRun.reason, words),
            finishedAt: iso(lastRun.finishedAt),
          },
        })),
      ),
      overdue: some(
        overdue.map(({ jobId, jobName, dueAt }) => ({ job: { id: jobId, name: jobName }, dueAt: iso(dueAt) })),
      ),
      waiting: some(
        waiting.map(({ jobId, jobName, runId, dueAt, reason, ...rest }) => ({
          job: { id: jobId, name: jobName },
          run: runId,
          dueAt: iso(dueAt),
          reason: presentReason(reason, words),
          ...rest,
        })),
      ),
      long: some(long),
      nodes: some(nodes.items.flatMap(problemsOf)),
    };
  };
}

interface NodeProblem {
  node: { id: string; name: string };
  problem: "down" | "clock" | "disk" | "memory";
  since: string | null;
  value: number | null;
  mount: string | null;
}

function problemsOf(record: NodeRecord): NodeProblem[] {
  const { id, name, state, lastBeatAt, clockOffsetMs, disks, memory } = presentNode(record);
  const base = { node: { id, name }, since: null, value: null, mount: null };
  if (state === "down") return [{ ...base, problem: "down", since: lastBeatAt }];
  const found: NodeProblem[] = [];
  if (Math.abs(clockOffsetMs ?? 0) >= clockOffMs) found.push({ ...base, problem: "clock", value: clockOffsetMs });
  for (const { mount, used } of disks)
    if (used >= diskFull) found.push({ ...base, problem: "disk", value: used, mount });
  if ((memory ?? 0) >= memoryFull) found.push({ ...base, problem: "memory", value: memory });
  return found;
}
