// Cancelling or retrying many runs: those named, or all that a filter matches and that it can be done to. Each is done by
// itself, with its own line in the audit.
import { finalStates, isFailure, isFinal, isOpen, openStates, type Run, type RunState } from "../../model/run.ts";
import { RunsBulkAnswer, RunsBulkBody } from "../contract/runs.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem, notFound } from "../errors.ts";
import { wordsFor } from "../language.ts";
import type { Declare } from "../route.ts";
import { doEach, emptyFilter, mostAtOnce, tooMany } from "./bulk-each.ts";

type Action = RunsBulkBody["action"];
type Filter = NonNullable<RunsBulkBody["filter"]>;
type Done = { state: RunState; run: string | null };

/** The states that an action is for, as far as the filter lets them in. Nobody retries what succeeded without saying so. */
function statesFor(action: Action, asked: RunState[] | undefined): RunState[] {
  if (action === "cancel") return asked?.filter(isOpen) ?? [...openStates];
  return asked?.filter(isFinal) ?? finalStates.filter(isFailure);
}

export function runsBulkRoutes(route: Declare, { store, operations, clock, logger }: RouteDeps): void {
  async function matching(action: Action, filter: Filter): Promise<Run[]> {
    if (!Object.values(filter).some((value) => value !== undefined && value !== "")) throw emptyFilter("runs");
    const state = statesFor(action, filter.state);
    if (state.length === 0) return [];
    const now = clock.now();
    const rows: Run[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await store.listRuns({ ...filter, state, now, limit: 500, ...(cursor ? { cursor } : {}) });
      // As in the list: ticks that are only planned ahead are meant where the filter names their state.
      rows.push(...page.items.filter((run) => filter.state || run.state === "running" || run.dueAt <= now));
      if (rows.length > mostAtOnce) throw tooMany("runs", "more");
      cursor = page.nextCursor;
    }
    return rows;
  }

  const named = (ids: string[]) =>
    Promise.all(
      ids.map(async (id) => {
        const run = await store.getRun(id);
        if (!run) throw notFound(`there is no run ${JSON.stringify(id)}, or several begin like that`);
        return run;
      }),
    );

  async function act(action: Action, run: Run, actor: string): Promise<Done> {
    if (action === "retry") return { state: run.state, run: (await operations.retryRun(run.id, actor)).id };
    return { state: (await operations.cancelRun(run.id, actor)).run.state, run: null };
  }

  route({
    at: "POST /runs/bulk",
    access: "operator",
    about: "Cancel or retry many runs",
    forLeader: true,
    group: "runs",
    body: RunsBulkBody,
    answer: [200, RunsBulkAnswer],
    async handler({ body, who, request }) {
      if ((body.runs === undefined) === (body.filter === undefined))
        throw new HttpProblem(422, "invalid", "expected either runs or filter");
      const rows = body.filter ? await matching(body.action, body.filter) : await named(body.runs ?? []);
      const each = await doEach(rows, {
        dryRun: body.dryRun,
        requestId: request.id,
        words: wordsFor(request),
        act: (run) => act(body.action, run, who.actor),
        onUnexpected: (err, { id }) => logger.error({ err, runId: id }, "a run of many could not be settled"),
      });
      const results = each.map(({ row, done, error }) => ({
        id: row.id,
        job: { id: row.jobId, name: row.jobName },
        state: done?.state ?? row.state,
        run: done?.run ?? null,
        error,
      }));
      return { matched: rows.length, results } satisfies RunsBulkAnswer;
    },
  });
}
