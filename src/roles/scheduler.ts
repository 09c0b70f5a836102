// The story of a scheduler: stand for election; when elected, take the next term in the store, finish what a former leader
// left, hear the sessions, reconcile, then plan and hand out until leadership is lost; and stand again.
import { createBoard } from "../assign/board.ts";
import { isEligible } from "../assign/choose-node.ts";
import { createDesk } from "../assign/desk.ts";
import { createDispatcher, type Dispatcher } from "../assign/dispatcher.ts";
import { createExclusives, type DueAfter } from "../assign/exclusives.ts";
import type { Leader } from "../assign/leader.ts";
import { OperationError, type Operations } from "../assign/operations.ts";
import { createRevisions, type RevisionDesk } from "../assign/revisions.ts";
import { createSessionDesk, type SessionDesk } from "../assign/session-desk.ts";
import type { Clock } from "../clock.ts";
import type { Coordinator, Leadership, SchedulerInfo } from "../coordinator/coordinator.ts";
import type { Revisions } from "../define/job-service.ts";
import { createSerialQueue } from "../lib/serial-queue.ts";
import { createWorker } from "../lib/worker.ts";
import type { ReportPort } from "../model/assignment.ts";
import type { EffectiveJob } from "../model/job.ts";
import { isExecuted } from "../model/run.ts";
import type { Random } from "../random.ts";
import { createJanitor } from "../report/janitor.ts";
import { createRecorder } from "../report/recorder.ts";
import { createPlanner } from "../schedule/planner.ts";
import { ScheduleError } from "../schedule/schedule-error.ts";
import { cursorAfter } from "../schedule/ticks.ts";
import { type RunChange, StaleTermError, type Store, type WaitingRun } from "../store/store.ts";
import type { EventBus, SystemEvent } from "../telemetry/events.ts";

/** Nothing changes the defaults while a process lives: another look is for a leader that lost the store midway. */
const followMs = 3_600_000;
/** So long a cancel, an edit or a drain waits for a leader that has just taken over. */
const comparedWithinMs = 5000;

export interface SchedulerDeps {
  store: Store;
  coordinator: Coordinator;
  clock: Clock;
  random: Random;
  me: SchedulerInfo;
  events: EventBus;
  horizonMs: number;
  nodeGraceMs: number;
  retention: { ageMs: number; count: number };
  /** Brings stored jobs in step with the cluster's defaults; asked once in each leadership. */
  followDefaults?: (revisions: Pick<Revisions, "change">, signal: AbortSignal) => Promise<void>;
  log: Leader["log"];
  /** Nodes are other processes, which may be cut off from schedulers (default). False: there is only this one. */
  cluster?: boolean;
  metrics: { changed(change: RunChange): void; leader(isLeader: boolean): void };
  pace?: { sweepMs?: number; keeperMs?: number; reconcileMs?: number; janitorMs?: number };
}

export interface Scheduler {
  readonly reports: ReportPort;
  readonly operations: Operations;
  readonly revisions: Revisions;
  /** What nodes ask; needs no leadership. */
  readonly sessions: SessionDesk;
  start(): void;
  isLeader(): boolean;
  /** Whether work is being planned and handed out: leading, and past the first reconciliation. */
  isReady(): boolean;
  /** Resolves when it is. */
  whenReady(): Promise<void>;
  /** Of the present leadership; null: none. */
  term(): number | null;
  /** Changes that something else in this process made in the store (a session's registration). */
  follow(changes: RunChange[]): void;
  /** What another scheduler recorded: published and acted on as its own, but neither counted nor told again. */
  hear(news: { from: string; changes: RunChange[]; events: SystemEvent[] }): void;
  /** Hands leadership over at once and ends its workers. */
  stop(): Promise<void>;
}

interface Term {
  leader: Leader;
  dispatcher: Dispatcher;
  revisions: RevisionDesk;
  planNow(): Promise<void>;
  onReady(): void;
  end(): Promise<void>;
}

/** A job whose schedule can't be read any more (its zone is gone from this machine) has no next tick. */
const dueAfter: DueAfter = (job, after) => {
  try {
    return cursorAfter(job, after).nextDue;
  } catch (err) {
    if (err instanceof ScheduleError) return null;
    throw err;
  }
};

