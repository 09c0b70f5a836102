// Sessions as the leader sees them come, load and go, from the nodes' keys.
import type { Leadership } from "../coordinator.ts";
import type { EtcdDeps } from "./deps.ts";
import { openFeed } from "./feed.ts";
import { folderRange, sessionView } from "./reads.ts";

type Change = Parameters<Parameters<Leadership["watchSessions"]>[0]>[0];

/** Returns how to stop it. */
export function watchSessionKeys(deps: EtcdDeps, on: (change: Change) => void): () => void {
  /** By key. The lease tells one opening of a session from the next. */
  const known = new Map<string, { sessionId: string; lease: string }>();
  return openFeed(
    deps,
    folderRange(deps.keys.nodes),
    ({ key, kv }) => {
      const before = known.get(key);
      if (!kv) {
        known.delete(key);
        if (before) on({ type: "down", sessionId: before.sessionId });
        return;
      }
      const session = sessionView(kv);
      known.set(key, { sessionId: session.sessionId, lease: kv.lease });
      if (before && before.sessionId !== session.sessionId) on({ type: "down", sessionId: before.sessionId });
      on({ type: before?.lease === kv.lease ? "load" : "up", session });
    },
    deps.pace && { pace: deps.pace },
  );
}
