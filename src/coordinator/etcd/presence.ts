// A scheduler's entry in the list of those that are up: a key under a lease of its own, put again under a new one
// whenever that ends.
import type { SchedulerInfo } from "../coordinator.ts";
import type { EtcdDeps } from "./deps.ts";
import { openLease } from "./lease.ts";
import { writeOf } from "./transactions.ts";

const againMs = 500;

/** Returns how to leave the list; that never rejects. */
export function appear(deps: EtcdDeps, me: SchedulerInfo): () => Promise<void> {
  const { client, keys, clock, log } = deps;
  const leaving = new AbortController();

  async function stay() {
    const leaseEnd = new AbortController();
    const lease = await openLease(deps, deps.leaderTtlMs, () => leaseEnd.abort());
    try {
      await client.txn({
        success: [writeOf({ put: keys.scheduler(me.id), value: JSON.stringify(me), lease: lease.id })],
      });
      const either = AbortSignal.any([leaving.signal, leaseEnd.signal]);
      if (!either.aborted) await new Promise((resolve) => either.addEventListener("abort", resolve, { once: true }));
    } finally {
      await lease.revoke();
    }
  }
  async function run() {
    while (!leaving.signal.aborted) {
      try {
        await stay();
      } catch (err) {
        log.debug({ err, scheduler: me.id }, "this scheduler is not on etcd's list; it is tried again");
      }
      await clock.sleep(againMs, leaving.signal).catch(() => {});
    }
  }

  const running = run();
  return () => {
    leaving.abort();
    return running;
  };
}
