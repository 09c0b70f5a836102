// One action on many jobs: those named, or all that a filter matches. Each is done by itself; one that fails doesn't stop
// the rest, and the answer says what became of every one.
import type { JobRow, Page } from "../../store/store.ts";
import { authorize } from "../access.ts";
import { BulkAnswer, BulkBody } from "../contract/jobs.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem } from "../errors.ts";
import { createJobLook } from "../job-look.ts";
import { wordsFor } from "../language.ts";
import type { Declare } from "../route.ts";
import { doEach, emptyFilter, mostAtOnce, tooMany } from "./bulk-each.ts";

export function bulkRoutes(route: Declare, deps: RouteDeps): void {
  const { store, jobs, operations, logger } = deps;
  const look = createJobLook(deps);

  async function matching(filter: NonNullable<BulkBody["filter"]>): Promise<JobRow[]> {
    if (Object.keys(filter).length === 0) throw emptyFilter("jobs");
    const found: JobRow[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Page<JobRow> = await store.listJobs({ ...filter, limit: 500, ...(cursor ? { cursor } : {}) });
      found.push(...page.items);
      cursor = page.nextCursor;
      if (found.length > mostAtOnce || (found.length === mostAtOnce && cursor !== null)) throw tooMany("jobs", "more");
    }
    return found;
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
      const each = await doEach(rows, {
        dryRun: body.dryRun,
        requestId: request.id,
        words: wordsFor(request),
        act: (job) => act(job, body, who.actor),
        onUnexpected: (err, { id }) => logger.error({ err, jobId: id }, "a job of many could not be changed"),
      });
      const results = each.map(({ row, done, error }) => ({ id: row.id, name: row.name, run: done, error }));
      return { matched: rows.length, results } satisfies BulkAnswer;
    },
  });
}
