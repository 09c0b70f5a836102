// Patterns for LIKE in which what a user typed stands for itself.
import { type Expression, type SqlBool, sql } from "kysely";

const escaped = (text: string) => text.replace(/[!%_]/g, (char) => `!${char}`);

/** True where the column holds `text` somewhere, as written. */
export const contains = (column: Expression<unknown>, text: string) =>
  sql<SqlBool>`${column} like ${`%${escaped(text)}%`} escape '!'`;

/** The last of all ids that begin with `start`, in whatever order a database sorts text: "z" is last of what ids are made of. */
export const lastIdFrom = (start: string): string => start + "z".repeat(26);
