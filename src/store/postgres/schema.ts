// Making and migrating the schema in PostgreSQL: one transaction, by one scheduler at a time.
import { sql } from "kysely";
import type { Db } from "../sql/context.ts";
import { refuseForeignTables } from "../sql/foreign-tables.ts";
import { migrate } from "../sql/migrations.ts";
import { StoreRefusedError } from "../sql/server-errors.ts";

/** "DCRN": the advisory lock under which schedulers migrate, one after the other. */
const migrationLock = 0x4443524e;
const oldestServer = 120_000;

/** Answers the version that it found. Throws StoreRefusedError for a server that won't do, StoreNewerError, StoreCorruptError. */
export async function prepareSchema(trx: Db, { shown, now }: { shown: string; now: number }): Promise<number> {
  const { rows } = await sql<{ version: number; encoding: string; schema: string | null }>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
      current_schema() as schema`.execute(trx);
  const server = rows[0]!;
  if (server.version < oldestServer)
    throw new StoreRefusedError(`${shown}: PostgreSQL 12 or newer is needed, this is ${server.version / 10_000}`);
  if (server.encoding !== "UTF8")
    throw new StoreRefusedError(
      `${shown}: the database's encoding is ${server.encoding}, UTF8 is needed: create it with "createdb -E UTF8 -T template0"`,
    );
  if (server.schema === null)
    throw new StoreRefusedError(`${shown}: the user's search_path names no schema that exists; grant it one`);
  await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(trx);
  await refuseForeignTables(trx, { shown, schema: server.schema });
  return migrate(trx, { dialect: "postgres", now });
}
