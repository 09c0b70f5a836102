// The store on SQLite, in the thread that opens it: statements block that thread. Production runs this in a worker
// (sqlite-store.ts); tests and the simulation use it as it is, with ":memory:" for the file.
import { closeSync, openSync } from "node:fs";
import SqliteDatabase, { type Database as Sqlite } from "better-sqlite3";
import { createSerialQueue } from "../../lib/serial-queue.ts";
import type { Random } from "../../random.ts";
import type { Db, SqlContext } from "../sql/context.ts";
import { migrate } from "../sql/migrations.ts";
import { createSqlStore, type StoreUpkeep } from "../sql/sql-store.ts";
import { type Store, StoreUnavailableError } from "../store.ts";
import { kyselyOver } from "./dialect.ts";
import { StoreCorruptError, translated } from "./errors.ts";
import { createGroupCommit } from "./group-commit.ts";
import { upkeepMethods } from "./upkeep.ts";

export interface SqliteOptions {
  /** A path, or ":memory:". */
  file: string;
  clock: SqlContext["clock"];
  random: Pick<Random, "next" | "bytes">;
  /** Waits for more writes before a commit; by default for what the callers of this moment have to write. */
  gather?: () => Promise<void>;
}

/** "DCRN": marks a database as ours. */
const applicationId = 0x4443524e;

/**
 * Opens the store, making and migrating it as needed. Throws errors with code store_corrupt (damaged or not ours),
 * store_newer (written by a newer program) or store_unavailable (can't be opened now).
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const { ctx, upkeep } = await openSqliteFile(options);
  return createSqlStore(ctx, upkeep);
}

/**
 * The database by itself, for a copy of all tables. `schemaBefore`: its schema's version when it was opened, which brought
 * it up to date; 0 in a new file. Throws as openSqlite does.
 */
export async function openSqliteFile(
  options: SqliteOptions,
): Promise<{ ctx: SqlContext; upkeep: StoreUpkeep; schemaBefore: number }> {
  const { file, clock, random, gather = async () => {} } = options;
  const translate = (err: unknown) => translated(err, file);
  const inMemory = file === ":memory:";
  let writer: Sqlite | null = null;
  let reader: Sqlite | null = null;
  let schemaBefore: number;
  try {
    if (!inMemory) closeSync(openSync(file, "a", 0o600)); // Its -wal and -shm files take over the mode.
    writer = openWriter(file);
    schemaBefore = await prepareSchema(writer, file, clock.now());
    reader = inMemory ? writer : openReader(file);
  } catch (err) {
    writer?.close();
    if ((err as { syscall?: unknown }).syscall)
      throw new StoreUnavailableError(`the store can't be opened: ${(err as Error).message}`, { cause: err });
    throw translate(err);
  }
  return { ...joinParts({ file, clock, random, gather, translate, writer, reader }), schemaBefore };
}

function joinParts(parts: {
  file: string;
  clock: SqliteOptions["clock"];
  random: SqliteOptions["random"];
  gather: () => Promise<void>;
  translate: (err: unknown) => unknown;
  writer: Sqlite;
  reader: Sqlite;
}): { ctx: SqlContext; upkeep: StoreUpkeep } {
  const { file, clock, random, gather, translate, writer, reader } = parts;
  const db = kyselyOver(writer);
  const readDb = reader === writer ? db : kyselyOver(reader);
  const writeTurns = createSerialQueue();
  // In memory there is one connection, whose reads wait for the commit under way so as never to see half of it.
  const readTurns = reader === writer ? writeTurns : createSerialQueue();
  const commits = createGroupCommit({ sqlite: writer, db, turns: writeTurns, gather, translate });
  let closing: Promise<void> | null = null;

  const refuseClosed = () => {
    if (closing !== null) throw new StoreUnavailableError("the store is closed");
  };
  const snapshot = async <T>(fn: (db: Db) => Promise<T>): Promise<T> => {
    reader.exec("begin");
    try {
      return await fn(readDb);
    } catch (err) {
      throw translate(err);
    } finally {
      if (reader.inTransaction) reader.exec("commit");
    }
  };
  const ctx: SqlContext = {
    dialect: "sqlite",
    clock,
    random,
    storeNow: async () => clock.now(),
    breathe: gather,
    async read(fn) {
      refuseClosed();
      return readTurns.run(() => snapshot(fn));
    },
    async write(fn) {
      refuseClosed();
      return commits.write(fn);
    },
  };
  const upkeep = upkeepMethods(ctx, { file, reader, translate });
  const close = async () => {
    await commits.idle();
    await Promise.all([writeTurns.idle(), readTurns.idle()]);
    if (reader !== writer) reader.close();
    writer.close();
  };
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };
  return { ctx, upkeep: { ...upkeep, close: closeOnce } };
}

function openWriter(file: string): Sqlite {
  const sqlite = new SqliteDatabase(file, { timeout: 5000 });
  sqlite.pragma("journal_mode = wal");
  // A commit that was answered survives a power cut, not only a crash of the process.
  sqlite.pragma("synchronous = full");
  sqlite.pragma("cache_size = -8000");
  sqlite.pragma("temp_store = memory");
  // After a long read has let the log grow, its file shrinks again.
  sqlite.pragma("journal_size_limit = 16777216");
  return sqlite;
}

function openReader(file: string): Sqlite {
  const sqlite = new SqliteDatabase(file, { readonly: true, timeout: 5000 });
  sqlite.pragma("cache_size = -4000");
  sqlite.pragma("temp_store = memory");
  return sqlite;
}

async function prepareSchema(sqlite: Sqlite, file: string, now: number): Promise<number> {
  // Two programs that open a new file together migrate one after the other.
  sqlite.exec("begin exclusive");
  try {
    const tables = sqlite.prepare("select count(*) from sqlite_schema").pluck().get();
    if (tables !== 0 && sqlite.pragma("application_id", { simple: true }) !== applicationId)
      throw new StoreCorruptError(
        `${file} is a database of another program, not a store of DistCron; choose another file`,
      );
    sqlite.pragma(`application_id = ${applicationId}`);
    const before = await migrate(kyselyOver(sqlite), { dialect: "sqlite", now });
    sqlite.exec("commit");
    return before;
  } catch (err) {
    if (sqlite.inTransaction) sqlite.exec("rollback");
    throw err;
  }
}
