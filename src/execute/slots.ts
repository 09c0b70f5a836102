// How many runs may be at work at once. A slot is promised to a run before it is claimed, and taken when it starts.
// A run that is due may take one promised to a run that isn't: the latter then gets the next that falls free.

export interface Slots<T> {
  readonly taken: number;
  /** Room for the claim of a run that is not due yet: every promise counts. */
  roomAhead(): boolean;
  /** Room for the claim of a run that is due: only promises for which `isDue` count. */
  roomNow(isDue: (run: T) => boolean): number;
  promise(run: T): void;
  /** Takes back a promise. */
  withdraw(run: T): void;
  /** Resolves true with a slot, in order of asking; false when aborted first. Fulfils the run's promise if it has one. */
  take(run: T, signal: AbortSignal): Promise<boolean>;
  giveBack(): void;
}

export function createSlots<T>(total: number): Slots<T> {
  let taken = 0;
  const promised = new Set<T>();
  const queue: { run: T; grant(): void }[] = [];

  return {
    get taken() {
      return taken;
    },
    roomAhead: () => taken + promised.size < total,
    roomNow(isDue) {
      let due = 0;
      for (const run of promised) if (isDue(run)) due++;
      return total - taken - due;
    },
    promise: (run) => void promised.add(run),
    withdraw: (run) => void promised.delete(run),
    take(run, signal) {
      if (signal.aborted) return Promise.resolve(false);
      if (taken < total) {
        taken++;
        promised.delete(run);
        return Promise.resolve(true);
      }
      // A retry that waits has a right to the next slot like a claimed run.
      promised.add(run);
      return new Promise((resolve) => {
        const entry = { run, grant };
        function grant() {
          signal.removeEventListener("abort", giveUp);
          promised.delete(run);
          resolve(true);
        }
        function giveUp() {
          const at = queue.indexOf(entry);
          if (at >= 0) queue.splice(at, 1);
          promised.delete(run);
          resolve(false);
        }
        signal.addEventListener("abort", giveUp, { once: true });
        queue.push(entry);
      });
    },
    giveBack() {
      const next = queue.shift();
      // Handed on: it stays taken.
      if (next) next.grant();
      else taken--;
    },
  };
}
