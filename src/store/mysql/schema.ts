// Making and migrating the schema in MySQL and MariaDB: by one scheduler at a time, statement by statement, for each
// changes the schema for good.
import { sql } from "kysely";
import type { Db } from "../sql/context.ts";
import { refuseForeignTables } from "../sql/foreign-tables.ts";
import { limits } from "../sql/limits.ts";
import { migrate } from "../sql/migrations.ts";
import { StoreRefusedError } from "../sql/server-errors.ts";
import { StoreUnavailableError } from "../store.ts";

const oldest = { mysql: 8.0, mariadb: 10.5 };

/**
 * `db`: a connection that is closed afterwards, and the lock with it. Answers the version that it found. Throws StoreRefusedError for a server that won't do,
 * StoreUnavailableError when another scheduler migrates for too long, StoreNewerError, StoreForeignError.
 */
export async function prepareSchema(db: Db, { shown, now }: { shown: string; now: number }): Promise<number> {
  const { rows } = await sql<{ version: string; name: string }>`
    select version() as version, database() as name`.execute(db);
  const { version, name } = rows[0]!;
  const kind = /mariadb/i.test(version) ? "mariadb" : "mysql";
  const [major, minor] = version.split(".").map(Number) as [number, number];
  const [oldMajor, oldMinor] = String(oldest[kind].toFixed(1)).split(".").map(Number) as [number, number];
  if (major < oldMajor || (major === oldMajor && minor < oldMinor))
    throw new StoreRefusedError(`${shown}: MySQL 8.0 or MariaDB 10.5 or newer is needed, this is ${version}`);
  await holdLock(db, `distcron ${name}`.slice(0, 64), shown);
  await refuseForeignTables(db, { shown, schema: name });
  // Byte by byte, and a space at the end counts: as in the other databases.
  const collation = kind === "mariadb" ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
  return migrate(db, { dialect: "mysql", collation, now });
}

async function holdLock(db: Db, lock: string, shown: string) {
  const waitS = limits.migrationMs / 1000;
  const { rows } = await sql<{ got: number | null }>`select get_lock(${lock}, ${waitS}) as got`.execute(db);
  if (rows[0]!.got !== 1)
    throw new StoreUnavailableError(`${shown}: another scheduler has been migrating the schema for ${waitS} s`);
}
