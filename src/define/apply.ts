// Making the jobs match a list of documents. Everything is judged before anything changes; what matches already is left
// alone. It isn't one transaction: when a change fails midway, those before it stand, and applying again does the rest.
import { type Difference, diff } from "../lib/diff.ts";
import type { Problem } from "../model/job-problems.ts";
import type { JobRow, Store } from "../store/store.ts";
import { InvalidDocumentError } from "./errors.ts";
import { type AcceptedJob, documentOf, type JobDesk, wantedOf } from "./job-desk.ts";
import type { ApplyResult, JobService } from "./job-service.ts";

/** Changes under way at a time: the store commits such neighbours together. */
const atOnce = 16;
/** Documents judged before others have a turn: a long list must not hold up what is due. */
const judgedAtOnce = 50;

interface Step {
  result: ApplyResult;
  /** Answers the runs of an older version that go on. */
  run: ((actor: string) => Promise<string[]>) | null;
}

export function createApply(store: Pick<Store, "getJob" | "listJobs">, desk: JobDesk): JobService["apply"] {
  return async (documents, { prune, selector, dryRun, actor }) => {
    const tag = selector?.tag;
    if (prune && !tag)
      throw new InvalidDocumentError([
        { path: "selector.tag", message: "expected a tag: prune deletes only jobs with a tag, never all others" },
      ]);
    const accepted = await judgeAll(documents, desk);
    const steps = await inTurns(accepted, (job) => stepOf(job, prune ? tag : undefined));
    if (prune && tag) {
      const listed = new Set(accepted.map((job) => job.spec.name));
      for (const row of await jobsWithTag(tag)) if (!listed.has(row.name)) steps.push(deletion(row));
    }
    if (!dryRun) await inTurns(steps, (step) => carryOut(step, actor));
    return steps.map((step) => step.result);
  };

  async function stepOf(job: AcceptedJob, tag: string | undefined): Promise<Step> {
    const { name } = job.spec;
    const warnings = [...job.warnings];
    if (tag && !job.effective.tags.includes(tag))
      warnings.push(`the job hasn't the tag ${tag}: a later prune won't find it`);
    const row = await store.getJob(name);
    // An id may have been given that is this name: only a job of that name is meant.
    if (!row || row.name !== name || row.deletedAt !== null) {
      const run = async (actor: string) => {
        await desk.create(job, actor);
        return [];
      };
      return { result: { name, result: "created", warnings }, run };
    }
    const differences = differencesOf(row, job);
    if (differences.length === 0) return { result: { name, result: "unchanged", warnings }, run: null };
    const run = async (actor: string) =>
      (await desk.change(row, wantedOf(row, job), { actor, action: "job.update" })).stillRunning;
    return { result: { name, result: "changed", diff: differences, warnings }, run };
  }

  function deletion(row: JobRow): Step {
    const run = async (actor: string) =>
      (await desk.change(row, { deleted: true }, { actor, action: "job.delete" })).stillRunning;
    return { result: { name: row.name, result: "deleted", warnings: [] }, run };
  }

  async function jobsWithTag(tag: string): Promise<JobRow[]> {
    const rows: JobRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listJobs({ tag, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      rows.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return rows;
  }
}

async function judgeAll(documents: unknown[], desk: JobDesk): Promise<AcceptedJob[]> {
  const accepted: AcceptedJob[] = [];
  const errors: Problem[] = [];
  const first = new Map<string, number>();
  for (const [i, document] of documents.entries()) {
    if (i % judgedAtOnce === judgedAtOnce - 1) await new Promise((resolve) => setImmediate(resolve));
    const verdict = desk.judge(document);
    if ("errors" in verdict)
      for (const { path, message } of verdict.errors)
        errors.push({ path: path === "" ? `jobs[${i}]` : `jobs[${i}].${path}`, message });
    else accepted.push(verdict);
    const name = (document as { name?: unknown } | null | undefined)?.name;
    if (typeof name !== "string") continue;
    const before = first.get(name);
    if (before === undefined) first.set(name, i);
    else
      errors.push({
        path: `jobs[${i}].name`,
        message: `${JSON.stringify(name)} stands twice, first in jobs[${before}]`,
      });
  }
  if (errors.length) throw new InvalidDocumentError(errors);
  return accepted;
}

function differencesOf(row: JobRow, job: AcceptedJob): Difference[] {
  // A document that says nothing of `enabled` leaves it as it is.
  const enabled = job.enabled ?? row.enabled;
  return diff(documentOf(row), { ...job.spec, enabled });
}

async function carryOut({ run, result }: Step, actor: string) {
  const stillRunning = (await run?.(actor)) ?? [];
  if (stillRunning.length) result.warnings.push(`runs of the old version go on: ${stillRunning.join(", ")}`);
}

/** Some at a time, in order. When one fails, those under way finish, no more begin, and it is thrown. */
async function inTurns<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += atOnce) {
    const settled = await Promise.allSettled(items.slice(i, i + atOnce).map(work));
    for (const each of settled) {
      if (each.status === "rejected") throw each.reason;
      results.push(each.value);
    }
  }
  return results;
}
