// The node half of reporting: takes what waits in the spool to the recorder, in order, until it is acknowledged. It tries
// for ever: an outage of the schedulers only makes the spool longer.
import type { Clock } from "../clock.ts";
import type { Log } from "../lib/log.ts";
import type { NodeEvent, ReportPort } from "../model/assignment.ts";

/** Where events wait, numbered, until they are acknowledged. The spool is one. */
export interface Outbox {
  /** The oldest, in order; at least one if there is any. */
  take(maxEvents: number, maxBytes: number): Promise<{ n: number; event: NodeEvent }[]>;
  /** Everything up to this number has been recorded. */
  acknowledge(through: number): void;
  onAvailable(fn: () => void): void;
}

export interface SenderOptions {
  outbox: Outbox;
  port: ReportPort;
  clock: Clock;
  log: Log;
  maxEvents?: number;
  maxBytes?: number;
  /** First pause after a failure; doubled up to `maxRetryMs`. */
  retryMs?: number;
  maxRetryMs?: number;
  /** Pause after what was sent, in which more gathers: each report is a commit of the recorder's, however small. */
  gatherMs?: number;
  /** The same after `busyEvents` or more at once: in a burst the recorder's work is taken from the runs themselves. */
  busyGatherMs?: number;
  busyEvents?: number;
  /** Whether runs wait for others to end. In a burst what has happened may wait for them, up to `longestGatherMs` in all. */
  isCrowded?(): boolean;
  longestGatherMs?: number;
  /** An answer that takes longer is given up; what was sent is sent again. */
  answerMs?: number;
}

export interface Sender {
  start(): void;
  /** Resolves when everything that waits now has been acknowledged; tries at once, not after the pause. Rejects with the signal's reason. */
  flush(signal: AbortSignal): Promise<void>;
  /** False while the last try failed. */
  isHealthy(): boolean;
  /** Resolves when nothing is being sent. What is left stays in the outbox. Safe to repeat, and before start. */
  stop(): Promise<void>;
}

/** Who is asked to report less often for a while does so, within reason. */
const longestPauseMs = 60_000;
const askedFor = (err: unknown) =>
  Math.min(longestPauseMs, Number((err as { retryAfterMs?: unknown })?.retryAfterMs) || 0);

type Waiting = { n: number; event: NodeEvent };

export function createSender(options: SenderOptions): Sender {
  const { outbox, port, clock, log } = options;
  const { maxEvents = 500, maxBytes = 1 << 20, retryMs = 200, maxRetryMs = 10_000 } = options;
  const { gatherMs = 20, busyGatherMs = 150, busyEvents = 60, answerMs = 30_000 } = options;
  const { isCrowded = () => false, longestGatherMs = 1000 } = options;
  const stopping = new AbortController();
  let loop: Promise<void> | null = null;
  let wake: (() => void) | null = null;
  let news = false;
  let failures = 0;
  let gathering = false;
  const flushers = new Set<() => void>();

  outbox.onAvailable(() => {
    news = true;
    // During a pause, after a failure or to gather, news is no reason to hurry.
    if (failures === 0 && !gathering) wake?.();
  });

  /** Resolves after `ms` (null: no limit), or when woken. */
  const rest = (ms: number | null) =>
    new Promise<void>((resolve) => {
      if (stopping.signal.aborted || (ms === null && news)) return resolve();
      const cancel = ms === null ? () => {} : clock.after(ms, done);
      function done() {
        cancel();
        wake = null;
        resolve();
      }
      wake = done;
    });

  async function send(batch: Waiting[]): Promise<void> {
    let stopWaiting = () => {};
    const answer = port.send(batch.map(({ event }) => event));
    const limit = new Promise<never>((_, reject) => {
      const cancel = clock.after(answerMs, () =>
        reject(new Error(`no answer to a report of ${batch.length} events in ${answerMs} ms; it is sent again`)),
      );
      const giveUp = () => reject(stopping.signal.reason);
      stopping.signal.addEventListener("abort", giveUp, { once: true });
      stopWaiting = () => {
        cancel();
        stopping.signal.removeEventListener("abort", giveUp);
      };
    });
    try {
      await Promise.race([answer, limit]);
    } finally {
      stopWaiting();
      answer.catch(() => undefined); // Its failure was told by the race, or is too late to matter.
    }
  }

  /** Sends them and acknowledges. One that the recorder can't take is found by halving, said, and left behind. */
  async function deliver(batch: Waiting[]): Promise<void> {
    const last = batch.at(-1) as Waiting;
    try {
      await send(batch);
    } catch (err) {
      if ((err as { code?: unknown })?.code !== "invalid_event") throw err;
      if (batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        await deliver(batch.slice(0, half));
        return deliver(batch.slice(half));
      }
      const { type, runId, fence } = last.event;
      log.error({ err, type, runId, fence }, "an event can't be recorded and is dropped");
    }
    outbox.acknowledge(last.n);
  }

  async function round(): Promise<"sent" | "empty"> {
    const batch = await outbox.take(maxEvents, maxBytes);
    if (batch.length === 0) return "empty";
    await deliver(batch);
    if (failures > 0) log.info({}, "reports are taken again");
    failures = 0;
    if (batch.length < maxEvents) await gather(batch.length >= busyEvents);
    return "sent";
  }

  async function gather(busy: boolean) {
    const step = busy ? busyGatherMs : gatherMs;
    if (step === 0) return;
    gathering = true;
    // Whoever waits for a flush waits for no company.
    for (let ms = 0; flushers.size === 0 && ms < longestGatherMs; ms += step) {
      await rest(step);
      if (!busy || !isCrowded() || stopping.signal.aborted) break;
    }
    gathering = false;
  }

  async function run() {
    while (!stopping.signal.aborted) {
      news = false;
      try {
        if ((await round()) === "sent") continue;
        for (const done of flushers) done();
        await rest(null);
      } catch (err) {
        if (stopping.signal.aborted) return;
        if (failures === 0) log.warn({ err }, "reports are not taken; they wait in the spool");
        const pause = Math.max(Math.min(maxRetryMs, retryMs * 2 ** Math.min(failures, 16)), askedFor(err));
        failures++;
        await rest(pause);
      }
    }
  }

  return {
    start() {
      loop ??= run();
    },
    flush: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const done = () => {
          flushers.delete(done);
          signal.removeEventListener("abort", giveUp);
          resolve();
        };
        const giveUp = () => {
          flushers.delete(done);
          reject(signal.reason);
        };
        signal.addEventListener("abort", giveUp, { once: true });
        flushers.add(done);
        news = true;
        wake?.();
      }),
    isHealthy: () => failures === 0,
    async stop() {
      stopping.abort(new Error("sender stopped"));
      wake?.();
      await loop;
    },
  };
}
