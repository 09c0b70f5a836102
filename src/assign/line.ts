// Who waits for want of room, job by job, so that a later run of a job never goes before an earlier one: on the node it
// would be judged first, and the earlier one would find it in its way.
import { misfireAfterMs } from "../model/run.ts";
import type { WaitingRun } from "../store/store.ts";

export interface InLine {
  runId: string;
  /** What it waits for. */
  parked: string;
}

export interface Line {
  join(run: WaitingRun, parked: string): void;
  /** It was handed out, or is over. */
  leave(run: Pick<WaitingRun, "id" | "jobId">): void;
  /** One of the same version of the job that is due earlier. Past 60 s it is a misfire, and no longer in anybody's way. */
  before(run: WaitingRun, now: number): InLine | undefined;
}

export function createLine(): Line {
  const jobs = new Map<string, Map<string, InLine & { jobVersion: number; dueAt: number }>>();
  return {
    join({ id, jobId, jobVersion, dueAt }, parked) {
      const line = jobs.get(jobId) ?? new Map();
      jobs.set(jobId, line.set(id, { runId: id, parked, jobVersion, dueAt }));
    },
    leave({ id, jobId }) {
      const line = jobs.get(jobId);
      if (line?.delete(id) && line.size === 0) jobs.delete(jobId);
    },
    before(run, now) {
      const line = jobs.get(run.jobId);
      if (!line) return undefined;
      for (const each of line.values()) {
        // An edit may have taken it away without a word.
        if (each.jobVersion !== run.jobVersion || each.dueAt + misfireAfterMs < now) line.delete(each.runId);
        else if (each.dueAt < run.dueAt) return each;
      }
      if (line.size === 0) jobs.delete(run.jobId);
      return undefined;
    },
  };
}
