// The story of one machine: a scheduler and a node in one process, joined by function calls where a cluster has HTTP.
// The node registers first: a restarted coordinator remembers nothing, and what the node's spool says must be in the
// ledger before the leader judges what is open.
import type { SchedulerLink } from "../model/scheduler-link.ts";
import { createNodeRole, type NodeDeps, type NodeRole } from "./node.ts";
import { createScheduler, type Scheduler, type SchedulerDeps } from "./scheduler.ts";

export interface AllInOne {
  readonly scheduler: Scheduler;
  readonly node: NodeRole;
  start(): Promise<void>;
  /** The node first (its work finishes or ends), then the scheduler, which takes back what the node left. */
  stop(): Promise<void>;
}

export function localLink({ reports, sessions }: Pick<Scheduler, "reports" | "sessions">): SchedulerLink {
  return {
    reports,
    formerSession: sessions.former,
    register: sessions.register,
    async beat(sessionId, load, onlyAsks) {
      const live = await (onlyAsks ? sessions.isLive(sessionId) : sessions.beat(sessionId, load));
      return { live, drain: live ? await sessions.isDraining(sessionId) : null };
    },
    closeSession: sessions.close,
    clockOffsetMs: () => 0,
  };
}

export function createAllInOne(deps: {
  scheduler: SchedulerDeps;
  node: Omit<NodeDeps, "link" | "coordinator">;
}): AllInOne {
  const scheduler = createScheduler(deps.scheduler);
  const { coordinator } = deps.scheduler;
  const node = createNodeRole({ ...deps.node, link: localLink(scheduler), coordinator });
  return {
    scheduler,
    node,
    async start() {
      await node.start();
      scheduler.start();
    },
    async stop() {
      await node.stop();
      await scheduler.stop();
    },
  };
}
