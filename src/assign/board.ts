// The leader's picture of the cluster in memory: sessions with their load, open runs and who holds them, jobs' versions.
// It is rebuilt from the store and the coordinator at every take-over and only ever used to choose; what is decided is
// decided by the compare-and-set of the store and the coordinator.
import type { SessionView } from "../coordinator/coordinator.ts";
import { createRecent } from "../lib/recent.ts";
import type { EffectiveJob } from "../model/job.ts";
import type { NodeLoad } from "../model/node.ts";
import { isFinal } from "../model/run.ts";
import type { OpenRun, RunChange, Store } from "../store/store.ts";
import type { Candidate } from "./choose-node.ts";
import { createInvitations, type Invitations } from "./invitations.ts";
import { createLine, type Line } from "./line.ts";

interface SessionEntry {
  view: SessionView;
  draining: boolean;
  trusted: boolean;
}

/** A run that is assigned or running. */
export interface HeldRun {
  runId: string;
  jobId: string;
  sessionId: string;
  limitKey: string | null;
  /** Under which it was given. */
  fence: number;
}

export interface Board {
  sessionUp(view: SessionView): void;
  /** Its lease is over, and may come back. */
  sessionDown(sessionId: string): void;
  /** It has ended in the store, which is for ever: whatever is said of it later changes nothing. */
  sessionEnded(sessionId: string): void;
  /** Those that are up, eligible or not. */
  sessionIds(): string[];
  setLoad(sessionId: string, load: NodeLoad | null): void;
  /** From the store: who is draining, whose trust has run low. */
  setStanding(nodeId: string, standing: { draining: boolean; trusted: boolean }): void;
  candidates(): Candidate[];
  isEligible(sessionId: string): boolean;
  hasSession(sessionId: string): boolean;
  /** How many runs it holds. */
  outstanding(sessionId: string): number;
  session(sessionId: string): SessionView | undefined;

  hold(run: HeldRun): void;
  release(runId: string): HeldRun | undefined;
  held(runId: string): HeldRun | undefined;
  heldByJob(jobId: string): HeldRun[];
  limitCount(key: string): number;
  /**
   * Before the open rows are read: answers how to take them over. What changed meanwhile is known better than they say, or a
   * run that ended between the two would keep its place for good. One at a time; one that fails is begun anew.
   */
  beginReset(): (open: OpenRun[]) => void;
  /**
   * Follows what a recorder or a transition changed. Answers what was let go, if anything. What other schedulers recorded
   * may come late: news of a former fence, or from before the end, changes nothing.
   */
  follow(change: RunChange): HeldRun | undefined;

  /** What was taken back to be handed out to a session. */
  readonly invitations: Invitations;
  /** Keys under which runs may be parked. */
  readonly parked: Set<string>;
  /** Of runs that were parked for want of room. */
  readonly line: Line;
  /** The last pass found every node full: the next run that ends makes room. */
  full: boolean;

  /** The job as it was in that version. Cached. Throws if the store doesn't know it. */
  jobVersion(jobId: string, version: number): Promise<EffectiveJob>;
}

const keepVersions = 5000;
const keepOver = 20_000;
const keepEnded = 5000;

