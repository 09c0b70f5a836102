// The Store on a database server: the shared methods over its transactions, and the upkeep that is alike for all of them.
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { ConflictError, type Store } from "../store.ts";
import type { Db, DialectName, SqlContext } from "./context.ts";
import { findOrphans } from "./integrity.ts";
import { currentSchema, knownSchema } from "./migrations.ts";
import { createSqlStore } from "./sql-store.ts";
import type { Transactions } from "./transactions.ts";

/** What every database server's store is opened with. */
export interface ServerStoreOptions {
  /** With user, password and TLS's settings in it. */
  url: string;
  /** For pauses between tries; the store's time is the database's. */
  clock: Clock;
  random: Random;
  logger?: { info(fields: object, message: string): void };
  /** Stands in for the database's clock, for tests that own the time. */
  storeClock?: Pick<Clock, "now">;
}

/** A database server that is open: what createServerStore and a copy of all tables need of it. */
export interface OpenServer {
  ctx: SqlContext;
  /** The schema's version when it was opened, which brought it up to date. */
  schemaBefore: number;
  transactions: Transactions;
  /** What the database's own people make backups with. */
  backupTool: string;
  /** Finishes what is under way. Safe to repeat. */
  close(): Promise<void>;
}

export function openServer(parts: {
  dialect: DialectName;
  options: ServerStoreOptions;
  schemaBefore: number;
  transactions: Transactions;
  databaseNow(db: Db): Promise<number>;
  backupTool: string;
  end(): Promise<void>;
}): OpenServer {
  const { dialect, options, schemaBefore, transactions, databaseNow, backupTool, end } = parts;
  const { clock, random, storeClock } = options;
  let closing: Promise<void> | null = null;
  const close = async () => {
    await transactions.close();
    await end();
  };
  return {
    ctx: {
      dialect,
      clock,
      random,
      read: transactions.read,
      write: transactions.write,
      storeNow: storeClock ? async () => storeClock.now() : databaseNow,
    },
    schemaBefore,
    transactions,
    backupTool,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

export function createServerStore({ ctx, transactions, backupTool, close }: OpenServer): Store {
  return createSqlStore(ctx, {
    schemaVersion: () => ctx.read(async (db) => ({ current: await currentSchema(db), known: knownSchema })),
    checkIntegrity: () => transactions.upkeep(findOrphans),
    async backup() {
      throw new ConflictError(
        "backup_elsewhere",
        `the store is a database server's: back it up with that server's own tools, such as ${backupTool}`,
      );
    },
    close,
  });
}
