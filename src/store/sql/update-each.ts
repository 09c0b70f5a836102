// Many rows, each changed in its own way. In SQLite a statement each, for one that is prepared costs next to nothing; a
// server is asked once for many, for there each statement costs a way there and back.
import { sql } from "kysely";
import { chunks, type Db, padded, type SqlContext } from "./context.ts";
import type { Database } from "./schema.ts";
import { statement } from "./statement.ts";

type TableWithId = "jobs" | "runs";

const updateOne = (table: TableWithId) =>
  statement((trx, { id, ...set }: { id: string }) => trx.updateTable(table).set(set).where("id", "=", id));
const updates = { jobs: updateOne("jobs"), runs: updateOne("runs") };

/** Rows that all have the same keys, `id` (once each) and what is to be set. The caller has them locked. */
export async function updateEach<T extends TableWithId>(
  ctx: Pick<SqlContext, "dialect">,
  trx: Db,
  table: T,
  rows: (Partial<Database[T]> & { id: string })[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => column !== "id") as (keyof Database[T] & string)[];
  if (ctx.dialect === "sqlite") for (const row of rows) await updates[table](ctx, trx, row);
  else
    for (const part of chunks(rows)) {
      const sets = columns.map((column) => {
        const cases = part.map((row) => sql`when ${row.id} then ${row[column] ?? null}`);
        return sql`${sql.ref(column)} = case id ${sql.join(cases, sql` `)} else ${sql.ref(column)} end`;
      });
      const ids = sql.join(padded(part.map(({ id }) => id)));
      await sql`update ${sql.table(table)} set ${sql.join(sets)} where id in (${ids})`.execute(trx);
    }
}
