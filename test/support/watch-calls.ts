// Asks something over and over while something else goes on, and says how long the answers took.
import type { Clock } from "../../src/clock.ts";

export function watchCalls(clock: Clock, ask: () => Promise<unknown>, everyMs = 2) {
  const tookMs: number[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const began = clock.monotonic();
      await ask();
      tookMs.push(clock.monotonic() - began);
      await clock.sleep(everyMs);
    }
  })();
  return {
    /** Milliseconds: the median, what 99 of 100 stay within, the longest. */
    async end() {
      over = true;
      await asking;
      const sorted = [...tookMs].sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
      return { count: sorted.length, middle: at(0.5), most99: at(0.99), longest: at(1) };
    },
  };
}
