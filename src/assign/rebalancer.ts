// A job whose runs may not overlap keeps to the session that holds its unfinished runs, and one that is due often always
// has some. So a node that joins would get none of them: what another one holds of such a job, unclaimed, is taken back
// as a whole, and handed out again to the one that has joined.
//
// A job goes where that makes two nodes more alike in what they hold of such jobs. Other runs don't count: they go by
// themselves to where there is room, so they make any node as busy as the others, and leave it to them again.
//
// Only towards a node that has been up steadily: a link that comes and goes must not carry jobs back and forth.
import type { OpenRun } from "../store/store.ts";
import { type Candidate, isEligible } from "./choose-node.ts";
import type { Leader } from "./leader.ts";
import type { Reconciler } from "./reconciler.ts";

export interface Rebalancer {
  /** A session is up. */
  joined(sessionId: string): void;
  /** A run of the job is over. Whether balance() has been waiting for that, and wants to be called at once. */
  runEnded(jobId: string): boolean;
  /** Moves what it can. Inside the leader's queue. Answers milliseconds until it wants to be called again; Infinity: never. */
  balance(): Promise<number>;
}

const steadyMs = 10_000;
/** A job can be moved only between two of its runs: so long that moment is waited for. */
const tryForMs = 30_000;
/** How often another session is asked what it has to give. */
const tryEveryMs = 250;
/** A look follows another one no sooner, and no sooner than so many times what that one took. */
const restMs = 50;
const restTimes = 4;
/** One look keeps the leader's queue no longer than this and what it has begun. */
const longestMs = 100;
const mostJobs = 50;
/** Later it would hardly be handed out again in time. Whether it is claimed by then the coordinator says. */
const aheadMs = 500;

/** A session that has joined. */
interface Recent {
  /** Monotonic. */
  since: number;
  /** Monotonic: when the next of the others is asked. */
  askAt: number;
  turn: number;
  /** So many other sessions in a row had nothing for it. */
  fruitless: number;
}

