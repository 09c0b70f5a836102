// Values on their way into a statement, made such that a server takes what SQLite takes.

export type Bound = string | number | bigint | Buffer | null;

/**
 * Columns hold text, whole numbers and bytes. A fraction of a millisecond (a corrected clock has some) is rounded. Throws
 * for what no column can hold: a driver would make SQL of an object in its own way.
 */
export function bind(value: unknown): Bound {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isFinite(value)) return Math.round(value);
  if (Buffer.isBuffer(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`expected text, a finite number, bytes or null for a column, got ${typeof value} (${value})`);
}
