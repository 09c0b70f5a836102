// The story of a node: end what a former life left running, tell the ledger what that life had to say, register (which
// ends the former session), join the coordinator, beat, and execute until asked to stop.
import type { Clock } from "../clock.ts";
import type { Coordinator, NodeSession } from "../coordinator/coordinator.ts";
import { createNodeAgent, type NodeAgent } from "../execute/agent.ts";
import { type Beats, createBeats, type Instant } from "../execute/beats.ts";
import type { Executor } from "../execute/executor.ts";
import { settleFormerLife } from "../execute/former-life.ts";
import type { Spool } from "../execute/spool.ts";
import { newId } from "../lib/id.ts";
import type { Log } from "../lib/log.ts";
import type { ReportPort } from "../model/assignment.ts";
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
const rejoinMs = 1000;

export function createNodeRole(deps: NodeDeps): NodeRole {
  const { clock, link, log, spool } = deps;
  const sender = createSender({ outbox: spool, port: link.reports, clock, log });
  const stopping = new AbortController();
  let agent: NodeAgent | null = null;
  let session: NodeSession | null = null;
  let beats: Beats | null = null;
  let sessionId = "";
  let stopped: Promise<void> | null = null;
  let hurried = false;

  const loadNow = () => agent?.load() ?? { running: 0, queued: 0 };

  /** Registers under a new session id; answers when the registration was sent, from which trust counts. */
  async function join(): Promise<Instant> {
    const info: NodeInfo = { ...deps.info, startedAt: clock.now() };
    const former = await link.formerSession(info.nodeId);
    sessionId = newId(clock, deps.random);
    const sentAt = { monotonic: clock.monotonic(), wall: clock.now() };
    await link.register({ sessionId, info, former });
    session = await deps.coordinator.openSession(sessionId, info);
    return sentAt;
  }

  function startBeats(sentAt: Instant) {
    const under = sessionId;
    beats = createBeats({
      session: () => session as NodeSession,
      port: { beat: (load) => link.beat(under, load) },
      readLoad: async () => ({ ...(await deps.hostLoad()), ...loadNow(), clockOffsetMs: 0 }),
      clock,
      graceMs: deps.nodeGraceMs,
      everyMs: deps.beatMs,
      log,
      onTrustLost: () => agent?.onTrustLost(),
      onEnded: () => void renew().catch((err) => log.error({ err }, "the node could not join again; restart it")),
    });
    beats.start(sentAt);
  }

  /**
   * The session was ended (the process had been stopped for long, or the store's clock was set forward): go on under a new
   * one. What had begun is told first: registering frees whatever isn't recorded as started. Tries until it succeeds.
   */
  async function renew() {
    log.warn({ session: sessionId }, "this session was ended; joining under a new one");
    await beats?.stop();
    await session?.close();
    while (!stopping.signal.aborted) {
      try {
        await sender.flush(stopping.signal);
        const sentAt = await join();
        if (session) agent?.attach(session);
        return startBeats(sentAt);
      } catch (err) {
        if (stopping.signal.aborted) return;
        log.warn({ err }, "joining again failed; it will be tried again");
        await clock.sleep(rejoinMs, stopping.signal).catch(() => undefined);
      }
    }
  }

  return {
    async start() {
      await deps.endSurvivors();
      const left = await settleFormerLife(spool, clock);
      if (left > 0) log.warn({ runs: left }, "runs were cut short when this node last ended; their onNodeLoss decides");
      sender.start();
      // What the former life had to say comes first: after it, what isn't recorded as started never was.
      await sender.flush(stopping.signal);
      const sentAt = await join();
      agent = createNodeAgent({
        info: deps.info,
        session: session as unknown as NodeSession,
        executors: deps.executors,
        spool,
        clock,
        random: deps.random,
        trust: { mayStart: () => beats?.mayStart() ?? false },
        claimAheadMs: deps.claimAheadMs,
        log,
        drainTimeoutMs: deps.drainTimeoutMs,
      });
      startBeats(sentAt);
      agent.start();
      log.info({ node: deps.info.name, slots: deps.info.slots, session: sessionId }, "node is up");
    },
    isReady: () => agent !== null && stopped === null && (beats?.mayStart() ?? false),
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
        await sender
          .flush(late.signal)
          .catch(() => log.warn({}, "not everything could be reported; it stays in the spool"));
        cancel();
        stopping.abort(new Error("the node is stopping"));
        await beats?.stop();
        if (sessionId)
          await link.closeSession(sessionId).catch((err) => log.warn({ err }, "the session could not be closed"));
        await session?.close();
        await sender.stop();
        await spool.close();
      })();
      return stopped;
    },
  };
}
