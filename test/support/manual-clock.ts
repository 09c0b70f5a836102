// A clock that a test owns: time stands still until advance() is called, which runs what falls due in order.
import type { Clock } from "../../src/clock.ts";

interface Timer {
  at: number;
  fn: () => void;
}

/** Lets promise chains and immediates run until nothing new is queued for a few turns. */
export async function settle(turns = 8): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export class ManualClock implements Clock {
  #wall: number;
  #mono = 0;
  /** The next one first. */
  #timers: Timer[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#wall = startMs;
  }
  /** How many timers wait. */
  get waiting() {
    return this.#timers.length;
  }
  now() {
    return this.#wall;
  }
  monotonic() {
    return this.#mono;
  }
  after(ms: number, fn: () => void) {
    const timer = { at: this.#mono + Math.max(0, ms), fn };
    // Those that are due at the same instant stay in their order.
    let place = this.#timers.length;
    while (place > 0 && (this.#timers[place - 1] as Timer).at > timer.at) place--;
    this.#timers.splice(place, 0, timer);
    return () => {
      const i = this.#timers.indexOf(timer);
      if (i >= 0) this.#timers.splice(i, 1);
    };
  }
  sleep(ms: number, signal?: AbortSignal) {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
  /** Moves time on by `ms`, firing timers at their instants and letting everything settle after each. */
  async advance(ms: number, turns = 8): Promise<void> {
    const end = this.#mono + ms;
    await settle(turns);
    for (;;) {
      const [next] = this.#timers;
      if (!next || next.at > end) break;
      this.#timers.shift();
      const step = Math.max(0, next.at - this.#mono);
      this.#mono += step;
      this.#wall += step;
      next.fn();
      await settle(turns);
    }
    this.#wall += end - this.#mono;
    this.#mono = end;
    await settle(turns);
  }
  /** Steps the wall clock alone, as an administrator or NTP would. */
  stepWall(ms: number) {
    this.#wall += ms;
  }
}
