// The store in its thread: what crosses, what a crash of the thread leaves, and that its answers end.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { makeAgain, takeApart } from "../../../src/store/sqlite/wire.ts";
import { ConflictError, StaleTermError, StoreUnavailableError } from "../../../src/store/store.ts";
import { buildStoreWorker } from "../../support/build-worker.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";

describe("the store in a worker", () => {
  const dir = mkdtempSync(join(tmpdir(), "distcron-worker-"));
  let worker: Awaited<ReturnType<typeof buildStoreWorker>>;
  beforeAll(async () => {
    worker = await buildStoreWorker();
  });
  afterAll(async () => {
    await worker.remove();
    rmSync(dir, { recursive: true, force: true });
  });
  const open = (name: string) =>
    openSqliteStore({ file: join(dir, name), clock: new ManualClock(), workerUrl: worker.url });

  it("brings errors over with their class, code and message", () => {
    const errors = [
      new StaleTermError("over"),
      new ConflictError("name_taken", "taken"),
      new StoreUnavailableError("away"),
      Object.assign(new Error("odd"), { code: "store_corrupt" }),
    ];
    for (const err of errors) {
      const copy = makeAgain(structuredClone(takeApart(err)));
      expect(copy).toBeInstanceOf(err.constructor);
      expect(copy).toMatchObject({ code: err.code, message: err.message });
    }
    expect(makeAgain(takeApart("thrown text")).message).toBe("thrown text");
  });

  it("is not mistaken for a promise, and rejects once closed", async () => {
    const store = await open("closed.db");
    expect((store as { then?: unknown }).then).toBeUndefined();
    await Promise.all([store.setSetting("a", "b"), store.close(), store.close()]);
    await expect(store.getSetting("a")).rejects.toBeInstanceOf(StoreUnavailableError);
    const again = await open("closed.db");
    expect(await again.getSetting("a")).toBe("b");
    await again.close();
  });

  it("says in the opener's thread why it can't open", async () => {
    writeFileSync(join(dir, "letter.db"), "no database at all ".repeat(100));
    await expect(open("letter.db")).rejects.toMatchObject({ code: "store_corrupt" });
    await expect(open("missing/store.db")).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it("has after a crash of the thread what it had answered, and each write whole or not at all", async () => {
    const file = join(dir, "crash.db");
    let thread: Worker | null = null;
    const deaths: string[] = [];
    const store = await openSqliteStore({
      file,
      clock: new ManualClock(),
      workerUrl: worker.url,
      onDeath: (err) => deaths.push(err.message),
      startWorker: (url, options) => {
        thread = new Worker(url, options);
        return thread;
      },
    });
    const term = await store.takeTerm("s", "n");
    const job = await store.createJob(term, aNewJob());
    const answered: string[] = [];
    let planned = 0;
    const writes = Array.from({ length: 200 }, async (_, i) => {
      const runs = [1, 2, 3].map((n) => aNewRun({ jobId: job.id, nominal: null, id: `w${i}-${n}` }));
      const cursor = { plannedThrough: 0, nextNominal: 1, nextDue: 1 };
      await store.writePlan(term, [{ jobId: job.id, ifVersion: 1, ifPlannedThrough: 0, cursor, runs }]);
      answered.push(...runs.map((run) => run.id));
      if (++planned === 20) void thread?.terminate();
    });
    const outcomes = await Promise.allSettled(writes);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreUnavailableError);
    expect(deaths).toEqual([expect.stringContaining("the store's thread died")]);
    await expect(store.getSetting("a")).rejects.toThrow(/thread died/);
    await store.close();
    expect(deaths).toHaveLength(1);

    const again = await open("crash.db");
    const there = new Set((await again.openRunsOfJob(job.id)).map((run) => run.id));
    for (const id of answered) expect(there).toContain(id);
    for (let i = 0; i < 200; i++) expect([0, 3]).toContain([1, 2, 3].filter((n) => there.has(`w${i}-${n}`)).length);
    expect(await again.checkIntegrity()).toEqual([]);
    await again.close();
  });
});