export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { store, clock, random, events, log } = deps;
  const stopping = new AbortController();
  let term: Term | null = null;
  let ready = false;
  let career: Promise<void> | null = null;

  const current = () => {
    if (!term?.leader.leadership.alive())
      throw new OperationError("not_leader", "this scheduler does not lead at the moment; try again shortly");
    return term;
  };

  /**
   * What takes runs back waits for it a little: to a leader that hasn't heard the sessions after a wipe, a key that isn't
   * there proves nothing.
   */
  async function compared() {
    for (const until = clock.monotonic() + comparedWithinMs; current() && !ready; await clock.sleep(20))
      if (clock.monotonic() >= until)
        throw new OperationError(
          "unavailable",
          "the leader has just taken over and is waiting to hear all nodes; try again shortly",
        );
    return current();
  }

  function follow(changes: RunChange[]) {
    for (const change of changes) {
      events.publish({ type: "run", change });
      deps.metrics.changed(change);
    }
    actOn(changes);
  }

  function actOn(changes: RunChange[]) {
    term?.dispatcher.follow(changes);
    for (const change of changes) if (change.consecutiveFailures) void pauseIfFailing(change).catch(onError);
  }

  function hear({ from, changes, events: others }: Parameters<Scheduler["hear"]>[0]) {
    for (const change of changes) events.publish({ type: "run", change }, from);
    actOn(changes);
    for (const event of others) {
      events.publish(event, from);
      if (event.type === "node") settleNode(event);
    }
  }

  /** A session that was ended by word (of its node, or of the node's warden) is settled at once, not when its lease goes. */
  function settleNode({ state, sessionId }: Extract<SystemEvent, { type: "node" }>) {
    if (state === "down" && sessionId) void term?.dispatcher.sessionEnded(sessionId).catch(onError);
  }

  /** pauseAfter: so many failures in a row, and the job disables itself and says so. */
  async function pauseIfFailing(change: RunChange) {
    if (!term || !ready || !isExecuted(change.to)) return;
    const job = await store.getJob(change.jobId);
    const { pauseAfter } = job?.effective ?? {};
    if (!job?.enabled || !pauseAfter || job.consecutiveFailures < pauseAfter) return;
    const reason = `disabled itself after ${job.consecutiveFailures} failures in a row (pauseAfter ${pauseAfter})`;
    const actor = "distcron";
    const enabled = { enabled: false, enableAt: null, reason };
    await term.revisions.change({ jobId: job.id, enabled, actor, action: "job.paused" });
    events.publish({ type: "job", jobId: job.id, jobName: job.name, action: "paused" });
    log.warn({ job: job.name, failures: job.consecutiveFailures }, "job disabled itself");
  }

  function onError(err: unknown) {
    if (err instanceof StaleTermError) {
      log.warn({ err }, "a newer leader has written; giving leadership up");
      void term?.leader.leadership.resign();
    } else if (!stopping.signal.aborted) log.error({ err }, "scheduler work failed; it will be tried again");
  }

  /** However it ends, leadership is given up: one that is only forgotten would keep everybody from leading. */
  async function lead(leadership: Leadership) {
    try {
      await serve(leadership);
    } finally {
      await leadership.resign();
    }
  }

  async function serve(leadership: Leadership) {
    const number = await store.takeTerm(deps.me.id, leadership.nonce);
    log.info({ term: number }, "leading");
    const over = AbortSignal.any([leadership.lost, stopping.signal]);
    const mine = createTerm(leadership, number);
    term = mine;
    deps.metrics.leader(true);
    events.publish({ type: "scheduler", state: "leader" });
    try {
      await mine.dispatcher.start(over);
      await mine.revisions.resume();
      // It may have ended meanwhile: then nothing announces its end any more.
      if (over.aborted) return;
      ready = true;
      mine.onReady();
      log.info({ term: number }, "ready: ledger and sessions agree");
      await new Promise<void>((resolve) => over.addEventListener("abort", () => resolve(), { once: true }));
    } finally {
      ready = false;
      term = null;
      deps.metrics.leader(false);
      events.publish({ type: "scheduler", state: "follower" });
      await mine.end();
    }
  }

  function createTerm(leadership: Leadership, number: number): Term {
    const leader: Leader = {
      store,
      clock,
      random,
      leadership,
      term: number,
      board: createBoard(store),
      exclusives: createExclusives({ store, clock, dueAfter: deps.cluster === false ? null : dueAfter }),
      dueAfter,
      queue: createSerialQueue(),
      horizonMs: deps.horizonMs,
      publish: follow,
      wakeAssigner: () => dispatcher.wake(),
      log,
    };
    const { sweepMs = 5000, keeperMs = 2000, reconcileMs = 60_000, janitorMs } = deps.pace ?? {};
    const dispatcher = createDispatcher(leader, {
      nodeGraceMs: deps.nodeGraceMs,
      sweepMs,
      keeperMs,
      reconcileMs,
      onEnded: ({ sessionId, info }) => events.publish(nodeEvent(info, "down", sessionId)),
      onError,
    });
    // Until the sessions have been heard, nobody knows how many shards there are.
    const nodesFor = (job: EffectiveJob) =>
      ready
        ? leader.board
            .candidates()
            .filter((candidate) => isEligible(candidate, job))
            .map((candidate) => ({ nodeId: candidate.info.nodeId }))
            .sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
        : null;
    const planner = createPlanner({
      store,
      clock,
      random,
      horizonMs: deps.horizonMs,
      term: () => number,
      nodesFor,
      onBadJob: (job, err) => log.error({ job, err }, "a job can't be planned; correct or disable it"),
      onPlanned(planned: WaitingRun[], changes: RunChange[]) {
        follow(changes);
        if (planned.length) void dispatcher.handOut(planned).catch(onError);
      },
    });
    const revisions = createRevisions(leader, {
      settleJob: planner.settleJob,
      cursorAfter: (job, through) => cursorAfter({ id: job.id, ...job.effective }, through),
      wakePlanner: () => planning.nudge(),
    });
    const planning = createWorker({ clock, work: (signal) => planner.planOnce(signal), onError });
    const enabling = createWorker({ clock, work: enableDue, onError });
    const following = createWorker({
      clock,
      async work(signal) {
        await deps.followDefaults?.(revisions, signal);
        return followMs;
      },
      onError,
    });
    const mayWork = () => leadership.alive() && ready;
    const janitor = createJanitor({
      store,
      clock,
      keep: deps.retention,
      mayWork,
      onError,
      ...(janitorMs === undefined ? {} : { restMs: janitorMs }),
    });

    /** Jobs disabled until an instant that has come. One that can't be enabled keeps no other waiting. */
    async function enableDue() {
      if (!ready) return sweepMs;
      await revisions.resume();
      let failure: unknown = null;
      for (const job of await store.jobsToEnable(clock.now(), 50)) {
        const enabled = { enabled: true, enableAt: null, reason: null };
        try {
          await revisions.change({ jobId: job.id, enabled, actor: "distcron" });
          events.publish({ type: "job", jobId: job.id, jobName: job.name, action: "enabled" });
        } catch (err) {
          failure ??= err;
        }
      }
      if (failure) throw failure;
      return sweepMs;
    }

    planning.start();
    enabling.start();
    janitor.start();
    return {
      leader,
      dispatcher,
      revisions,
      planNow: async () => void (await planner.planOnce()),
      onReady() {
        planning.nudge();
        following.start();
      },
      async end() {
        await Promise.all([planning.stop(), enabling.stop(), following.stop(), janitor.stop(), dispatcher.stop()]);
      },
    };
  }

  async function pursue() {
    while (!stopping.signal.aborted) {
      try {
        await lead(await deps.coordinator.campaign(deps.me, stopping.signal));
      } catch (err) {
        if (stopping.signal.aborted) return;
        onError(err);
        await clock.sleep(1000, stopping.signal).catch(() => undefined);
      }
    }
  }

  const desk = createDesk({
    current,
    compared,
    planNow: () => current().planNow(),
    onNode: (nodeId, nodeName, state) => events.publish({ type: "node", nodeId, nodeName, state }),
    onScheduler: (state) => events.publish({ type: "scheduler", state }),
  });

  const sessions = createSessionDesk({
    store,
    clock,
    nodeGraceMs: deps.nodeGraceMs,
    ...(deps.cluster === undefined ? {} : { cluster: deps.cluster }),
    onChanges: follow,
    onNode(node, state, sessionId) {
      const event = nodeEvent(node, state, sessionId);
      events.publish(event);
      settleNode(event);
    },
  });

  return {
    reports: createRecorder({
      store,
      onChanges: follow,
      onOutput: (runIds) => {
        for (const runId of runIds) events.publish({ type: "output", runId });
      },
    }),
    operations: desk,
    sessions,
    revisions: {
      create: (job) => current().revisions.create(job),
      change: async (change) => (await compared()).revisions.change(change),
    },
    start() {
      career ??= pursue();
    },
    isLeader: () => term?.leader.leadership.alive() ?? false,
    isReady: () => ready,
    async whenReady() {
      while (!ready && !stopping.signal.aborted) await clock.sleep(20);
    },
    term: () => (term?.leader.leadership.alive() ? term.leader.term : null),
    follow,
    hear,
    async stop() {
      stopping.abort(new Error("scheduler stopped"));
      await career;
    },
  };
}

const nodeEvent = (node: { nodeId: string; name: string }, state: "up" | "down", sessionId: string) =>
  ({ type: "node", nodeId: node.nodeId, nodeName: node.name, state, sessionId }) as const;
