// The leader's steps and verdicts, by compare-and-set on state and fence. Rows are read (and locked), the steps are worked
// out on them, and rows that change alike are written by one statement.
import { isFinal, isOpen } from "../../model/run.ts";
import type { RunChange, Transition } from "../store.ts";
import { chunks, type Db, locked, padded, type SqlContext } from "./context.ts";
import { noteFinished } from "./job-history.ts";
import { type RunRow, reasonColumns, toRunChange } from "./rows.ts";
import { statement } from "./statement.ts";

interface Step {
  before: RunRow;
  set: Partial<RunRow>;
  after: RunRow;
  at: number;
}

export async function applyTransitions(
  ctx: Pick<SqlContext, "dialect">,
  trx: Db,
  items: Transition[],
): Promise<RunChange[]> {
  const rows = new Map<string, RunRow>();
  // Always in the same order, so that two transactions never wait for each other's runs.
  for (const ids of chunks([...new Set(items.map((item) => item.runId))].sort())) {
    for (const row of (await lockedRuns(ctx, trx, { ids: padded(ids) })).rows) rows.set(row.id, row);
  }
  const steps: Step[] = [];
  for (const item of items) {
    const before = rows.get(item.runId);
    if (!before || !matches(before, item)) continue;
    const set = columnsOf(before, item);
    const after = { ...before, ...set };
    // Should two items be about one run, the second is judged by what the first made of it.
    rows.set(item.runId, after);
    steps.push({ before, set, after, at: item.at });
  }
  await writeSteps(trx, steps);
  await endAttempts(trx, steps);
  const finished = steps.filter(({ after }) => isFinal(after.state)).map(({ after }) => after);
  const streaks = await noteFinished(ctx, trx, finished);
  return steps.map(({ before, after }) => toRunChange(after, before.state, streaks.get(after.id) ?? null));
}

/** Runs by id, in the order of their ids, kept from everybody else until the transaction ends. */
export const lockedRuns = statement((trx, { ids }: { ids: string[] }, ctx) =>
  locked(ctx, trx.selectFrom("runs").selectAll().where("id", "in", ids).orderBy("id")),
);

function matches(row: RunRow, { ifState, ifFence, to }: Transition): boolean {
  if (!isOpen(row.state) || !ifState.includes(row.state) || row.fence !== ifFence) return false;
  // What somebody asked to cancel, or an edit has in hand, is not handed out.
  return to.state !== "assigned" || (row.cancel_requested === 0 && row.revoking === 0);
}

/** Claimed, and taken for started: its report may still be on its way, and its number mustn't be given out again. */
const isUnheard = (row: RunRow) => row.state === "assigned";

function columnsOf(row: RunRow, { to, at }: Transition): Partial<RunRow> {
  const floor = to.raiseFloor ? row.fence + 1 : row.floor;
  switch (to.state) {
    case "assigned":
      return {
        state: to.state,
        fence: row.fence + 1,
        floor,
        session_id: to.sessionId,
        node_id: to.nodeId,
        node_name: to.nodeName,
        assigned_at: at,
        parked: "",
        reruns: row.reruns + (to.rerun ? 1 : 0),
        ...reasonColumns(null),
      };
    case "planned":
      return {
        state: to.state,
        floor,
        session_id: null,
        node_id: null,
        node_name: null,
        assigned_at: null,
        parked: to.parked ?? "",
        reruns: row.reruns + (to.rerun ? 1 : 0),
        ...reasonColumns(to.reason),
        // It has started once: neither the misfire rules nor its start deadline apply to it any more.
        ...(to.rerun ? { catch_up: 1, start_by: null, attempt: row.attempt + (isUnheard(row) ? 1 : 0) } : {}),
        ...(to.catchUp
          ? { trigger_kind: "catch_up", catch_up: 1, due_at: to.catchUp.dueAt, start_by: to.catchUp.startBy }
          : {}),
      };
    default:
      return { state: to.state, floor, finished_at: at, parked: "", ...reasonColumns(to.reason) };
  }
}

/** Attempts of runs that are given up while running: nobody may ever say how they ended. A late report still can. */
async function endAttempts(trx: Db, steps: Step[]) {
  const ends = new Map<number, string[]>();
  for (const { before, after, at } of steps)
    if (before.state === "running" && after.state !== "running") ends.set(at, [...(ends.get(at) ?? []), before.id]);
  for (const [at, runIds] of ends)
    for (const ids of chunks(runIds))
      await trx
        .updateTable("attempts")
        .set({ outcome: "lost", finished_at: at })
        .where("run_id", "in", padded(ids))
        .where("finished_at", "is", null)
        .execute();
}

async function writeSteps(trx: Db, steps: Step[]) {
  const alike = new Map<string, { turn: number; steps: Step[] }>();
  // A run's second step is written after its first, whatever other rows either is written with.
  const turns = new Map<string, number>();
  for (const step of steps) {
    const turn = (turns.get(step.before.id) ?? 0) + 1;
    turns.set(step.before.id, turn);
    const key = JSON.stringify([turn, step.before.state, step.before.fence, step.set]);
    const group = alike.get(key);
    if (group) group.steps.push(step);
    else alike.set(key, { turn, steps: [step] });
  }
  for (const group of [...alike.values()].sort((a, b) => a.turn - b.turn))
    for (const part of chunks(group.steps)) {
      const { before, set } = part[0] as Step;
      const result = await trx
        .updateTable("runs")
        .set(set)
        .where("id", "in", padded(part.map((step) => step.before.id)))
        .where("state", "=", before.state)
        .where("fence", "=", before.fence)
        .executeTakeFirst();
      if (Number(result.numUpdatedRows) !== part.length)
        throw new Error(`expected to change ${part.length} locked runs, changed ${result.numUpdatedRows}`);
    }
}
