// Standing for election: whoever creates the leader key leads. Losers watch that one key, and look again every few
// seconds in case they missed something. A lease is taken only when the key looks free.
import { newId } from "../../lib/id.ts";
import { CoordinatorUnavailableError, type Leadership, type SchedulerInfo } from "../coordinator.ts";
import type { EtcdDeps } from "./deps.ts";
import { openFeed } from "./feed.ts";
import { leaderValue, textOf } from "./keys.ts";
import { createLeadership, type Won } from "./leadership.ts";
import { type Lease, openLease } from "./lease.ts";
import { getOf, transaction } from "./transactions.ts";

interface Candidacy {
  nonce: string;
  value: string;
  lease: Lease;
  leaseEnd: AbortSignal;
}

/** Resolves when elected; rejects with the signal's reason when aborted, having given back what it held. */
export async function campaign(deps: EtcdDeps, me: SchedulerInfo, signal: AbortSignal): Promise<Leadership> {
  const { client, keys, clock, random, forgetting, onError } = deps;
  let candidacy: Candidacy | null = null;
  let wake = () => {};
  let complained = false;

  async function stand(): Promise<Won | null> {
    const look = await client.ask([getOf(keys.leader), getOf(keys.settled)]);
    if (forgetting.pending) return null;
    const [leader, settled] = look.responses.map(({ response_range }) => response_range.kvs[0]);
    if (settled) forgetting.sawSettled(textOf(settled.value));
    if (leader) {
      // The answer to our last try was lost, but it counted.
      if (candidacy && textOf(leader.value) === candidacy.value)
        return { ...candidacy, revision: Number(leader.mod_revision), fresh: !settled };
      // What may still be under way of ours fails without its lease.
      await giveBack();
      return null;
    }
    if (!candidacy?.lease.alive()) candidacy = await newCandidacy();
    const put = { put: keys.leader, value: candidacy.value, lease: candidacy.lease.id };
    const item = { runIds: [], expects: [{ key: keys.leader, revision: 0 }], writes: [put] };
    const { request } = transaction([], [item]);
    const create = { ...request, success: [...(request.success ?? []), getOf(keys.settled)] };
    const answer = await deps.wire({ name: "campaign", by: me.id, runIds: [] }, () => client.txn(create));
    if (!answer.succeeded || forgetting.pending) return null;
    const fresh = answer.responses[1]?.response_range.kvs.length === 0;
    return { ...candidacy, revision: Number(answer.header.revision), fresh };
  }

  async function newCandidacy(): Promise<Candidacy> {
    const leaseEnd = new AbortController();
    const lease = await openLease(deps, deps.leaderTtlMs, (why) => leaseEnd.abort(why));
    const nonce = newId(clock, random);
    return { nonce, value: leaderValue(me, nonce), lease, leaseEnd: leaseEnd.signal };
  }
  async function giveBack() {
    const had = candidacy;
    candidacy = null;
    await had?.lease.revoke();
  }

  const stopFeed = openFeed(
    deps,
    { start: keys.leader, end: `${keys.leader}\0` },
    ({ kv }) => {
      if (!kv) wake();
    },
    { known: [[keys.leader, 0]], ...(deps.pace && { pace: deps.pace }) },
  );
  try {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let pauseMs = 2000 + 3000 * random.next();
      try {
        const won = await stand();
        if (won && !signal.aborted) {
          candidacy = null;
          return createLeadership(deps, me, won);
        }
        complained = false;
        if (forgetting.pending) pauseMs = 200;
      } catch (err) {
        pauseMs = 200 + 300 * random.next();
        if (!(err instanceof CoordinatorUnavailableError) && !complained) onError(err);
        complained = true;
      }
      const stopped = new AbortController();
      await Promise.race([woken, clock.sleep(pauseMs, AbortSignal.any([signal, stopped.signal])).catch(() => {})]);
      stopped.abort();
    }
    throw signal.reason;
  } finally {
    stopFeed();
    await giveBack();
  }
}
