// A bounded memory of made things: the least recently used one goes when a new one needs its place.

export interface Lru<V> {
  /** The value under `key`, made by `make` when it isn't there. What `make` throws is not remembered. */
  get(key: string, make: () => V): V;
  readonly size: number;
}

export function createLru<V>(max: number): Lru<V> {
  // A Map iterates in order of insertion, so moving a hit to the end keeps the oldest first.
  const entries = new Map<string, V>();
  return {
    get(key, make) {
      let value: V;
      if (entries.has(key)) {
        value = entries.get(key) as V;
        entries.delete(key);
      } else {
        value = make();
        if (entries.size >= max) entries.delete(entries.keys().next().value as string);
      }
      entries.set(key, value);
      return value;
    },
    get size() {
      return entries.size;
    },
  };
}
