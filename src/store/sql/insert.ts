// Inserting many rows fast, and inserting what may be there already.
import type { CompiledQuery, Insertable } from "kysely";
import { chunks, type Db, type SqlContext } from "./context.ts";
import type { Database } from "./schema.ts";

/** Shapes of statements by what they insert: compiling 128 rows anew costs more than inserting them. */
const compiled = new Map<string, CompiledQuery>();

/** Powers of two, so that a batch of any size is made of few shapes that the database has prepared. */
function* shapes<T>(rows: readonly T[]): Generator<T[]> {
  for (const part of chunks(rows, 128))
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
  const first = rows[0];
  if (!first) return 0;
  const columns = Object.keys(first) as (keyof typeof first)[];
  let inserted = 0;
  for (const part of shapes(rows)) {
    const key = `${ctx.dialect} ${into} ${skipExisting} ${part.length} ${columns.join()}`;
    let query = compiled.get(key);
    if (!query) {
      const insert = trx.insertInto(into).values(part as never);
      const skipping = ctx.dialect === "mysql" ? insert.ignore() : insert.onConflict((oc) => oc.doNothing());
      query = (skipExisting ? skipping : insert).compile();
      compiled.set(key, query);
    }
    const parameters = part.flatMap((row) => columns.map((column) => row[column]));
    const result = await trx.executeQuery({ ...query, parameters });
    inserted += Number(result.numAffectedRows ?? 0n);
  }
  return inserted;
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
