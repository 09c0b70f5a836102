// A plain assignment for tests that don't care what is run.
import type { Assignment } from "../../src/model/assignment.ts";
import { aJob } from "./a-job.ts";

export function anAssignment(given: Partial<Assignment> & Pick<Assignment, "runId" | "sessionId">): Assignment {
  return {
    fence: 1,
    nodeId: `node-${given.sessionId}`,
    jobId: "job-1",
    jobName: "clean-logs",
    jobVersion: 1,
    job: aJob({ name: "clean-logs" }),
    trigger: "schedule",
    scheduledFor: 0,
    dueAt: 0,
    priority: 5,
    firstAttempt: 1,
    shard: null,
    overrides: null,
    catchUp: false,
    stop: null,
    ...given,
  };
}
