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
  /** Moves what it can. Inside the leader's queue. Answers milliseconds until it wants to be called again; Infinity: never. */
  balance(): Promise<number>;
}

const steadyMs = 10_000;
/** A job can be moved only between two of its runs: it is tried for so long, so often. */
const tryForMs = 30_000;
const tryEveryMs = 250;
const mostJobs = 50;
/** What is due sooner may be claimed at any moment, and would be late. */
const aheadMs = 700;

/** A session that has joined. */
interface Recent {
  /** Monotonic. */
  since: number;
  turn: number;
  /** So many other sessions in a row had nothing for it. */
  fruitless: number;
}
export function createRebalancer(leader: Leader, reconciler: Pick<Reconciler, "takeBack">): Rebalancer {
  const { store, board, clock } = leader;
  const recent = new Map<string, Recent>();

  const afterMove = ({ outstanding, info }: Candidate, by: number) => (outstanding + by) / Math.max(1, info.slots);

  /**
   * Jobs with runs on `from`, each with all of them, that would make the two more alike. `later`: others would too, and
   * can't be moved at this moment.
   */
  async function movable(from: Candidate, to: Candidate): Promise<{ groups: OpenRun[][]; later: boolean }> {
    const [here, there] = [await jobsOf(from), await jobsOf(to)];
    const bound = { from: await boundTo(from, here, to), to: await boundTo(to, there, from) };
    const groups: OpenRun[][] = [];
    let moved = 0;
    let later = false;
    for (const rows of here) {
      if (groups.length === mostJobs) break;
      const by = moved + rows.length;
      if (afterMove(bound.to, by) > afterMove(bound.from, -by)) continue;
      if (!(await mayLeave(rows, to))) continue;
      // Where it is crowded the others have yet to leave.
      if (afterMove(to, moved) > afterMove(from, -moved) || !isBetweenRuns(rows)) later = true;
      else {
        groups.push(rows);
        moved += rows.length;
      }
    }
    return { groups, later };
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

  /** The others give, each in its turn. Whether any of them may have something left that could be moved to it. */
  async function fill(to: Candidate, entry: Recent): Promise<boolean> {
    const others = board
      .candidates()
      .filter((each) => each.eligible && each.sessionId !== to.sessionId)
      .sort((a, b) => afterMove(b, 0) - afterMove(a, 0));
    const from = others[entry.turn++ % Math.max(1, others.length)];
    if (!from) return false;
    const { groups, later } = await movable(from, to);
    for (const [first] of groups) board.invited.set((first as OpenRun).jobId, to.sessionId);
    if (groups.length) await reconciler.takeBack(groups.flat());
    entry.fruitless = groups.length || later ? 0 : entry.fruitless + 1;
    return entry.fruitless < others.length;
  }

  return {
    joined: (sessionId) => void recent.set(sessionId, { since: clock.monotonic(), turn: 0, fruitless: 0 }),
    async balance() {
      board.invited.clear();
      const now = clock.monotonic();
      let next = Number.POSITIVE_INFINITY;
      for (const [sessionId, entry] of recent) {
        const age = now - entry.since;
        const to = board.candidates().find((each) => each.sessionId === sessionId);
        if (!to || age > steadyMs + tryForMs) recent.delete(sessionId);
        else if (age < steadyMs) next = Math.min(next, steadyMs - age);
        else if (to.eligible && (await fill(to, entry))) next = Math.min(next, tryEveryMs);
        else recent.delete(sessionId);
      }
      return next;
    },
  };
}
