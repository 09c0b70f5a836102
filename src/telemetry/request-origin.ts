// Through what a change came (cli, ui, api), carried along with the request that asked for it, so that whoever writes the
// audit needs not be told.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Store } from "../store/store.ts";

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

type Marked = Pick<Store, "appendAudit" | "createJob" | "changeJob">;

/** The same store, whose audit entries say through what they came where they don't say it themselves. */
export function markOrigin<S extends Marked>(store: S): S {
  const mark = <E extends { via?: string | null }>(entry: E): E => ({
    ...entry,
    via: entry.via ?? origin.getStore() ?? null,
  });
  const marked: Marked = {
    appendAudit: (entries) => store.appendAudit(entries.map(mark)),
    createJob: (term, job) => store.createJob(term, mark(job)),
    changeJob: (term, change) => store.changeJob(term, mark(change)),
  };
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(marked, name)) return marked[name as keyof Marked];
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
