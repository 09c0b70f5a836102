// I9 fences: those of a run strictly increase from one hand-out to the next (its retries keep theirs), none is used that
// wasn't issued, and nothing is accepted under one that is over.
import { groupBy, type History } from "../history.ts";

export function fences({ runs, evidence }: History): string[] {
  const found: string[] = [];
  const byRun = groupBy(evidence, (each) => each.runId);
  for (const run of runs) {
    const say = (what: string) => found.push(`I9 ${run.jobName} ${run.id}: ${what}`);
    const { fence, floor } = run;
    const starts = byRun.get(run.id) ?? [];
    for (const [i, one] of starts.entries()) {
      const before = starts[i - 1];
      if (before && one.fence < before.fence)
        say(`attempt ${one.attempt} started under fence ${one.fence} after a start under ${before.fence}`);
      if (fence !== undefined && one.fence > fence)
        say(`attempt ${one.attempt} started under fence ${one.fence}, and ${fence} is the last one issued`);
    }
    if (fence !== undefined && floor !== undefined && floor > fence + 1)
      say(`fence ${floor} is the lowest heard, and ${fence} is the last one issued`);
    const recorded = [...(run.attempts ?? [])].sort((a, b) => a.number - b.number);
    for (const [i, one] of recorded.entries()) {
      const before = recorded[i - 1];
      if (before && one.fence < before.fence)
        say(`attempt ${one.number} is recorded under fence ${one.fence}, the one before it under ${before.fence}`);
    }
    // A verdict is of the fence that spoke last: an attempt under a later one would have been given up for it.
    const verdict = recorded.filter(({ outcome }) => outcome !== null).at(-1);
    const later = verdict && starts.find((each) => each.fence > verdict.fence);
    if (later && (run.state === "succeeded" || run.state === "failed" || run.state === "timed_out"))
      say(`${run.state} by fence ${verdict.fence}, though attempt ${later.attempt} started under ${later.fence}`);
  }
  return found;
}
