// The store on PostgreSQL.
import { sql } from "kysely";
import type { Db } from "../sql/context.ts";
import { sizes } from "../sql/limits.ts";
import { createServerStore, type OpenServer, openServer, type ServerStoreOptions } from "../sql/server-store.ts";
import { postgresWords, readStoreUrl } from "../sql/store-url.ts";
import { createTransactions } from "../sql/transactions.ts";
import type { Store } from "../store.ts";
import { connectError, postgresErrors } from "./errors.ts";
import { createPostgresPool } from "./pool.ts";
import { prepareSchema } from "./schema.ts";

/**
 * Opens the store, making and migrating its schema as needed; several schedulers may do so at once. Throws errors with
 * code bad_config (the URL, the user, the database or the server won't do), store_newer (written by a newer program),
 * store_corrupt (another program's tables) or store_unavailable (can't be reached now).
 */
export const openPostgresStore = async (options: ServerStoreOptions): Promise<Store> =>
  createServerStore(await openPostgres(options));

/** The database by itself, for a copy of all tables. Throws as openPostgresStore does. */
export async function openPostgres(options: ServerStoreOptions): Promise<OpenServer> {
  const { url, clock, random } = options;
  const address = readStoreUrl(url, postgresWords);
  const pool = createPostgresPool(address);
  const errors = postgresErrors(address.shown);
  const transactions = createTransactions({ acquire: pool.acquire, errors, clock, random, sizes });
  let schemaBefore: number;
  try {
    schemaBefore = await transactions.upkeep((trx) => prepareSchema(trx, { shown: address.shown, now: clock.now() }));
  } catch (err) {
    await pool.end();
    throw (err as { code?: string }).code === "42501" ? connectError(err, address.shown) : err;
  }
  options.logger?.info({ store: address.shown }, "the store is open");
  return openServer({
    dialect: "postgres",
    options,
    schemaBefore,
    transactions,
    databaseNow,
    backupTool: "pg_dump",
    end: pool.end,
  });
}

/** Its own clock at this very moment: now() would be the transaction's beginning. */
async function databaseNow(db: Db): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(db);
  return rows[0]!.ms;
}
