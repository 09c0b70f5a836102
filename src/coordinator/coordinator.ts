// The port through which schedulers and nodes agree on who leads, which sessions live, and who starts a run.
// Its safety never rests on a lease: every leader write is guarded by the leadership it was made under, every claim by
// the revision of the assignment that the node read. Leases only tell when to look.
//
// Outcomes are values: "done" and "refused" are certain; "unknown" means that the write may still take effect later.
// After an unknown leader write, call refuseInFlight() before deciding anything about the same run again.
import type { Assignment } from "../model/assignment.ts";
import type { NodeInfo, NodeLoad } from "../model/node.ts";

/** No answer in time, or the coordinator was closed. What was asked for may still have happened. */
export class CoordinatorUnavailableError extends Error {
  readonly code = "coordinator_unavailable";
}
/** This leadership is over: another scheduler may lead, nothing more may be done under it. */
export class LeadershipLostError extends Error {
  readonly code = "leadership_lost";
}
/** The session's lease is over: open the session again (the same id while the store still trusts it). */
export class SessionLostError extends Error {
  readonly code = "session_lost";
}
/** Another live session has this node's id or name. The message names it. */
export class SessionRefusedError extends Error {
  readonly code = "session_refused";
}

export type WriteOutcome = "done" | "refused" | "unknown";
export type ClaimOutcome = "claimed" | "refused" | "unknown";

/** An assignment as it stands, with the revision that a claim, move, stop or revoke must name. Revisions grow for ever. */
export interface AssignmentView {
  assignment: Assignment;
  revision: number;
}

/** Not leased: it goes only when the leader removes it. */
export interface ClaimView {
  runId: string;
  sessionId: string;
  fence: number;
  revision: number;
}

export interface SessionView {
  sessionId: string;
  info: NodeInfo;
  load: NodeLoad | null;
}

export interface SchedulerInfo {
  id: string;
  url: string;
  version: string;
  startedAt: number;
}

export interface SchedulerView extends SchedulerInfo {
  leader: boolean;
}

/** Everything there is, read at one revision. */
export interface Snapshot {
  revision: number;
  assignments: AssignmentView[];
  claims: ClaimView[];
  sessions: SessionView[];
}

/** What a write acts on: the run's assignment under a session, at the revision that was read. */
export interface AssignmentRef {
  runId: string;
  nodeId: string;
  sessionId: string;
  revision: number;
}

export interface Leadership {
  /** Unique to this leadership; goes into the store with the term. */
  readonly nonce: string;
  /**
   * True when the coordinator remembers nothing of former leaders' writes (wiped, restored, or a restarted process), or
   * when it did not and no leader has called settled() since: what a wipe left must not be forgotten with its leader.
   */
  readonly fresh: boolean;
  /** False as soon as this scheduler must not act any more; checked locally, never late. */
  alive(): boolean;
  /** Aborts when leadership is over for whatever reason. */
  readonly lost: AbortSignal;

  /** Puts new assignments; each is refused if the run has any assignment or claim. Safe to repeat only with a new fence. */
  assign(items: Assignment[]): Promise<WriteOutcome[]>;
  /**
   * Moves unclaimed runs. A group moves whole or not at all (the runs of one job): every old assignment must stand at
   * its revision and every run be unclaimed; then old ones are deleted and new ones put in one transaction.
   * `to: null` only deletes. One outcome a group.
   */
  move(groups: { from: AssignmentRef; to: Assignment | null }[][]): Promise<WriteOutcome[]>;
  /**
   * Replaces a claim that was given up: compares the claim's revision, deletes it and the run's assignment (if any),
   * and puts the new assignment (if any). For reruns, releases and clearing after a loss.
   */
  replaceClaim(
    items: { claim: ClaimView; old: AssignmentRef | null; to: Assignment | null }[],
  ): Promise<WriteOutcome[]>;
  /** Writes desired state into assignments, claimed or not. Refused if the assignment is not at that revision. */
  stop(items: { at: AssignmentRef; stop: NonNullable<Assignment["stop"]> }[]): Promise<WriteOutcome[]>;
  /** Deletes claim and assignment of runs that are over. Absent keys are fine. Never refused but for lost leadership. */
  clean(runIds: string[]): Promise<WriteOutcome[]>;
  /** Puts a claim back after a wipe, with its assignment: of a run that goes on. Refused if the run has any key. */
  restoreClaim(items: { assignment: Assignment; sessionId: string; fence: number }[]): Promise<WriteOutcome[]>;
  /**
   * Makes every write of this leadership that is still in flight be refused. Throws LeadershipLostError, or
   * CoordinatorUnavailableError: nothing is certain yet, call it again. The reads below throw the same two.
   */
  refuseInFlight(): Promise<void>;

  /** Says that what was open before a wipe is settled: later leaderships are no longer `fresh`. Throws as above. */
  settled(): Promise<void>;

  /** Reads everything at one revision. */
  snapshot(): Promise<Snapshot>;
  /** The keys of these runs, at one revision. */
  lookup(runIds: string[]): Promise<{ assignments: AssignmentView[]; claims: ClaimView[] }>;
  /**
   * Calls back with every session there is, then on every change (up, down, or new load). Gap-free; may repeat itself.
   * Stops with the returned function or with leadership.
   */
  watchSessions(
    on: (change: { type: "up" | "load"; session: SessionView } | { type: "down"; sessionId: string }) => void,
  ): () => void;
  /** Gives leadership up at once, so that another may follow. Safe to repeat. */
  resign(): Promise<void>;
}

export type AssignmentChange =
  | { type: "put"; view: AssignmentView }
  | { type: "delete"; runId: string; revision: number };

export interface NodeSession {
  readonly sessionId: string;
  /** Whether this session may still claim: counted from the send time of the last answered keep-alive. */
  alive(): boolean;
  /** Aborts when the lease is over. The session's running work is not governed by it. */
  readonly lost: AbortSignal;
  /** Puts the session's load. Throws SessionLostError, or CoordinatorUnavailableError: announce again with the next beat. */
  announce(load: NodeLoad): Promise<void>;
  /** Calls back with every assignment of this session, then with every change, in order. Gap-free; may repeat itself. */
  watch(on: (change: AssignmentChange) => void): () => void;
  /** Claims runs; each only if its assignment stands at that revision without a claim. Unknown: call again, same arguments. */
  claim(items: { runId: string; revision: number; fence: number }[]): Promise<ClaimOutcome[]>;
  /** Takes the session off the list at once. Claims stay. Safe to repeat. */
  close(): Promise<void>;
}

export interface Coordinator {
  /** Stands for election and resolves when elected. Rejects with the signal's reason when aborted. */
  campaign(me: SchedulerInfo, signal: AbortSignal): Promise<Leadership>;
  /**
   * Registers a session under a lease. Throws SessionRefusedError if another live session has the node's id or name,
   * naming it. The same session id again takes the session over: what openSession answered before is lost from then on.
   */
  openSession(sessionId: string, info: NodeInfo): Promise<NodeSession>;
  /** Every scheduler that is up, and which one leads. */
  schedulers(): Promise<SchedulerView[]>;
  /** Ends watches and leases; within two seconds whatever the state of the other side. Safe to repeat. */
  close(): Promise<void>;
}
