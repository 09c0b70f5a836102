// Runs asynchronous operations one at a time, in the order they were asked for.

export interface SerialQueue {
  /** Resolves or rejects as the operation does; a failed operation doesn't stop the next. */
  run<T>(operation: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void>;
}

export function createSerialQueue(): SerialQueue {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(operation) {
      const result = tail.then(operation);
      tail = result.catch(() => undefined);
      return result;
    },
    async idle() {
      let seen: unknown;
      while (seen !== tail) {
        seen = tail;
        await tail;
      }
    },
  };
}
