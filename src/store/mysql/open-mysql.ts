// The store on MySQL or MariaDB.
import { sql } from "kysely";
import type { Db } from "../sql/context.ts";
import { sizes } from "../sql/limits.ts";
import { createServerStore, type OpenServer, openServer, type ServerStoreOptions } from "../sql/server-store.ts";
import { mysqlWords, readStoreUrl } from "../sql/store-url.ts";
import { createTransactions } from "../sql/transactions.ts";
import type { Store } from "../store.ts";
import { connectError, mysqlErrors, ServerError } from "./errors.ts";
import { createMysqlPool } from "./pool.ts";
import { prepareSchema } from "./schema.ts";

/**
 * Opens the store, making and migrating its schema as needed; several schedulers may do so at once. Throws errors with
 * code bad_config (the URL, the user, the database or the server won't do), store_newer (written by a newer program),
 * store_corrupt (another program's tables) or store_unavailable (can't be reached now).
 */
export const openMysqlStore = async (options: ServerStoreOptions): Promise<Store> =>
  createServerStore(await openMysql(options));

/** The database by itself, for a copy of all tables. Throws as openMysqlStore does. */
export async function openMysql(options: ServerStoreOptions): Promise<OpenServer> {
  const { url, clock, random } = options;
  const address = readStoreUrl(url, mysqlWords);
  const pool = createMysqlPool(address, clock);
  const errors = mysqlErrors(address.shown);
  const transactions = createTransactions({ acquire: pool.acquire, errors, clock, random, sizes });
  let schemaBefore: number;
  try {
    schemaBefore = await transactions.upkeep((db) => prepareSchema(db, { shown: address.shown, now: clock.now() }));
  } catch (err) {
    await pool.end();
    throw err instanceof ServerError && (err.errno === 1142 || err.errno === 1044)
      ? connectError(err, address.shown)
      : err;
  }
  options.logger?.info({ store: address.shown }, "the store is open");
  return openServer({
    dialect: "mysql",
    options,
    schemaBefore,
    transactions,
    databaseNow,
    backupTool: "mariadb-dump or mysqldump",
    end: pool.end,
  });
}

/** By UTC's calendar, so that no zone's changes of clock matter. */
async function databaseNow(db: Db): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000 as ms`.execute(db);
  return Number(rows[0]!.ms);
}
