// Through what a change came (cli, ui, api), carried along with the request that asked for it, so that whoever writes the
// audit needs not be told.
import { AsyncLocalStorage } from "node:async_hooks";
import type { AuditEntry } from "../store/store.ts";

const origin = new AsyncLocalStorage<string>();

let underWay = 0;

/**
 * Runs `fn` and everything it starts as coming through `via`, until the function that `until` is given is called.
 * While nothing is under way the carrying is off: it costs every promise of the process some of its speed.
 */
export function comingThrough<T>(via: string, until: (over: () => void) => void, fn: () => T): T {
  underWay++;
  until(() => {
    if (--underWay === 0) origin.disable();
  });
  return origin.run(via, fn);
}

/** The same store, whose audit entries say through what they came where they don't say it themselves. */
export function markOrigin<S extends { appendAudit(entries: Omit<AuditEntry, "id">[]): Promise<void> }>(store: S): S {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "appendAudit") return typeof value === "function" ? value.bind(target) : value;
      return (entries: Omit<AuditEntry, "id">[]) =>
        target.appendAudit(entries.map((entry) => ({ ...entry, via: entry.via ?? origin.getStore() ?? null })));
    },
  });
}
