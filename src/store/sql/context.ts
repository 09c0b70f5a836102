// What the groups of store methods share: a database behind Kysely, and the two ways to use it. Each group is a function
// xxxMethods(ctx) that returns its part of the Store; sql-store.ts joins them. A database's own folder makes the context.
import type { Kysely, SelectQueryBuilder } from "kysely";
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { StaleTermError } from "../store.ts";
import type { Database } from "./schema.ts";
import { statement } from "./statement.ts";

export type DialectName = "sqlite" | "postgres" | "mysql";
export type Db = Kysely<Database>;

export interface SqlContext {
  dialect: DialectName;
  /** `monotonic` where how long something took is to be known. */
  clock: Pick<Clock, "now"> & Partial<Pick<Clock, "monotonic">>;
  random: Pick<Random, "next" | "bytes">;
  /** Runs `fn` on one snapshot of what is committed. It must only read. */
  read<T>(fn: (db: Db) => Promise<T>): Promise<T>;
  /**
   * Runs `fn` as one transaction: what it resolves with is answered once it is committed; what it throws undoes it, and
   * it alone. `fn` may be run again from the start (deadlock, serialisation), so it keeps nothing outside.
   * Throws StoreUnavailableError when the outcome is unknown.
   */
  write<T>(fn: (trx: Db) => Promise<T>): Promise<T>;
  /** Where one thread does everything: lets those who wait have their turn. */
  breathe?(): Promise<void>;
  /** The store's clock, by which sessions live and end. */
  storeNow(db: Db): Promise<number>;
}

/** A write of a leader: the check that no newer term has begun is its last statement. Throws StaleTermError. */
export function leaderWrite<T>(ctx: SqlContext, term: number, fn: (trx: Db) => Promise<T>): Promise<T> {
  return ctx.write(async (trx) => {
    const result = await fn(trx);
    await checkTerm(ctx, trx, term);
    return result;
  });
}

/**
 * The locking check of a term: it waits for a newer leader's transaction, and that one waits for ours. A plain read of a
 * snapshot would do neither, and MySQL counts a row that is set to what it was as not changed.
 */
export async function checkTerm(ctx: Pick<SqlContext, "dialect">, trx: Db, term: number): Promise<void> {
  const { numAffectedRows } = await countCheck(ctx, trx, { term });
  if (numAffectedRows === 0n)
    throw new StaleTermError(`term ${term} is over: another scheduler leads now; nothing was written`);
}

const countCheck = statement((trx, { term }: { term: number }) =>
  trx
    .updateTable("leadership")
    .set((eb) => ({ checked: eb("checked", "+", 1) }))
    .where("term", "=", term),
);

/** Locks the rows that a transaction reads before it changes them. SQLite has one writer at a time anyway. */
export function locked<T, O>(
  ctx: Pick<SqlContext, "dialect">,
  query: SelectQueryBuilder<Database, T & keyof Database, O>,
) {
  return ctx.dialect === "sqlite" ? query : query.forUpdate();
}

/** Rows or ids that go into one statement: well below every database's limit of variables, and few plans to keep. */
export const rowsPerStatement = 256;

export function* chunks<T>(items: readonly T[], size = rowsPerStatement): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

/** Repeats the last of a list for `in` until its length is a power of two, so that few shapes of a statement are prepared. */
export function padded<T>(items: T[]): T[] {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, items.length)));
  return items.concat(Array(size - items.length).fill(items.at(-1)));
}
