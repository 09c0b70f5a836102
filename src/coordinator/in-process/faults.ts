// What a network does to a message, for tests and the simulation: nothing of it happens unless a hook asks for it.
import type { Clock } from "../../clock.ts";
import { CoordinatorUnavailableError } from "../coordinator.ts";

export interface Operation {
  name:
    | "assign"
    | "move"
    | "replaceClaim"
    | "stop"
    | "clean"
    | "restoreClaim"
    | "refuseInFlight"
    | "settled"
    | "snapshot"
    | "lookup"
    | "announce"
    | "claim";
  /** The scheduler's id, or the session's. */
  by: string;
  /** The runs of this one transaction. */
  runIds: string[];
}

/**
 * - pass: arrives and is answered.
 * - drop: never arrives.
 * - delayMs: nobody waits for the answer any more, and it arrives that much later, under the guards it was sent with.
 * - lose-answer: arrives, but its answer doesn't.
 */
export type Fault = "pass" | "drop" | "lose-answer" | { delayMs: number };

export interface Faults {
  before(operation: Operation): Fault;
}

export interface Wire {
  /** Sends a write. "unknown" whenever no answer came back. */
  write<T>(operation: Operation, apply: () => T): T | "unknown";
  /** Sends a question, or a write that may simply be sent again. Throws when no answer came back. */
  ask<T>(operation: Operation, apply: () => T): T;
}

export function createWire(clock: Pick<Clock, "after">, faults?: Faults): Wire {
  function write<T>(operation: Operation, apply: () => T): T | "unknown" {
    const fault = faults?.before(operation) ?? "pass";
    if (fault === "pass") return apply();
    if (fault === "lose-answer") apply();
    else if (fault !== "drop") clock.after(fault.delayMs, apply);
    return "unknown";
  }
  return {
    write,
    ask<T>(operation: Operation, apply: () => T) {
      const answer = write(operation, () => ({ value: apply() }));
      if (answer !== "unknown") return answer.value;
      throw new CoordinatorUnavailableError(
        `no answer to ${operation.name} from ${operation.by}; expected one in time, try again`,
      );
    },
  };
}
