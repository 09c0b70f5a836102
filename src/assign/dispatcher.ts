// The leader's desk: joins assigner, reconciler, misfires, revisions and cancelling for one term, follows what happens
// to runs, and keeps the workers going. It lives as long as the leadership it was made for.
import { createWorker, type Worker } from "../lib/worker.ts";
import type { Session } from "../model/node.ts";
import { isFinal } from "../model/run.ts";
import type { PauseState, RunChange, WaitingRun } from "../store/store.ts";
import { type Assigner, createAssigner, parkedOn } from "./assigner.ts";
import { type Canceller, createCanceller } from "./cancel.ts";
import type { Leader } from "./leader.ts";
import { createMisfires } from "./misfires.ts";
import { createRebalancer } from "./rebalancer.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import { createRelief } from "./relief.ts";
import { createSessionKeeper } from "./session-keeper.ts";
import { skipAhead } from "./skip-ahead.ts";

export interface DispatcherOptions {
  nodeGraceMs: number;
  sweepMs: number;
  keeperMs: number;
  reconcileMs: number;
  /** A session that was silent for too long. */
  onEnded(session: Session): void;
  onError(err: unknown): void;
}

export interface Dispatcher {
  readonly reconciler: Reconciler;
  readonly canceller: Canceller;
  readonly assigner: Assigner;
  /** Waits for the sessions that were live, reconciles, then hands out. Resolves when the first reconciliation is done. */
  start(signal: AbortSignal): Promise<void>;
  /** Follows changes that the recorder, the planner or the leader itself made. */
  follow(changes: RunChange[]): void;
  /** Hands out runs that were just made. Resolves when they have been placed or parked. */
  handOut(runs: WaitingRun[]): Promise<void>;
  wake(): void;
  /** Settles what a session held that has ended in the store, before its lease goes. */
  sessionEnded(sessionId: string): Promise<void>;
  /** Frees what waits for a node, after one has come or changed. */
  wakeParked(): Promise<void>;
  /** Takes back scheduled runs that aren't due yet and records them as skipped by a pause. Inside the leader's queue. */
  skipAhead(pause: PauseState): Promise<void>;
  stop(): Promise<void>;
}

