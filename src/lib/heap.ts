// A binary heap: the smallest item first.

export interface Heap<T> {
  readonly size: number;
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
  /** Takes all items out, in no particular order. */
  drain(): T[];
}

/** `before(a, b)`: a comes out before b. It must not change while both are inside. */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  let items: T[] = [];

  function siftUp(i: number) {
    const item = items[i] as T;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(item, items[parent] as T)) break;
      items[i] = items[parent] as T;
      i = parent;
    }
    items[i] = item;
  }
  function siftDown(i: number) {
    const item = items[i] as T;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && before(items[child + 1] as T, items[child] as T)) child++;
      if (!before(items[child] as T, item)) break;
      items[i] = items[child] as T;
      i = child;
    }
    items[i] = item;
  }

  return {
    get size() {
      return items.length;
    },
    push(item) {
      items.push(item);
      siftUp(items.length - 1);
    },
    peek: () => items[0],
    pop() {
      const top = items[0];
      const last = items.pop();
      if (items.length > 0) {
        items[0] = last as T;
        siftDown(0);
      }
      return top;
    },
    drain() {
      const all = items;
      items = [];
      return all;
    },
  };
}
