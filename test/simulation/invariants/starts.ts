// I3 starts: each attempt once; `fail` at most one start a fence and none after a loss; bounded by retries and reruns.
import { groupBy, type History, spanOf } from "../history.ts";

export function starts({ jobs, runs, evidence }: History): string[] {
  const found: string[] = [];
  const known = new Set(runs.map(({ id }) => id));
  const byId = new Map(jobs.map(({ id, job }) => [id, job]));
  for (const [runId, attempts] of groupBy(evidence, (each) => each.runId)) {
    const job = byId.get(attempts[0]?.jobId ?? "");
    if (!known.has(runId) || !job) {
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
    for (const [i, other] of attempts.entries())
      if (attempts.slice(i + 1).some((one) => spanOf(one).from < spanOf(other).to))
        found.push(`I3 ${job.name} ${runId}: two attempts at once`);
  }
  return found;
}
