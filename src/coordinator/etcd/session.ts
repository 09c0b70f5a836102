// One opening of a node's session: its keys under a lease. It ends with the lease, with its key, or when another process
// takes it over; its claims stay, and its watches go on until it is closed.
import type { NodeInfo } from "../../model/node.ts";
import type { AssignmentChange, ClaimOutcome, NodeSession } from "../coordinator.ts";
import { CoordinatorUnavailableError, SessionLostError } from "../coordinator.ts";
import type { EtcdDeps } from "./deps.ts";
import { openFeed } from "./feed.ts";
import { assignmentView, type ClaimValue, type NodeValue, read } from "./keys.ts";
import type { Lease } from "./lease.ts";
import { folderRange } from "./reads.ts";
import { commitItems, type Expect, type Item, type ItemResult } from "./transactions.ts";
import type { Operation } from "./wire.ts";

export interface Opened {
  sessionId: string;
  info: NodeInfo;
  lease: Lease;
  /** Aborts with the reason when the lease ends. */
  leaseEnd: AbortSignal;
  /** Of the node's key. */
  revision: number;
}

export function createSession(deps: EtcdDeps, opened: Opened): NodeSession {
  const { client, keys, wire, onError } = deps;
  const { sessionId, info, lease, leaseEnd } = opened;
  const lost = new AbortController();
  const watches = new Set<() => void>();
  const nodeKey = keys.node(info.nodeId);
  const gateKey = keys.gate(sessionId);
  const standing: Expect = { key: nodeKey, lease: lease.id };
  const pace = deps.pace && { pace: deps.pace };
  let closed = false;
  let forgotten = false;

  const stopWatchingKey = openFeed(
    deps,
    { start: nodeKey, end: `${nodeKey}\0` },
    ({ kv }) => {
      if (kv?.lease !== lease.id) end(kv ? "another process has taken it over" : "its key is gone");
    },
    { known: [[nodeKey, opened.revision]], ...pace },
  );
  const stopListening = client.onForgotten((why) => {
    forgotten = true;
    end(why);
  });
  const onLeaseEnd = () => end(String(leaseEnd.reason));
  leaseEnd.addEventListener("abort", onLeaseEnd, { once: true });

  function end(why: string) {
    if (lost.signal.aborted) return;
    stopWatchingKey();
    stopListening();
    lost.abort(new SessionLostError(`session "${sessionId}" is over: ${why}; open it again`));
    // Whatever ended it: nobody needs to wait for the lease to run out.
    void lease.revoke();
    deps.log.info({ sessionId, why }, "the session's lease is over");
  }
  const alive = () => lease.alive() && !lost.signal.aborted;

  function commit(name: Operation["name"], guard: Expect[], items: Item[]): Promise<ItemResult[]> {
    return commitItems(
      {
        client,
        guard,
        onGuardFailed(seen) {
          if (seen.get(nodeKey)?.lease !== lease.id) end("its key is gone, or another process has taken it over");
        },
        send: (runIds, transact) => wire({ name, by: sessionId, runIds }, transact),
        onError,
      },
      items,
    );
  }

  async function claim(items: Parameters<NodeSession["claim"]>[0]): Promise<ClaimOutcome[]> {
    if (!alive()) return items.map(() => "refused");
    const results = await commit(
      "claim",
      [standing, { key: gateKey, revision: 0 }],
      items.map(({ runId, revision, fence }) => ({
        runIds: [runId],
        expects: [
          { key: keys.assignment({ nodeId: info.nodeId, sessionId, runId }), revision, large: true },
          { key: keys.claim(runId), revision: 0 },
        ],
        writes: [{ put: keys.claim(runId), value: JSON.stringify({ sessionId, fence } satisfies ClaimValue) }],
      })),
    );
    return results.map(({ outcome, seen }, i) => {
      // An etcd that has forgotten things answers for another world: what it says now is asked again.
      if (outcome === "unknown" || forgotten) return "unknown";
      if (outcome === "done") return "claimed";
      // Asked again after an answer was lost: the claim that stands may be this one.
      const { runId, fence } = items[i] as (typeof items)[number];
      const found = seen.get(keys.claim(runId));
      const claim = found && read<ClaimValue>(found);
      if (claim?.sessionId === sessionId && claim.fence === fence) return "claimed";
      return seen.has(gateKey) ? "unknown" : "refused";
    });
  }

  if (leaseEnd.aborted) onLeaseEnd();
  return {
    sessionId,
    alive,
    lost: lost.signal,
    claim,

    async announce(load) {
      alive();
      lost.signal.throwIfAborted();
      const value = JSON.stringify({ sessionId, info, load } satisfies NodeValue);
      const put = { put: nodeKey, value, lease: lease.id };
      const [result] = await commit("announce", [standing], [{ runIds: [], expects: [], writes: [put] }]);
      if (result?.outcome === "done") return;
      lost.signal.throwIfAborted();
      throw new CoordinatorUnavailableError(
        `etcd has not confirmed the load of session "${sessionId}"; it is announced again with the next beat`,
      );
    },
    watch(on) {
      if (closed) return () => {};
      const range = folderRange(keys.assignmentsOf(info.nodeId, sessionId));
      const stop = openFeed(
        deps,
        range,
        ({ key, kv, revision }) => {
          const change: AssignmentChange = kv
            ? { type: "put", view: assignmentView(kv) }
            : { type: "delete", runId: keys.idOf(key), revision };
          on(change);
        },
        pace,
      );
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    async close() {
      closed = true;
      for (const stop of watches) stop();
      end("it was closed");
      await lease.revoke();
    },
  };
}