export function createRebalancer(leader: Leader, reconciler: Pick<Reconciler, "takeBack">): Rebalancer {
  const { store, board, clock } = leader;
  const recent = new Map<string, Recent>();
  /** Jobs that would go but for a run that goes on, each with the session that holds it. */
  const waitedFor = new Map<string, string>();
  /** Sessions on which such a run has ended. */
  let gaps = new Set<string>();
  /** Jobs of which a run has ended since the look under way began. */
  const lately = new Set<string>();
  let restUntil = 0;

  const afterMove = ({ outstanding, info }: Candidate, by: number) => (outstanding + by) / Math.max(1, info.slots);

  /** Jobs with runs on `from`, each with all of them, that would make the two more alike; and those that can't go yet. */
  async function movable(from: Candidate, to: Candidate): Promise<{ now: OpenRun[][]; later: OpenRun[][] }> {
    const [here, there] = [await jobsOf(from), await jobsOf(to)];
    const bound = { from: await boundTo(from, here, to), to: withInvited(await boundTo(to, there, from)) };
    const crowd = withInvited(to);
    const now: OpenRun[][] = [];
    const later: OpenRun[][] = [];
    let moved = 0;
    for (const rows of here) {
      if (now.length === mostJobs) break;
      const by = moved + rows.length;
      if (afterMove(bound.to, by) > afterMove(bound.from, -by)) continue;
      if (!(await mayLeave(rows, to))) continue;
      // Where it is crowded the others have yet to leave.
      if (afterMove(crowd, moved) > afterMove(from, -moved) || !isBetweenRuns(rows)) later.push(rows);
      else {
        now.push(rows);
        moved += rows.length;
      }
    }
    return { now, later };
  }

  /** Its runs, a job at a time. */
  async function jobsOf({ sessionId }: Candidate): Promise<OpenRun[][]> {
    const byJob = new Map<string, OpenRun[]>();
    for (const row of await store.openRunsOfSession(sessionId)) {
      const rows = byJob.get(row.jobId);
      if (rows) rows.push(row);
      else byJob.set(row.jobId, [row]);
    }
    return [...byJob.values()];
  }

  /** The same node with no runs but those that won't go to the other one by themselves. */
  async function boundTo(node: Candidate, jobs: OpenRun[][], other: Candidate): Promise<Candidate> {
    let outstanding = 0;
    for (const rows of jobs)
      if ((await keepsTogether(rows)) || !isEligible(other, await jobOf(rows))) outstanding += rows.length;
    return { ...node, outstanding };
  }

  /** And with what was taken back for it and isn't there yet. */
  const withInvited = (node: Candidate): Candidate => ({
    ...node,
    outstanding: node.outstanding + board.invitations.onTheWay(node.sessionId, clock.monotonic()),
  });

  const jobOf = ([first]: OpenRun[]) => board.jobVersion((first as OpenRun).jobId, (first as OpenRun).jobVersion);
  /** Where they may overlap each run goes by itself to where there is room. */
  const keepsTogether = async (rows: OpenRun[]) => (await jobOf(rows)).overlap !== "allow";

  async function mayLeave(rows: OpenRun[], to: Candidate): Promise<boolean> {
    const [first] = rows as [OpenRun];
    if (rows.some((row) => row.nodeKey !== "" || row.overrides) || leader.exclusives.of(first.jobId)) return false;
    return (await keepsTogether(rows)) && isEligible(to, await jobOf(rows));
  }

  function isBetweenRuns(rows: OpenRun[]): boolean {
    const soon = clock.now() + aheadMs;
    const isFree = (row: OpenRun) => row.state === "assigned" && !row.revoking && !row.cancelRequested;
    const [first] = rows as [OpenRun];
    return rows.every((row) => isFree(row) && row.dueAt >= soon) && board.heldByJob(first.jobId).length === rows.length;
  }

  /** What came there would wait behind long runs. */
  const hasNoSlot = ({ sessionId, info }: Candidate) => (board.session(sessionId)?.load?.running ?? 0) >= info.slots;

  /** Whether it has anything for it, now or later. */
  async function give(from: Candidate, to: Candidate): Promise<boolean> {
    const { now, later } = await movable(from, to);
    if (now.length) await reconciler.takeBack(now);
    for (const rows of [...now, ...later]) {
      const [{ jobId }] = rows as [OpenRun];
      if (rows.some(({ id }) => board.held(id))) {
        waitedFor.set(jobId, from.sessionId);
        if (lately.has(jobId)) gaps.add(from.sessionId); // It ended before anybody waited for that.
      } else {
        waitedFor.delete(jobId);
        // Nothing is handed out before this is over.
        board.invitations.invite(jobId, to.sessionId, rows.length, clock.monotonic());
      }
    }
    return now.length + later.length > 0;
  }

  /** Those on which a run has just ended, and the others in turn. Whether any may have something left for it. */
  async function fill(to: Candidate, entry: Recent, ended: Set<string>): Promise<boolean> {
    const others = board
      .candidates()
      .filter((each) => each.eligible && each.sessionId !== to.sessionId)
      .sort((a, b) => afterMove(b, 0) - afterMove(a, 0));
    for (const from of others) if (ended.has(from.sessionId)) await give(from, to);
    const now = clock.monotonic();
    const from = others[entry.turn % Math.max(1, others.length)];
    if (from && now >= entry.askAt) {
      entry.askAt = now + tryEveryMs;
      entry.turn++;
      entry.fruitless = (await give(from, to)) ? 0 : entry.fruitless + 1;
    }
    return entry.fruitless < others.length;
  }

  async function look(): Promise<number> {
    const now = clock.monotonic();
    const ended = gaps;
    gaps = new Set();
    lately.clear();
    let next = Number.POSITIVE_INFINITY;
    for (const [sessionId, entry] of [...recent]) {
      if (clock.monotonic() - now > longestMs) {
        for (const giver of ended) gaps.add(giver);
        next = 0;
        break;
      }
      // The next look begins with the others.
      recent.delete(sessionId);
      recent.set(sessionId, entry);
      const age = now - entry.since;
      const to = board.candidates().find((each) => each.sessionId === sessionId);
      if (!to || age > steadyMs + tryForMs) recent.delete(sessionId);
      else if (age < steadyMs) next = Math.min(next, steadyMs - age);
      else if (to.eligible && hasNoSlot(to)) next = Math.min(next, tryEveryMs);
      else if (to.eligible && (await fill(to, entry, ended))) next = Math.min(next, Math.max(0, entry.askAt - now));
      else recent.delete(sessionId);
    }
    if (recent.size === 0) waitedFor.clear();
    return gaps.size > 0 ? 0 : next;
  }

  return {
    joined: (sessionId) => void recent.set(sessionId, { since: clock.monotonic(), askAt: 0, turn: 0, fruitless: 0 }),
    runEnded(jobId) {
      if (recent.size === 0) return false;
      lately.add(jobId);
      const sessionId = waitedFor.get(jobId);
      if (sessionId === undefined) return false;
      gaps.add(sessionId);
      return true;
    },
    async balance() {
      const began = clock.monotonic();
      if (began < restUntil) return restUntil - began;
      const next = await look();
      const ended = clock.monotonic();
      const rest = Math.max(restMs, restTimes * (ended - began));
      restUntil = ended + rest;
      return Math.max(rest, next);
    },
  };
}