export function createBoard(store: Pick<Store, "jobVersion">): Board {
  const sessions = new Map<string, SessionEntry>();
  const runs = new Map<string, HeldRun>();
  const perSession = new Map<string, number>();
  const perJob = new Map<string, Set<string>>();
  const perLimit = new Map<string, number>();
  const versions = new Map<string, EffectiveJob>();
  const line = createLine();
  const invitations = createInvitations();
  const over = createRecent<string>(keepOver);
  const ended = createRecent<string>(keepEnded);
  /** The runs that something was heard of since the reset under way began, if one is. */
  let heardSince: Set<string> | null = null;
  const bump = (map: Map<string, number>, key: string, by: number) => {
    const n = (map.get(key) ?? 0) + by;
    if (n > 0) map.set(key, n);
    else map.delete(key);
  };

  function hold(run: HeldRun) {
    release(run.runId);
    runs.set(run.runId, run);
    invitations.taken(run);
    heardSince?.add(run.runId);
    bump(perSession, run.sessionId, 1);
    if (run.limitKey) bump(perLimit, run.limitKey, 1);
    const ofJob = perJob.get(run.jobId);
    if (ofJob) ofJob.add(run.runId);
    else perJob.set(run.jobId, new Set([run.runId]));
  }
  function release(runId: string) {
    const run = runs.get(runId);
    if (!run) return undefined;
    runs.delete(runId);
    heardSince?.add(runId);
    bump(perSession, run.sessionId, -1);
    if (run.limitKey) bump(perLimit, run.limitKey, -1);
    const ofJob = perJob.get(run.jobId);
    ofJob?.delete(runId);
    if (ofJob?.size === 0) perJob.delete(run.jobId);
    return run;
  }
  const eligible = (entry: SessionEntry | undefined) => entry !== undefined && !entry.draining && entry.trusted;

  return {
    invitations,
    parked: new Set(),
    line,
    full: false,
    sessionUp(view) {
      // Cut off from schedulers alone, its node goes on telling the coordinator its load.
      if (ended.has(view.sessionId)) return;
      const old = sessions.get(view.sessionId);
      sessions.set(view.sessionId, { view, draining: old?.draining ?? false, trusted: old?.trusted ?? true });
    },
    sessionDown: (sessionId) => void sessions.delete(sessionId),
    sessionEnded(sessionId) {
      ended.add(sessionId);
      sessions.delete(sessionId);
    },
    sessionIds: () => [...sessions.keys()],
    setLoad(sessionId, load) {
      const entry = sessions.get(sessionId);
      if (entry) entry.view = { ...entry.view, load };
    },
    setStanding(nodeId, standing) {
      for (const entry of sessions.values()) if (entry.view.info.nodeId === nodeId) Object.assign(entry, standing);
    },
    candidates: () =>
      [...sessions.values()].map((entry) => ({
        sessionId: entry.view.sessionId,
        info: entry.view.info,
        eligible: eligible(entry),
        outstanding: perSession.get(entry.view.sessionId) ?? 0,
        cpuRatio: entry.view.load?.cpuRatio ?? 0,
      })),
    isEligible: (sessionId) => eligible(sessions.get(sessionId)),
    hasSession: (sessionId) => sessions.has(sessionId),
    outstanding: (sessionId) => perSession.get(sessionId) ?? 0,
    session: (sessionId) => sessions.get(sessionId)?.view,
    hold,
    release,
    held: (runId) => runs.get(runId),
    heldByJob: (jobId) => [...(perJob.get(jobId) ?? [])].map((id) => runs.get(id) as HeldRun),
    limitCount: (key) => perLimit.get(key) ?? 0,
    beginReset() {
      const heard = new Set<string>();
      heardSince = heard;
      return (open) => {
        heardSince = null;
        for (const runId of [...runs.keys()]) if (!heard.has(runId)) release(runId);
        for (const { id: runId, state, jobId, sessionId, limitKey, fence } of open)
          if (state !== "planned" && sessionId && !heard.has(runId)) hold({ runId, jobId, sessionId, limitKey, fence });
      };
    },
    follow(change) {
      // One that was just made may have been handed out before its maker says so.
      if (change.to === "planned" && change.from === null) return undefined;
      const { runId, jobId, sessionId, limitKey, fence } = change;
      heardSince?.add(runId);
      if (change.to !== "planned") line.leave({ id: runId, jobId });
      if (isFinal(change.to)) {
        over.add(runId);
        return release(runId);
      }
      if (over.has(runId) || (runs.get(runId)?.fence ?? 0) > fence) return undefined;
      if (change.to === "planned") return release(runId);
      if (sessionId) hold({ runId, jobId, sessionId, limitKey, fence });
      return undefined;
    },
    async jobVersion(jobId, version) {
      const key = `${jobId}@${version}`;
      const known = versions.get(key);
      if (known) return known;
      const row = await store.jobVersion(jobId, version);
      if (!row) throw new Error(`version ${version} of job ${jobId} is not in the store, but a run of it is`);
      versions.set(key, row.effective);
      if (versions.size > keepVersions) versions.delete(versions.keys().next().value as string);
      return row.effective;
    },
  };
}
