// /runs: the ledger, and what can be asked of a run.
import { z } from "zod";
import { CancelAnswer, EmptyBody, RunBody, RunDetailView, RunPage, RunsQuery } from "../contract.ts";
import type { RouteDeps } from "../deps.ts";
import { notFound } from "../errors.ts";
import { presentRun, presentRunDetail } from "../present.ts";
import { type Declare, param } from "../route.ts";

const group = "runs";
const one = z.object({ run: param });

export function runRoutes(route: Declare, { store, operations, clock }: RouteDeps): void {
  async function find(id: string) {
    const run = await store.getRun(id);
    if (!run) throw notFound(`there is no run ${JSON.stringify(id)}, or several begin like that`);
    return run;
  }
  /** As it stands; the operation's own answer where it's already gone. */
  const detail = async (run: Parameters<typeof presentRun>[0]) =>
    presentRunDetail(
      (await store.getRun(run.id)) ?? { ...run, attempts: [], requestedBy: null, idempotencyKey: null, parked: null },
    );

  route({
    at: "GET /runs",
    access: "viewer",
    about: "Runs, newest first; what isn't due yet only where `state` asks for it",
    group,
    query: RunsQuery,
    answer: [200, RunPage],
    async handler({ query }) {
      const page = await store.listRuns({ ...query, now: clock.now() });
      return { items: page.items.map(presentRun), nextCursor: page.nextCursor };
    },
  });

  route({
    at: "GET /runs/:run",
    access: "viewer",
    about: "A run with its attempts, by its id or the start of it",
    group,
    params: one,
    answer: [200, RunDetailView],
    handler: async ({ params }) => presentRunDetail(await find(params.run)),
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
    async handler({ params, body, who, reply }) {
      const { run } = await operations.runNow(params.job, body ?? {}, who.actor);
      reply.header("location", `/api/v1/runs/${run.id}`);
      return detail(run);
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
    async handler({ params, who }) {
      const { run, settled } = await operations.cancelRun((await find(params.run)).id, who.actor);
      return { ...(await detail(run)), settled };
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
    async handler({ params, who, reply }) {
      const run = await operations.retryRun((await find(params.run)).id, who.actor);
      reply.header("location", `/api/v1/runs/${run.id}`);
      return detail(run);
    },
  });
}
