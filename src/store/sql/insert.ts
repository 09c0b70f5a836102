// Inserting many rows fast, and inserting what may be there already.
import { type CompiledQuery, type Insertable, type InsertQueryBuilder, type InsertResult, sql } from "kysely";
import { chunks, type Db, type SqlContext } from "./context.ts";
import type { Database } from "./schema.ts";

/** Shapes of statements by what they insert: compiling many rows anew costs more than inserting them. */
const compiled = new Map<string, CompiledQuery>();

/** Powers of two, so that a batch of any size is made of few shapes that the database has prepared. */
function* shapes<T>(rows: readonly T[]): Generator<T[]> {
  for (const part of chunks(rows, 32))
    for (let from = 0; from < part.length; ) {
      const size = 2 ** Math.floor(Math.log2(part.length - from));
      yield part.slice(from, from + size);
      from += size;
    }
}

/**
 * Inserts rows that all have the same keys in the same order. With `skipExisting`, a row that meets a unique key is left
 * out. Answers how many were inserted.
 */
export async function insertRows<T extends keyof Database & string>(
  ctx: Pick<SqlContext, "dialect">,
  trx: Db,
  options: { into: T; rows: Insertable<Database[T]>[]; skipExisting?: boolean },
): Promise<number> {
  const { into, rows, skipExisting = false } = options;
  const skip = (insert: InsertQueryBuilder<Database, T, InsertResult>) =>
    ctx.dialect === "mysql" ? insert.ignore() : insert.onConflict((oc) => oc.doNothing());
  const kind = skipExisting ? "skip" : "insert";
  return insertShaped(ctx, trx, { into, rows, kind, finish: skipExisting ? skip : (insert) => insert });
}

async function insertShaped<T extends keyof Database & string>(
  ctx: Pick<SqlContext, "dialect">,
  trx: Db,
  options: {
    into: T;
    rows: Insertable<Database[T]>[];
    /** Names what `finish` does, for the cache. */
    kind: string;
    finish(insert: InsertQueryBuilder<Database, T, InsertResult>): InsertQueryBuilder<Database, T, InsertResult>;
  },
): Promise<number> {
  const { into, rows, kind, finish } = options;
  const first = rows[0];
  if (!first) return 0;
  const columns = Object.keys(first) as (keyof typeof first)[];
  let inserted = 0;
  for (const part of shapes(rows)) {
    const key = `${ctx.dialect} ${into} ${kind} ${part.length} ${columns.join()}`;
    let query = compiled.get(key);
    if (!query) {
      query = finish(trx.insertInto(into).values(part as never)).compile();
      compiled.set(key, query);
    }
    const parameters = part.flatMap((row) => columns.map((column) => row[column]));
    const result = await trx.executeQuery({ ...query, parameters });
    inserted += Number(result.numAffectedRows ?? 0n);
  }
  return inserted;
}

/**
 * Writes rows that all have the same keys in the same order: of a row whose `key` (a unique one) is there already, the
 * columns in `set` are replaced. The way to change many rows, each in its own way, by one statement in every database.
 */
export async function upsertRows<T extends keyof Database & string>(
  ctx: Pick<SqlContext, "dialect">,
  trx: Db,
  options: {
    into: T;
    rows: Insertable<Database[T]>[];
    key: (keyof Database[T] & string)[];
    set: (keyof Database[T] & string)[];
  },
): Promise<void> {
  const { into, rows, key, set } = options;
  const given = (column: string) =>
    ctx.dialect === "mysql" ? sql`values(${sql.ref(column)})` : sql`${sql.ref(`excluded.${column}`)}`;
  const replace = (insert: InsertQueryBuilder<Database, T, InsertResult>) => {
    const values = Object.fromEntries(set.map((column) => [column, given(column)])) as never;
    return ctx.dialect === "mysql"
      ? insert.onDuplicateKeyUpdate(values)
      : insert.onConflict((oc) => oc.columns(key as never).doUpdateSet(values));
  };
  await insertShaped(ctx, trx, { into, rows, kind: `upsert ${key} ${set}`, finish: replace });
}

/** Whether the database refused a row because of a unique key. */
export function isUniqueViolation(err: unknown): boolean {
  const code = (err as { code?: unknown }).code;
  return (
    code === "SQLITE_CONSTRAINT_UNIQUE" ||
    code === "SQLITE_CONSTRAINT_PRIMARYKEY" ||
    code === "23505" ||
    code === "ER_DUP_ENTRY"
  );
}
