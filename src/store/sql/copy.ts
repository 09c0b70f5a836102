// A whole store into another database: every table in batches along its primary key, then read back and compared. What is
// copied must stand still: the schedulers are stopped.
import { createHash, type Hash } from "node:crypto";
import { type RawBuilder, sql } from "kysely";
import { ConflictError } from "../store.ts";
import { bind } from "./bind.ts";
import type { Db, SqlContext } from "./context.ts";
import { insertRows } from "./insert.ts";
import type { Database } from "./schema.ts";

/** One side of a copy. */
export type Tables = Pick<SqlContext, "dialect" | "read" | "write">;

/** `code` is "copy_differs". */
class CopyDiffersError extends Error {
  readonly code = "copy_differs";
}

/** Says what became of the target. `code` and `cause` are those of what went wrong; "copy_failed" where that had none. */
export class CopyFailedError extends Error {
  readonly code: string;
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.code = (cause as { code?: string }).code ?? "copy_failed";
  }
}

export interface CopyProgress {
  table: string;
  /** Rows of this table so far, and in all. */
  rows: number;
  total: number;
}

type TableName = Exclude<keyof Database, "migrations">;
type Row = Record<string, unknown>;

/** Every table with its primary key. The terms come last: a target that has them was copied whole. */
const keys: Record<TableName, readonly string[]> = {
  jobs: ["id"],
  job_versions: ["job_id", "version"],
  job_tags: ["tag", "job_id"],
  runs: ["id"],
  attempts: ["run_id", "fence", "number"],
  output_chunks: ["run_id", "position"],
  sessions: ["id"],
  nodes: ["id"],
  audit: ["id"],
  tokens: ["id"],
  users: ["id"],
  user_sessions: ["id"],
  settings: ["name"],
  leadership: ["id"],
};
const tableNames = Object.keys(keys) as TableName[];

/** Output comes in pieces of up to 64 KiB, and a batch is held in memory. */
const rowsPerBatch = 250;

interface CopyOptions {
  from: Tables;
  to: Tables;
  onProgress?: (progress: CopyProgress) => void;
  /** Gives up between two batches. */
  signal?: AbortSignal;
}

/**
 * Copies every row and compares both sides. Throws ConflictError("target_not_empty") before anything is written; after
 * that CopyFailedError, when the target has been emptied again ("copy_differs": the sides differ, or the source didn't
 * stand still). Answers the rows of each table.
 */
export async function copyStore(options: CopyOptions): Promise<Record<string, number>> {
  const { to } = options;
  await refuseNonEmpty(to);
  try {
    return await copyTables(options);
  } catch (err) {
    const target = await empty(to).then(
      () => "the target is empty again",
      (why: Error) => `the target holds a part and could not be emptied (${why.message}): drop that database yourself`,
    );
    throw new CopyFailedError(`${(err as Error).message}; ${target}`, err);
  }
}

async function copyTables({ from, to, onProgress = () => {}, signal }: CopyOptions): Promise<Record<string, number>> {
  const copied: Record<string, number> = {};
  const before = await termsOf(from);
  for (const table of tableNames) {
    const total = await countRows(from, table);
    const sent = createHash("sha256");
    let rows = 0;
    for await (const batch of batches(from, table)) {
      signal?.throwIfAborted();
      await to.write((trx) => insertRows(to, trx, { into: table, rows: batch as never[] }));
      addTo(sent, batch);
      rows += batch.length;
      onProgress({ table, rows, total });
    }
    const arrived = createHash("sha256");
    for await (const batch of batches(to, table)) addTo(arrived, batch);
    await compare(
      table,
      { rows, sum: sent.digest("hex") },
      { rows: await countRows(to, table), sum: arrived.digest("hex") },
    );
    if ((await countRows(from, table)) !== rows)
      throw new CopyDiffersError(`${table} changed while it was copied: stop every scheduler first, then copy again`);
    copied[table] = rows;
  }
  // Every write of a leader changes its row here, so this sees what changed in rows that were copied already.
  if ((await termsOf(from)) !== before)
    throw new CopyDiffersError(
      "a scheduler wrote to the store while it was copied: stop every scheduler, then copy again",
    );
  return copied;
}

