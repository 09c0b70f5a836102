// A set that remembers the newest `limit` values.

export interface Recent<T> {
  has(value: T): boolean;
  add(value: T): void;
}

export function createRecent<T>(limit: number): Recent<T> {
  const values = new Set<T>();
  return {
    has: (value) => values.has(value),
    add(value) {
      values.delete(value);
      values.add(value);
      if (values.size > limit) values.delete(values.values().next().value as T);
    },
  };
}
