// Cancelling: desired state, first in the store. What is unclaimed is taken back and cancelled here; what is claimed is
// told to stop through its assignment, and the node reports the end. The first terminal state wins.
import type { Reason, Run } from "../model/run.ts";
import { isFinal } from "../model/run.ts";
import type { OpenRun } from "../store/store.ts";
import { buildAssignment, type Leader, refOf, settleUnknown } from "./leader.ts";
import { OperationError } from "./operations.ts";
import type { Reconciler } from "./reconciler.ts";

const page = 500;

export interface Canceller {
  cancelRun(runId: string, actor: string): Promise<{ run: Run; settled: boolean }>;
  /** Carries on with cancels that a former leader, or an error, left. Runs inside the leader's queue. */
  resume(): Promise<void>;
}

export function createCanceller(leader: Leader, reconciler: Reconciler): Canceller {
  const { store, clock, leadership, board, exclusives, term } = leader;

  /** Runs inside the leader's queue. */
  async function enforce(runId: string, message: string) {
    const [row] = await store.openRunsByIds([runId]);
    if (!row?.cancelRequested) return;
    const reason: Reason = { code: "cancelled_by_user", message };
    const keys = await leadership.lookup([runId]);
    const view = keys.assignments[0];
    const claim = keys.claims[0];
    let free = row.state === "planned" && !claim;
    if (view && !claim) {
      const outcomes = await leadership.move([[{ from: refOf(view), to: null }]]);
      await settleUnknown(leader, outcomes);
      free = outcomes[0] === "done";
      if (!free) return enforceClaimed(row, reason);
    } else if (!view && !claim && row.state === "assigned") free = true;
    if (!free) return enforceClaimed(row, reason);
    const changes = await store.transition(term, [
      {
        runId,
        ifState: [row.state],
        ifFence: row.fence,
        to: { state: "cancelled", reason, raiseFloor: false },
        at: clock.now(),
      },
    ]);
    leader.publish(changes);
  }

  async function enforceClaimed(row: OpenRun, reason: Reason) {
    const { assignments, claims } = await leadership.lookup([row.id]);
    const view = assignments[0];
    const session = claims[0]?.sessionId ?? view?.assignment.sessionId ?? row.sessionId;
    if (session && (await store.endedAmong([session])).length) return reconciler.reconcileRuns([row.id]);
    if (!view) return claims[0] || !session ? undefined : sayAnew(row, session, reason);
    if (view.assignment.stop?.kind === "cancel") return;
    await settleUnknown(leader, await leadership.stop([{ at: refOf(view), stop: { kind: "cancel", reason } }]));
  }

  /** It runs, and the coordinator has forgotten it (R10): only what is put back can tell its node to stop. */
  async function sayAnew(row: OpenRun, sessionId: string, reason: Reason) {
    if (row.state !== "running" || row.nodeId === null) return;
    const job = await board.jobVersion(row.jobId, row.jobVersion);
    // The fence that has spoken; one that was issued after it never came into force.
    const inForce = { ...row, fence: row.floor };
    const assignment = buildAssignment(inForce, job, { sessionId, nodeId: row.nodeId }, exclusives.until(row, job));
    const stop = { kind: "cancel" as const, reason };
    const claim = { assignment: { ...assignment, stop }, sessionId, fence: row.floor };
    await settleUnknown(leader, await leadership.restoreClaim([claim]));
  }

  return {
    async cancelRun(runId, actor) {
      const run = await store.requestCancel(runId, clock.now(), actor);
      if (!run) throw new OperationError("not_found", `there is no run ${runId}`);
      if (isFinal(run.state)) return { run, settled: true };
      await leader.queue.run(() => enforce(run.id, `cancelled by ${actor}`));
      const now = (await store.getRun(run.id)) ?? run;
      return { run: now, settled: isFinal(now.state) };
    },
    async resume() {
      for (let after: string | null = null; ; ) {
        const rows: OpenRun[] = await store.openRuns(after, page);
        for (const row of rows)
          if (row.cancelRequested) await enforce(row.id, row.reason?.message ?? "cancelled by a user");
        if (rows.length < page) return;
        after = (rows.at(-1) as OpenRun).id;
      }
    },
  };
}
