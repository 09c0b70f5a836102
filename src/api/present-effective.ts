// A job with every default filled in, in the words and units of a job document: what a file would have to say to get
// the same without any default.
import { formatDuration } from "../lib/duration.ts";
import type { CommandTask, EffectiveJob, HttpTask } from "../model/job.ts";

const durationOrNone = (ms: number | null) => (ms === null ? "none" : formatDuration(ms));
const instant = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** Keys without a value (no owner, no window) are left out, as in a file. */
export function presentEffective(job: EffectiveJob, enabled: boolean | null): Record<string, unknown> {
  const { retry, misfire, place, keep } = job;
  return withoutNulls({
    name: job.name,
    title: job.title,
    description: job.description,
    owner: job.owner,
    runbook: job.runbook,
    tags: job.tags,
    enabled,
    schedule: job.schedule.length === 1 ? job.schedule[0] : job.schedule,
    timezone: job.timezone,
    startAt: instant(job.startAtMs),
    endAt: instant(job.endAtMs),
    cmd: job.task.kind === "cmd" ? command(job.task) : null,
    http: job.task.kind === "http" ? http(job.task) : null,
    priority: job.priority,
    timeout: durationOrNone(job.timeoutMs),
    killGrace: formatDuration(job.killGraceMs),
    retry: {
      limit: retry.limit,
      delay: formatDuration(retry.delayMs),
      backoff: retry.backoff,
      maxDelay: formatDuration(retry.maxDelayMs),
      jitterRatio: retry.jitterRatio,
    },
    overlap: job.overlap,
    misfire: { policy: misfire.policy, within: formatDuration(misfire.withinMs) },
    jitter: formatDuration(job.jitterMs),
    onNodeLoss: job.onNodeLoss,
    maxReruns: job.maxReruns,
    startDeadline: durationOrNone(job.startDeadlineMs),
    pauseAfter: job.pauseAfter,
    place:
      place.node !== null
        ? { node: place.node }
        : place.every
          ? { every: true }
          : place.labels && { labels: place.labels },
    limit: job.limit,
    notify: job.notify,
    keep:
      keep.runs === null && keep.ageMs === null
        ? null
        : withoutNulls({ runs: keep.runs, age: keep.ageMs === null ? null : formatDuration(keep.ageMs) }),
  });
}

const command = (task: CommandTask) =>
  withoutNulls({
    command: task.command,
    shell: task.shell,
    cwd: task.cwd,
    env: task.env,
    user: task.user,
    stdin: task.stdin,
    expectExit: task.expectExit,
  });

const http = (task: HttpTask) =>
  withoutNulls({
    url: task.url,
    method: task.method,
    headers: task.headers,
    body: task.body,
    expectStatus: statusRange(task.expectStatus),
    expectBody: task.expectBody,
    followRedirects: task.followRedirects,
    insecureTls: task.insecureTls,
  });

/** "200-299" for one range, a list of codes where every range is one code, else the ranges with commas. */
function statusRange(ranges: [from: number, to: number][]): string | number[] {
  if (ranges.every(([from, to]) => from === to)) return ranges.map(([from]) => from);
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

const withoutNulls = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
