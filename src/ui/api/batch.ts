// What became stale, gathered: a topic that is marked is asked again at once, and then rests, however often it is marked
// meanwhile. Pure but for the two ways to wait, which are given.

export interface Batch<T extends string> {
  mark(topics: readonly T[]): void;
}

/**
 * `ask` asks what is stale anew; it answers true where an answer was under way already, which may be older than what
 * happened: then it is asked once more after its rest.
 */
export function createBatch<T extends string>(deps: {
  restMs(topic: T): number;
  ask(topic: T): boolean;
  soon(then: () => void): void;
  later(ms: number, then: () => void): void;
}): Batch<T> {
  const stale = new Set<T>();
  const resting = new Set<T>();
  let isComing = false;

  function flush() {
    isComing = false;
    for (const topic of stale) {
      if (resting.has(topic)) continue;
      stale.delete(topic);
      rest(topic, deps.ask(topic));
    }
  }
  function rest(topic: T, again: boolean) {
    resting.add(topic);
    deps.later(deps.restMs(topic), () => {
      resting.delete(topic);
      if (stale.has(topic)) come();
      else if (again) {
        // Not a third time: what is under way now was asked after all of it.
        deps.ask(topic);
        rest(topic, false);
      }
    });
  }
  function come() {
    if (isComing) return;
    isComing = true;
    deps.soon(flush);
  }
  return {
    mark(topics) {
      for (const topic of topics) stale.add(topic);
      if (topics.some((topic) => !resting.has(topic))) come();
    },
  };
}
