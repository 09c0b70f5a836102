// One action on many jobs: those named, or all that a filter matches. Each is done by itself; one that fails doesn't stop
// the rest, and the answer says what became of every one.
import type { JobRow } from "../../store/store.ts";
import { authorize } from "../access.ts";
import { BulkAnswer, BulkBody } from "../contract.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem, toProblem } from "../errors.ts";
import { createJobLook } from "../job-look.ts";
import type { Declare } from "../route.ts";

const most = 1000;
const tooMany = (found: string) =>
  new HttpProblem(422, "too_many", `expected at most ${most} jobs at a time, got ${found}; narrow the filter`);

export function bulkRoutes(route: Declare, deps: RouteDeps): void {
  const { store, jobs, operations, logger } = deps;
  const look = createJobLook(deps);

  async function matching(filter: NonNullable<BulkBody["filter"]>): Promise<JobRow[]> {
    if (Object.keys(filter).length === 0)
      throw new HttpProblem(422, "empty_filter", "expected a filter that says something: all jobs are never meant");
    const page = await store.listJobs({ ...filter, limit: most });
    if (page.nextCursor !== null) throw tooMany("more");
    return page.items;
  }

  async function act(job: JobRow, { action, until, reason }: BulkBody, actor: string): Promise<string | null> {
    switch (action) {
      case "enable":
        if (!job.enabled) await jobs.enable(job.id, actor);
        return null;
      case "disable":
        if (job.enabled || until)
          await jobs.disable(job.id, { until: until ?? null, actor, ...(reason ? { reason } : {}) });
        return null;
      case "run":
        return (await operations.runNow(job.id, {}, actor)).run.id;
      case "delete":
        await jobs.remove(job.id, { actor });
        return null;
    }
  }

  route({
    at: "POST /jobs/bulk",
    access: "operator",
    about: "Enable, disable, run or delete many jobs; deleting needs the role editor",
    forLeader: true,
    group: "jobs",
    body: BulkBody,
    answer: [200, BulkAnswer],
    async handler({ body, who, request }) {
      if (body.action === "delete") authorize(who, "editor");
      if ((body.jobs === undefined) === (body.filter === undefined))
        throw new HttpProblem(422, "invalid", "expected either jobs or filter");
      const rows = body.filter ? await matching(body.filter) : await Promise.all((body.jobs ?? []).map(look.find));
      const results: BulkAnswer["results"] = [];
      for (const job of rows) {
        const one = { id: job.id, name: job.name, run: null, error: null };
        if (body.dryRun) {
          results.push(one);
          continue;
        }
        try {
          results.push({ ...one, run: await act(job, body, who.actor) });
        } catch (err) {
          const { body: problem, unexpected } = toProblem(err, request.id);
          if (unexpected) logger.error({ err, jobId: job.id }, "a job of many could not be changed");
          results.push({ ...one, error: { code: String(problem.code), message: String(problem.detail) } });
        }
      }
      return { matched: rows.length, results };
    },
  });
}
