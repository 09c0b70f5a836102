// The store's tables, but for the one that says which schema this is.
import { firstSchema } from "../../src/store/sql/first-schema.ts";

export const tables = firstSchema("postgres").flatMap(
  (statement) => statement.match(/^create table if not exists (\w+)/)?.[1] ?? [],
);
