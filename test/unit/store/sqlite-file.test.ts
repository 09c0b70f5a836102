// The file itself: what it is like after a crash, who may open it, backups, damage, and newer programs.
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { seededRandom } from "../../../src/random.ts";
import { migrate, migrations } from "../../../src/store/sql/migrations.ts";
import { kyselyOver } from "../../../src/store/sqlite/dialect.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";

describe("the store's file", () => {
  let dir: string;
  let file: string;
  const opened: Store[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "distcron-file-"));
    file = join(dir, "store.db");
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  async function open(at = file): Promise<Store> {
    const store = await openSqlite({ file: at, clock: new ManualClock(), random: seededRandom(1) });
    opened.push(store);
    return store;
  }
  async function fill(store: Store, runs: number) {
    const term = await store.takeTerm("s", "n");
    const job = await store.createJob(term, aNewJob());
    for (let i = 0; i < runs; i++) await store.createRun(term, aNewRun({ jobId: job.id, nominal: null }));
    return { term, job };
  }

  it("keeps what was written over a restart, and migrates once", async () => {
    const first = await open();
    const { term, job } = await fill(first, 3);
    expect(await first.schemaVersion()).toEqual({ current: migrations.length, known: migrations.length });
    await first.close();
    await first.close();
    const second = await open();
    expect(await second.openRunsOfJob(job.id)).toHaveLength(3);
    expect(await second.takeTerm("s", "n")).toBe(term + 1);
    expect(await second.schemaVersion()).toEqual({ current: migrations.length, known: migrations.length });
    await expect(first.getPause()).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("is written ahead and synced, so that what was answered survives a power cut", async () => {
    const connections = new Set<SqliteDatabase.Database>();
    const { prepare } = SqliteDatabase.prototype;
    vi.spyOn(SqliteDatabase.prototype, "prepare").mockImplementation(function (this: SqliteDatabase.Database, text) {
      connections.add(this);
      return prepare.call(this, text);
    } as typeof prepare);
    onTestFinished(() => void vi.restoreAllMocks());
    const store = await open();
    await fill(store, 1);
    await store.listRuns({ limit: 1, now: 0 });
    const writers = [...connections].filter((each) => !each.readonly);
    const told = (name: string) => writers.map((each) => each.pragma(name, { simple: true }));
    expect([connections.size, writers.length]).toEqual([2, 1]);
    expect(told("journal_mode")).toEqual(["wal"]);
    // 2 is FULL.
    expect(told("synchronous")).toEqual([2]);
  });

  it("can be read by its owner alone", async () => {
    await fill(await open(), 1);
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(name).mode & 0o077).toBe(0);
  });

  it("repeats a migration that a crash left half done", async () => {
    const sqlite = new SqliteDatabase(":memory:");
    const db = kyselyOver(sqlite);
    const [first, ...more] = migrations[0]!.statements("sqlite");
    for (const statement of [first!, ...more.slice(0, 10)]) sqlite.exec(statement);
    await migrate(db, { dialect: "sqlite", now: 1 });
    await migrate(db, { dialect: "sqlite", now: 2 });
    expect(sqlite.prepare("select version, applied_at from migrations").all()).toEqual([{ version: 1, applied_at: 1 }]);
  });

  it("refuses a schema of a newer program, naming both versions", async () => {
    await (await open()).close();
    const sqlite = new SqliteDatabase(file);
    sqlite.exec("insert into migrations values (99, 'from the future', 0)");
    sqlite.close();
    const refusal = await open().catch((err: unknown) => err);
    expect(refusal).toMatchObject({ code: "store_newer" });
    expect((refusal as Error).message).toMatch(new RegExp(`99.*${migrations.length}`));
  });

  it("names a file that is no database, or another program's, and doesn't touch it", async () => {
    writeFileSync(
      file,
      "this is a letter to my aunt, and it is longer than a page header would be, is it not? ".repeat(9),
    );
    const before = statSync(file).size;
    await expect(open()).rejects.toMatchObject({ code: "store_corrupt", message: expect.stringContaining(file) });
    expect(statSync(file).size).toBe(before);
    const other = join(dir, "other.db");
    const sqlite = new SqliteDatabase(other);
    sqlite.exec("create table songs (title text)");
    sqlite.close();
    await expect(open(other)).rejects.toMatchObject({ code: "store_corrupt" });
    await expect(open(join(dir, "no/such/directory/store.db"))).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("finds damage, and rows that hang in the air", async () => {
    const store = await open();
    await fill(store, 400);
    expect(await store.checkIntegrity()).toEqual([]);
    await store.close();
    const sqlite = new SqliteDatabase(file);
    sqlite.exec("delete from jobs");
    sqlite.close();
    const orphaned = await (await open()).checkIntegrity();
    expect(orphaned.join()).toContain("runs without a job");
    await opened.at(-1)!.close();
    truncateSync(file, statSync(file).size - 3 * 4096);
    const problems = await open().then(
      (damaged) => damaged.checkIntegrity(),
      (err: { code: string }) => [err.code],
    );
    expect(problems.length).toBeGreaterThan(0);
  });

  it("makes a backup while in use, that opens by itself and doesn't overwrite", async () => {
    const store = await open();
    const { job, term } = await fill(store, 300);
    const target = join(dir, "backup.db");
    const writing = Promise.all(
      Array.from({ length: 50 }, () => store.createRun(term, aNewRun({ jobId: job.id, nominal: null }))),
    );
    await Promise.all([store.backup(target), writing]);
    await expect(store.backup(target)).rejects.toMatchObject({ code: "file_exists" });
    const copy = await open(target);
    expect(await copy.checkIntegrity()).toEqual([]);
    const copied = (await copy.openRunsOfJob(job.id)).length;
    expect(copied).toBeGreaterThanOrEqual(300);
    expect(copied).toBeLessThanOrEqual(350);
    expect(statSync(target).mode & 0o077).toBe(0);
  });

  it("uses its index of open rows for the leader's questions, however long the history", async () => {
    const store = await open();
    await fill(store, 1);
    const sqlite = new SqliteDatabase(file, { readonly: true });
    const plan = (where: string) =>
      (
        sqlite.prepare(`explain query plan select * from runs where finished_at is null and ${where}`).all() as {
          detail: string;
        }[]
      )
        .map((row) => row.detail)
        .join("; ");
    expect(plan("id > '' order by id limit 9")).toContain("runs_open ");
    expect(plan("job_id = 'j' order by due_at, id")).toContain("runs_open_of_job");
    expect(plan("session_id = 's' order by id")).toContain("runs_of_session");
    expect(plan("limit_key in ('a', 'b') and state in ('assigned', 'running')")).toContain("runs_of_limit");
    expect(
      plan("state = 'planned' and parked = '' and priority = 5 and due_at <= 9 order by due_at limit 9"),
    ).toContain("runs_waiting");
    expect(plan("state in ('planned', 'assigned') and catch_up = 0 and due_at < 9 order by job_id")).toContain(
      "runs_overdue",
    );
    expect(plan("state = 'planned' and start_by < 9 order by job_id")).toContain("runs_start_by");
    // What runs on a node was once counted along the index of all that it ever ran: 0.4 ms in a day, far more in a month.
    const ofNode = (column: string) => plan(`state in ('assigned', 'running') and ${column} in ('n')`);
    expect(ofNode("node_id")).toContain("runs_by_node");
    expect(ofNode("coalesce(node_id, '')")).toContain("runs_overdue");
    sqlite.close();
  });
});
