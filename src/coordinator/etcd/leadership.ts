// One leadership: a leased key with a nonce of its own. Every write is a transaction that compares the key's value and
// its revision as known when the write was made, so losing the key, or putting it again (refuseInFlight), refuses
// whatever is still under way. The lease only says when to stop by oneself.

import type { Assignment } from "../../model/assignment.ts";
import type { Leadership, SchedulerInfo, WriteOutcome } from "../coordinator.ts";
import { CoordinatorUnavailableError, LeadershipLostError } from "../coordinator.ts";
import type { IKeyValue } from "./client.ts";
import type { EtcdDeps } from "./deps.ts";
import { openFeed } from "./feed.ts";
import { assignmentView, endOf, textOf } from "./keys.ts";
import { moveLargeGroup } from "./large-groups.ts";
import { createLeaderItems } from "./leader-writes.ts";
import type { Lease } from "./lease.ts";
import { getAll, readRuns, readSnapshot } from "./reads.ts";
import { watchSessionKeys } from "./session-watch.ts";
import { commitItems, fits, type Item, type ItemResult, readBack, transaction } from "./transactions.ts";
import type { Operation } from "./wire.ts";

/** What an election gives. */
export interface Won {
  nonce: string;
  /** The leader key's value, unlike any other leadership's. */
  value: string;
  lease: Lease;
  /** Aborts with the reason when the lease ends. */
  leaseEnd: AbortSignal;
  /** Of the leader key. */
  revision: number;
  fresh: boolean;
}

const cleanTries = 3;
const zip = <A, B>(as: A[], bs: B[]) => as.map((a, i): [A, B] => [a, bs[i] as B]);

