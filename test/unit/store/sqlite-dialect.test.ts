// What the SQLite dialect makes of statements.
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Db } from "../../../src/store/sql/context.ts";
import { migrate } from "../../../src/store/sql/migrations.ts";
import { kyselyOver } from "../../../src/store/sqlite/dialect.ts";

let sqlite: SqliteDatabase.Database;
let db: Db;
beforeEach(async () => {
  sqlite = new SqliteDatabase(":memory:");
  db = kyselyOver(sqlite);
  await migrate(db, { dialect: "sqlite", now: 0 });
});
afterEach(() => sqlite.close());

// SQLite planned such statements anew at each run, which was most of what the scheduler's frequent questions cost.
it("never gives a limit as a bare parameter", () => {
  const query = db.selectFrom("jobs").select("id").orderBy("id").limit(3).offset(1).compile();
  expect(query.sql).toMatch(/limit cast\(\? as integer\) offset \?$/);
  expect(query.parameters).toEqual([3, 1]);
});

it("limits what it answers", async () => {
  await db
    .insertInto("settings")
    .values(["a", "b", "c", "d"].map((name) => ({ name, value: "" })))
    .execute();
  const rows = db.selectFrom("settings").select("name").orderBy("name");
  const names = async (query: typeof rows) => (await query.execute()).map(({ name }) => name);
  expect(await names(rows.limit(2))).toEqual(["a", "b"]);
  expect(await names(rows.limit(2).offset(3))).toEqual(["d"]);
  expect(await names(rows.limit(0))).toEqual([]);
});
