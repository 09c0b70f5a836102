// The assigner: takes planned runs in priority order, chooses a session for each, issues the fence in the store (always
// first: a fence that was issued is never issued again), then puts the assignments. What can't be placed now is parked
// in the ledger under what it waits for, with the reason, so that it holds nobody else up.
import type { EffectiveJob } from "../model/job.ts";
import { isFinal, type Reason } from "../model/run.ts";
import type { OpenRun, Transition, WaitingRun } from "../store/store.ts";
import { type Candidate, chooseNode, describePlacement, isEligible, isFull, soonMs } from "./choose-node.ts";
import { buildAssignment, type Leader, settleUnknown } from "./leader.ts";
import type { Reconciler } from "./reconciler.ts";

const perPriority = 200;
const batch = 250;
const restAfterRefusalMs = 200;
const ofATick = new Set(["schedule", "catch_up", "backfill"]);

// Many runs at a time wait for room. Those with the same words are written by one statement.
const behindAnother = "an earlier run of the same job waits for a node that has room";
const keptTogether = (node: string) =>
  `${node} has as much work as it takes, and the job's runs that aren't over are there`;

/** What a placed run is parked under. */
export const parkedOn = {
  nodes: "nodes",
  limit: (key: string) => `limit:${key}`,
  job: (jobId: string) => `job:${jobId}`,
  session: (sessionId: string) => `session:${sessionId}`,
  /** A run of the job that was lost and may still be going on. */
  lost: (jobId: string) => `lost:${jobId}`,
};

type Decision =
  | { kind: "assign"; job: EffectiveJob; sessionId: string; nodeId: string; nodeName: string }
  | { kind: "park"; parked: string; reason: Reason }
  | { kind: "over"; state: "missed" | "skipped"; reason: Reason }
  /** Every node it could go to is full, as is everybody else's. */
  | { kind: "full" };

type Failure = { err: unknown } | null;

interface Assigning {
  run: WaitingRun;
  job: EffectiveJob;
}

export interface Assigner {
  /** Hands out what can be handed out. Runs inside the leader's queue. */
  assignWaiting(): Promise<void>;
  /** The same for runs that are known to wait (just planned, just asked for). */
  assignThese(runs: WaitingRun[]): Promise<void>;
}

