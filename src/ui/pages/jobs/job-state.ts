// The one word for how a job is: as the server's filter `state` has it, the most pressing first.
import type { JobView } from "../../api/types.ts";
import type { JobState } from "../../components/state-badge.tsx";

export function jobStateOf(job: JobView): JobState {
  if (!job.enabled) return "disabled";
  if (job.running > 0) return "running";
  if (job.consecutiveFailures > 0) return "failing";
  return job.lastRun === null ? "never-run" : "ok";
}
