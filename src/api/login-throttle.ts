// Slows down who guesses passwords: by address, by name, and by both together. After a few failures each further one
// doubles the wait. Who signed in from an address is held up by their own failures there alone, so that nobody
// can lock a person out of where they usually are.
import type { Clock } from "../clock.ts";
import { HttpProblem } from "./errors.ts";

export interface LoginThrottle {
  /**
   * Counts a try before its outcome is known, so that many at once gain nothing. Throws HttpProblem 429 with Retry-After.
   * The answer is called when the try was good.
   */
  begin(address: string, name: string): () => void;
}

/** Failures without a wait, of one person at one address, of a name anywhere, of an address. */
const free = { pair: 5, name: 10, address: 20 };
const longestWaitMs = 300_000;
const forgottenMs = 3_600_000;
const remembered = 10_000;

interface Failures {
  count: number;
  last: number;
  /** No further try before. */
  until: number;
}

export function createLoginThrottle(clock: Pick<Clock, "monotonic">): LoginThrottle {
  const failures = new Map<string, Failures>();
  const knownGood = new Set<string>();

  function current(key: string): Failures {
    const found = failures.get(key);
    return found && clock.monotonic() - found.last < forgottenMs ? found : { count: 0, last: 0, until: 0 };
  }
  function count(key: string, allowed: number) {
    const now = clock.monotonic();
    const before = current(key);
    const over = before.count + 1 - allowed;
    const waitMs = over < 0 ? 0 : Math.min(longestWaitMs, 1000 * 2 ** Math.min(over, 20));
    failures.delete(key);
    failures.set(key, { count: before.count + 1, last: now, until: now + waitMs });
    if (failures.size > remembered) failures.delete(failures.keys().next().value as string);
  }
  function takeBack(key: string) {
    const before = current(key);
    if (before.count > 0) failures.set(key, { ...before, count: before.count - 1, until: 0 });
  }

  return {
    begin(address, name) {
      const who = name.toLowerCase();
      const pair = `pair ${address} ${who}`;
      const keys: [string, number][] = [[pair, free.pair]];
      if (!knownGood.has(pair)) keys.push([`name ${who}`, free.name], [`address ${address}`, free.address]);
      const waitMs = Math.max(...keys.map(([key]) => current(key).until - clock.monotonic()));
      if (waitMs > 0)
        throw new HttpProblem(429, "too_many_failures", "too many failed attempts to sign in; try again later", {
          headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
        });
      for (const [key, allowed] of keys) count(key, allowed);
      return () => {
        for (const [key] of keys) takeBack(key);
        failures.delete(pair);
        knownGood.delete(pair);
        knownGood.add(pair);
        if (knownGood.size > remembered) knownGood.delete(knownGood.values().next().value as string);
      };
    },
  };
}
