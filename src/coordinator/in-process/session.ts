// One opening of a node's session. It lives for as long as its key does; its claims stay when it goes.
import type { AssignmentChange, ClaimOutcome, NodeSession } from "../coordinator.ts";
import { SessionLostError } from "../coordinator.ts";
import type { LeadershipDeps } from "./leadership.ts";
import { absent, assignmentView, at, putClaim } from "./tables.ts";

/** For a session whose key stands with this lease. */
export function createSession({ space, wire, onError }: LeadershipDeps, sessionId: string, lease: symbol): NodeSession {
  const lost = new AbortController();
  const watches = new Set<() => void>();
  let closed = false;

  const stopWatchingKey = space.watch(
    "sessions",
    ({ key, value }) => {
      if (key === sessionId && value?.lease !== lease) end("its key is gone, or another process took it over");
    },
    onError,
  );

  function end(why: string) {
    if (lost.signal.aborted) return;
    stopWatchingKey();
    lost.abort(new SessionLostError(`session "${sessionId}" is over: ${why}; open it again`));
  }
  const entry = () => {
    const found = lost.signal.aborted ? null : space.get("sessions", sessionId);
    return found?.value.lease === lease ? found : null;
  };

  function claim(runId: string, revision: number, fence: number): ClaimOutcome {
    if (!entry()) return "refused";
    return wire.write({ name: "claim", by: sessionId, runIds: [runId] }, () => {
      const read = [at("assignments", runId, revision), absent("claims", runId)];
      if (space.commit(read, [putClaim(runId, { sessionId, fence })])) return "claimed";
      // Asked again after an answer was lost: the claim that stands may be this one.
      const standing = space.get("claims", runId)?.value;
      return standing?.sessionId === sessionId && standing.fence === fence ? "claimed" : "refused";
    });
  }

  return {
    sessionId,
    alive: () => entry() !== null,
    lost: lost.signal,

    async announce(load) {
      if (!entry()) end("its key is gone, or another process took it over");
      lost.signal.throwIfAborted();
      wire.ask({ name: "announce", by: sessionId, runIds: [] }, () => {
        const mine = entry();
        if (mine) space.commit([], [{ table: "sessions", key: sessionId, value: { ...mine.value, load } }]);
      });
    },
    watch(on) {
      if (closed) return () => {};
      const stop = space.watch(
        "assignments",
        ({ key, value, previous, revision }) => {
          const change: AssignmentChange | null =
            value?.sessionId === sessionId
              ? { type: "put", view: assignmentView({ key, value, revision }) }
              : previous?.sessionId === sessionId
                ? { type: "delete", runId: key, revision }
                : null;
          if (change) on(change);
        },
        onError,
      );
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    async claim(items) {
      return items.map(({ runId, revision, fence }) => claim(runId, revision, fence));
    },
    async close() {
      closed = true;
      for (const stop of watches) stop();
      const mine = entry();
      if (mine)
        space.commit([at("sessions", sessionId, mine.revision)], [{ table: "sessions", key: sessionId, value: null }]);
      end("it was closed");
    },
  };
}
