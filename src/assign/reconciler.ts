// The reconciler: makes rows and keys agree, whatever was cut short, lost or forgotten. It runs on taking over, after
// every doubtful write, when a session goes, and every minute over everything. It only ever does three things, each safe
// by itself: take an unclaimed assignment back, give up a claim whose session has ended, and clear keys of what is over.
// What becomes free is planned again, and the assigner hands it out under the next fence.
import type { AssignmentView, ClaimView } from "../coordinator/coordinator.ts";
import type { Reason } from "../model/run.ts";
import type { OpenRun, Transition } from "../store/store.ts";
import { type Leader, readKeys, refOf, settleUnknown } from "./leader.ts";

const page = 500;

interface Keys {
  assignments: Map<string, AssignmentView>;
  claims: Map<string, ClaimView>;
}

interface Unclaimed {
  row: OpenRun;
  view: AssignmentView;
}

export interface Reconciler {
  /**
   * Everything: all open rows against all keys. `wiped`: the coordinator has forgotten what was before this leadership, so
   * a missing claim proves nothing about a session that ended without an answer.
   */
  reconcileAll(options: { wiped: boolean }): Promise<void>;
  reconcileRuns(runIds: string[]): Promise<void>;
  /** What a session held, after it ended or stopped being eligible. */
  reconcileSession(sessionId: string): Promise<void>;
  /** Takes back those of these assigned runs that nobody has claimed; of a group all or none. They are handed out again. */
  takeBack(groups: OpenRun[][]): Promise<void>;
}

