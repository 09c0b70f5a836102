// The story of a node: end what a former life left running, tell the ledger what that life had to say, join the cluster
// (membership.ts keeps it there), and execute until asked to stop.
import type { Clock } from "../clock.ts";
import type { Coordinator } from "../coordinator/coordinator.ts";
import { createNodeAgent, type NodeAgent } from "../execute/agent.ts";
import type { Executor } from "../execute/executor.ts";
import { settleFormerLife } from "../execute/former-life.ts";
import type { Spool } from "../execute/spool.ts";
import { correctedClock } from "../lib/corrected-clock.ts";
import type { Log } from "../lib/log.ts";
import type { ExecutorKind, NodeInfo, NodeLoad } from "../model/node.ts";
import type { SchedulerLink } from "../model/scheduler-link.ts";
import type { Random } from "../random.ts";
import { createSender } from "../report/sender.ts";
import type { NodeFigures } from "../telemetry/metrics.ts";
import { createMembership } from "./membership.ts";

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
  /** As this process is configured; what registering answers is what counts. */
  nodeGraceMs: number;
  beatMs: number;
  stopTimeoutMs: number;
  drainTimeoutMs: number;
}

export interface NodeRole {
  /** Resolves when the node takes work. Rejects when it must not (its name is taken). */
  start(): Promise<void>;
  isReady(): boolean;
  /** What has to work before runs are started here, by name. */
  readiness(): { name: string; ready: boolean }[];
  /** What the node's metrics show; null: before it has joined. */
  figures(): NodeFigures | null;
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
  const { link, log, spool } = deps;
  const clock = correctedClock(deps.clock, link.clockOffsetMs);
  const sender = createSender({
    ...{ outbox: spool, port: link.reports, clock, log },
    isCrowded: () => loadNow().queued > 0,
  });
  const stopping = new AbortController();
  let agent: NodeAgent | null = null;
  let lastLoad: NodeLoad | null = null;
  let isDraining = false;
  let stopped: Promise<void> | null = null;
  let hurried = false;

  const loadNow = () => agent?.load() ?? { running: 0, queued: 0 };
  const membership = createMembership({
    ...deps,
    async readLoad() {
      // With nothing to start nobody else would notice that the disk has room again.
      void spool.probe();
      lastLoad = { ...(await deps.hostLoad()), ...loadNow(), clockOffsetMs: link.clockOffsetMs() };
      return lastLoad;
    },
    async tellAll(signal) {
      await spool.settled();
      await sender.flush(signal);
    },
    on: {
      attach: (session) => agent?.attach(session),
      trusted: () => agent?.onTrusted(),
      trustLost: () => agent?.onTrustLost(),
      leaseLost: async () => agent?.onLeaseLost(),
      drain,
    },
  });

  function drain(wanted: boolean) {
    if (wanted === isDraining) return;
    isDraining = wanted;
    log.info({ node: deps.info.name }, wanted ? "draining: nothing new is started here" : "taking work again");
    if (wanted) void agent?.drain();
    else agent?.resume();
  }

  const readiness = () => [
    { name: "node", ready: agent !== null && stopped === null },
    { name: "schedulers", ready: membership.mayStart() },
    { name: "coordinator", ready: membership.mayClaim() },
    { name: "spool", ready: !spool.stats().unwritable },
  ];

  return {
    async start() {
      await deps.endSurvivors();
      const left = await settleFormerLife(spool, clock);
      if (left > 0) log.warn({ runs: left }, "runs were cut short when this node last ended; their onNodeLoss decides");
      sender.start();
      // What the former life had to say comes first: after it, what isn't recorded as started never was.
      await sender.flush(stopping.signal);
      const session = await membership.join(stopping.signal);
      agent = createNodeAgent({
        info: deps.info,
        session,
        executors: deps.executors,
        spool,
        clock,
        random: deps.random,
        trust: membership,
        claimAheadMs: deps.claimAheadMs,
        log,
        drainTimeoutMs: deps.drainTimeoutMs,
      });
      membership.keep();
      agent.start();
      log.info({ node: deps.info.name, slots: deps.info.slots, session: session.sessionId }, "node is up");
    },
    isReady: () => readiness().every(({ ready }) => ready),
    readiness,
    figures: () =>
      lastLoad && {
        name: deps.info.name,
        up: membership.mayStart(),
        slots: deps.info.slots,
        running: loadNow().running,
        cpuRatio: lastLoad.cpuRatio,
        memoryRatio: lastLoad.memoryRatio,
        disks: lastLoad.disks,
      },
    load: loadNow,
    spoolSize: () => spool.stats().waiting,
    hurry() {
      hurried = true;
      void agent?.stop({ graceMs: 0, killGraceMs: 0 });
    },
    stop() {
      stopped ??= (async () => {
        const idle = agent?.stop(hurried ? { graceMs: 0, killGraceMs: 0 } : { graceMs: deps.stopTimeoutMs });
        await Promise.all([idle, membership.retire()]);
        const late = new AbortController();
        const cancel = clock.after(lastWordsMs, () => late.abort(new Error("the node is stopping")));
        await sender
          .flush(late.signal)
          .catch(() => log.warn({}, "not everything could be reported; it stays in the spool"));
        cancel();
        stopping.abort(new Error("the node is stopping"));
        await membership.leave();
        await sender.stop();
        await spool.close();
      })();
      return stopped;
    },
  };
}
