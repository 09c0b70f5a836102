// I4 bounded lateness in calm, I5 never early.
import type { EffectiveJob } from "../../../src/model/job.ts";
import { type Evidence, groupBy, type History, iso, wallSpanOf } from "../history.ts";

export function lateness(history: History): string[] {
  const { runs, faults, jobs, calmLatenessMs, evidence } = history;
  const found: string[] = [];
  // By the order they were seen in: after a step back of the clock a retry can carry an earlier time than the first start.
  const first = new Map<string, Evidence>();
  for (const each of evidence) if (!first.has(each.runId)) first.set(each.runId, each);
  const byId = new Map(jobs.map(({ id, job }) => [id, job]));
  const rivals = rivalsOf(history);
  for (const run of runs) {
    const startedAt = first.get(run.id)?.startedAt;
    if (startedAt === undefined) continue;
    if (startedAt < run.dueAt - 50)
      found.push(`I5 ${run.jobName}: ${iso(run.dueAt)} started ${run.dueAt - startedAt} ms early`);
    const job = byId.get(run.jobId);
    if (!job) continue;
    const explained = faults.some((fault) => fault.from <= startedAt && fault.to >= run.dueAt);
    if (explained || startedAt - run.dueAt <= calmLatenessMs) continue;
    // Some wait by their nature: until the last one that was in their way, or held what they needed, was over.
    const freedAt = rivals(job, run.jobId)
      .filter((each) => each.runId !== run.id && wallSpanOf(each).to <= startedAt)
      .reduce((latest, each) => Math.max(latest, wallSpanOf(each).to), run.dueAt);
    if (startedAt - freedAt > calmLatenessMs)
      found.push(`I4 ${run.jobName}: ${iso(run.dueAt)} started ${startedAt - freedAt} ms late in calm`);
  }
  return found;
}

/** Attempts that one of the job's may have had to wait for. */
function rivalsOf({ jobs, evidence }: History) {
  const byJob = groupBy(evidence, (each) => each.jobId);
  const byKey = new Map<string, Evidence[]>();
  for (const { id, job } of jobs)
    if (job.limit) byKey.set(job.limit.key, [...(byKey.get(job.limit.key) ?? []), ...(byJob.get(id) ?? [])]);
  return (job: EffectiveJob, id: string): Evidence[] => {
    const waits = job.overlap === "queue" || job.overlap === "replace";
    return [...(job.limit ? (byKey.get(job.limit.key) ?? []) : []), ...(waits ? (byJob.get(id) ?? []) : [])];
  };
}
