// A store on a database server, over lost connections and answers, restarts, deadlocks and locks that are held.
import { describe, expect, it } from "vitest";
import { checkTerm } from "../../../src/store/sql/context.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";
import { type ServerKind, setServerScene } from "./server-scene.ts";

const cursor = { plannedThrough: 60_000, nextNominal: null, nextDue: null };

export function describeServerFaults(name: string, kind: ServerKind) {
  describe(`faults around a store on ${name}`, () => {
    const scene = setServerScene(kind);

    it("is there again, by itself, after its server was killed and started", async () => {
      const store = await scene.open(scene.server.urlOf(await scene.database()));
      await Promise.all([1, 2, 3].map((i) => store.setSetting(`key ${i}`, "before")));
      await scene.server.crash();
      const down = store.setSetting("key 1", "lost").catch((err: Error) => err);
      expect(await down).toBeInstanceOf(StoreUnavailableError);
      expect(((await down) as Error).message).toContain(`127.0.0.1:${scene.server.port}`);
      await expect(store.getSetting("key 1")).rejects.toBeInstanceOf(StoreUnavailableError);
      await scene.server.start();
      expect(await store.getSetting("key 1")).toBe("before");
      await store.setSetting("key 1", "after");
      expect(await store.getSetting("key 1")).toBe("after");
    });

    it("leaves nothing of a transaction in which its server was killed", async () => {
      const db = await scene.database();
      const store = await scene.open(scene.server.urlOf(db));
      const term = await store.takeTerm("s", "n");
      const job = await store.createJob(term, aNewJob());
      const holder = await scene.server.session(db);
      await holder.query("begin");
      await holder.query("update leadership set checked = checked + 1");
      // It has written its rows, and waits for the check of its term.
      const runs = [aNewRun({ jobId: job.id })];
      const item = { jobId: job.id, ifVersion: 1, ifPlannedThrough: 0, cursor, runs };
      const plan = store.writePlan(term, [item]).catch((err: Error) => err);
      await scene.someoneWaits(db);
      await scene.server.crash();
      expect(await plan).toBeInstanceOf(StoreUnavailableError);
      await holder.end().catch(() => {});
      await scene.server.start();
      expect(await store.openRunsOfJob(job.id)).toEqual([]);
      expect((await store.getJob(job.id))!.plannedThrough).toBe(0);
      expect((await store.writePlan(term, [item])).planned).toHaveLength(1);
    });

    it("repeats a transaction whose connection was cut before its commit", async () => {
      const { db, proxy, store, term } = await scene.overProxy();
      const job = await store.createJob(term, aNewJob());
      const holder = await scene.server.session(db);
      await holder.query("begin");
      await holder.query("update leadership set checked = checked + 1");
      const run = store.createRun(term, aNewRun({ jobId: job.id, nominal: null }));
      await scene.someoneWaits(db);
      proxy.cutAll();
      await holder.query("rollback");
      await holder.end();
      expect((await run).created).toBe(true);
      expect(await store.openRunsOfJob(job.id)).toHaveLength(1);
    });

    it("says that a commit's outcome is unknown when its answer got lost: it was written", async () => {
      const { proxy, store, term } = await scene.overProxy();
      const job = aNewJob();
      proxy.loseNextAnswer();
      const err = await store.createJob(term, job).catch((reason: Error) => reason);
      expect(err).toBeInstanceOf(StoreUnavailableError);
      expect((err as Error).message).toMatch(/unknown/);
      expect((await store.getJob(job.id))!.name).toBe(job.effective.name);
      // And asking again makes no second one.
      expect((await store.createJob(term, job)).version).toBe(1);
    });

    it("says the same when the commit itself got lost: it was not written, and not tried again behind one's back", async () => {
      const { proxy, store, term } = await scene.overProxy();
      const job = aNewJob();
      const before = proxy.commits();
      proxy.loseNextCommit();
      await expect(store.createJob(term, job)).rejects.toThrow(/unknown/);
      expect(proxy.commits() - before).toBe(1);
      expect(await store.getJob(job.id)).toBeNull();
    });

    it("repeats a transaction that the database ended to break a deadlock", async () => {
      const db = await scene.database();
      const store = await scene.open(scene.server.urlOf(db));
      const term = await store.takeTerm("s", "n");
      const job = await store.createJob(term, aNewJob());
      const item = { jobId: job.id, ifVersion: 1, ifPlannedThrough: 0, cursor, runs: [aNewRun({ jobId: job.id })] };
      await store.writePlan(term, [item]);
      const other = await scene.server.session(db);
      await other.query("begin");
      // The database gives up the one that has done less: not this one.
      const rows = Array.from({ length: 500 }, (_, i) => `('key ${i}', '')`).join();
      await other.query(`insert into settings (name, value) values ${rows}`);
      await other.query("update runs set parked = 'x'");
      const change = store.changeJob(term, { jobId: job.id, spec: job, at: 0, actor: "tester", cursor });
      await scene.someoneWaits(db);
      await other.query("update jobs set disabled_reason = 'x'");
      await other.query("commit");
      await other.end();
      expect((await change).job.version).toBe(2);
      expect((await change).revoking).toHaveLength(1);
      expect((await store.listVersions(job.id, { limit: 10 })).items).toHaveLength(2);
    });

    it("gives up, in words, when a row or a whole table is locked for too long", async () => {
      async function givesUp(locking: string[]) {
        const db = await scene.database();
        const store = await scene.open(scene.server.urlOf(db));
        await store.takeTerm("s", "n");
        const holder = await scene.server.session(db);
        for (const statement of locking) await holder.query(statement);
        const err = await store.takeTerm("s", "m").catch((reason: Error) => reason);
        expect(err).toBeInstanceOf(StoreUnavailableError);
        expect((err as Error).message).toMatch(/locked, nothing was written/);
        await holder.end();
        expect(await store.takeTerm("s", "m")).toBe(2);
      }
      const aRow = ["begin", "update leadership set checked = checked + 1"];
      await Promise.all([aRow, kind.lockTable("leadership")].map(givesUp));
    });

    it("isn't blocked for long by a leader that stopped in the middle of transactions, one behind the other", async () => {
      const db = await scene.database();
      const url = scene.server.urlOf(db);
      const store = await scene.open(url);
      const term = await store.takeTerm("s", "n");
      const pool = kind.pool(url);
      const stopped = await pool.acquire("write");
      await stopped.begin();
      await checkTerm({ dialect: kind.dialect }, stopped.db, term);
      // Each would get the row after the one before it, and keep it as long, without anybody there to go on.
      const behind = await Promise.all(Array.from({ length: 4 }, () => pool.acquire("write")));
      const waiting = behind.map(async (each) => {
        await each.begin();
        await checkTerm({ dialect: kind.dialect }, each.db, term);
      });
      const refused = Promise.allSettled(waiting);
      await scene.someoneWaits(db);
      // Nothing more comes from it; its successor waits.
      expect(await store.takeTerm("successor", "m")).toBe(term + 1);
      expect((await refused).map(({ status }) => status)).toEqual(behind.map(() => "rejected"));
      for (const each of behind) each.release(true);
      // When it wakes, its transaction is gone.
      await expect(stopped.commit()).rejects.toThrow();
      stopped.release(true);
      await pool.end();
    });
  });
}
