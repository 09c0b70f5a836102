// Time as a parameter. Everything that waits or asks for the time takes a Clock, so that a test can own it.
// Nothing else in the program may read a clock or start a timer.
import { setTimeout as delay } from "node:timers/promises";

export interface Clock {
  /** Wall time, epoch milliseconds. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary origin; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms` (monotonic; 0 and less: as soon as others had a turn). Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once, `ms` from now (monotonic). Returns a function that cancels; cancelling late or twice is fine. */
  after(ms: number, fn: () => void): () => void;
}

/** setTimeout overflows above this and fires at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    let left = Math.max(0, ms);
    do {
      const part = Math.min(left, longestTimerMs);
      try {
        await delay(part, undefined, signal ? { signal } : {});
      } catch (err) {
        throw signal?.aborted ? signal.reason : err;
      }
      left -= part;
    } while (left > 0);
  },
  after(ms, fn) {
    let timer: NodeJS.Timeout;
    const arm = (left: number) => {
      const part = Math.min(left, longestTimerMs);
      timer = setTimeout(() => (left > part ? arm(left - part) : fn()), part);
    };
    arm(Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};
