// From a job's HTTP task to the request: templates filled in, the run's own headers added.
import type { HttpTask } from "../../model/job.ts";
import type { HttpErrand } from "./http-wire.ts";

export interface PlannedRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | null;
}

/** null: the URL is none once filled in, or not one of http. */
export function planRequest(assignment: HttpErrand, attempt: number): PlannedRequest | null {
  const task = assignment.job.task as HttpTask;
  const scheduledFor = new Date(assignment.scheduledFor).toISOString();
  const values: Record<string, string> = {
    "run.id": assignment.runId,
    "run.scheduledFor": scheduledFor,
    "run.attempt": String(attempt),
    "job.name": assignment.jobName,
  };
  const fill = (text: string) =>
    text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole);

  const address = fill(task.url);
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  const headers: Record<string, string> = { "user-agent": "DistCron", "idempotency-key": assignment.runId };
  for (const [name, value] of Object.entries(task.headers)) headers[name.toLowerCase()] = fill(value);
  Object.assign(headers, {
    "distcron-job": assignment.jobName,
    "distcron-run": assignment.runId,
    "distcron-attempt": String(attempt),
    "distcron-fence": String(assignment.fence),
    "distcron-scheduled-for": scheduledFor,
  });
  const body = assignment.overrides?.body ?? (task.body === null ? null : fill(task.body));
  return { url, method: task.method.toUpperCase(), headers, body };
}

/** Where a request goes, for messages: without credentials and query, which may hold secrets. */
export const describeTarget = ({ method, url }: Pick<PlannedRequest, "method" | "url">): string =>
  `${method} ${url.origin}${url.pathname}`;
