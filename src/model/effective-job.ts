// From a job as written to the job as it runs: what it leaves out comes from the cluster's defaults, then from ours, and
// every unit becomes a plain number. `none` in the job overrides a default with nothing.
import type { EffectiveJob, JobDocument } from "./job.ts";
import { durationMs, instantMs } from "./job-fields.ts";
import type { JobDefaults, JobSpec } from "./job-schema.ts";
import { statusRanges } from "./task-schema.ts";

type Maybe<T> = T | "none" | undefined;
/** The first that is written; none is nothing. */
const pick = <T>(own: Maybe<T>, fallback: Maybe<T>): T | undefined => {
  const value = own ?? fallback;
  return value === "none" ? undefined : value;
};
/** The same for objects, key by key. */
const fill = <T extends object>(own: Maybe<T>, fallback: Maybe<T>): Partial<T> => {
  if (own === "none") return {};
  return { ...(fallback === "none" ? undefined : fallback), ...own };
};
const ms = <D>(duration: string | undefined, otherwise: D): number | D =>
  duration === undefined ? otherwise : (durationMs(duration) ?? otherwise);
const instant = (at: string | undefined) => (at === undefined ? null : instantMs(at));

/** To be raised when effectiveOf makes something else of the same document: stored jobs are then resolved again. */
export const effectiveShape = 2;

/**
 * Pure and cheap. `document` has been accepted by parseJobDocument, `defaults` by parseJobDefaults. Fill in the server's
 * time zone as `defaults.timezone`; without it, UTC.
 */
export function effectiveOf(document: JobDocument, defaults: JobDefaults): EffectiveJob {
  const job = document as JobSpec;
  const task = job.http === undefined ? commandTask(job.cmd!, defaults) : httpTask(job.http, defaults);
  const retry = fill(job.retry, defaults.retry);
  const delayMs = ms(retry.delay, 10_000);
  const misfire = fill(job.misfire, defaults.misfire);
  const place = pick(job.place, defaults.place);
  const limit = pick(job.limit, defaults.limit);
  const notify = job.notify === "none" ? {} : fill(job.notify, defaults.notify);
  const keep = fill(job.keep, defaults.keep);
  const timeout = job.timeout ?? defaults.timeout ?? (task.kind === "http" ? "30s" : "none");
  return {
    name: job.name,
    title: job.title ?? null,
    description: job.description ?? null,
    owner: job.owner ?? defaults.owner ?? null,
    runbook: job.runbook ?? defaults.runbook ?? null,
    tags: [...(job.tags ?? defaults.tags ?? [])],
    schedule: [job.schedule].flat().map((pattern) => pattern.trim()),
    timezone: job.timezone ?? defaults.timezone ?? "UTC",
    startAtMs: instant(job.startAt),
    endAtMs: instant(job.endAt),
    task,
    priority: job.priority ?? defaults.priority ?? 5,
    timeoutMs: timeout === "none" ? null : ms(timeout, null),
    killGraceMs: ms(job.killGrace ?? defaults.killGrace, 10_000),
    retry: {
      limit: retry.limit ?? 0,
      delayMs,
      backoff: retry.backoff ?? "exponential",
      // A delay that is longer than the usual ceiling was meant: only a written maxDelay cuts it.
      maxDelayMs: ms(retry.maxDelay, Math.max(600_000, delayMs)),
      jitterRatio: retry.jitterRatio ?? 0.1,
    },
    overlap: job.overlap ?? defaults.overlap ?? "skip",
    misfire: { policy: misfire.policy ?? "latest", withinMs: ms(misfire.within, 86_400_000) },
    jitterMs: ms(pick(job.jitter, defaults.jitter), 0),
    onNodeLoss: job.onNodeLoss ?? defaults.onNodeLoss ?? "fail",
    maxReruns: job.maxReruns ?? defaults.maxReruns ?? 3,
    startDeadlineMs: ms(pick(job.startDeadline, defaults.startDeadline), null),
    pauseAfter: pick(job.pauseAfter, defaults.pauseAfter) ?? null,
    place: {
      node: place?.node ?? null,
      labels: place?.labels ? { ...place.labels } : null,
      every: place?.every ?? false,
    },
    limit: limit ? { key: limit.key, max: limit.max } : null,
    notify: notify.channels?.length
      ? { channels: notify.channels, on: notify.on ?? ["failure", "recovery"], after: notify.after ?? 1 }
      : null,
    keep: { runs: keep.runs ?? null, ageMs: ms(keep.age, null) },
  };
}

function commandTask(cmd: NonNullable<JobSpec["cmd"]>, { cmd: defaults = {} }: JobDefaults): EffectiveJob["task"] {
  const own = typeof cmd === "string" || Array.isArray(cmd) ? { command: cmd } : cmd;
  return {
    kind: "cmd",
    command: own.command,
    shell: own.shell ?? defaults.shell ?? null,
    cwd: own.cwd ?? defaults.cwd ?? null,
    env: { ...defaults.env, ...own.env },
    user: own.user ?? defaults.user ?? null,
    stdin: own.stdin ?? null,
    expectExit: own.expectExit ?? [0],
  };
}

function httpTask(http: NonNullable<JobSpec["http"]>, { http: defaults = {} }: JobDefaults): EffectiveJob["task"] {
  const own = typeof http === "string" ? { url: http } : http;
  const named = new Set(Object.keys(own.headers ?? {}).map((name) => name.toLowerCase()));
  const inherited = Object.entries(defaults.headers ?? {}).filter(([name]) => !named.has(name.toLowerCase()));
  const statuses = [own.expectStatus ?? defaults.expectStatus ?? "200-299"].flat();
  return {
    kind: "http",
    url: own.url,
    method: own.method ?? "GET",
    headers: { ...Object.fromEntries(inherited), ...own.headers },
    body: own.body ?? null,
    expectStatus: statuses.flatMap((status) => statusRanges(status) ?? []),
    expectBody: own.expectBody ?? null,
    followRedirects: own.followRedirects ?? defaults.followRedirects ?? true,
    insecureTls: own.insecureTls ?? defaults.insecureTls ?? false,
  };
}
