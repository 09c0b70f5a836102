// Lets so many through at once; the others wait, in the order of their arrival, and not for ever.
import type { Clock } from "../../clock.ts";
import { StoreUnavailableError } from "../store.ts";

/** A burst is worked off in this time, or the database is stuck. */
const longestWaitMs = 15_000;

export interface Gate {
  /** Throws StoreUnavailableError when its turn doesn't come: `fn` was not called then. */
  through<T>(fn: () => Promise<T>): Promise<T>;
}

export function createGate(size: number, clock: Pick<Clock, "after">): Gate {
  let free = size;
  const waiting = new Set<() => void>();

  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const comesIn = () => {
        giveUp();
        waiting.delete(comesIn);
        resolve();
      };
      const giveUp = clock.after(longestWaitMs, () => {
        waiting.delete(comesIn);
        const seconds = longestWaitMs / 1000;
        reject(new StoreUnavailableError(`all ${size} connections to the database were in use for ${seconds} s`));
      });
      waiting.add(comesIn);
    });

  return {
    async through(fn) {
      if (free > 0) free -= 1;
      else await turn();
      try {
        return await fn();
      } finally {
        // The place goes straight to the next in line, so that nobody slips in before it.
        const [next] = waiting;
        if (next) next();
        else free += 1;
      }
    },
  };
}
