// The browser's time, and what the server's differs from it: countdowns and ages are told in the server's.
import { useSyncExternalStore } from "react";

let offsetMs = 0;

/** Takes the server's time from an answer that carries it. */
export function learnServerTime(iso: string): void {
  const difference = Date.parse(iso) - Date.now();
  // Below that it is the network's delay rather than the clocks'.
  offsetMs = Math.abs(difference) < 1500 ? 0 : difference;
}

/** Epoch milliseconds, by the server's clock. */
export const now = (): number => Date.now() + offsetMs;

/** Calls once after so many milliseconds; answers what prevents it. */
export function later(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

const watchers = new Set<() => void>();
let second = now();
let stop: (() => void) | null = null;

function beat() {
  stop = later(1000 - (Date.now() % 1000), () => {
    second = now();
    for (const watcher of watchers) watcher();
    if (watchers.size > 0) beat();
    else stop = null;
  });
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  if (!stop) {
    second = now();
    beat();
  }
  return () => void watchers.delete(watcher);
}

/** The time, drawn anew each second; `everyMs` coarser. */
export function useNow(everyMs = 1000): number {
  return useSyncExternalStore(watch, () => (everyMs <= 1000 ? second : Math.floor(second / everyMs) * everyMs));
}
