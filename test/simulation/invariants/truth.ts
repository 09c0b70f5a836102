// I7 truth: what the ledger says is what happened, under the fence that is in force.
import { type Evidence, groupBy, type History, isDisturbed } from "../history.ts";

export function truth(history: History): string[] {
  const { runs, jobs, evidence } = history;
  const found: string[] = [];
  const byRun = groupBy(evidence, (each) => each.runId);
  const byId = new Map(jobs.map(({ id, job }) => [id, job]));
  for (const run of runs) {
    const attempts = byRun.get(run.id) ?? [];
    const last = attempts.reduce<Evidence | null>((best, each) => (!best || isAfter(each, best) ? each : best), null);
    const say = (what: string) => found.push(`I7 ${run.jobName} ${run.id}: ${what}`);
    if (run.state === "succeeded" && last?.result !== "succeeded")
      say(`recorded succeeded, but its last attempt ${last?.result ?? "never started"}`);
    if (run.state === "failed" && last?.result === "succeeded") say("recorded failed, but its last attempt succeeded");
    if ((run.state === "skipped" || run.state === "missed") && attempts.length > 0)
      say(`recorded ${run.state}, but it started`);
    if (run.state === "succeeded" && last && !isHeard(last, run))
      say(`recorded succeeded for what ended under fence ${last.fence}; heard are ${run.floor} to ${run.fence}`);
    for (const { number, fence, outcome } of run.attempts ?? []) {
      const seen = attempts.find((each) => each.attempt === number && each.fence === fence);
      if (outcome === "succeeded" ? seen?.result !== "succeeded" : outcome === "failed" && seen?.result === "succeeded")
        say(`attempt ${number} under fence ${fence} is recorded ${outcome}, but it ${seen?.result ?? "never started"}`);
    }
    if (run.state === "lost") {
      const job = byId.get(run.jobId);
      if (!isDisturbed(history, last?.startedAt ?? run.dueAt, run.finishedAt ?? Number.POSITIVE_INFINITY))
        say("lost without a fault");
      if (job?.onNodeLoss === "rerun" && run.reruns < job.maxReruns)
        say(`lost after ${run.reruns} reruns of ${job.maxReruns}`);
    }
  }
  return found;
}

const isAfter = (a: Evidence, b: Evidence) => a.fence > b.fence || (a.fence === b.fence && a.attempt > b.attempt);

const isHeard = ({ fence }: Evidence, run: { fence?: number; floor?: number }) =>
  fence >= (run.floor ?? 0) && fence <= (run.fence ?? Number.POSITIVE_INFINITY);
