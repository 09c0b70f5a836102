// Jobs and runs for tests of a store: whole and plain, with what a test cares about replaced.
import type { EffectiveJob } from "../../src/model/job.ts";
import type { NewJob, NewRun } from "../../src/store/store.ts";
import { anAssignment } from "./an-assignment.ts";

let last = 0;
export const anId = (prefix: string) => `${prefix}-${String(++last).padStart(6, "0")}`;

export const anEffectiveJob = (given: Partial<EffectiveJob> = {}): EffectiveJob => ({
  ...anAssignment({ runId: "", sessionId: "" }).job,
  ...given,
});

export function aNewJob(given: Partial<NewJob> & { job?: Partial<EffectiveJob> } = {}): NewJob {
  const { job, ...rest } = given;
  const id = rest.id ?? anId("job");
  const effective = rest.effective ?? anEffectiveJob({ name: `name-of-${id}`, ...job });
  return {
    id,
    spec: { name: effective.name, schedule: effective.schedule, cmd: "true" },
    effective,
    enabled: true,
    cursor: { plannedThrough: 0, nextNominal: 60_000, nextDue: 60_000 },
    at: 0,
    actor: "tester",
    ...rest,
  };
}

/** A run planned for a tick; with `nominal: null`, a manual one. */
export function aNewRun(given: Partial<NewRun> & Pick<NewRun, "jobId">): NewRun {
  const nominal = given.nominal === undefined ? 60_000 : given.nominal;
  const at = nominal ?? given.scheduledFor ?? 0;
  return {
    id: anId("run"),
    jobName: `name-of-${given.jobId}`,
    jobVersion: 1,
    trigger: nominal === null ? "manual" : "schedule",
    nominal,
    nodeKey: "",
    scheduledFor: at,
    dueAt: at,
    plannedAt: 0,
    priority: 5,
    state: "planned",
    reason: null,
    shard: null,
    covers: null,
    of: null,
    overrides: null,
    idempotencyKey: null,
    limitKey: null,
    requestedBy: null,
    catchUp: false,
    startBy: null,
    ...given,
  };
}
