// What ran at the same time. I8 overlap: attempts of one job never do unless it allows that. I11 limits: at no moment more
// of a key's than its limit, nor more on a node than it has slots.
import { type Evidence, groupBy, type History, iso, spanOf } from "../history.ts";

export function atOnce(history: History): string[] {
  return [...overlaps(history), ...limits(history), ...slots(history)];
}

function overlaps({ jobs, evidence }: History): string[] {
  const found: string[] = [];
  const byJob = groupBy(evidence, (each) => each.jobId);
  for (const { id, job } of jobs) {
    if (job.overlap === "allow") continue;
    const spans = inOrder(byJob.get(id) ?? []);
    for (const [i, span] of spans.entries()) {
      const next = spans[i + 1];
      if (next && spanOf(span).to > spanOf(next).from)
        found.push(`I8 ${job.name}: ${span.runId} and ${next.runId} ran at once at ${iso(next.startedAt)}`);
    }
  }
  return found;
}

function limits({ jobs, evidence }: History): string[] {
  const found: string[] = [];
  const byId = new Map(jobs.map(({ id, job }) => [id, job]));
  const limitOf = (each: Evidence) => byId.get(each.jobId)?.limit ?? null;
  const limited = evidence.filter((each) => limitOf(each) !== null);
  for (const [key, sharing] of groupBy(limited, (each) => limitOf(each)?.key ?? ""))
    for (const { start, count } of counts(sharing)) {
      // Jobs may name the same key with another number: it is theirs that holds when one of theirs starts.
      const most = limitOf(start)?.max ?? Number.POSITIVE_INFINITY;
      if (count > most) found.push(`I11 limit ${key}: ${count} at once at ${iso(start.startedAt)}, at most ${most}`);
    }
  return found;
}

function slots({ evidence, slots = {} }: History): string[] {
  const found: string[] = [];
  for (const [node, there] of groupBy(evidence, (each) => each.node ?? "")) {
    const most = slots[node];
    if (most === undefined) continue;
    for (const { start, count } of counts(there))
      if (count > most)
        found.push(`I11 node ${node}: ${count} at once at ${iso(start.startedAt)}, it has ${most} slots`);
  }
  return found;
}

const inOrder = (evidence: Evidence[]) => [...evidence].sort((a, b) => spanOf(a).from - spanOf(b).from);

/** How many there were at each start, itself included. */
function counts(evidence: Evidence[]): { start: Evidence; count: number }[] {
  let going: Evidence[] = [];
  return inOrder(evidence).map((start) => {
    going = going.filter((each) => spanOf(each).to > spanOf(start).from);
    going.push(start);
    return { start, count: going.length };
  });
}