export function createLeadership(deps: EtcdDeps, me: SchedulerInfo, won: Won): Leadership {
  const { client, keys, wire, onError } = deps;
  const items = createLeaderItems(keys);
  const lost = new AbortController();
  const watches = new Set<() => void>();
  let epoch = won.revision;

  const stopWatchingKey = openFeed(
    deps,
    { start: keys.leader, end: endOf(`${keys.leader}/`) },
    ({ key, kv }) => {
      if (key === keys.leader) checkKey(kv ?? undefined);
      // Somebody has noticed that etcd was restored; what comes next must count as fresh.
      else if (key === keys.settled && !kv) end("etcd is said to have been wiped or restored");
    },
    { known: [[keys.leader, won.revision]], ...(deps.pace && { pace: deps.pace }) },
  );
  const stopListening = client.onForgotten(end);
  const onLeaseEnd = () => end(String(won.leaseEnd.reason));
  won.leaseEnd.addEventListener("abort", onLeaseEnd, { once: true });

  /** Learns what a late refuseInFlight() has put, and that the key is another's. */
  function checkKey(kv: IKeyValue | undefined) {
    if (kv && textOf(kv.value) === won.value) epoch = Math.max(epoch, Number(kv.mod_revision));
    else end(kv ? "another scheduler leads" : "the leader key is gone");
  }
  function end(why: string) {
    if (lost.signal.aborted) return;
    stopWatchingKey();
    stopListening();
    for (const stop of watches) stop();
    lost.abort(new LeadershipLostError(`scheduler "${me.id}" no longer leads: ${why}; stand for election again`));
    // Whatever ended it: nobody needs to wait for the lease to run out.
    void won.lease.revoke();
    deps.log.info({ scheduler: me.id, why }, "leadership is over");
  }
  const alive = () => won.lease.alive() && !lost.signal.aborted;
  const mine = () => [{ key: keys.leader, value: won.value }];

  async function commit(name: Operation["name"], list: Item[]): Promise<ItemResult[]> {
    if (!alive()) return list.map(() => ({ outcome: "refused", seen: new Map() }));
    return commitItems(
      {
        client,
        guard: [{ key: keys.leader, revision: epoch }, ...mine()],
        onGuardFailed: (seen) => checkKey(seen.get(keys.leader)),
        send: (runIds, transact) => wire({ name, by: me.id, runIds }, transact),
        onError,
      },
      list,
    );
  }
  const write = async (name: Operation["name"], list: Item[]): Promise<WriteOutcome[]> =>
    (await commit(name, list)).map(({ outcome }) => outcome);

  /** A question, or a write that may simply be sent again. */
  async function ask<T>(name: Operation["name"], runIds: string[], send: () => Promise<T>): Promise<T> {
    alive();
    lost.signal.throwIfAborted();
    return wire({ name, by: me.id, runIds }, send);
  }
  /** Writes of the leader that no other guard would let through after a change of the key's revision. */
  async function putAsLeader(name: Operation["name"], put: string, value: string, lease?: string): Promise<number> {
    const item: Item = { runIds: [], expects: [], writes: [{ put, value, ...(lease && { lease }) }] };
    const { request, reads } = transaction(mine(), [item]);
    const answer = await ask(name, [], () => client.txn(request));
    if (!answer.succeeded) {
      checkKey(readBack(answer, reads).get(keys.leader));
      lost.signal.throwIfAborted();
    }
    return Number(answer.header.revision);
  }

  async function refuseInFlight() {
    const revision = await putAsLeader("refuseInFlight", keys.leader, won.value, won.lease.id);
    epoch = Math.max(epoch, revision);
  }

  /** What doesn't fit one transaction is moved behind a gate, one group after the other. */
  async function moveGroups(groups: Parameters<Leadership["move"]>[0]): Promise<WriteOutcome[]> {
    const list = groups.map(items.move);
    const small = list.filter((item) => fits(item, 2));
    const outcomes = new Map(small.length ? zip(small, await write("move", small)) : []);
    const large = {
      ...deps,
      lease: won.lease.id,
      alive,
      refuseInFlight,
      commit: (part: Item[]) => commit("move", part),
    };
    for (const [i, item] of list.entries())
      if (!outcomes.has(item)) outcomes.set(item, await moveLargeGroup(large, groups[i] ?? []));
    return list.map((item) => outcomes.get(item) as WriteOutcome);
  }

  async function stopThese(asked: Parameters<Leadership["stop"]>[0]): Promise<WriteOutcome[]> {
    if (!alive()) return asked.map(() => "refused");
    let found: Map<string, IKeyValue>;
    try {
      ({ found } = await getAll(
        client,
        asked.map(({ at }) => keys.assignment(at)),
      ));
    } catch (err) {
      if (err instanceof CoordinatorUnavailableError) return asked.map(() => "unknown");
      throw err;
    }
    const list = asked.map(({ at, stop }): Item | null => {
      const kv = found.get(keys.assignment(at));
      if (!kv || Number(kv.mod_revision) !== at.revision) return null;
      const stopped: Assignment = { ...assignmentView(kv).assignment, stop };
      return items.stop(at, stopped);
    });
    const outcomes = await write(
      "stop",
      list.filter((item) => item !== null),
    );
    return list.map((item) => (item ? (outcomes.shift() as WriteOutcome) : "refused"));
  }

  async function cleanThese(runIds: string[]): Promise<WriteOutcome[]> {
    const outcomes = new Map<string, WriteOutcome>();
    let left = [...new Set(runIds)];
    for (let tries = 0; tries < cleanTries && left.length > 0 && alive(); tries++) {
      let found: Map<string, IKeyValue>;
      try {
        ({ found } = await getAll(client, left.map(keys.run)));
      } catch (err) {
        if (!(err instanceof CoordinatorUnavailableError)) throw err;
        for (const runId of left) outcomes.set(runId, "unknown");
        break;
      }
      const list = left.map((runId) => {
        const kv = found.get(keys.run(runId));
        return items.clean(runId, kv ? textOf(kv.value) : null);
      });
      const results = await write("clean", list);
      for (const [i, runId] of left.entries()) outcomes.set(runId, results[i] as WriteOutcome);
      left = left.filter((runId) => outcomes.get(runId) === "refused");
    }
    return runIds.map((runId) => outcomes.get(runId) ?? "refused");
  }

  if (won.leaseEnd.aborted) onLeaseEnd();
  return {
    nonce: won.nonce,
    fresh: won.fresh,
    alive,
    lost: lost.signal,

    assign: (list) => write("assign", list.map(items.assign)),
    move: moveGroups,
    replaceClaim: (list) => write("replaceClaim", list.map(items.replaceClaim)),
    stop: stopThese,
    clean: cleanThese,
    restoreClaim: (list) =>
      write(
        "restoreClaim",
        list.map(({ assignment, sessionId, fence }) => items.restoreClaim(assignment, { sessionId, fence })),
      ),
    refuseInFlight,
    async settled() {
      await putAsLeader("settled", keys.settled, won.nonce);
      deps.forgetting.sawSettled(won.nonce);
    },

    snapshot: () => ask("snapshot", [], () => readSnapshot(client, keys)),
    lookup: (runIds) => ask("lookup", runIds, () => readRuns(client, keys, runIds)),
    watchSessions(on) {
      alive();
      lost.signal.throwIfAborted();
      const stop = watchSessionKeys(deps, on);
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    async resign() {
      end("it resigned");
      await won.lease.revoke();
    },
  };
}
