// Histories made by hand, for tests of the checker: one job with one tick, unless told of more.
import type { EffectiveJob } from "../../src/model/job.ts";
import { aJob } from "../support/a-job.ts";
import { check } from "./checker.ts";
import type { Evidence, History, Row } from "./history.ts";

export const minute = 60_000;
/** Of ticks at each minute: the one in the middle of what is looked at. */
export const at = 10 * minute;

export const aRow = (over: Partial<Row> = {}): Row => {
  const dueAt = over.scheduledFor ?? at;
  const state = { state: "succeeded" as const, reason: null, covers: null, reruns: 0, fence: 1, floor: 1 };
  const when = { scheduledFor: dueAt, dueAt, plannedAt: dueAt - 40_000, finishedAt: dueAt + 1000 };
  const id = `r${dueAt / minute}`;
  return { id, jobId: "j", jobName: "job", trigger: "schedule", ...state, ...when, ...over } as Row;
};
export const seen = (over: Partial<Evidence> = {}): Evidence => {
  const startedAt = over.startedAt ?? at;
  const what = { runId: "r10", jobId: "j", attempt: 1, fence: 1, node: "one", startedAt, endedAt: startedAt + 1000 };
  return { ...what, result: "succeeded", ...over };
};

/** What the checker says of a job's only tick, unless told of more. */
export function violations(over: Partial<History> & { job?: Partial<EffectiveJob> }): string[] {
  const { job = {}, ...rest } = over;
  const effective = aJob({ schedule: ["*/10 * * * *"], ...job });
  return check({
    jobs: [{ id: "j", job: effective, from: at - 1, through: at }],
    runs: [aRow()],
    evidence: [seen()],
    faults: [],
    calmLatenessMs: 2000,
    asOf: at + 5 * minute,
    cancelled: [],
    ...rest,
  });
}
export const outage = [{ from: at - minute, to: at + 2 * minute }];
export const notStarted = (state: Row["state"], code: string, over: Partial<Row> = {}) => ({
  runs: [aRow({ state, reason: { code, message: "" } as Row["reason"], ...over })],
  evidence: [],
});
export const earlier = (over: Partial<Row> = {}) => aRow({ scheduledFor: at - minute, ...over });

export function jobsFrom(from: number, job: Partial<EffectiveJob> = {}): History["jobs"] {
  return [{ id: "j", job: aJob({ schedule: ["* * * * *"], ...job }), from, through: at }];
}
