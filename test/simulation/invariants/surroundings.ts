// What else there was of a job, and of a limit, when one of its ticks was judged.
import type { Run } from "../../../src/model/run.ts";
import { type Evidence, groupBy, type History, type Row, type Span, wallSpanOf } from "../history.ts";
import { isOfTick } from "./ticks.ts";

/** A run is claimed so long before it is due, at most. */
const claimAheadMs = 1000;

export interface Surroundings {
  /** Of a run, in their order. */
  starts(runId: string): Evidence[];
  /** Other runs of the run's job. */
  others(run: Row): Row[];
  /** Ticks of the same job after this one. */
  ticksAfter(run: Row): Row[];
  /** Whether another run of the job was in the way of this one at some moment of the span. */
  isInTheWay(run: Row, from: number, to: number): boolean;
  /** Whether something else of the limit's ran then. */
  isTaken(key: string, runId: string, at: number): boolean;
}

export function createSurroundings(history: History): Surroundings {
  const { runs, evidence, jobs, calmLatenessMs } = history;
  const byRun = groupBy(evidence, (each) => each.runId);
  const byJob = groupBy(runs, (run) => run.jobId);
  const keys = new Map(jobs.map(({ id, job }) => [id, job.limit?.key]));
  const starts = (runId: string) => byRun.get(runId) ?? [];
  const others = (run: Row) => (byJob.get(run.jobId) ?? []).filter((other) => other.id !== run.id);

  /** From its claim to its terminal state, the pauses before retries included, as evidence shows it. */
  function wayOf(run: Pick<Run, "id" | "dueAt">): Span | null {
    const [first] = starts(run.id);
    if (!first) return null;
    const ends = starts(run.id).map((each) => wallSpanOf(each).to);
    return { from: Math.min(first.startedAt, run.dueAt) - claimAheadMs, to: Math.max(...ends) + calmLatenessMs };
  }

  return {
    starts,
    others,
    ticksAfter: (run) => others(run).filter((other) => isOfTick(other) && other.scheduledFor > run.scheduledFor),
    isInTheWay: (run, from, to) =>
      others(run).some((other) => {
        const way = wayOf(other);
        return way !== null && way.from <= to && way.to >= from;
      }),
    isTaken: (key, runId, at) =>
      evidence.some((each) => {
        const { from, to } = wallSpanOf(each);
        return keys.get(each.jobId) === key && each.runId !== runId && from <= at && to + calmLatenessMs >= at;
      }),
  };
}
