// /runs: the ledger, and what can be asked of a run.
import { z } from "zod";
import type { Run } from "../../model/run.ts";
import type { RunDetail } from "../../store/store.ts";
import { EmptyBody } from "../contract/pieces.ts";
import { CancelAnswer, RunBody, RunDetailView, RunPage, RunsQuery } from "../contract/runs.ts";
import type { RouteDeps } from "../deps.ts";
import { notFound } from "../errors.ts";
import { type Words, wordsFor } from "../language.ts";
import { presentRun, presentRunDetail } from "../present.ts";
import { type Declare, param } from "../route.ts";
import { runsBulkRoutes } from "./runs-bulk.ts";

const group = "runs";
const one = z.object({ run: param });

export function runRoutes(route: Declare, deps: RouteDeps): void {
  const { store, operations, clock } = deps;
  runsBulkRoutes(route, deps);

  async function find(id: string) {
    const run = await store.getRun(id);
    if (!run) throw notFound(`there is no run ${JSON.stringify(id)}, or several begin like that`);
    return run;
  }
  async function present(run: RunDetail, words: Words) {
    const [version, cancels] = await Promise.all([
      store.jobVersion(run.jobId, run.jobVersion),
      run.cancelRequested ? store.listAudit({ targetId: run.id, action: "run.cancel", limit: 1 }) : null,
    ]);
    return presentRunDetail(run, { rules: version?.effective ?? null, cancelled: cancels?.items[0] ?? null, words });
  }
  /** As it stands; the operation's own answer where it's already gone. */
  const detail = async (run: Run, words: Words) =>
    present((await store.getRun(run.id)) ?? { ...run, attempts: [], idempotencyKey: null, parked: null }, words);

  route({
    at: "GET /runs",
    access: "viewer",
    about: "Runs, newest first; what isn't due yet only where `state` asks for it",
    group,
    query: RunsQuery,
    answer: [200, RunPage],
    async handler({ query, request }) {
      const page = await store.listRuns({ ...query, now: clock.now() });
      const words = wordsFor(request);
      return { items: page.items.map((run) => presentRun(run, words)), nextCursor: page.nextCursor };
    },
  });

  route({
    at: "GET /runs/:run",
    access: "viewer",
    about: "A run with its attempts, by its id or the start of it",
    group,
    params: one,
    answer: [200, RunDetailView],
    handler: async ({ params, request }) => present(await find(params.run), wordsFor(request)),
  });

  route({
    at: "POST /jobs/:job/run",
    access: "operator",
    about: "Run a job now",
    forLeader: true,
    group,
    params: z.object({ job: param }),
    body: RunBody,
    answer: [202, RunDetailView],
    async handler({ params, body, who, request, reply }) {
      const { run } = await operations.runNow(params.job, body ?? {}, who.actor);
      reply.header("location", `/api/v1/runs/${run.id}`);
      return detail(run, wordsFor(request));
    },
  });

  route({
    at: "POST /runs/:run/cancel",
    access: "operator",
    about: "Stop a run; asking again changes nothing",
    forLeader: true,
    group,
    params: one,
    body: EmptyBody,
    answer: [202, CancelAnswer],
    async handler({ params, who, request }) {
      const { run, settled } = await operations.cancelRun((await find(params.run)).id, who.actor);
      return { ...(await detail(run, wordsFor(request))), settled };
    },
  });

  route({
    at: "POST /runs/:run/retry",
    access: "operator",
    about: "A new run with the version and overrides of one that is over",
    forLeader: true,
    group,
    params: one,
    body: EmptyBody,
    answer: [202, RunDetailView],
    async handler({ params, who, request, reply }) {
      const run = await operations.retryRun((await find(params.run)).id, who.actor);
      reply.header("location", `/api/v1/runs/${run.id}`);
      return detail(run, wordsFor(request));
    },
  });
}
