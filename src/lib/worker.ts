// A background worker: does its work, sleeps as long as the work says, and is woken early by a nudge. A failure is
// reported once and the worker goes on after a pause, so that one bad moment never stops it for good.
import type { Clock } from "../clock.ts";

export interface Worker {
  start(): void;
  /** Asks for a round now; a nudge during a round causes one more. */
  nudge(): void;
  /** Resolves when the round under way is over. Safe to repeat, and before start. */
  stop(): Promise<void>;
}

export function createWorker(options: {
  clock: Clock;
  /** One round. Answers the milliseconds until the next one is due. */
  work(signal: AbortSignal): Promise<number>;
  onError(err: unknown): void;
  /** Pause after a failure; doubled with each further one, up to `maxRetryMs`: how late it may learn that all is well again. */
  retryMs?: number;
  maxRetryMs?: number;
}): Worker {
  const { clock, work, onError, retryMs = 1000, maxRetryMs = 5000 } = options;
  const stopping = new AbortController();
  let wake: (() => void) | null = null;
  let nudged = false;
  let loop: Promise<void> | null = null;

  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      if (nudged || stopping.signal.aborted) return resolve();
      const cancel = clock.after(ms, done);
      function done() {
        cancel();
        wake = null;
        resolve();
      }
      wake = done;
    });

  async function run() {
    let failures = 0;
    while (!stopping.signal.aborted) {
      nudged = false;
      let waitMs: number;
      try {
        waitMs = await work(stopping.signal);
        failures = 0;
      } catch (err) {
        if (stopping.signal.aborted) return;
        onError(err);
        nudged = false;
        waitMs = Math.min(maxRetryMs, retryMs * 2 ** failures++);
      }
      if (!stopping.signal.aborted) await rest(waitMs);
    }
  }

  return {
    start() {
      loop ??= run();
    },
    nudge() {
      nudged = true;
      wake?.();
    },
    async stop() {
      stopping.abort(new Error("worker stopped"));
      wake?.();
      await loop;
    },
  };
}
