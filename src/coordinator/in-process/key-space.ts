// A small revisioned key space: tables of keys, atomic transactions with compares, ordered watches. What a real
// coordinator is made of, in one Map each; it knows nothing of leaders, sessions and runs.
//
// Every commit gets a new revision, larger than all before. Values are kept as they are given and never copied: whoever
// puts one must not change it afterwards.

export interface Entry<V> {
  key: string;
  value: V;
  /** Of the commit that put this value. Never used again, so an equal revision means an untouched entry. */
  revision: number;
}

/** `value` null: deleted, at that revision. `previous` null: there was none. */
export interface Change<V> {
  key: string;
  value: V | null;
  previous: V | null;
  revision: number;
}

/** What must hold: the entry stands at this revision. 0: there is no such entry. */
export interface Compare<Tables> {
  table: keyof Tables;
  key: string;
  revision: number;
}

/** `value` null deletes; deleting what isn't there is fine. */
export type Write<Tables> = { [T in keyof Tables]: { table: T; key: string; value: Tables[T] | null } }[keyof Tables];

export interface KeySpace<Tables> {
  readonly revision: number;
  get<T extends keyof Tables>(table: T, key: string): Entry<Tables[T]> | null;
  /** In order of first insertion. */
  list<T extends keyof Tables>(table: T): Entry<Tables[T]>[];
  /** Applies every write at one new revision if every compare holds. False: nothing was done. */
  commit(compares: Compare<Tables>[], writes: Write<Tables>[]): boolean;
  /**
   * Calls back with every entry as it stands, then with every change, in order of revision and without a gap. Never from
   * within commit() or watch(): always in a later microtask. What `on` throws goes to `onError`; the watch goes on.
   */
  watch<T extends keyof Tables>(
    table: T,
    on: (change: Change<Tables[T]>) => void,
    onError: (err: unknown) => void,
  ): () => void;
}

export function createKeySpace<Tables extends object>(): KeySpace<Tables> {
  type Name = keyof Tables;
  const tables = new Map<Name, Map<string, Entry<Tables[Name]>>>();
  const feeds = new Map<Name, Set<Feed<Tables[Name]>>>();
  let revision = 0;

  const table = (name: Name) => tables.get(name) ?? emptyTable(name);
  const emptyTable = (name: Name) => {
    const made = new Map<string, Entry<Tables[Name]>>();
    tables.set(name, made);
    return made;
  };
  const holds = (compare: Compare<Tables>) =>
    (table(compare.table).get(compare.key)?.revision ?? 0) === compare.revision;

  function apply({ table: name, key, value }: Write<Tables>) {
    const entries = table(name);
    const previous = entries.get(key)?.value ?? null;
    if (value === null) {
      if (!entries.delete(key)) return;
    } else {
      entries.set(key, { key, value, revision });
    }
    for (const feed of feeds.get(name) ?? []) feed.push({ key, value, previous, revision });
  }

  return {
    get revision() {
      return revision;
    },
    get: <T extends Name>(name: T, key: string) => (table(name).get(key) as Entry<Tables[T]> | undefined) ?? null,
    list: <T extends Name>(name: T) => [...table(name).values()] as Entry<Tables[T]>[],
    commit(compares, writes) {
      if (!compares.every(holds)) return false;
      revision++;
      for (const write of writes) apply(write);
      return true;
    },
    watch<T extends Name>(name: T, on: (change: Change<Tables[T]>) => void, onError: (err: unknown) => void) {
      const feed = createFeed(on as (change: Change<Tables[Name]>) => void, onError);
      for (const { key, value, revision } of table(name).values()) feed.push({ key, value, previous: null, revision });
      const readers = feeds.get(name) ?? new Set();
      feeds.set(name, readers.add(feed));
      return () => {
        readers.delete(feed);
        feed.stop();
      };
    },
  };
}

interface Feed<V> {
  push(change: Change<V>): void;
  stop(): void;
}

/** Holds changes back until the writer has finished, so that a reader never runs in the middle of somebody's write. */
function createFeed<V>(on: (change: Change<V>) => void, onError: (err: unknown) => void): Feed<V> {
  let waiting: Change<V>[] = [];
  let stopped = false;

  function deliver() {
    const batch = waiting;
    waiting = [];
    for (const change of batch) {
      if (stopped) return;
      try {
        on(change);
      } catch (err) {
        onError(err);
      }
    }
  }

  return {
    push(change) {
      if (waiting.push(change) === 1) queueMicrotask(deliver);
    },
    stop() {
      stopped = true;
      waiting = [];
    },
  };
}
