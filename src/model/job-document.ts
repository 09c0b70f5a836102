// Reads a job document: every problem in words and with its path, or the document as written and the job that it makes.
import { effectiveOf } from "./effective-job.ts";
import type { EffectiveJob, JobDocument } from "./job.ts";
import { came, durationMs, instantMs } from "./job-fields.ts";
import { type Nearest, type Problem, plainProblems, problemsOf } from "./job-problems.ts";
import {
  defaultsKeys,
  type JobDefaults,
  type JobSpec,
  jobDefaultsSchema,
  jobDocumentSchema,
  jobKeys,
} from "./job-schema.ts";
import { warningsOf } from "./job-warnings.ts";

/** Judges what only the schedule step can. `path` is schedule, schedule[1] or timezone; absent: schedule. */
export type CheckSchedule = (schedule: string[], timezone: string) => { path?: string; message: string }[];

export interface ParseOptions {
  /** The cluster's own defaults, with the server's time zone as `timezone`. */
  defaults: JobDefaults;
  checkSchedule?: CheckSchedule;
  /** For "did you mean"; without it the known keys are listed. */
  nearest?: Nearest;
  /** Epoch ms; without it nothing is said about instants that have passed. */
  now?: number;
}

export type ParsedJob =
  | { ok: true; document: JobDocument; effective: EffectiveJob; warnings: string[] }
  | { ok: false; errors: Problem[] };

/** Runs carry their whole job to their node through the coordinator, where a request has its bounds. */
const longestDocument = 131_072;

/** Never throws. `document` is a copy of what came, unchanged: as written. */
export function parseJobDocument(input: unknown, options: ParseOptions): ParsedJob {
  const plain = plainProblems(input ?? null);
  if (plain.length) return { ok: false, errors: plain };
  const written = JSON.stringify(input ?? null);
  if (written.length > longestDocument)
    return {
      ok: false,
      errors: [{ path: "", message: `expected at most ${longestDocument} characters in all, got ${written.length}` }],
    };
  const value: unknown = JSON.parse(written);
  const result = jobDocumentSchema.safeParse(value, { reportInput: true });
  const errors = result.success ? [] : problemsOf(result.error, jobKeys, options.nearest);
  if (isObject(value)) {
    errors.push(...crossProblems(value));
    const bad = (key: string) => errors.some((error) => error.path === key || error.path.startsWith(`${key}[`));
    if (!bad("schedule") && !bad("timezone")) errors.push(...scheduleProblems(value, options));
  }
  if (errors.length) return { ok: false, errors };
  const document = value as JobDocument;
  const effective = effectiveOf(document, options.defaults);
  return { ok: true, document, effective, warnings: warningsOf(document as JobSpec, effective, options.now) };
}

/** The same for the cluster's defaults (configuration key `defaults`). Never throws. */
export function parseJobDefaults(
  input: unknown,
  options: { nearest?: Nearest } = {},
): { ok: true; defaults: JobDefaults } | { ok: false; errors: Problem[] } {
  const plain = plainProblems(input ?? {});
  if (plain.length) return { ok: false, errors: plain };
  const result = jobDefaultsSchema.safeParse(input ?? {}, { reportInput: true });
  if (result.success) return { ok: true, defaults: result.data };
  return { ok: false, errors: problemsOf(result.error, defaultsKeys, options.nearest) };
}

type Raw = Record<string, unknown>;
const isObject = (value: unknown): value is Raw => typeof value === "object" && value !== null && !Array.isArray(value);

/** Rules over several fields. They are judged whatever else is wrong, so that one answer names everything. */
function crossProblems(job: Raw): Problem[] {
  const problems: Problem[] = [];
  const say = (path: string, message: string) => problems.push({ path, message });
  if (job.cmd !== undefined && job.http !== undefined) say("http", "expected either cmd or http, got both");
  if (job.cmd === undefined && job.http === undefined)
    say("", "expected a cmd (a command) or an http (a request), got neither");

  const from = typeof job.startAt === "string" ? instantMs(job.startAt) : null;
  const to = typeof job.endAt === "string" ? instantMs(job.endAt) : null;
  if (from !== null && to !== null && to <= from)
    say("endAt", `expected an instant after startAt (${job.startAt}), got ${came(job.endAt)}`);

  const { retry, http } = job;
  if (isObject(retry) && typeof retry.delay === "string" && typeof retry.maxDelay === "string") {
    const [delay, max] = [durationMs(retry.delay), durationMs(retry.maxDelay)];
    if (delay !== null && max !== null && max < delay)
      say("retry.maxDelay", `expected at least retry.delay (${retry.delay}), got ${came(retry.maxDelay)}`);
  }
  if (isObject(http) && typeof http.body === "string") {
    const method = http.method ?? "GET";
    if (method === "GET" || method === "HEAD")
      say("http.body", `a ${method} request has no body: set method, to POST for instance, or leave body out`);
  }
  return problems;
}

function scheduleProblems(job: Raw, { checkSchedule, defaults }: ParseOptions): Problem[] {
  if (!checkSchedule || job.schedule === undefined) return [];
  const timezone = (job.timezone as string | undefined) ?? defaults.timezone ?? "UTC";
  const patterns = [job.schedule as string | string[]].flat().map((pattern) => pattern.trim());
  return checkSchedule(patterns, timezone).map(({ path, message }) => ({ path: path ?? "schedule", message }));
}
