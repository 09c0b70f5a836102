// Who is still trusted. Sessions whose trust ran out on the store's clock are ended by compare-and-set; only then is what
// they were running given up. Only sessions are named to it that were silent while they could have been heard: a write
// that the store does much later (it hung meanwhile) then ends none that was heard until it hung. The keeper also tells the
// board whose trust runs low and who is draining.
import type { Session } from "../model/node.ts";
import type { Leader } from "./leader.ts";
import type { Reconciler } from "./reconciler.ts";
import { createSilence } from "./silence.ts";

/** Allowance for clocks between the store's verdict and a node's own deadline. */
const marginMs = 2000;

export interface SessionKeeper {
  /** Ends the sessions that were silent for the grace, settles what they held, and looks as below. Answers them. */
  look(): Promise<Session[]>;
  /** Who is draining, whose trust runs low. */
  refresh(): Promise<void>;
  /** The store didn't answer: no session's silence before now counts. */
  interrupted(): void;
  /** Live sessions that haven't (re)joined the coordinator of this leadership. */
  missing(): Promise<Session[]>;
}

export function createSessionKeeper(
  leader: Leader,
  reconciler: Reconciler,
  options: {
    nodeGraceMs: number;
    everyMs: number;
    /** Whether rows and keys were compared since taking over: before that a missing key may be a wipe's, and proves nothing. */
    isCompared(): boolean;
    onBetter(): Promise<void>;
  },
): SessionKeeper {
  const { nodeGraceMs, everyMs, isCompared, onBetter } = options;
  const { store, board, clock, term } = leader;
  const silence = createSilence({ clock, graceMs: nodeGraceMs, gapMs: Math.max(nodeGraceMs / 2, everyMs + 1000) });
  /** Sessions whose standing was bad at the last look: their return frees what waits for a node. */
  const poor = new Set<string>();

  /** The first comparison of everything does it for those that come before. */
  async function settle(sessionId: string) {
    if (isCompared()) await leader.queue.run(() => reconciler.reconcileSession(sessionId));
  }

  async function refresh() {
    const up = board.sessionIds();
    const live = await store.liveSessions();
    const lives = new Set(live.map(({ sessionId }) => sessionId));
    for (const sessionId of up)
      if (!lives.has(sessionId)) {
        board.sessionEnded(sessionId);
        await settle(sessionId);
      }
    for (const sessionId of poor) if (!lives.has(sessionId)) poor.delete(sessionId);
    let better = false;
    const wished = new Set(await store.drainingNodes());
    for (const session of live) {
      const trusted = session.trustedUntil - clock.now() > nodeGraceMs / 2;
      const draining = wished.has(session.info.nodeId);
      board.setStanding(session.info.nodeId, { draining, trusted });
      if (trusted && !draining) better = poor.delete(session.sessionId) || better;
      else if (!poor.has(session.sessionId)) {
        poor.add(session.sessionId);
        await settle(session.sessionId);
      }
    }
    if (better) await onBetter();
  }

  return {
    async look() {
      const silent = silence.look(await store.liveSessions());
      const ended = silent.length ? await store.endSessions(term, marginMs, silent) : [];
      for (const session of ended) {
        leader.log.warn({ node: session.info.name, session: session.sessionId }, "node lost; settling its runs");
        board.sessionEnded(session.sessionId);
        await settle(session.sessionId);
      }
      await refresh();
      return ended;
    },
    refresh,
    interrupted: silence.interrupted,
    missing: async () => (await store.liveSessions()).filter((session) => !board.hasSession(session.sessionId)),
  };
}