export function createDispatcher(leader: Leader, options: DispatcherOptions): Dispatcher {
  const { store, board, clock, queue, leadership, term } = leader;
  const reconciler = createReconciler(leader);
  const assigner = createAssigner(leader, () => reconciler);
  const canceller = createCanceller(leader, reconciler);
  const misfires = createMisfires(leader);
  const rebalancer = createRebalancer(leader, reconciler);
  const relief = createRelief(leader, reconciler);
  const keeper = createSessionKeeper(leader, reconciler, {
    nodeGraceMs: options.nodeGraceMs,
    everyMs: options.keeperMs,
    isCompared: () => ready,
    onBetter: wakeParked,
  });
  const over = new Set<string>();
  const released = new Set<string>();
  const freed = new Map<string, number>();
  const started: RunChange[] = [];
  let ready = false;
  let stopWatching: (() => void) | null = null;
  let nextOfferAt = 0;

  // What follows from changes is gathered and done in batches: clearing keys, waking what waited, judging misfires.
  const aftermath = worker(async () => {
    const done = [...over];
    const back = [...released];
    const keys = [...freed];
    const starts = started.splice(0);
    over.clear();
    released.clear();
    freed.clear();
    try {
      await queue.run(async () => {
        if (done.length) await leadership.clean(done);
        if (back.length) await reconciler.reconcileRuns(back);
        for (const [key, count] of keys) await unpark(key, count);
        for (const change of starts) await misfires.onStarted(change);
      });
    } catch (err) {
      // All of it may be done twice, and none of it left out.
      for (const id of done) over.add(id);
      for (const id of back) released.add(id);
      for (const [key, count] of keys) freed.set(key, (freed.get(key) ?? 0) + count);
      started.unshift(...starts);
      throw err;
    }
    if (back.length || keys.length || (done.length && board.full)) assigning.nudge();
    return idleMs;
  });
  const assigning = worker(async () => {
    if (ready)
      await queue.run(async () => {
        await unparkIdle();
        await assigner.assignWaiting();
      });
    const crowded = board.full || [...board.parked].some(isForRoom);
    return Math.min(crowded ? crowdedMs : options.sweepMs, leader.exclusives.nextInMs());
  });
  const sweeping = worker(async () => {
    if (ready) {
      await queue.run(() => misfires.sweep());
      if (await leader.exclusives.review()) assigning.nudge();
    }
    return options.sweepMs;
  });
  const keeping = worker(async () => {
    for (const session of await keeper.look()) options.onEnded(session);
    return options.keeperMs;
  });
  const reconciling = worker(async () => {
    if (ready)
      await queue.run(async () => {
        await reconciler.reconcileAll({ wiped: false });
        await canceller.resume();
        // A slot that went free unnoticed is offered again.
        for (const key of [...board.parked]) await unpark(key, offered);
      });
    return options.reconcileMs;
  }, options.reconcileMs);
  const balancing = worker(async () => {
    const next = ready ? await queue.run(() => rebalancer.balance()) : idleMs;
    return Math.min(next, idleMs);
  });
  // At a beat that says so.
  const relieving = worker(async () => {
    if (!ready || !relief.isWanted()) return idleMs;
    const rest = relief.restMs();
    if (rest > 0) return rest;
    await queue.run(async () => {
      if (await relief.relieve()) await assigner.assignWaiting();
    });
    return idleMs;
  });
  // What has become a misfire while nobody led is judged before anything is handed out.
  const workers = [aftermath, sweeping, assigning, keeping, reconciling, balancing, relieving];

  function worker(work: () => Promise<number>, firstMs = 0): Worker {
    let first = firstMs > 0;
    return createWorker({
      clock,
      work: async () => {
        if (first) {
          first = false;
          return firstMs;
        }
        return leadership.alive() ? work() : idleMs;
      },
      onError(err) {
        if ((err as { code?: string }).code === "store_unavailable") keeper.interrupted();
        options.onError(err);
      },
    });
  }

  function follow(changes: RunChange[]) {
    for (const change of changes) {
      if (leader.exclusives.follow(change)) assigning.nudge();
      const held = board.follow(change);
      if (isFinal(change.to)) {
        over.add(change.runId);
        if (rebalancer.runEnded(change.jobId)) balancing.nudge();
        if (change.limitKey) bump(parkedOn.limit(change.limitKey));
        bump(parkedOn.job(change.jobId));
        if (held) bump(parkedOn.session(held.sessionId));
      } else if (change.to === "planned" && change.from !== null && change.from !== "planned")
        released.add(change.runId);
      else if (change.to === "running" && misfires.waitsFor(change.jobId)) started.push(change);
    }
    if (over.size || released.size || started.length) aftermath.nudge();
  }
  /** Only keys under which something is parked cost a statement. */
  const bump = (key: string) => board.parked.has(key) && freed.set(key, (freed.get(key) ?? 0) + 1);

  return {
    reconciler,
    canceller,
    assigner,
    follow,
    wake: () => assigning.nudge(),
    sessionEnded,
    wakeParked,
    async skipAhead(pause) {
      if (ready) await skipAhead(leader, pause);
    },
    async handOut(runs) {
      if (misfires.note(runs)) sweeping.nudge();
      if (ready) await queue.run(() => assigner.assignThese(runs));
    },
    async start(signal) {
      for (const key of await store.parkedKeys()) board.parked.add(key);
      stopWatching = leadership.watchSessions((change) => {
        if (change.type === "down") return void leaseEnded(change.sessionId).catch(options.onError);
        board.sessionUp(change.session);
        if (change.type === "load" && relief.isWanted()) relieving.nudge();
        if (change.type !== "up" || !ready) return;
        rebalancer.joined(change.session.sessionId);
        balancing.nudge();
        void welcome().catch(options.onError);
      });
      keeping.start();
      // A coordinator without a memory proves nothing by a missing key: every session that may hold work is heard first.
      if (leadership.fresh) await hearAll(signal);
      await keeper.refresh(); // Who is draining, before anything is handed out.
      await queue.run(() => reconciler.reconcileAll({ wiped: leadership.fresh }));
      if (leadership.fresh) await leadership.settled();
      await queue.run(() => canceller.resume());
      await misfires.rebuild();
      await holdLost();
      // What they wait for may have come while nobody led: the assigner looks at each of them again.
      for (const key of [...board.parked]) await queue.run(() => unpark(key));
      ready = true;
      // A pause that a former leader, or this one while it was not ready, didn't carry to its end.
      const pause = await store.getPause();
      if (pause) await queue.run(() => skipAhead(leader, pause));
      for (const each of workers) each.start();
    },
    async stop() {
      stopWatching?.();
      await Promise.all(workers.map((each) => each.stop()));
      await queue.idle();
    },
  };

  /** Nothing is handed out while it waits: after a while it says for whom. */
  async function hearAll(signal: AbortSignal) {
    let sayAt = clock.monotonic() + sayAfterMs;
    for (let missing = await keeper.missing(); missing.length > 0; missing = await keeper.missing()) {
      if (clock.monotonic() >= sayAt) {
        sayAt += sayEveryMs;
        const nodes = missing.map(({ info }) => info.name);
        const text =
          "nothing is handed out yet: the coordinator was emptied, and these nodes haven't registered there again";
        leader.log.warn({ nodes }, `${text}; one that can't reach it has to be stopped`);
      }
      await clock.sleep(200, signal);
    }
  }

  /** What a former leader gave up may still be going on. */
  async function holdLost() {
    const now = clock.now();
    const { items } = await store.listRuns({ state: ["lost"], from: now - lostBeforeMs, limit: mostLost, now });
    await leader.exclusives.lost(items, async ({ jobId, jobVersion }) => {
      const version = await store.jobVersion(jobId, jobVersion);
      return version?.effective ?? null;
    });
  }

  async function sessionEnded(sessionId: string) {
    board.sessionEnded(sessionId);
    await leaseEnded(sessionId);
  }

  async function leaseEnded(sessionId: string) {
    board.sessionDown(sessionId);
    if (ready) await queue.run(() => reconciler.reconcileSession(sessionId));
  }

  /** Its node may be draining still: the store says so, a session doesn't. */
  async function welcome() {
    await keeper.refresh();
    await wakeParked();
  }

  async function wakeParked() {
    await queue.run(() => unpark(parkedOn.nodes));
    assigning.nudge();
  }

  /** What waits for runs of which there are none (an edit deleted them, say) would wait for ever. */
  async function unparkIdle() {
    const now = clock.monotonic();
    const offersDue = now >= nextOfferAt;
    if (offersDue) nextOfferAt = now + crowdedMs;
    for (const key of [...board.parked])
      if (!isBlocked(key)) await unpark(key);
      else if (isForRoom(key) && offersDue) await unpark(key, offered);
  }

  /** For what is due soon there is more room than there was when it was parked. */
  function isForRoom(key: string): boolean {
    return key.startsWith(parkedOn.session(""));
  }

  function isBlocked(key: string): boolean {
    const [kind, ...rest] = key.split(":");
    const name = rest.join(":");
    if (kind === "limit") return board.limitCount(name) > 0;
    if (kind === "job") return board.heldByJob(name).length > 0;
    if (kind === "session") return board.hasSession(name) && board.outstanding(name) > 0;
    if (kind === "lost") return leader.exclusives.of(name) !== null;
    return true;
  }

  async function unpark(key: string, limit?: number) {
    const count = await store.unpark(term, key, { now: clock.now(), ...(limit === undefined ? {} : { limit }) });
    if (limit === undefined || count < limit) board.parked.delete(key);
  }
}

/** How far back a new leader looks for lost runs, and for how many. */
const lostBeforeMs = 31 * 86_400_000;
const mostLost = 500;
const sayAfterMs = 5000;
const sayEveryMs = 30_000;
/** How often what waits for room is looked at: well within the time for which a run is due soon. */
const crowdedMs = 1000;
/** A worker that is only ever nudged looks this often on its own. */
const idleMs = 60_000;
/** How many runs that wait for one thing are looked at again every so often, whether it was seen to come or not. */
const offered = 20;
