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

export function createRebalancer(leader: Leader, reconciler: Pick<Reconciler, "takeBack">): Rebalancer {
  const { store, board, clock } = leader;
  /** Since when sessions that joined have been up. */
  const recent = new Map<string, number>();

  const loadOf = ({ outstanding, info }: Candidate) => outstanding / Math.max(1, info.slots);
  const afterMove = ({ outstanding, info }: Candidate, by: number) => (outstanding + by) / Math.max(1, info.slots);

  /** Jobs with runs on the busier session, each with all of them, that would make the two more alike. */
  async function movable(from: Candidate, to: Candidate): Promise<OpenRun[][]> {
    const now = clock.now();
    const byJob = new Map<string, OpenRun[]>();
    for (const row of await store.openRunsOfSession(from.sessionId)) {
      const rows = byJob.get(row.jobId);
      if (rows) rows.push(row);
      else byJob.set(row.jobId, [row]);
    }
    const found: OpenRun[][] = [];
    let moved = 0;
    for (const [jobId, rows] of byJob) {
      if (found.length === mostJobs) break;
      if (afterMove(to, moved + rows.length) > afterMove(from, -moved - rows.length)) continue;
      const isFree = (row: OpenRun) =>
        row.state === "assigned" && !row.revoking && !row.cancelRequested && row.nodeKey === "" && !row.overrides;
      if (!rows.every(isFree) || rows.some((row) => row.dueAt < now + aheadMs)) continue;
      if (board.heldByJob(jobId).length !== rows.length) continue;
      const job = await board.jobVersion(jobId, (rows[0] as OpenRun).jobVersion);
      // Where they may overlap each run goes by itself to where there is room.
      if (job.overlap === "allow" || !isEligible(to, job)) continue;
      found.push(rows);
      moved += rows.length;
    }
    return found;
  }

  /** Whether something is left to be moved to it. */
  async function fill(to: Candidate): Promise<boolean> {
    const busier = board
      .candidates()
      .filter((each) => each.eligible && loadOf(each) > loadOf(to))
      .sort((a, b) => loadOf(b) - loadOf(a));
    for (const from of busier) {
      const groups = await movable(from, to);
      if (groups.length) await reconciler.takeBack(groups.flat());
    }
    return busier.length > 0;
  }
  return {
    joined: (sessionId) => void recent.set(sessionId, clock.monotonic()),
    async balance() {
      const now = clock.monotonic();
      let next = Number.POSITIVE_INFINITY;
      for (const [sessionId, since] of recent) {
        const age = now - since;
        const to = board.candidates().find((each) => each.sessionId === sessionId);
        if (!to || age > steadyMs + tryForMs) recent.delete(sessionId);
        else if (age < steadyMs) next = Math.min(next, steadyMs - age);
        else if (to.eligible && (await fill(to))) next = Math.min(next, tryEveryMs);
        else recent.delete(sessionId);
      }
      return next;
    },
  };
}
