// Waits for many instants on the wall clock with a single timer. The clock may step: nothing is ever handed out before
// its instant has been reached, and a step is noticed within `pollMs`.
import type { Clock } from "../clock.ts";
import { createHeap } from "../lib/heap.ts";

export interface WallTimers<T> {
  add(at: number, item: T): void;
  /** Makes sure that a look follows within `pollMs`, though no instant is awaited. */
  lookSoon(): void;
  stop(): void;
}

export function createWallTimers<T>(options: {
  clock: Clock;
  /** Calls with what has become due, in order (perhaps nothing), at least every `pollMs` while anything is awaited. */
  onLook(due: T[]): void;
  pollMs?: number;
}): WallTimers<T> {
  const { clock, onLook, pollMs = 1000 } = options;
  const heap = createHeap<{ at: number; order: number; item: T }>(
    (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order),
  );
  let order = 0;
  let stopped = false;
  let armed: { until: number; cancel(): void } | null = null;

  function arm(ms: number) {
    if (stopped) return;
    // Timers may fire a fraction early: a whole millisecond more than needed costs less than a second look.
    const wait = Math.min(pollMs, Math.max(0, Math.ceil(ms)));
    const until = clock.monotonic() + wait;
    if (armed && armed.until <= until) return;
    armed?.cancel();
    armed = { until, cancel: clock.after(wait, look) };
  }

  function look() {
    armed = null;
    const due: T[] = [];
    for (let top = heap.peek(); top && top.at <= clock.now(); top = heap.peek())
      due.push((heap.pop() as typeof top).item);
    try {
      onLook(due);
    } finally {
      const next = heap.peek();
      if (next) arm(next.at - clock.now());
    }
  }

  return {
    add(at, item) {
      heap.push({ at, order: order++, item });
      arm(at - clock.now());
    },
    lookSoon: () => arm(pollMs),
    stop() {
      stopped = true;
      armed?.cancel();
      armed = null;
      heap.drain();
    },
  };
}
