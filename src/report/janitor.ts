// Retention: deletes old history, old audit lines and ended sessions in small batches with rests in between, so that no start waits for it.
import type { Clock } from "../clock.ts";
import { createWorker, type Worker } from "../lib/worker.ts";
import type { Store } from "../store/store.ts";

const batch = 200;
/** Rest between batches while there is more to delete. */
const shortRestMs = 50;

const dayMs = 86_400_000;
/** A year's audit and some more: last year's lines can be looked at when the year is over. */
const auditMs = 400 * dayMs;
/** Each start of a node leaves one: enough to see how often it started of late. */
const endedSessionsMs = 7 * dayMs;

export function createJanitor(deps: {
  store: Pick<Store, "retain" | "prune">;
  clock: Clock;
  keep: { ageMs: number; count: number };
  /** Between looks when there is nothing to delete. */
  restMs?: number;
  mayWork: () => boolean;
  onError(err: unknown): void;
}): Worker {
  const { store, clock, keep, restMs = 60_000 } = deps;
  return createWorker({
    clock,
    maxRetryMs: restMs,
    onError: deps.onError,
    async work() {
      if (!deps.mayWork()) return restMs;
      const now = clock.now();
      const deleted =
        (await store.retain({ now, ageMs: keep.ageMs, count: keep.count, batch })) ||
        (await store.prune({ auditBefore: now - auditMs, sessionsBefore: now - endedSessionsMs, batch }));
      return deleted > 0 ? shortRestMs : restMs;
    },
  });
}
