// Pages of a sorted list. The cursor is opaque to users: the sort key of the last row answered, so a page stays right
// while rows are added before it.
import type { Page } from "../store.ts";

/** `code` is "invalid_cursor". */
export class InvalidCursorError extends Error {
  readonly code = "invalid_cursor";
}

export type SortKey = (string | number)[];

export const encodeCursor = (key: SortKey): string => Buffer.from(JSON.stringify(key)).toString("base64url");

/** The key in a cursor, or null without one. `shape` names the types expected. Throws InvalidCursorError. */
export function decodeCursor<K extends SortKey>(cursor: string | undefined, shape: ("string" | "number")[]): K | null {
  if (cursor === undefined || cursor === "") return null;
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    key = null;
  }
  const fits =
    Array.isArray(key) && key.length === shape.length && shape.every((type, i) => typeof (key as SortKey)[i] === type);
  if (!fits) throw new InvalidCursorError("the cursor is not one that this list gave out: begin without a cursor");
  return key as K;
}

/** How many rows to ask for: one more than fit, to know whether there is a next page. */
export const pageSize = (limit: number): number => Math.max(1, Math.min(500, Math.floor(limit)));

/** A page from `rows`, which were asked for with limit pageSize(limit) + 1. */
export function toPage<R, T>(rows: R[], limit: number, map: (row: R) => T, keyOf: (row: R) => SortKey): Page<T> {
  const size = pageSize(limit);
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return { items: shown.map(map), nextCursor: rows.length > size && last ? encodeCursor(keyOf(last)) : null };
}
