// What nodes ask of a scheduler, any scheduler: to join, to be believed for another while, to be let go. All of it is in
// the store; here is only who else must hear of it.
import type { Clock } from "../clock.ts";
import type { NodeInfo, NodeLoad, Session } from "../model/node.ts";
import { ConflictError, type RunChange, type Store } from "../store/store.ts";

interface Registration {
  sessionId: string;
  info: NodeInfo;
  former: string | null;
}

export interface SessionDesk {
  /** The node's last session, live or ended; null: none is known. */
  former(nodeId: string): Promise<string | null>;
  /** Throws ConflictError node_name_taken or node_id_live. Answers how long the session is trusted after a beat. */
  register(request: Registration): Promise<{ graceMs: number }>;
  /** False: the session has ended. */
  beat(sessionId: string, load: NodeLoad): Promise<boolean>;
  isLive(sessionId: string): Promise<boolean>;
  /** Whether the session's node is wished to take nothing new; a few seconds old at most. null: it isn't live. */
  isDraining(sessionId: string): Promise<boolean | null>;
  /** The node itself ends its session; what it hadn't begun was given back. Safe to repeat. */
  close(sessionId: string): Promise<void>;
  /**
   * Said for a node whose process is gone and whose commands have all been ended: the session ends without waiting for
   * its trust to run out, for nothing of it can run any more. Safe to repeat.
   */
  abandon(sessionId: string): Promise<void>;
}

const wishHoldsMs = 4000;
const mostSessions = 10_000;
/** More than two beats apart. */
const silentMs = 5000;

export function createSessionDesk(deps: {
  store: Pick<
    Store,
    "lastSession" | "registerSession" | "beat" | "endedAmong" | "closeSession" | "liveSessions" | "drainingNodes"
  >;
  clock: Pick<Clock, "now" | "monotonic">;
  nodeGraceMs: number;
  /** Nodes are other processes (default). False: there is only this one. */
  cluster?: boolean;
  onChanges(changes: RunChange[]): void;
  onNode(node: Pick<NodeInfo, "nodeId" | "name">, state: "up" | "down", sessionId: string): void;
}): SessionDesk {
  const { store, clock, nodeGraceMs: graceMs } = deps;
  /** Beats are many, and the wishes seldom change: of all nodes together they are read now and then. */
  let wishes: { nodeIds: Set<string>; readAt: number } | null = null;
  /** The nodes of sessions that have asked. */
  const nodeIds = new Map<string, string>();

  const live = async (sessionId: string) =>
    (await store.liveSessions()).find((session) => session.sessionId === sessionId);

  /**
   * A process that was started again follows the session of the one that was killed. One that runs beside it (on a copy of
   * its data directory) gets the same answer to who it follows, and would take its runs away again and again.
   */
  function refuseBeside({ info }: Registration, last: Session) {
    if (deps.cluster === false || clock.now() - last.lastBeatAt >= silentMs) return;
    const { host, pid } = last.info;
    if (host === info.host && pid === info.pid) return;
    throw new ConflictError(
      "node_id_live",
      `node id ${info.nodeId} is in use by ${last.info.name} on ${host} (process ${pid}, session ${last.sessionId}), which was heard ` +
        "a moment ago: two processes can't share a data directory, nor a copy of it",
    );
  }

  async function end(sessionId: string) {
    nodeIds.delete(sessionId);
    const session = await live(sessionId);
    await store.closeSession(sessionId);
    if (session) deps.onNode(session.info, "down", sessionId);
  }

  return {
    former: async (nodeId) => (await store.lastSession(nodeId))?.sessionId ?? null,
    async register(request) {
      const last = request.former === null ? null : await store.lastSession(request.info.nodeId);
      const followed = last?.sessionId === request.former && last?.state === "live" ? last : null;
      if (followed) refuseBeside(request, followed);
      const { changes } = await store.registerSession({ ...request, graceMs });
      deps.onChanges(changes);
      // Nobody has said so yet: it was killed, and was back before its trust had run out.
      if (followed) deps.onNode(followed.info, "down", followed.sessionId);
      deps.onNode(request.info, "up", request.sessionId);
      return { graceMs };
    },
    async beat(sessionId, load) {
      const isLive = await store.beat(sessionId, load, graceMs);
      if (!isLive) nodeIds.delete(sessionId);
      return isLive;
    },
    isLive: async (sessionId) => (await store.endedAmong([sessionId])).length === 0,
    async isDraining(sessionId) {
      const nodeId = nodeIds.get(sessionId) ?? (await live(sessionId))?.info.nodeId;
      if (nodeId === undefined) return null;
      nodeIds.set(sessionId, nodeId);
      if (nodeIds.size > mostSessions) nodeIds.delete(nodeIds.keys().next().value as string);
      if (!wishes || clock.monotonic() - wishes.readAt >= wishHoldsMs) {
        const readAt = clock.monotonic();
        wishes = { nodeIds: new Set(await store.drainingNodes()), readAt };
      }
      return wishes.nodeIds.has(nodeId);
    },
    close: end,
    abandon: end,
  };
}
