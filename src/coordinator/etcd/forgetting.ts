// After a restore from a backup etcd says that all is settled, as it was when the backup was made. A scheduler that has
// seen more takes that back before anybody of its process stands for election again, so that the next leader is `fresh`.
// With it goes all that the backup says of sessions and runs: it was true once. An assignment of then could be claimed a
// second time, and a session that only stands there, not having noticed anything, would count as heard. So a restore is
// made a wipe, and every session has to register again.
import { EtcdRefusedError } from "./answers.ts";
import type { EtcdDeps } from "./deps.ts";
import { textOf } from "./keys.ts";
import { getAll } from "./reads.ts";
import { transaction } from "./transactions.ts";

export interface Forgetting {
  /** True from when etcd was found to have forgotten until what it wrongly remembers is taken back. */
  readonly pending: boolean;
  /** What `leader/settled` said: the nonce of the leadership that put it. Nonces sort by age. */
  sawSettled(nonce: string): void;
}

const againMs = 500;

export function watchForgetting(
  { client, keys, clock, log, onError }: Omit<EtcdDeps, "forgetting">,
  signal: AbortSignal,
): Forgetting {
  let newest = "";
  let pending = false;

  client.onForgotten((why) => {
    log.warn({ why }, "etcd has forgotten what it knew; what was agreed on through it is void");
    if (pending) return;
    pending = true;
    void takeBack();
  });

  async function takeBack() {
    while (pending && !signal.aborted) {
      try {
        await takeBackOnce();
        pending = false;
      } catch (err) {
        if (err instanceof EtcdRefusedError) onError(err);
        await clock.sleep(againMs, signal).catch(() => {});
      }
    }
  }
  /** What was settled after the restore is newer than anything we have seen, and stays. */
  async function takeBackOnce() {
    const kv = (await getAll(client, [keys.settled])).found.get(keys.settled);
    const nonce = kv && textOf(kv.value);
    if (!nonce || nonce > newest) return;
    const expects = [{ key: keys.settled, value: nonce }];
    const writes = [{ drop: keys.settled }, ...keys.agreed.map((dropFolder) => ({ dropFolder }))];
    await client.txn(transaction([], [{ runIds: [], expects, writes }]).request);
  }

  return {
    get pending() {
      return pending;
    },
    sawSettled(nonce) {
      if (nonce > newest) newest = nonce;
    },
  };
}
