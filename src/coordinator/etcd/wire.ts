// Where a network can be put between the coordinator and etcd: every transaction and every question passes here. Tests
// and simulations lose, delay and duplicate what they like; in production nothing stands in the way.

export interface Operation {
  name:
    | "campaign"
    | "openSession"
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
 * Sends, or doesn't, or later. Rejecting with CoordinatorUnavailableError says that no answer came. `send` may be called
 * at any time: it sends exactly what it was made with.
 */
export type Wire = <T>(operation: Operation, send: () => Promise<T>) => Promise<T>;

export const directWire: Wire = (_, send) => send();
