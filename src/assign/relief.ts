// A node whose slots are all taken keeps nothing that another one could start now. Runs are handed out ahead of their time,
// by what nodes hold then; if long ones come in between, those behind them would wait for hours beside an idle node, and the
// ticks of a job that keeps to one node would be missed, one by one. What waits for a slot isn't claimed (R7), so it can be
// taken back; of a job whose runs keep together all of them go, unless one is going on.
import type { NodeLoad } from "../model/node.ts";
import type { OpenRun } from "../store/store.ts";
import { type Candidate, isEligible } from "./choose-node.ts";
import type { Leader } from "./leader.ts";
import type { Reconciler } from "./reconciler.ts";

export interface Relief {
  /** At a beat: whether relieve() might have something to do. Costs next to nothing. */
  isWanted(): boolean;
  /** Milliseconds until it may be called again. */
  restMs(): number;
  /**
   * Takes back what is overdue on full nodes, as much as others have free slots. Inside the leader's queue. Whether it took
   * anything back, which is to be handed out before anything else.
   */
  relieve(): Promise<boolean>;
}

/** Shorter waits are left alone: a slot may be free any moment. */
const overdueMs = 500;
/** A look follows another one no sooner, and no sooner than so many times what that one took; if it was in vain, later. */
const restMs = 500;
const restTimes = 4;
const restInVainMs = 4000;
/** Runs that are taken back at one go. */
const mostRuns = 200;

interface Room {
  candidate: Candidate;
  free: number;
}
/** Runs that go together, and where to. */
interface Group {
  key: string;
  rows: OpenRun[];
  room: Room;
}

export function createRelief(leader: Leader, reconciler: Pick<Reconciler, "takeBack">): Relief {
  const { store, board, clock } = leader;
  /** By beat: how many of its free slots have been given away since. */
  const granted = new WeakMap<NodeLoad, number>();
  let restUntil = 0;

  const loadOf = ({ sessionId }: Candidate) => board.session(sessionId)?.load ?? null;
  const isFull = (each: Candidate) => {
    const load = loadOf(each);
    return load !== null && load.queued > 0 && load.running >= each.info.slots;
  };
  function freeOn(each: Candidate): number {
    const load = each.eligible ? loadOf(each) : null;
    return load ? each.info.slots - load.running - load.queued - (granted.get(load) ?? 0) : 0;
  }
  const roomOf = (candidates: Candidate[]): Room[] =>
    candidates.map((candidate) => ({ candidate, free: freeOn(candidate) })).filter(({ free }) => free > 0);

  function isWanted(): boolean {
    const candidates = board.candidates();
    return candidates.length > 1 && candidates.some(isFull) && roomOf(candidates).length > 0;
  }

  async function relieve(): Promise<boolean> {
    const began = clock.monotonic();
    const candidates = board.candidates();
    const groups: Group[] = [];
    for (const from of candidates) {
      const rooms = roomOf(candidates);
      if (rooms.length === 0 || groups.length >= mostRuns) break;
      if (isFull(from)) groups.push(...(await leaving(from, rooms)));
    }
    if (groups.length) await reconciler.takeBack(groups.map(({ rows }) => rows));
    // Nothing is handed out before this is over: whoever was taken back finds its invitation.
    const now = clock.monotonic();
    const gone = groups.filter(({ rows }) => rows.every(({ id }) => !board.held(id)));
    for (const { key, rows, room } of gone) board.invitations.invite(key, room.candidate.sessionId, rows.length, now);
    restUntil = now + Math.max(gone.length ? restMs : restInVainMs, restTimes * (now - began));
    return gone.length > 0;
  }

  /** What those with a free slot get: their share of what waits, or as much as they have free slots if that is more. */
  async function leaving(from: Candidate, rooms: Room[]): Promise<Group[]> {
    const byJob = new Map<string, OpenRun[]>();
    for (const row of await store.openRunsOfSession(from.sessionId)) {
      const rows = byJob.get(row.jobId);
      if (rows) rows.push(row);
      else byJob.set(row.jobId, [row]);
    }
    const now = clock.now();
    const isOverdue = (row: OpenRun) => row.dueAt <= now - overdueMs;
    const overdue = [...byJob.values()].flat().filter((row) => isFree(row) && isOverdue(row));
    overdue.sort((a, b) => b.priority - a.priority || a.dueAt - b.dueAt);
    const share = Math.min(mostRuns, Math.floor(overdue.length / (rooms.length + 1)));
    const left = new Map(rooms.map((room) => [room, Math.max(room.free, share)]));
    const judged = new Set<string>();
    const groups: Group[] = [];
    for (const row of overdue) {
      if (judged.has(row.jobId)) continue;
      const together = (await board.jobVersion(row.jobId, row.jobVersion)).overlap !== "allow";
      if (together) judged.add(row.jobId);
      const rows = together ? (byJob.get(row.jobId) as OpenRun[]) : [row];
      if (!rows.every(mayLeave) || (together && board.heldByJob(row.jobId).length !== rows.length)) continue;
      const room = await bestFor(rows, left);
      if (!room) continue;
      // Those that are due later take no slot yet.
      const due = rows.filter(isOverdue).length;
      left.set(room, (left.get(room) ?? 0) - due);
      const load = loadOf(room.candidate);
      if (load) granted.set(load, (granted.get(load) ?? 0) + due);
      groups.push({ key: together ? row.jobId : row.id, rows, room });
    }
    return groups;
  }

  /** That where most may go still, of those where all of them may run. */
  async function bestFor(rows: OpenRun[], left: Map<Room, number>): Promise<Room | null> {
    let best: Room | null = null;
    for (const [room, many] of left)
      if (many > 0 && (best === null || many > (left.get(best) ?? 0)) && (await mayAllRunOn(room.candidate, rows)))
        best = room;
    return best;
  }

  async function mayAllRunOn(candidate: Candidate, rows: OpenRun[]): Promise<boolean> {
    for (const row of rows) {
      const job = await board.jobVersion(row.jobId, row.jobVersion);
      if (!isEligible(candidate, job, row.overrides?.node ?? null)) return false;
    }
    return true;
  }

  const isFree = (row: OpenRun) => row.state === "assigned" && !row.revoking && !row.cancelRequested;
  /** Not a shard, which has its node. */
  const mayLeave = (row: OpenRun) => isFree(row) && row.nodeKey === "" && !leader.exclusives.of(row.jobId);

  return { isWanted, restMs: () => Math.max(0, restUntil - clock.monotonic()), relieve };
}
