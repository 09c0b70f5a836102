// A database server's databases are shared at times: tables of another program that happen to have our names aren't ours.
import { sql } from "kysely";
import type { Db } from "./context.ts";

/** The database holds another program's tables under our names. `code` is "store_corrupt". */
export class StoreForeignError extends Error {
  readonly code = "store_corrupt";
}

const ours = [
  ...["leadership", "jobs", "job_versions", "runs", "attempts", "output_chunks", "sessions", "nodes", "tokens"],
  "users",
];

/** Throws StoreForeignError. `schema`: where unqualified tables are looked up (MySQL: the database). */
export async function refuseForeignTables(db: Db, { shown, schema }: { shown: string; schema: string }) {
  const { rows } = await sql<{ t: string; c: string }>`
    select table_name as t, column_name as c from information_schema.columns
    where table_schema = ${schema} and table_name in (${sql.join(["migrations", ...ours])})`.execute(db);
  const marks = new Set(rows.filter(({ t }) => t === "migrations").map(({ c }) => c));
  // Our first table is this one; with it, tables that are there already are those of a migration cut short.
  const isOurs = marks.size === 0 ? rows.length === 0 : marks.has("version") && marks.has("applied_at");
  if (isOurs) return;
  const tables = [...new Set(rows.map(({ t }) => t))].join(", ");
  throw new StoreForeignError(
    `${shown} holds tables of another program (${tables}): give DistCron a database of its own in store.url`,
  );
}
