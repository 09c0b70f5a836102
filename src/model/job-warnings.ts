// What is allowed in a job but probably not meant.
import type { EffectiveJob } from "./job.ts";
import { instantMs } from "./job-fields.ts";
import type { JobSpec } from "./job-schema.ts";

const placeholders = ["run.id", "run.scheduledFor", "run.attempt", "job.name"];

/** `now` undefined: nothing is said about instants that have passed. */
export function warningsOf(job: JobSpec, effective: EffectiveJob, now: number | undefined): string[] {
  const warnings: string[] = [];
  if (now !== undefined) warnings.push(...passed(effective, now));
  if (job.maxReruns !== undefined && effective.onNodeLoss === "fail")
    warnings.push("maxReruns has no effect without onNodeLoss: rerun");
  if (typeof job.retry === "object" && effective.retry.limit === 0)
    warnings.push("retry has no effect: its limit is 0; write retry.limit");
  if (typeof job.notify === "object" && effective.notify === null)
    warnings.push("notify has no effect: it names no channels");
  const { task } = effective;
  if (
    task.kind === "cmd" &&
    Array.isArray(task.command) &&
    task.command.length === 1 &&
    /\s/.test(task.command[0] ?? "")
  )
    warnings.push(
      `cmd: a list is executed as it is, so the program is ${JSON.stringify(task.command[0])}; write a text for the shell`,
    );
  if (task.kind === "http") {
    const texts = [task.url, task.body ?? "", ...Object.values(task.headers)].join("\n");
    const unknown = [...texts.matchAll(/\{\{\s*((?:run|job)\.[^{}]*?)\s*\}\}/g)].map((match) => match[1] as string);
    for (const name of new Set(unknown.filter((each) => !placeholders.includes(each))))
      warnings.push(`http: {{${name}}} is not filled in; known: ${placeholders.join(", ")}`);
  }
  return warnings;
}

function passed(effective: EffectiveJob, now: number): string[] {
  if (effective.endAtMs !== null && effective.endAtMs <= now) return ["endAt has passed: nothing will be due"];
  const warnings: string[] = [];
  const instants = effective.schedule.map((pattern) => /^@at\s+(\S+)$/.exec(pattern)?.[1]);
  for (const text of instants) {
    const at = text === undefined ? null : instantMs(text);
    if (at === null) continue;
    if (at <= now) warnings.push(`@at ${text} has passed: it will not be due`);
    else if (at < (effective.startAtMs ?? at) || at >= (effective.endAtMs ?? Number.POSITIVE_INFINITY))
      warnings.push(`@at ${text} is outside startAt and endAt: it will not be due`);
  }
  return warnings;
}
