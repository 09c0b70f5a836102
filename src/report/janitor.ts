// Retention: deletes old history in small batches with rests in between, so that no start waits for it.
import type { Clock } from "../clock.ts";
import { createWorker, type Worker } from "../lib/worker.ts";
import type { Store } from "../store/store.ts";

const batch = 200;
/** Rest between batches while there is more to delete, and between looks when there isn't. */
const shortRestMs = 50;
const longRestMs = 60_000;

export function createJanitor(deps: {
  store: Pick<Store, "retain">;
  clock: Clock;
  keep: { ageMs: number; count: number };
  mayWork: () => boolean;
  onError(err: unknown): void;
}): Worker {
  const { store, clock, keep } = deps;
  return createWorker({
    clock,
    onError: deps.onError,
    async work() {
      if (!deps.mayWork()) return longRestMs;
      const deleted = await store.retain({ now: clock.now(), ageMs: keep.ageMs, count: keep.count, batch });
      return deleted > 0 ? shortRestMs : longRestMs;
    },
  });
}
