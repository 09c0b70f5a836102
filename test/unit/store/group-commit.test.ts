// Writes that share a commit don't share their fate: each is all or nothing by itself, and answered after the commit.
import SqliteDatabase from "better-sqlite3";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSerialQueue } from "../../../src/lib/serial-queue.ts";
import { kyselyOver } from "../../../src/store/sqlite/dialect.ts";
import { translated } from "../../../src/store/sqlite/errors.ts";
import { createGroupCommit } from "../../../src/store/sqlite/group-commit.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";

describe("group commit", () => {
  let sqlite: SqliteDatabase.Database;
  let commits: ReturnType<typeof createGroupCommit>;
  let executed: string[];

  beforeEach(() => {
    executed = [];
    sqlite = new SqliteDatabase(":memory:");
    sqlite.exec("create table t (id integer primary key, data text)");
    const exec = sqlite.exec.bind(sqlite);
    sqlite.exec = (text: string) => {
      executed.push(text);
      return exec(text);
    };
    commits = createGroupCommit({
      sqlite,
      db: kyselyOver(sqlite),
      turns: createSerialQueue(),
      gather: async () => {},
      translate: (err) => translated(err, "test.db"),
    });
  });
  afterEach(() => sqlite.close());

  const insert = (id: number, data = "") =>
    commits.write(async (trx) => {
      await sql`insert into t values (${id}, ${data})`.execute(trx);
      return id;
    });
  const ids = () => sqlite.prepare("select id from t order by id").pluck().all();
  const begun = () => executed.filter((text) => text.startsWith("begin")).length;

  it("puts writes of one moment into one transaction, in their order", async () => {
    expect(await Promise.all([3, 1, 2].map((id) => insert(id)))).toEqual([3, 1, 2]);
    expect(ids()).toEqual([1, 2, 3]);
    expect(begun()).toBe(1);
  });

  it("gathers what arrives while a commit is under way for the next one", async () => {
    const later: Promise<number>[] = [];
    const first = commits.write(async (trx) => {
      await sql`insert into t values (1, '')`.execute(trx);
      for (const id of [2, 3, 4]) later.push(insert(id));
    });
    await first;
    await Promise.all(later);
    expect(begun()).toBe(2);
    expect(ids()).toEqual([1, 2, 3, 4]);
  });

  it("undoes the one that fails, whole, and none of its neighbours", async () => {
    const half = commits.write(async (trx) => {
      await sql`insert into t values (10, '')`.execute(trx);
      throw new Error("changed my mind");
    });
    const outcomes = await Promise.allSettled([insert(1), half, insert(1), insert(2)]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { message: "changed my mind" } });
    expect(outcomes[2]).toMatchObject({ reason: { code: "SQLITE_CONSTRAINT_PRIMARYKEY" } });
    expect(ids()).toEqual([1, 2]);
    expect(begun()).toBe(1);
  });

  it("answers nobody before the commit", async () => {
    const write = insert(1).then(() => executed.includes("commit"));
    expect(await write).toBe(true);
  });

  it("refuses everything of a commit that fails, refusals too, and goes on afterwards", async () => {
    const exec = sqlite.exec.bind(sqlite);
    sqlite.exec = (text: string) => {
      if (text === "commit") throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" });
      return exec(text);
    };
    const outcomes = await Promise.allSettled([insert(1), insert(1), insert(2)]);
    for (const outcome of outcomes)
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailableError);
    expect(ids()).toEqual([]);
    sqlite.exec = exec;
    expect(await insert(5)).toBe(5);
  });

  it("says when the disk is full, and recovers once there is room", async () => {
    sqlite.pragma("max_page_count = 20");
    const big = "x".repeat(50_000);
    const outcomes = await Promise.allSettled([insert(1), insert(2, big), insert(3, big), insert(4)]);
    const refusals = outcomes.filter((outcome) => outcome.status === "rejected").map((outcome) => outcome.reason);
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(StoreUnavailableError);
      expect(refusal.message).toContain("full");
    }
    // What was answered is there, what was refused isn't.
    expect(ids()).toEqual(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])));
    sqlite.pragma("max_page_count = 1000");
    expect(await insert(7, big)).toBe(7);
  });

  it("is idle when every write was answered", async () => {
    await commits.idle();
    let answered = 0;
    for (let id = 1; id <= 250; id++) void insert(id).then(() => answered++);
    await commits.idle();
    expect(ids()).toHaveLength(250);
    await Promise.resolve();
    expect(answered).toBe(250);
    // Not all in one, so that the first needn't wait for the last.
    expect(begun()).toBe(3);
  });
});
