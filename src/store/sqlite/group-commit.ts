// Group commit: writes that arrive while one is under way share the next transaction, and so its one fsync. Each is in a
// savepoint of its own, so that one which fails harms no other; each is answered after the COMMIT.
import type { Database as Sqlite } from "better-sqlite3";
import type { SerialQueue } from "../../lib/serial-queue.ts";
import type { Db } from "../sql/context.ts";
import { StoreUnavailableError } from "../store.ts";

const writesPerCommit = 100;

interface Write {
  run(trx: Db): Promise<unknown>;
  resolve(value: unknown): void;
  reject(err: unknown): void;
}

export interface GroupCommit {
  write<T>(fn: (trx: Db) => Promise<T>): Promise<T>;
  /** Resolves when every write so far has been answered. */
  idle(): Promise<void>;
}

export function createGroupCommit(options: {
  sqlite: Sqlite;
  db: Db;
  /** Nothing else uses the connection while its turn lasts. */
  turns: SerialQueue;
  /** Waits a moment for more writes to arrive. */
  gather: () => Promise<void>;
  translate: (err: unknown) => unknown;
}): GroupCommit {
  const { sqlite, db, turns, gather, translate } = options;
  const waiting: Write[] = [];
  let draining: Promise<void> | null = null;

  async function drain() {
    while (waiting.length > 0) {
      await gather();
      await turns.run(() => commit(waiting.splice(0, writesPerCommit)));
    }
    draining = null;
  }

  async function commit(writes: Write[]) {
    const settle: (() => void)[] = [];
    try {
      sqlite.exec("begin immediate");
      for (const write of writes) settle.push(await apply(write));
      sqlite.exec("commit");
    } catch (err) {
      if (sqlite.inTransaction) sqlite.exec("rollback");
      const reason = translate(err);
      for (const write of writes) write.reject(asUnavailable(reason));
      return;
    }
    for (const answer of settle) answer();
  }

  /** Answers how to answer, once the commit has succeeded: a refusal too may rest on what a neighbour wrote. */
  async function apply(write: Write): Promise<() => void> {
    sqlite.exec("savepoint one");
    try {
      const value = await write.run(db);
      sqlite.exec("release one");
      return () => write.resolve(value);
    } catch (err) {
      // Some failures (a full disk) make SQLite roll the whole transaction back: then it is over for all.
      if (!sqlite.inTransaction) throw err;
      sqlite.exec("rollback to one");
      sqlite.exec("release one");
      return () => write.reject(translate(err));
    }
  }

  return {
    write: <T>(fn: (trx: Db) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ run: fn, resolve: resolve as Write["resolve"], reject });
        draining ??= drain();
      }),
    idle: async () => draining ?? undefined,
  };
}

function asUnavailable(err: unknown): unknown {
  if (err instanceof StoreUnavailableError || (err as { code?: unknown }).code === "store_corrupt") return err;
  return new StoreUnavailableError(`the transaction failed and was undone: ${(err as Error).message}`, { cause: err });
}
