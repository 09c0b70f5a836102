// One life of a process in the simulation. When it is killed, nothing of it ever happens again: its timers don't fire, its
// store calls are neither sent nor answered. What was committed or synced before stays.
import type { Clock } from "../../src/clock.ts";
import type { SpoolFiles } from "../../src/execute/spool-journal.ts";
import type { Random } from "../../src/random.ts";
import type { Store } from "../../src/store/store.ts";

const never = () => new Promise<never>(() => {});

export interface Life {
  readonly alive: boolean;
  kill(): void;
}
export function createLife(): Life {
  let alive = true;
  return {
    get alive() {
      return alive;
    },
    kill: () => {
      alive = false;
    },
  };
}

export function mortalClock(clock: Clock, life: Life): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (ms, fn) => clock.after(ms, () => life.alive && fn()),
    sleep: async (ms, signal) => {
      try {
        await clock.sleep(ms, signal);
      } catch (err) {
        if (!life.alive) return never();
        throw err;
      }
      if (!life.alive) return never();
    },
  };
}

/** Each call takes a while; `crashPoint` may kill the process before the call is applied, or after it but unanswered. */
export function mortalStore(
  store: Store,
  life: Life,
  options: {
    clock: Clock;
    random: Random;
    latencyMs(): number;
    crashPoint(method: string): "none" | "before" | "after";
  },
): Store {
  return new Proxy(store, {
    get(target, name: string) {
      const method = (target as unknown as Record<string, unknown>)[name];
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        if (!life.alive) return never();
        const wait = options.latencyMs();
        if (wait > 0) await options.clock.sleep(wait);
        if (!life.alive) return never();
        const crash = options.crashPoint(name);
        if (crash === "before") life.kill();
        if (!life.alive) return never();
        const answer = await method.apply(target, args);
        if (crash === "after") life.kill();
        return life.alive ? answer : never();
      };
    },
  });
}

/** A disk that keeps what was synced; a crash loses the rest. */
export function createDisk() {
  const synced = new Map<string, Uint8Array[]>();
  const unsynced = new Map<string, Uint8Array[]>();
  const add = (to: Map<string, Uint8Array[]>, name: string, pieces: Uint8Array[]) => {
    const there = to.get(name);
    if (there) there.push(...pieces);
    else to.set(name, [...pieces]);
  };
  return {
    /** What the process of this life sees of it. */
    files(life: Life): SpoolFiles {
      const guard = async <T>(fn: () => T): Promise<T> => (life.alive ? fn() : never());
      return {
        list: () => guard(() => [...new Set([...synced.keys(), ...unsynced.keys()])]),
        read: (name) => guard(() => Buffer.concat([...(synced.get(name) ?? []), ...(unsynced.get(name) ?? [])])),
        append: (name, data, sync) =>
          guard(() => {
            add(unsynced, name, [Uint8Array.from(data)]);
            if (!sync) return;
            for (const [each, pieces] of unsynced) add(synced, each, pieces);
            unsynced.clear();
          }),
        remove: (name) =>
          guard(() => {
            synced.delete(name);
            unsynced.delete(name);
          }),
        close: () => guard(() => undefined),
      };
    },
    crash: () => unsynced.clear(),
  };
}
