// A store whose operations are timed.
import type { Clock } from "../clock.ts";
import { ConflictError, StaleTermError, type Store } from "../store/store.ts";

/**
 * The same store; `observe` gets each operation's name and seconds, whether it went well or not. `surprise`: it failed,
 * and not because somebody else was faster.
 */
export function timedStore(
  store: Store,
  clock: Pick<Clock, "monotonic">,
  observe: (op: string, seconds: number, surprise: boolean) => void,
): Store {
  const timed = new Map<PropertyKey, unknown>();
  return new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function" || typeof name !== "string" || name === "close") return value;
      if (!timed.has(name))
        timed.set(name, async (...args: unknown[]) => {
          const began = clock.monotonic();
          let surprise = false;
          try {
            return await value.apply(target, args);
          } catch (err) {
            surprise = !(err instanceof ConflictError || err instanceof StaleTermError);
            throw err;
          } finally {
            observe(name, (clock.monotonic() - began) / 1000, surprise);
          }
        });
      return timed.get(name);
    },
  });
}