const termsOf = (side: Tables) =>
  side.read(async (db) => JSON.stringify(await db.selectFrom("leadership").selectAll().execute()));

async function compare(table: string, sent: { rows: number; sum: string }, arrived: { rows: number; sum: string }) {
  if (sent.rows === arrived.rows && sent.sum === arrived.sum) return;
  throw new CopyDiffersError(
    `${table} differs after the copy: ${sent.rows} rows with checksum ${sent.sum.slice(0, 12)} were sent, ` +
      `${arrived.rows} with ${arrived.sum.slice(0, 12)} arrived; don't use the copy`,
  );
}

async function refuseNonEmpty(to: Tables) {
  const filled: string[] = [];
  for (const table of tableNames) if ((await countRows(to, table)) > 0) filled.push(table);
  if (filled.length === 0) return;
  const isPart = !filled.includes("leadership");
  throw new ConflictError(
    "target_not_empty",
    `the target has rows already (in ${filled.join(", ")}): a copy goes into an empty database only; nothing was written` +
      (isPart
        ? ". No scheduler has worked on it: if it is the rest of a copy that was killed, drop that database"
        : ""),
  );
}

/** Only for a target that held nothing before: what is there came from us. */
async function empty(to: Tables) {
  for (const table of [...tableNames].reverse()) {
    const [column] = keys[table] as [string];
    const ref = sql.ref(column);
    for (;;) {
      const { rows } = await to.read((db) =>
        sql<Row>`select distinct ${ref} from ${sql.table(table)} limit ${sql.lit(rowsPerBatch)}`.execute(db),
      );
      if (rows.length === 0) break;
      const values = sql.join(rows.map((row) => bind(row[column])));
      await to.write((trx) => sql`delete from ${sql.table(table)} where ${ref} in (${values})`.execute(trx));
    }
  }
}

const countRows = (side: Tables, table: TableName) =>
  side.read(async (db) => {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(db);
    return Number(rows[0]!.count);
  });

/** All rows in the order of the primary key, which is the same in every database: byte by byte. */
async function* batches(side: Tables, table: TableName): AsyncGenerator<Row[]> {
  let after: Row | undefined;
  for (;;) {
    const batch = await side.read((db) => nextBatch(db, table, after));
    if (batch.length > 0) yield batch;
    if (batch.length < rowsPerBatch) return;
    after = batch.at(-1);
  }
}

async function nextBatch(db: Db, table: TableName, after: Row | undefined): Promise<Row[]> {
  const columns = keys[table].map((column) => sql.ref(column));
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)} ${after ? sql`where ${isAfter(keys[table], after)}` : sql``}
    order by ${sql.join(columns)} limit ${sql.lit(rowsPerBatch)}`.execute(db);
  return rows;
}

/** (a, b) > (x, y), in the words that every database finds an index for. */
function isAfter([column, ...rest]: readonly string[], row: Row): RawBuilder<boolean> {
  const [ref, value] = [sql.ref(column!), bind(row[column!])];
  if (rest.length === 0) return sql<boolean>`${ref} > ${value}`;
  return sql<boolean>`${ref} >= ${value} and (${ref} > ${value} or (${isAfter(rest, row)}))`;
}

function addTo(hash: Hash, rows: Row[]) {
  for (const row of rows) {
    for (const column of Object.keys(row).sort()) {
      const value = bind(row[column]);
      hash.update(`${column}=${value === null ? "null" : typeof value}:`);
      // PostgreSQL's text can't hold a NUL.
      if (value !== null) hash.update(Buffer.isBuffer(value) ? value : String(value).replaceAll("\0", "\uFFFD"));
      hash.update("\n");
    }
  }
}
