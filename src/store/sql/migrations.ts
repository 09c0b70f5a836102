// The schema's history and the step from one version to the next. Each migration is a list of statements that means the
// same to SQLite, PostgreSQL and MySQL. Never change one that was released: append the next.
//
// MySQL commits every DDL statement by itself, so each statement must be safe to repeat after a crash half-way.
import { sql } from "kysely";
import type { Db, DialectName } from "./context.ts";
import { firstSchema } from "./first-schema.ts";

export interface Migration {
  version: number;
  name: string;
  /** `collation`: MySQL's and MariaDB's names for "byte by byte" differ. */
  statements(dialect: DialectName, collation?: string): string[];
}

export const migrations: Migration[] = [{ version: 1, name: "first schema", statements: firstSchema }];

export const knownSchema = migrations.length;

/** The database was written by a newer program. `code` is "store_newer". */
export class StoreNewerError extends Error {
  readonly code = "store_newer";
}

const migrationsTable =
  "create table if not exists migrations " +
  "(version integer not null primary key, name varchar(100) not null, applied_at bigint not null)";

/** The schema's version in a database that was migrated once. */
export async function currentSchema(db: Db): Promise<number> {
  const row = await db
    .selectFrom("migrations")
    .select((eb) => eb.fn.max("version").as("version"))
    .executeTakeFirst();
  return Number(row?.version ?? 0);
}

/**
 * Brings the schema up to the newest known version. Safe to repeat, and for several schedulers at once when the caller
 * holds the database's own lock. Answers the version that it found, 0 in an empty database. Throws StoreNewerError.
 */
export async function migrate(
  db: Db,
  options: { dialect: DialectName; collation?: string; now: number; known?: Migration[] },
): Promise<number> {
  const { dialect, collation, now, known = migrations } = options;
  const newest = known.length;
  await sql.raw(migrationsTable).execute(db);
  const current = await currentSchema(db);
  if (current > newest)
    throw new StoreNewerError(
      `the store's schema is version ${current}; this program knows versions up to ${newest}. ` +
        "Run the newer program that wrote it, or restore a backup from before it.",
    );
  for (const migration of known.slice(current)) {
    for (const statement of migration.statements(dialect, collation)) await runStatement(db, dialect, statement);
    const { version, name } = migration;
    await db.insertInto("migrations").values({ version, name, applied_at: now }).execute();
  }
  return current;
}

async function runStatement(db: Db, dialect: DialectName, statement: string) {
  try {
    await sql.raw(statement).execute(db);
  } catch (err) {
    // MySQL knows no "create index if not exists": a repeated statement finds its index there.
    if (dialect === "mysql" && (err as { code?: string }).code === "ER_DUP_KEYNAME") return;
    throw err;
  }
}
