// Finding a job for a route, and showing it.
import type { EffectiveJob } from "../model/job.ts";
import { describeSchedule } from "../schedule/describe.ts";
import type { JobRow } from "../store/store.ts";
import type { JobView } from "./contract/jobs.ts";
import type { ApiDeps } from "./deps.ts";
import { notFound } from "./errors.ts";
import type { Words } from "./language.ts";
import { presentJob } from "./present.ts";

export interface JobLook {
  /** By name or id; a deleted job by its id alone. Throws HttpProblem 404. */
  find(idOrName: string): Promise<JobRow>;
  present(job: JobRow, words: Words): JobView;
}

export function createJobLook({ store, clock, timetable }: Pick<ApiDeps, "store" | "clock" | "timetable">): JobLook {
  const nextTick = (job: EffectiveJob, after: number) => timetable(job).next(after);
  return {
    async find(idOrName) {
      const job = await store.getJob(idOrName);
      if (!job) throw notFound(`there is no job ${JSON.stringify(idOrName)}`);
      return job;
    },
    present(job, words) {
      const inWords = ({ schedule, timezone }: EffectiveJob) => describeSchedule(schedule, timezone, words.language);
      return presentJob(job, clock.now(), { nextTick, inWords, words });
    },
  };
}
