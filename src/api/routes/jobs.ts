// /jobs: reading, creating, changing and deleting definitions.
import { z } from "zod";
import type { ChangeOutcome } from "../../define/job-service.ts";
import type { EffectiveJob } from "../../model/job.ts";
import { ConflictError, type JobRow } from "../../store/store.ts";
import {
  ApplyAnswer,
  ApplyBody,
  CheckAnswer,
  CheckBody,
  DefaultsAnswer,
  DisableBody,
  JobBody,
  JobChanged,
  JobDeleted,
  JobPage,
  JobsQuery,
  JobView,
  type jobOrders,
  RollbackBody,
  TagsAnswer,
  VersionPage,
} from "../contract/jobs.ts";
import { EmptyBody, IfMatch, PageQuery } from "../contract/pieces.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem } from "../errors.ts";
import { ifMatch } from "../input.ts";
import { createJobLook } from "../job-look.ts";
import { type Words, wordsFor } from "../language.ts";
import { iso } from "../present.ts";
import { presentEffective } from "../present-effective.ts";
import { type Declare, param } from "../route.ts";
import { bulkRoutes } from "./bulk.ts";

const named = z.object({ job: param });
const group = "jobs";

export function jobRoutes(route: Declare, deps: RouteDeps): void {
  const { store, jobs, config, clock } = deps;
  const look = createJobLook(deps);
  const changed = ({ job, stillRunning, warnings }: ChangeOutcome, words: Words) => ({
    ...look.present(job, words),
    stillRunning,
    warnings: warnings.map(words.say),
  });

  /** A stale If-Match is answered with the document as it is now, so that the caller can merge and try again. */
  async function orCurrent<T>(job: string, words: Words, change: Promise<T>): Promise<T> {
    try {
      return await change;
    } catch (err) {
      if (!(err instanceof ConflictError && err.code === "version_conflict")) throw err;
      const row = await store.getJob(job);
      throw new HttpProblem(409, err.code, err.message, { more: { current: row && look.present(row, words) } });
    }
  }
  const version = (request: { headers: Record<string, unknown> }) => {
    const ifVersion = ifMatch(request.headers["if-match"] as string | undefined);
    return ifVersion === undefined ? {} : { ifVersion };
  };
  const etag = (job: JobRow) => `"${job.version}"`;
  bulkRoutes(route, deps);

  route({
    at: "GET /jobs",
    access: "viewer",
    about: "Jobs, by name or as `sort` says",
    group,
    query: JobsQuery,
    answer: [200, JobPage],
    async handler({ query: { sort, ...query }, request }) {
      const by = sort.replace("-", "") as (typeof jobOrders)[number];
      const order = { by, descending: sort.startsWith("-"), now: clock.now() };
      const page = await store.listJobs({ ...query, order });
      const words = wordsFor(request);
      return { items: page.items.map((job) => look.present(job, words)), nextCursor: page.nextCursor };
    },
  });

  route({
    at: "GET /tags",
    access: "viewer",
    about: "Tags of jobs, with how many have them; at most 500",
    group,
    answer: [200, TagsAnswer],
    handler: async () => ({ items: await store.listTags(500), nextCursor: null }),
  });

  route({
    at: "POST /jobs",
    access: "editor",
    about: "Create a job",
    forLeader: true,
    group,
    body: JobBody,
    answer: [201, JobChanged],
    async handler({ body, who, request, reply }) {
      const outcome = await jobs.create(body, who.actor);
      reply.header("etag", etag(outcome.job)).header("location", `/api/v1/jobs/${outcome.job.name}`);
      return changed(outcome, wordsFor(request));
    },
  });

  route({
    at: "POST /jobs/apply",
    access: "editor",
    about: "Make jobs match a list of documents",
    forLeader: true,
    group,
    body: ApplyBody,
    bodyLimit: 16 * (config.bodyLimitBytes ?? 1024 * 1024),
    answer: [200, ApplyAnswer],
    async handler({ body, who, request }) {
      const words = wordsFor(request);
      const results = await jobs.apply(body.jobs, {
        prune: body.prune,
        selector: body.selector && (body.selector.tag === undefined ? {} : { tag: body.selector.tag }),
        dryRun: body.dryRun,
        actor: who.actor,
      });
      return { results: results.map((each) => ({ ...each, warnings: each.warnings.map(words.say) })) };
    },
  });

  route({
    at: "POST /jobs/check",
    access: "editor",
    about: "What is wrong with a job document, and what it would be; changes nothing",
    group,
    body: CheckBody,
    answer: [200, CheckAnswer],
    handler({ body, request }) {
      const verdict = jobs.check(body.document);
      const words = wordsFor(request);
      if ("errors" in verdict) {
        const errors = verdict.errors.map(({ path, message }) => ({ path, message: words.say(message) }));
        return { errors, warnings: [], effective: null };
      }
      return {
        errors: [],
        warnings: verdict.warnings.map(words.say),
        effective: presentEffective(verdict.effective, null),
      };
    },
  });

  route({
    at: "GET /defaults",
    access: "viewer",
    about: "What holds for a job that leaves it out",
    group,
    answer: [200, DefaultsAnswer],
    handler() {
      const { cmd, http } = jobs.defaults();
      return { cmd: defaultsOf(cmd, "cmd", "command"), http: defaultsOf(http, "http", "url") };
    },
  });

  route({
    at: "GET /jobs/:job",
    access: "viewer",
    about: "A job, by name or id",
    group,
    params: named,
    answer: [200, JobView],
    async handler({ params, reply, request }) {
      const job = await look.find(params.job);
      reply.header("etag", etag(job));
      return look.present(job, wordsFor(request));
    },
  });

  route({
    at: "PUT /jobs/:job",
    access: "editor",
    about: "Replace a job's definition",
    forLeader: true,
    group,
    params: named,
    headers: IfMatch,
    body: JobBody,
    answer: [200, JobChanged],
    async handler({ params, body, who, request, reply }) {
      const options = { ...version(request), actor: who.actor };
      const outcome = await orCurrent(params.job, wordsFor(request), jobs.replace(params.job, body, options));
      reply.header("etag", etag(outcome.job));
      return changed(outcome, wordsFor(request));
    },
  });

  route({
    at: "PATCH /jobs/:job",
    access: "editor",
    about: "Change parts of a definition (JSON Merge Patch, RFC 7396)",
    forLeader: true,
    group,
    params: named,
    headers: IfMatch,
    body: JobBody,
    answer: [200, JobChanged],
    async handler({ params, body, who, request, reply }) {
      const options = { ...version(request), actor: who.actor };
      const outcome = await orCurrent(params.job, wordsFor(request), jobs.patch(params.job, body, options));
      reply.header("etag", etag(outcome.job));
      return changed(outcome, wordsFor(request));
    },
  });

  route({
    at: "DELETE /jobs/:job",
    access: "editor",
    about: "Delete a job; its runs stay until retention",
    forLeader: true,
    group,
    params: named,
    headers: IfMatch,
    answer: [200, JobDeleted],
    async handler({ params, who, request }) {
      const options = { ...version(request), actor: who.actor };
      const { job, stillRunning, warnings } = await orCurrent(
        params.job,
        wordsFor(request),
        jobs.remove(params.job, options),
      );
      return { id: job.id, name: job.name, stillRunning, warnings: warnings.map(wordsFor(request).say) };
    },
  });

  route({
    at: "POST /jobs/:job/enable",
    access: "operator",
    about: "Plan it again, from now on",
    forLeader: true,
    group,
    params: named,
    body: EmptyBody,
    answer: [200, JobChanged],
    handler: async ({ params, who, request }) => changed(await jobs.enable(params.job, who.actor), wordsFor(request)),
  });

  route({
    at: "POST /jobs/:job/disable",
    access: "operator",
    about: "Plan it no more, for good or until an instant",
    forLeader: true,
    group,
    params: named,
    body: DisableBody,
    answer: [200, JobChanged],
    async handler({ params, body, who, request }) {
      const reason = body?.reason ? { reason: body.reason } : {};
      const outcome = await jobs.disable(params.job, { until: body?.until ?? null, actor: who.actor, ...reason });
      return changed(outcome, wordsFor(request));
    },
  });

  route({
    at: "GET /jobs/:job/versions",
    access: "viewer",
    about: "Versions of a job, newest first",
    group,
    params: named,
    query: PageQuery,
    answer: [200, VersionPage],
    async handler({ params, query }) {
      const job = await look.find(params.job);
      const page = await store.listVersions(job.id, query);
      const items = page.items.map((each) => ({
        version: each.version,
        spec: each.spec,
        effective: presentEffective(each.effective, null),
        createdAt: iso(each.createdAt),
        createdBy: each.createdBy,
        current: each.version === job.version,
      }));
      return { items, nextCursor: page.nextCursor };
    },
  });

  route({
    at: "POST /jobs/:job/rollback",
    access: "editor",
    about: "Make an old version the newest",
    forLeader: true,
    group,
    params: named,
    headers: IfMatch,
    body: RollbackBody,
    answer: [200, JobChanged],
    async handler({ params, body, who, request, reply }) {
      const options = { ...version(request), actor: who.actor };
      const outcome = await orCurrent(params.job, wordsFor(request), jobs.rollback(params.job, body.version, options));
      reply.header("etag", etag(outcome.job));
      return changed(outcome, wordsFor(request));
    },
  });
}

/** Without what a job can't leave out. */
function defaultsOf(effective: EffectiveJob, kind: "cmd" | "http", required: string): Record<string, unknown> {
  const { name: _name, schedule: _schedule, ...rest } = presentEffective(effective, null);
  const { [required]: _required, ...task } = rest[kind] as Record<string, unknown>;
  return { ...rest, [kind]: task };
}
