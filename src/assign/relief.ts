// A node whose slots are all taken keeps nothing that another one could start now. Runs are handed out ahead of their time,
// by what nodes hold then; if long ones come in between, those behind them would wait for hours beside an idle node, and the
// ticks of a job that keeps to one node would be missed, one by one. What waits for a slot isn't claimed (R7), so it can be
// taken back; of a job whose runs keep together all of them go, unless one is going on.
import type { OpenRun } from "../store/store.ts";
import { type Candidate, isEligible } from "./choose-node.ts";
import type { Leader } from "./leader.ts";
import type { Reconciler } from "./reconciler.ts";

export interface Relief {
  /** After a beat: whether relieve() might have something to do. Costs next to nothing. */
  isWanted(): boolean;
  /** Takes back what is overdue on full nodes, as much as others have free slots. Inside the leader's queue. */
  relieve(): Promise<void>;
}

/** Shorter waits are left alone: a slot may be free any moment. */
const overdueMs = 500;

interface Room {
  candidate: Candidate;
  free: number;
}

export function createRelief(leader: Leader, reconciler: Pick<Reconciler, "takeBack">): Relief {
  const { store, board, clock } = leader;

  const loadOf = ({ sessionId }: Candidate) => board.session(sessionId)?.load ?? null;
  const isFull = (each: Candidate) => {
    const load = loadOf(each);
    return load !== null && load.queued > 0 && load.running >= each.info.slots;
  };
  /** As far as its last beat says; what has been taken back for it since counts as there. */
  function freeOn(each: Candidate): number {
    const load = each.eligible ? loadOf(each) : null;
    return load
      ? each.info.slots - load.running - load.queued - board.invitations.onTheWay(each.sessionId, clock.monotonic())
      : 0;
  }
  const roomOf = (candidates: Candidate[]): Room[] =>
    candidates.map((candidate) => ({ candidate, free: freeOn(candidate) })).filter(({ free }) => free > 0);

  function isWanted(): boolean {
    const candidates = board.candidates();
    return candidates.length > 1 && candidates.some(isFull) && roomOf(candidates).length > 0;
  }

  async function relieve() {
    const candidates = board.candidates();
    const rooms = roomOf(candidates);
    for (const from of candidates)
      if (rooms.some(({ free }) => free > 0) && isFull(from)) await relieveOne(from, rooms);
  }

  /** Those with a free slot get their share of what waits, and as much as they have free slots if that is more. */
  async function relieveOne(from: Candidate, rooms: Room[]) {
    const rows = await store.openRunsOfSession(from.sessionId);
    const before = clock.now() - overdueMs;
    const overdue = rows.filter((row) => isFree(row) && row.dueAt <= before);
    overdue.sort((a, b) => b.priority - a.priority || a.dueAt - b.dueAt);
    const open = rooms.filter(({ free }) => free > 0);
    const share = Math.floor(overdue.length / (open.length + 1));
    const left = new Map(open.map((room) => [room, Math.max(room.free, share)]));
    const gone = new Set<string>();
    const leaving: OpenRun[] = [];
    for (const row of overdue) {
      if (gone.has(row.jobId)) continue;
      const job = await board.jobVersion(row.jobId, row.jobVersion);
      const together = (row.overrides?.overlap ?? job.overlap) !== "allow";
      const group = together ? rows.filter(({ jobId }) => jobId === row.jobId) : [row];
      if (!group.every(mayLeave) || (together && !isAll(group))) continue;
      const node = row.overrides?.node ?? null;
      const room = open
        .filter((each) => (left.get(each) ?? 0) > 0 && isEligible(each.candidate, job, node))
        .reduce<Room | null>((best, each) => (best && best.free >= each.free ? best : each), null);
      if (!room) continue;
      // Those that are due later take no slot yet.
      const due = group.filter(({ dueAt }) => dueAt <= before).length;
      room.free -= due;
      left.set(room, (left.get(room) ?? 0) - due);
      const key = together ? row.jobId : row.id;
      if (together) gone.add(row.jobId);
      board.invitations.invite(key, room.candidate.sessionId, group.length, clock.monotonic());
      leaving.push(...group);
    }
    if (leaving.length) await reconciler.takeBack(leaving);
  }

  const isFree = (row: OpenRun) => row.state === "assigned" && !row.revoking && !row.cancelRequested;
  /** Not a shard, which has its node. */
  const mayLeave = (row: OpenRun) => isFree(row) && row.nodeKey === "" && !leader.exclusives.of(row.jobId);
  const isAll = (group: OpenRun[]) => board.heldByJob((group[0] as OpenRun).jobId).length === group.length;

  return { isWanted, relieve };
}
