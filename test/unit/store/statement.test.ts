// Statements that are compiled once and filled with each call's values.
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Db } from "../../../src/store/sql/context.ts";
import { migrate } from "../../../src/store/sql/migrations.ts";
import { statement } from "../../../src/store/sql/statement.ts";
import { kyselyOver } from "../../../src/store/sqlite/dialect.ts";

const sqliteCtx = { dialect: "sqlite" as const };
let sqlite: SqliteDatabase.Database;
let db: Db;
let built: string[];

const named = statement((on, given: { names: string[]; limit: number; from?: string }, { dialect }) => {
  built.push(`${dialect} ${given.names.length} ${given.from === undefined ? "" : "from"}`.trim());
  const rows = on.selectFrom("settings").select("name").where("name", "in", given.names).orderBy("name");
  return (given.from === undefined ? rows : rows.where("name", ">=", given.from)).limit(given.limit);
});
const ask = async (given: Parameters<typeof named>[2]) =>
  (await named(sqliteCtx, db, given)).rows.map(({ name }) => name);

beforeEach(async () => {
  built = [];
  sqlite = new SqliteDatabase(":memory:");
  db = kyselyOver(sqlite);
  await migrate(db, { dialect: "sqlite", now: 0 });
  await db
    .insertInto("settings")
    .values(["a", "b", "c", "d"].map((name) => ({ name, value: `of ${name}` })))
    .execute();
});
afterEach(() => sqlite.close());

it("answers by the values of each call, and is built once for each shape of them", async () => {
  expect(await ask({ names: ["a", "b"], limit: 9 })).toEqual(["a", "b"]);
  expect(await ask({ names: ["d", "c"], limit: 9 })).toEqual(["c", "d"]);
  expect(await ask({ names: ["a", "c"], limit: 1 })).toEqual(["a"]);
  expect(await ask({ names: ["a", "b", "c"], limit: 2 })).toEqual(["a", "b"]);
  expect(await ask({ names: ["a", "b"], limit: 9, from: "b" })).toEqual(["b"]);
  expect(await ask({ names: ["a", "b"], limit: 9, from: "a" })).toEqual(["a", "b"]);
  expect(await ask({ names: ["c", "d"], limit: 9, from: undefined })).toEqual(["c", "d"]);
  expect(built).toEqual(["sqlite 2", "sqlite 3", "sqlite 2 from"]);
});

it("says how many rows it changed, by whichever columns it is given", async () => {
  const change = statement((trx, { name, ...set }: { name: string; value?: string }) =>
    trx.updateTable("settings").set(set).where("name", "=", name),
  );
  expect((await change(sqliteCtx, db, { name: "a", value: "new" })).numAffectedRows).toBe(1n);
  expect((await change(sqliteCtx, db, { name: "nobody", value: "new" })).numAffectedRows).toBe(0n);
  expect(sqlite.prepare("select value from settings order by name").pluck().all()).toEqual([
    "new",
    "of b",
    "of c",
    "of d",
  ]);
});