export function createAssigner(leader: Leader, reconciler: () => Reconciler): Assigner {
  const { store, board, clock } = leader;
  /** Runs whose hand-out failed half-way. */
  const inDoubt = new Set<string>();

  /** Ready runs go by (priority, due, id), one step of priority for each 60 s waited. */
  function inOrder(runs: WaitingRun[]): WaitingRun[] {
    const now = clock.now();
    const aged = (run: WaitingRun) => run.priority + Math.max(0, Math.floor((now - run.dueAt) / 60_000));
    return runs.sort((a, b) => aged(b) - aged(a) || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
  }

  async function decide(run: WaitingRun): Promise<Decision> {
    const job = await board.jobVersion(run.jobId, run.jobVersion);
    const outdated = await outdatedBy(run);
    if (outdated) return { kind: "over", state: "skipped", reason: { code: "job_disabled", message: outdated } };
    const candidates = board.candidates();
    const soon = isSoon(run);
    const hasRoom = (candidate: Candidate) => candidate.eligible && !isFull(candidate, soon);
    const wish = run.nodeKey || run.overrides?.node || null;
    const eligible = candidates.filter((candidate) => isEligible(candidate, job, wish));
    if (eligible.length === 0) {
      const reason: Reason = { code: "no_eligible_node", message: describePlacement(job, candidates, wish) };
      // A shard never moves to another node.
      return run.nodeKey ? { kind: "over", state: "missed", reason } : park(parkedOn.nodes, reason);
    }
    if (job.limit && board.limitCount(job.limit.key) >= job.limit.max) {
      const message = `limit ${job.limit.key}: ${job.limit.max} running at most, all slots of the key are taken`;
      return park(parkedOn.limit(job.limit.key), { code: "limit", message });
    }
    const overlap = run.overrides?.overlap ?? job.overlap;
    if (overlap !== "allow" && !run.nodeKey) {
      const lost = leader.exclusives.of(run.jobId);
      if (lost) {
        const itself = eligible.find((candidate) => candidate.info.nodeId === lost.nodeId);
        if (itself && hasRoom(itself)) return assignTo(itself, job);
        const until = new Date(lost.until).toISOString();
        const message = `run ${lost.runId} of the same job was lost with its node, where it may go on until ${until}`;
        return park(parkedOn.lost(run.jobId), { code: "overlap", message });
      }
      // The overlap gate stands on the node: a job's unfinished runs keep to one session.
      let holder = board.heldByJob(run.jobId)[0];
      const session = holder && eligible.find((candidate) => candidate.sessionId === holder?.sessionId);
      // What was asked for on another node has the others follow it there.
      if (holder && !session && wish && (await takeBackOthers(run))) holder = undefined;
      if (holder && !session) {
        const there = candidates.find(({ sessionId }) => sessionId === holder?.sessionId);
        if (wish && there?.eligible) {
          const message = `waits for run ${holder.runId} of the same job on ${there.info.name}: they keep to one node at a time`;
          return park(parkedOn.job(run.jobId), { code: "overlap", message });
        }
        const message = `waits for run ${holder.runId} of the same job, whose node takes no new work`;
        return park(parkedOn.job(run.jobId), { code: "capacity", message });
      }
      const before = board.line.before(run, clock.now());
      if (before) return standInLine(run, before.parked, behindAnother);
      if (session && hasRoom(session)) return assignTo(session, job);
      if (session && candidates.some(hasRoom))
        return standInLine(run, parkedOn.session(session.sessionId), keptTogether(session.info.name));
    }
    // Asked for beside the others, it is in their way all the same once it has started (R17): where they are judged.
    if (overlap === "allow" && job.overlap !== "allow") {
      const holder = board.heldByJob(run.jobId)[0];
      const session = holder && eligible.find(({ sessionId }) => sessionId === holder.sessionId);
      if (session && hasRoom(session)) return assignTo(session, job);
    }
    const invitedTo = board.invitations.of(run, clock.monotonic());
    const invited = eligible.find(({ sessionId }) => sessionId === invitedTo);
    if (invited && hasRoom(invited)) return assignTo(invited, job);
    const chosen = chooseNode(eligible, () => leader.random.next(), soon);
    if (chosen) return assignTo(chosen, job);
    if (!candidates.some(hasRoom)) return { kind: "full" };
    const fullest = eligible[0] as (typeof eligible)[number];
    const message = `every node it may run on has as much work as it takes (${fullest.info.name}, …)`;
    return standInLine(run, parkedOn.session(fullest.sessionId), message);
  }

  /** Whether no node has a run of its job any more: as long as one is claimed or going on, all of them stay (R11). */
  async function takeBackOthers({ jobId }: WaitingRun): Promise<boolean> {
    const rows = (await store.openRunsOfJob(jobId)).filter(({ state }) => state !== "planned");
    const mayLeave = (row: OpenRun) =>
      row.state === "assigned" && !row.revoking && !row.cancelRequested && row.nodeKey === "" && !row.overrides?.node;
    if (rows.length > 0 && rows.every(mayLeave)) await reconciler().takeBack([rows]);
    return board.heldByJob(jobId).length === 0;
  }

  /** Parked for want of room: what is due later of the same job goes behind it, or it would go before. */
  function standInLine(run: WaitingRun, parked: string, message: string): Decision {
    board.line.join(run, parked);
    return park(parked, { code: "capacity", message });
  }

  /**
   * A change of the job waits only so long for a node to give back what it has claimed. What comes back later is a tick
   * that the change did away with: why it must not start, else null. Only what was out before can be one.
   */
  async function outdatedBy(run: WaitingRun): Promise<string | null> {
    if (run.fence === 0 || run.attempt > 0 || !ofATick.has(run.trigger)) return null;
    const job = await store.getJob(run.jobId);
    if (!job || job.deletedAt !== null) return "the job was deleted before this run started";
    if (!job.enabled) return "the job was disabled before this run started";
    if (job.version === run.jobVersion) return null;
    const next = await store.jobVersion(run.jobId, run.jobVersion + 1);
    if (!next || run.scheduledFor <= next.createdAt) return null;
    return `the job was changed (version ${next.version}) before this run started, and its node gave it back late`;
  }

  /** Known as parked from the moment that decides so: what it waits for may end before the store has written it. */
  function park(parked: string, reason: Reason): Decision {
    board.parked.add(parked);
    return { kind: "park", parked, reason };
  }

  const assignTo = (c: { sessionId: string; info: { nodeId: string; name: string } }, job: EffectiveJob): Decision => ({
    kind: "assign",
    job,
    sessionId: c.sessionId,
    nodeId: c.info.nodeId,
    nodeName: c.info.name,
  });

  /** `left`: from the first one on that everything was too full for. `failure`: what kept a run from being looked at. */
  async function handOut(runs: WaitingRun[]): Promise<{ settled: number; left: WaitingRun[]; failure: Failure }> {
    const at = clock.now();
    const transitions: Transition[] = [];
    const parks: { runId: string; parked: string; reason: Reason }[] = [];
    const assigning: Assigning[] = [];
    let left: WaitingRun[] = [];
    let failure: Failure = null;
    try {
      await place();
      if (parks.length) await store.park(leader.term, parks);
    } catch (err) {
      for (const { run } of assigning) board.release(run.id);
      throw err;
    }
    // Should this fail, they may be out all the same: they stay counted until the store says that they are planned.
    await issue(transitions, assigning);
    return { settled: transitions.length + parks.length, left, failure };

    async function place() {
      for (const [i, run] of runs.entries()) {
        const decision = await decide(run).catch((err: unknown) => {
          // One whose job can't be read keeps no other waiting; it is tried again soon.
          failure ??= { err };
          return null;
        });
        if (!decision) continue;
        const base = { runId: run.id, ifState: ["planned" as const], ifFence: run.fence, at };
        if (decision.kind === "assign") {
          const { sessionId, nodeId, nodeName, job } = decision;
          transitions.push({
            // Before the spread: decisions/0022.
            to: { state: "assigned", sessionId, nodeId, nodeName, raiseFloor: false, rerun: false },
            ...base,
          });
          assigning.push({ run, job });
          board.line.leave(run);
          // Counted at once, so that the next choice in this batch sees it.
          board.hold({
            runId: run.id,
            jobId: run.jobId,
            sessionId,
            limitKey: run.limitKey,
            fence: run.fence + 1,
          });
        } else if (decision.kind === "over")
          transitions.push({ ...base, to: { state: decision.state, reason: decision.reason, raiseFloor: false } });
        else if (decision.kind === "park")
          parks.push({ runId: run.id, parked: decision.parked, reason: decision.reason });
        else {
          left = runs.slice(i);
          return;
        }
      }
    }
  }

  async function issue(transitions: Transition[], given: Assigning[]) {
    if (transitions.length === 0) return;
    try {
      await issueAll(transitions, given);
    } catch (err) {
      // Whether they are out is unknown, or they are in the store alone: the next round finds out before it goes on.
      for (const { run } of given) inDoubt.add(run.id);
      leader.wakeAssigner();
      throw err;
    }
  }

  async function issueAll(transitions: Transition[], given: Assigning[]) {
    const changes = await store.transition(leader.term, transitions);
    const changed = new Map(changes.map((change) => [change.runId, change]));
    leader.publish(changes);
    const assignments = [];
    for (const { run, job } of given) {
      const change = changed.get(run.id);
      if (!change?.sessionId || isFinal(change.to)) {
        board.release(run.id); // Somebody was faster (a cancel, an edit): its row is not ours to hand out any more.
        continue;
      }
      const session = { sessionId: change.sessionId, nodeId: change.nodeId as string };
      assignments.push(
        buildAssignment({ ...run, fence: change.fence }, job, session, leader.exclusives.until(run, job)),
      );
    }
    const outcomes = await leader.leadership.assign(assignments);
    await settleUnknown(leader, outcomes);
    const doubtful = assignments.filter((_, i) => outcomes[i] !== "done").map((assignment) => assignment.runId);
    if (doubtful.length === 0) return;
    await reconciler().reconcileRuns(doubtful);
    // What was refused is planned again at once: without a rest a coordinator in trouble would be asked in a tight loop.
    await clock.sleep(restAfterRefusalMs, leader.leadership.lost);
  }

  /** Makes sure that nothing of a failed round is still under way, then settles what became of it. */
  async function settleDoubts() {
    if (inDoubt.size === 0) return;
    const runIds = [...inDoubt];
    await settleUnknown(leader, ["unknown"]);
    await reconciler().reconcileRuns(runIds);
    for (const id of runIds) inDoubt.delete(id);
  }

  const isSoon = (run: WaitingRun) => run.dueAt <= clock.now() + soonMs;

  async function assignThese(runs: WaitingRun[]) {
    // They get in line: what has waited before them is due before them, or more urgent.
    if (board.full) return assignWaiting();
    // What is held already was found by a pass over everything that waits: it is out, and counted.
    const waiting = runs.filter((run) => run.dueAt <= clock.now() + leader.horizonMs && !board.held(run.id));
    const ordered = inOrder(waiting);
    let failed: Failure = null;
    for (let i = 0; i < ordered.length && !board.full; i += batch) {
      const { left, failure } = await handOut(ordered.slice(i, i + batch));
      failed ??= failure;
      board.full = left.length > 0;
    }
    if (board.full) leader.wakeAssigner();
    if (failed) throw failed.err;
  }

  async function assignWaiting() {
    await settleDoubts();
    board.full = false;
    let failed: Failure = null;
    for (;;) {
      const runs = await store.waitingRuns(clock.now() + leader.horizonMs, perPriority);
      // Planned, says the store: a slot still counted for one would be in its own way.
      for (const run of runs) board.release(run.id);
      const ordered = inOrder(runs);
      let { settled, left, failure } = await handOut(ordered.slice(0, batch));
      board.full = left.length > 0;
      failed ??= failure;
      if (board.full) {
        // The more urgent that is only planned ahead keeps nothing waiting that is due soon.
        const soon = [...left, ...ordered.slice(batch)].filter(isSoon);
        ({ settled, left, failure } = await handOut(soon.slice(0, batch)));
        failed ??= failure;
        if (left.length > 0) break;
      }
      if (settled === 0) break;
    }
    if (failed) throw failed.err;
  }

  return { assignThese, assignWaiting };
}
