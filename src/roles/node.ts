// The story of a node: end what a former life left running, tell the ledger what that life had to say, register (which
// ends the former session), join the coordinator, beat, and execute until asked to stop.
import type { Clock } from "../clock.ts";
import type { Coordinator } from "../coordinator/coordinator.ts";
import { createNodeAgent, type NodeAgent } from "../execute/agent.ts";
import type { Executor } from "../execute/executor.ts";
import type { Spool } from "../execute/spool.ts";
import { newId } from "../lib/id.ts";
import type { Log } from "../lib/log.ts";
import { createWorker } from "../lib/worker.ts";
import type { Assignment, ReportPort } from "../model/assignment.ts";
import type { ExecutorKind, NodeInfo, NodeLoad } from "../model/node.ts";
import type { Random } from "../random.ts";
import { createSender } from "../report/sender.ts";

/** How a node reaches a scheduler: in one process a function call, in a cluster HTTP. */
export interface SchedulerLink {
  reports: ReportPort;
  /** The node's last session, if it hasn't ended. */
  formerSession(nodeId: string): Promise<string | null>;
  /** Registers a session and ends the former one. Throws with code node_name_taken or node_id_live. */
  register(request: { sessionId: string; info: NodeInfo; former: string | null }): Promise<void>;
  /** False: the session has ended. */
  beat(sessionId: string, load: NodeLoad): Promise<boolean>;
  closeSession(sessionId: string): Promise<void>;
}

export interface NodeDeps {
  info: Omit<NodeInfo, "startedAt">;
  link: SchedulerLink;
  coordinator: Coordinator;
  spool: Spool;
  executors: Record<ExecutorKind, Executor | null>;
  clock: Clock;
  random: Random;
  log: Log;
  hostLoad(): Promise<Omit<NodeLoad, "running" | "queued" | "clockOffsetMs">>;
  /** Ends processes that a former life left. Resolves when they are gone. */
  endSurvivors(): Promise<void>;
  claimAheadMs: number;
  nodeGraceMs: number;
  beatMs: number;
  stopTimeoutMs: number;
  drainTimeoutMs: number;
  onAttempt?(assignment: Assignment, attempt: number, startedAt: number): void;
}

export interface NodeRole {
  /** Resolves when the node takes work. Rejects when it must not (its name is taken). */
  start(): Promise<void>;
  isReady(): boolean;
  load(): { running: number; queued: number };
  spoolSize(): number;
  /** Nothing new; running work may finish for a while; then it is ended. Resolves when everything is reported or spooled. */
  stop(): Promise<void>;
  /** A second request to stop: everything ends now. */
  hurry(): void;
}

/** How long a stopping node tries to deliver what it has to say; the rest stays in the spool. */
const lastWordsMs = 3000;

export function createNodeRole(deps: NodeDeps): NodeRole {
  const { clock, link, log, spool } = deps;
  const sender = createSender({ outbox: spool, port: link.reports, clock, log });
  const stopping = new AbortController();
  let agent: NodeAgent | null = null;
  let sessionId = "";
  let trustedUntil = { monotonic: 0, wall: 0 };
  let stopped: Promise<void> | null = null;
  let hurried = false;

  const trusted = () => clock.monotonic() < trustedUntil.monotonic && clock.now() < trustedUntil.wall;

  async function beat() {
    // Trust counts from before the beat was sent: the store's own deadline is never earlier.
    const sentAt = { monotonic: clock.monotonic(), wall: clock.now() };
    const load = { ...(await deps.hostLoad()), ...loadNow(), clockOffsetMs: 0 };
    const live = await link.beat(sessionId, load);
    if (live)
      trustedUntil = { monotonic: sentAt.monotonic + deps.nodeGraceMs, wall: sentAt.wall + deps.nodeGraceMs };
    else await renew();
    return load;
  }

  const loadNow = () => agent?.load() ?? { running: 0, queued: 0 };

  /** This session was ended (the process had been stopped for long): go on under a new one. */
  async function renew() {
    log.warn({ session: sessionId }, "this session was ended; joining under a new one");
    agent?.onTrustLost();
    agent?.attach(await join());
  }

  async function join() {
    const info: NodeInfo = { ...deps.info, startedAt: clock.now() };
    const former = await link.formerSession(info.nodeId);
    sessionId = newId(clock, deps.random);
    const sentAt = { monotonic: clock.monotonic(), wall: clock.now() };
    await link.register({ sessionId, info, former });
    trustedUntil = { monotonic: sentAt.monotonic + deps.nodeGraceMs, wall: sentAt.wall + deps.nodeGraceMs };
    return deps.coordinator.openSession(sessionId, info);
  }

  const beating = createWorker({
    clock,
    async work() {
      const load = await beat();
      await session?.announce(load);
      return deps.beatMs;
    },
    onError: (err) => log.warn({ err }, "a beat failed; it will be tried again"),
    retryMs: 500,
  });
  let session: Awaited<ReturnType<Coordinator["openSession"]>> | null = null;

  return {
    async start() {
      await deps.endSurvivors();
      sender.start();
      // What the former life had to say comes first: after it, what isn't recorded as started never was.
      await sender.flush(stopping.signal);
      session = await join();
      agent = createNodeAgent({
        info: deps.info,
        session,
        executors: deps.executors,
        spool,
        clock,
        random: deps.random,
        trust: { mayStart: trusted },
        claimAheadMs: deps.claimAheadMs,
        log,
        drainTimeoutMs: deps.drainTimeoutMs,
        on: deps.onAttempt ? { attempt: deps.onAttempt } : {},
      });
      agent.start();
      beating.start();
      log.info({ node: deps.info.name, slots: deps.info.slots, session: sessionId }, "node is up");
    },
    isReady: () => agent !== null && stopped === null && trusted(),
    load: loadNow,
    spoolSize: () => spool.stats().waiting,
    hurry() {
      hurried = true;
      void agent?.stop({ graceMs: 0, killGraceMs: 0 });
    },
    stop() {
      stopped ??= (async () => {
        await agent?.stop(hurried ? { graceMs: 0, killGraceMs: 0 } : { graceMs: deps.stopTimeoutMs });
        const late = new AbortController();
        const cancel = clock.after(lastWordsMs, () => late.abort(new Error("the node is stopping")));
        await sender.flush(late.signal).catch(() => log.warn({}, "not everything could be reported; it stays in the spool"));
        cancel();
        stopping.abort(new Error("the node is stopping"));
        await beating.stop();
        if (sessionId) await link.closeSession(sessionId).catch((err) => log.warn({ err }, "the session could not be closed"));
        await session?.close();
        await sender.stop();
        await spool.close();
      })();
      return stopped;
    },
  };
}
