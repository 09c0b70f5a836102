// Who is still trusted. Sessions whose trust ran out on the store's clock are ended by compare-and-set; only then is what
// they were running given up. The keeper also tells the board whose trust runs low and who is draining.
import type { Session } from "../model/node.ts";
import type { Leader } from "./leader.ts";
import type { Reconciler } from "./reconciler.ts";

/** Allowance for clocks between the store's verdict and a node's own deadline. */
const marginMs = 2000;

export interface SessionKeeper {
  /** One look. `mayEnd`: beats could be recorded for a full grace, so a silent session is silent by itself. */
  look(mayEnd: boolean): Promise<Session[]>;
  /** Live sessions that haven't (re)joined the coordinator of this leadership. */
  missing(): Promise<Session[]>;
}

export function createSessionKeeper(
  leader: Leader,
  reconciler: Reconciler,
  options: { nodeGraceMs: number; onBetter(): Promise<void> },
): SessionKeeper {
  const { nodeGraceMs, onBetter } = options;
  const { store, board, clock, term } = leader;
  /** Sessions whose standing was bad at the last look: their return frees what waits for a node. */
  const poor = new Set<string>();

  async function refreshStanding() {
    const live = await store.liveSessions();
    let better = false;
    for (const session of live) {
      const node = await store.getNode(session.info.nodeId);
      const trusted = session.trustedUntil - clock.now() > nodeGraceMs / 2;
      const draining = node?.draining ?? false;
      board.setStanding(session.info.nodeId, { draining, trusted });
      if (trusted && !draining) better = poor.delete(session.sessionId) || better;
      else if (!poor.has(session.sessionId)) {
        poor.add(session.sessionId);
        await leader.queue.run(() => reconciler.reconcileSession(session.sessionId));
      }
    }
    if (better) await onBetter();
  }

  return {
    async look(mayEnd) {
      const ended = mayEnd ? await store.endSessions(term, marginMs) : [];
      for (const session of ended) {
        leader.log.warn({ node: session.info.name, session: session.sessionId }, "node lost; settling its runs");
        board.sessionDown(session.sessionId);
        await leader.queue.run(() => reconciler.reconcileSession(session.sessionId));
      }
      await refreshStanding();
      return ended;
    },
    missing: async () => (await store.liveSessions()).filter((session) => !board.hasSession(session.sessionId)),
  };
}