export function createReconciler(leader: Leader): Reconciler {
  const { store, board, clock, leadership } = leader;

  async function reconcileAll({ wiped }: { wiped: boolean }) {
    const resetBoard = board.beginReset();
    const snapshot = await leadership.snapshot();
    const keys: Keys = {
      assignments: new Map(snapshot.assignments.map((view) => [view.assignment.runId, view])),
      claims: new Map(snapshot.claims.map((claim) => [claim.runId, claim])),
    };
    const withKeys = new Set([...keys.assignments.keys(), ...keys.claims.keys()]);
    const open: OpenRun[] = [];
    for (let after: string | null = null; ; ) {
      const rows: OpenRun[] = await store.openRuns(after, page);
      for (const row of rows) withKeys.delete(row.id);
      open.push(
        ...rows.filter((row) => row.state !== "planned" || keys.assignments.has(row.id) || keys.claims.has(row.id)),
      );
      if (rows.length < page) break;
      after = (rows.at(-1) as OpenRun).id;
    }
    resetBoard(open);
    await reconcileRows(open, keys, wiped);
    // Keys were read before the rows: a key without an open row belongs to a run that is over or unknown.
    await clean([...withKeys]);
  }

  async function reconcileRuns(runIds: string[]) {
    const keys = await leadership.lookup(runIds);
    const rows = await store.openRunsByIds(runIds);
    const open = new Set(rows.map((row) => row.id));
    await reconcileRows(
      rows,
      {
        assignments: new Map(keys.assignments.map((view) => [view.assignment.runId, view])),
        claims: new Map(keys.claims.map((claim) => [claim.runId, claim])),
      },
      false,
    );
    await clean(runIds.filter((id) => !open.has(id)));
  }

  async function reconcileSession(sessionId: string) {
    const rows = await store.openRunsOfSession(sessionId);
    await reconcileRows(rows, await readKeys(leader, rows), false);
  }

  async function takeBack(groups: OpenRun[][]) {
    const { assignments, claims } = await readKeys(leader, groups.flat());
    const isFree = (row: OpenRun) => !claims.has(row.id) && assignments.get(row.id)?.assignment.fence === row.fence;
    const free = groups.filter((group) => group.every(isFree));
    if (free.length === 0) return;
    const unknown = await takeBackTogether(
      free.map((group) => group.map((row) => ({ row, view: assignments.get(row.id) as AssignmentView }))),
    );
    // It may have taken effect: nobody would have them before everything is compared.
    if (unknown.length) await reconcileRuns(unknown.map(({ row }) => row.id));
    leader.wakeAssigner();
  }

  async function reconcileRows(rows: OpenRun[], keys: Keys, wiped: boolean) {
    const ended = new Set(await store.endedAmong(sessionsOf(rows, keys)));
    const takeBack: { row: OpenRun; view: AssignmentView }[] = [];
    const giveUp: { row: OpenRun; claim: ClaimView; view: AssignmentView | undefined }[] = [];
    const lose: OpenRun[] = [];
    const free: OpenRun[] = [];
    for (const row of rows) {
      if (row.revoking) continue; // An edit has it in hand.
      const view = keys.assignments.get(row.id);
      const claim = keys.claims.get(row.id);
      if (claim) {
        if (claim.fence < row.floor) giveUp.push({ row, claim, view });
        else if (ended.has(claim.sessionId)) lose.push(row);
      } else if (view) {
        const stale = view.assignment.fence !== row.fence || row.state === "planned";
        if (stale || ended.has(view.assignment.sessionId) || !board.isEligible(view.assignment.sessionId))
          takeBack.push({ row, view });
      } else if (row.state === "running" && row.sessionId && ended.has(row.sessionId)) lose.push(row);
      else if (row.state === "assigned") {
        // No keys: the put never took effect, unless the coordinator lost its memory and the session can't be asked.
        if (wiped && row.sessionId && ended.has(row.sessionId)) lose.push(row);
        else free.push(row);
      }
    }
    await takeBackUnclaimed(takeBack);
    await giveUpClaims(giveUp);
    await loseRuns(lose, keys);
    await planAgain(free);
    if (rows.length) leader.wakeAssigner();
  }

  /** Unclaimed runs of a job go together or not at all, so that two nodes never judge one job's overlap. */
  async function takeBackUnclaimed(items: Unclaimed[]) {
    if (items.length === 0) return;
    const groups = new Map<string, Unclaimed[]>();
    for (const item of items) {
      const group = groups.get(item.row.jobId);
      if (group) group.push(item);
      else groups.set(item.row.jobId, [item]);
    }
    await takeBackTogether([...groups.values()]);
  }

  /** Each group as a whole. Answers those of which nobody knows. */
  async function takeBackTogether(groups: Unclaimed[][]): Promise<Unclaimed[]> {
    const outcomes = await leadership.move(
      groups.map((group) => group.map(({ view }) => ({ from: refOf(view), to: null }))),
    );
    await settleUnknown(leader, outcomes);
    // Refused: one was claimed meanwhile, which the next look will find. Nothing was changed in the store.
    await planAgain(groups.filter((_, i) => outcomes[i] === "done").flatMap((group) => group.map(({ row }) => row)));
    return groups.filter((_, i) => outcomes[i] === "unknown").flat();
  }

  async function planAgain(rows: OpenRun[]) {
    const again = rows.filter((row) => row.state !== "planned");
    const pinned = again.filter((row) => row.nodeKey !== "" && row.sessionId && !board.isEligible(row.sessionId));
    const gone = new Set(pinned.map((row) => row.id));
    const reason: Reason = { code: "no_eligible_node", message: "its node went before it could start there" };
    await apply(
      again.map((row) => ({
        ...base(row),
        to:
          gone.has(row.id) && row.sessionId && !board.hasSession(row.sessionId)
            ? { state: "missed", reason, raiseFloor: false }
            : { state: "planned", raiseFloor: false, rerun: false, parked: null, reason: null },
      })),
    );
  }

  /** Claims below the floor: their node gave them back. The claim goes, the row (planned by then) is handed out again. */
  async function giveUpClaims(items: { row: OpenRun; claim: ClaimView; view: AssignmentView | undefined }[]) {
    if (items.length === 0) return;
    const outcomes = await leadership.replaceClaim(
      items.map(({ claim, view }) => ({ claim, old: view ? refOf(view) : null, to: null })),
    );
    await settleUnknown(leader, outcomes);
    await planAgain(items.filter((_, i) => outcomes[i] === "done").map(({ row }) => row));
  }

  /** Runs that had started (as far as anyone can know) on a session that has ended. */
  async function loseRuns(rows: OpenRun[], keys: Keys) {
    if (rows.length === 0) return;
    const transitions: Transition[] = [];
    for (const row of rows) {
      const job = await board.jobVersion(row.jobId, row.jobVersion);
      const where = row.nodeId ? `node ${row.nodeId}` : "its node";
      const message = `${where} was lost while the run was on it (session ${row.sessionId})`;
      const reason: Reason = { code: "node_lost", message };
      if (row.cancelRequested)
        transitions.push({ ...base(row), to: { state: "cancelled", reason, raiseFloor: false } });
      else if (job.onNodeLoss === "rerun" && row.reruns < job.maxReruns)
        transitions.push({
          ...base(row),
          to: { state: "planned", raiseFloor: true, rerun: true, parked: null, reason },
        });
      // The floor stays: if the node was only cut off, its late report under this fence corrects the record.
      else transitions.push({ ...base(row), to: { state: "lost", reason, raiseFloor: false } });
    }
    const lost = new Set(transitions.filter(({ to }) => to.state === "lost").map(({ runId }) => runId));
    // Before it is written: what was lost and isn't held may start elsewhere.
    await leader.exclusives.lost(
      rows.filter((row) => lost.has(row.id)),
      ({ jobId, jobVersion }) => board.jobVersion(jobId, jobVersion),
    );
    const changes = await apply(transitions);
    const rerun = changes.filter((change) => change.to === "planned").map((change) => change.runId);
    const claims = rerun.map((id) => keys.claims.get(id)).filter((claim) => claim !== undefined);
    const outcomes = await leadership.replaceClaim(
      claims.map((claim) => {
        const view = keys.assignments.get(claim.runId);
        return { claim, old: view ? refOf(view) : null, to: null };
      }),
    );
    await settleUnknown(leader, outcomes);
    await clean(changes.filter((change) => change.to !== "planned").map((change) => change.runId));
  }

  const base = (row: OpenRun) => ({
    runId: row.id,
    ifState: [row.state],
    ifFence: row.fence,
    at: clock.now(),
  });

  async function apply(transitions: Transition[]) {
    if (transitions.length === 0) return [];
    const changes = await store.transition(leader.term, transitions);
    leader.publish(changes);
    return changes;
  }

  async function clean(runIds: string[]) {
    if (runIds.length === 0) return;
    const outcomes = await leadership.clean(runIds);
    await settleUnknown(leader, outcomes);
  }

  return { reconcileAll, reconcileRuns, reconcileSession, takeBack };
}

function sessionsOf(rows: OpenRun[], keys: Keys): string[] {
  const ids = new Set<string>();
  for (const row of rows) {
    if (row.sessionId) ids.add(row.sessionId);
    const view = keys.assignments.get(row.id);
    if (view) ids.add(view.assignment.sessionId);
    const claim = keys.claims.get(row.id);
    if (claim) ids.add(claim.sessionId);
  }
  return [...ids];
}
