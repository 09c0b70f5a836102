// Transactions against a database server: begun, committed, tried again when the database asks for it, and answered with
// what is known of them. A failure before the commit is sent undoes all; after it, only some errors say that nothing was
// written, and every other means that nobody knows.
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { StoreUnavailableError } from "../store.ts";
import type { Db } from "./context.ts";
import { createGate } from "./gate.ts";
import { limits } from "./limits.ts";

/**
 * - read: one snapshot, nothing is written. write: what a locking statement has waited for is read anew.
 * - upkeep: as write, with time for what takes long; one at a time.
 */
export type Mode = "read" | "write" | "upkeep";

/** A connection for the time of one transaction. */
export interface Connection {
  db: Db;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** `broken`: it is not to be used again. */
  release(broken: boolean): void;
}

/**
 * - again: the database undid the transaction and asks to repeat it (deadlock, serialisation).
 * - locked: it waited too long for a lock. Repeated a few times: between two tries it keeps nothing locked itself.
 * - lost: the connection is gone or no answer came.
 * - refused: the database can't at present (a full disk, shutting down).
 * - other: not the database's state but the statement's, or no error of the database at all.
 */
export type FailureKind = "again" | "locked" | "lost" | "refused" | "other";

export interface DatabaseErrors {
  kindOf(err: unknown): FailureKind;
  /** The error for callers of the store; errors that aren't the database's are answered as they are. */
  translated(err: unknown): unknown;
}

export interface Transactions {
  read<T>(fn: (db: Db) => Promise<T>): Promise<T>;
  write<T>(fn: (trx: Db) => Promise<T>): Promise<T>;
  upkeep<T>(fn: (trx: Db) => Promise<T>): Promise<T>;
  /** Refuses new ones, resolves when those under way are over. Safe to repeat. */
  close(): Promise<void>;
}

const tries = {
  again: 6,
  // A connection that had died in the pool is no reason to fail: nothing was sent that could have been committed.
  lost: 6,
  locked: limits.lockTries,
  refused: 1,
  other: 1,
} satisfies Record<FailureKind, number>;
/** The upkeep waits for locks so long that once is enough. */
const triesOf = (mode: Mode, kind: FailureKind) => (mode === "upkeep" && kind === "locked" ? 1 : tries[kind]);
const firstPauseMs = 10;

export function createTransactions(options: {
  /** Throws translated errors. */
  acquire(mode: Mode): Promise<Connection>;
  errors: DatabaseErrors;
  clock: Pick<Clock, "sleep" | "after">;
  random: Pick<Random, "next">;
  /** Connections for reading and for writing: a slow list takes none from the beats. */
  sizes: { reads: number; writes: number };
}): Transactions {
  const { acquire, errors, clock, random, sizes } = options;
  const gates = {
    read: createGate(sizes.reads, clock),
    write: createGate(sizes.writes, clock),
    upkeep: createGate(1, clock),
  };
  const underWay = new Set<Promise<void>>();
  let closed = false;

  async function run<T>(mode: Mode, fn: (db: Db) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      const outcome = await once(mode, fn);
      if (outcome.kind === "done") return outcome.value;
      if (tried >= outcome.triesAtMost) throw errors.translated(outcome.err);
      await clock.sleep(firstPauseMs * 2 ** (tried - 1) * (0.5 + random.next()));
    }
  }

  type Outcome<T> = { kind: "done"; value: T } | { kind: "undone"; err: unknown; triesAtMost: number };

  async function once<T>(mode: Mode, fn: (db: Db) => Promise<T>): Promise<Outcome<T>> {
    const connection = await acquire(mode);
    let value: T;
    try {
      await connection.begin();
      value = await fn(connection.db);
    } catch (err) {
      const kind = errors.kindOf(err);
      await undo(connection, kind === "lost");
      return { kind: "undone", err, triesAtMost: triesOf(mode, kind) };
    }
    try {
      await connection.commit();
    } catch (err) {
      const again = errors.kindOf(err) === "again";
      connection.release(!again);
      if (again || mode === "read") return { kind: "undone", err, triesAtMost: tries.again };
      throw new StoreUnavailableError(
        `the answer to a commit got lost; whether it was written is unknown (${(err as Error).message})`,
        { cause: err },
      );
    }
    connection.release(false);
    return { kind: "done", value };
  }

  async function undo(connection: Connection, lost: boolean) {
    let broken = lost;
    if (!lost) await connection.rollback().catch(() => (broken = true));
    connection.release(broken);
  }

  function start<T>(mode: Mode, fn: (db: Db) => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new StoreUnavailableError("the store is closed"));
    const result = gates[mode].through(() => run(mode, fn));
    const over = result.then(ended, ended);
    underWay.add(over);
    function ended() {
      underWay.delete(over);
    }
    return result;
  }

  return {
    read: (fn) => start("read", fn),
    write: (fn) => start("write", fn),
    upkeep: (fn) => start("upkeep", fn),
    async close() {
      closed = true;
      await Promise.all(underWay);
    },
  };
}
