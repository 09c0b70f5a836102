// The story of one machine: a scheduler and a node in one process, joined by function calls where a cluster has HTTP.
// The node registers first: a restarted coordinator remembers nothing, and what the node's spool says must be in the
// ledger before the leader judges what is open.
import type { Store } from "../store/store.ts";
import { createNodeRole, type NodeDeps, type NodeRole, type SchedulerLink } from "./node.ts";
import { createScheduler, type Scheduler, type SchedulerDeps } from "./scheduler.ts";

export interface AllInOne {
  readonly scheduler: Scheduler;
  readonly node: NodeRole;
  start(): Promise<void>;
  /** The node first (its work finishes or ends), then the scheduler, which takes back what the node left. */
  stop(): Promise<void>;
}

export function localLink(store: Store, scheduler: Scheduler, nodeGraceMs: number): SchedulerLink {
  return {
    reports: scheduler.reports,
    formerSession: async (nodeId) => (await store.lastSession(nodeId))?.sessionId ?? null,
    async register(request) {
      const { changes } = await store.registerSession({ ...request, graceMs: nodeGraceMs });
      scheduler.follow(changes);
    },
    beat: (sessionId, load) => store.beat(sessionId, load, nodeGraceMs),
    closeSession: (sessionId) => store.closeSession(sessionId),
  };
}

export function createAllInOne(deps: {
  scheduler: SchedulerDeps;
  node: Omit<NodeDeps, "link" | "coordinator">;
}): AllInOne {
  const scheduler = createScheduler(deps.scheduler);
  const { store, coordinator } = deps.scheduler;
  const link = localLink(store, scheduler, deps.node.nodeGraceMs);
  const node = createNodeRole({ ...deps.node, link, coordinator });
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
