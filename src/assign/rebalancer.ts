// A job whose runs may not overlap keeps to the session that holds its unfinished runs, and one that is due often always
// has some. So a node that joins would get none of them: what a busier node holds of such a job, unclaimed, is taken back
// as a whole, and the assigner, which takes the least busy node, hands it out again.
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
  /** So many busier sessions in a row had nothing for it. */
  fruitless: number;
}
export function createRebalancer(leader: Leader, reconciler: Pick<Reconciler, "takeBack">): Rebalancer {
  const { store, board, clock } = leader;
  const recent = new Map<string, Recent>();

  const loadOf = ({ outstanding, info }: Candidate) => outstanding / Math.max(1, info.slots);
  const afterMove = ({ outstanding, info }: Candidate, by: number) => (outstanding + by) / Math.max(1, info.slots);

  /**
   * Jobs with runs on the busier session, each with all of them, that would make the two more alike. `later`: others would
   * too, and can't be moved at this moment.
   */
  async function movable(from: Candidate, to: Candidate): Promise<{ groups: OpenRun[][]; later: boolean }> {
    const byJob = new Map<string, OpenRun[]>();
    for (const row of await store.openRunsOfSession(from.sessionId)) {
      const rows = byJob.get(row.jobId);
      if (rows) rows.push(row);
      else byJob.set(row.jobId, [row]);
    }
    const groups: OpenRun[][] = [];
    let moved = 0;
    let later = false;
    for (const rows of byJob.values()) {
      if (groups.length === mostJobs) break;
      if (afterMove(to, moved + rows.length) > afterMove(from, -moved - rows.length)) continue;
      if (!(await mayLeave(rows, to))) continue;
      if (!isBetweenRuns(rows)) later = true;
      else {
        groups.push(rows);
        moved += rows.length;
      }
    }
    return { groups, later };
  }

  async function mayLeave(rows: OpenRun[], to: Candidate): Promise<boolean> {
    const [first] = rows as [OpenRun];
    if (rows.some((row) => row.nodeKey !== "" || row.overrides) || leader.exclusives.of(first.jobId)) return false;
    const job = await board.jobVersion(first.jobId, first.jobVersion);
    // Where they may overlap each run goes by itself to where there is room.
    return job.overlap !== "allow" && isEligible(to, job);
  }

  function isBetweenRuns(rows: OpenRun[]): boolean {
    const soon = clock.now() + aheadMs;
    const isFree = (row: OpenRun) => row.state === "assigned" && !row.revoking && !row.cancelRequested;
    const [first] = rows as [OpenRun];
    return rows.every((row) => isFree(row) && row.dueAt >= soon) && board.heldByJob(first.jobId).length === rows.length;
  }

  /** One busier session gives, each in its turn. Whether any of them may have something left that could be moved to it. */
  async function fill(to: Candidate, entry: Recent): Promise<boolean> {
    const busier = board
      .candidates()
      .filter((each) => each.eligible && loadOf(each) > loadOf(to))
      .sort((a, b) => loadOf(b) - loadOf(a));
    const from = busier[entry.turn++ % Math.max(1, busier.length)];
    if (!from) return false;
    const { groups, later } = await movable(from, to);
    if (groups.length) await reconciler.takeBack(groups.flat());
    entry.fruitless = groups.length || later ? 0 : entry.fruitless + 1;
    return entry.fruitless < busier.length;
  }

  return {
    joined: (sessionId) => void recent.set(sessionId, { since: clock.monotonic(), turn: 0, fruitless: 0 }),
    async balance() {
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
