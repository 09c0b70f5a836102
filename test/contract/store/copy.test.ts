// A store copied from SQLite into a database server, and back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { seededRandom } from "../../../src/random.ts";
import { openMysql } from "../../../src/store/mysql/open-mysql.ts";
import { openPostgres } from "../../../src/store/postgres/open-postgres.ts";
import { type CopyProgress, copyStore } from "../../../src/store/sql/copy.ts";
import { createServerStore, type OpenServer } from "../../../src/store/sql/server-store.ts";
import { createSqlStore } from "../../../src/store/sql/sql-store.ts";
import { openSqliteFile } from "../../../src/store/sqlite/open-sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { startMariadb } from "../../support/mariadb.ts";
import { startPostgres } from "../../support/postgres.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";
import { aNodeInfo, reporter } from "./reports.ts";
import { toAssigned } from "./scene.ts";
import type { TestServer } from "./server-scene.ts";

const given = { clock: systemClock, random: seededRandom(1) };

async function inMemory() {
  const { ctx, upkeep } = await openSqliteFile({ file: ":memory:", ...given });
  return { ctx, store: createSqlStore(ctx, upkeep), close: upkeep.close };
}

/** Something of everything, more than a batch of runs, and what databases like to disagree about. */
async function fill(store: Store) {
  const term = await store.takeTerm("scheduler", "nonce");
  await store.registerSession({ sessionId: "session-1", info: aNodeInfo(), former: null, graceMs: 1000 });
  const job = await store.createJob(term, aNewJob({ job: { title: "夜间 🚀", tags: ["a", "a ", "A", "é", "z"] } }));
  const cursor = { plannedThrough: 3e8, nextNominal: null, nextDue: null };
  const runs = Array.from({ length: 600 }, (_, i) => aNewRun({ jobId: job.id, nominal: i * 60_000 }));
  await store.writePlan(term, [{ jobId: job.id, ifVersion: 1, ifPlannedThrough: 0, cursor, runs }]);
  const { id: runId } = runs[0]!;
  await store.transition(term, [{ runId, ifState: ["planned"], ifFence: 0, to: toAssigned(), at: 1 }]);
  const { started, output, finished } = reporter(runId);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const pieces = Array.from({ length: 300 }, (_, seq) => output("", { seq, offset: seq * 256, data: bytes }));
  const failed = { state: "failed" as const, reason: { code: "exit_code" as const, message: "a \0 and a 'quote\\'" } };
  await store.record([started({ at: 1000.4 }), ...pieces, finished(failed)]);
  await store.setSetting("key", "value");
  const about = { targetType: "run", targetId: runId, targetName: null, via: null, before: null, after: { a: 1 } };
  await store.appendAudit([{ at: 1, actor: "tester", action: "run.cancel", ...about }]);
  return { job, runId };
}

const kinds = [
  { name: "PostgreSQL", start: startPostgres, open: openPostgres },
  { name: "MariaDB", start: startMariadb, open: openMysql },
] satisfies { name: string; start(): Promise<TestServer>; open: typeof openPostgres }[];

describe.each(kinds)("copying a store to $name", ({ start, open }) => {
  let server: TestServer;
  const opened: OpenServer[] = [];
  const target = async (name: string) => {
    const to = await open({ url: await server.createDatabase(name), ...given });
    opened.push(to);
    return to;
  };

  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
    await server?.remove();
  });

  it("brings over every row, says how far it is, and the copy works on", async () => {
    const from = await inMemory();
    const { job, runId } = await fill(from.store);
    const to = await target("whole");
    const progress: CopyProgress[] = [];
    const copied = await copyStore({ from: from.ctx, to: to.ctx, onProgress: (step) => progress.push(step) });
    expect(copied).toMatchObject({ jobs: 1, runs: 600, output_chunks: 300, job_tags: 5, leadership: 1 });
    const ofRuns = progress.filter(({ table }) => table === "runs");
    expect(ofRuns.map(({ rows, total }) => [rows, total])).toEqual([250, 500, 600].map((rows) => [rows, 600]));

    const store = createServerStore(to);
    const { lastRun, ...copy } = (await store.getJob(job.id))!;
    expect({ ...copy, lastRun: expect.anything() }).toEqual(await from.store.getJob(job.id));
    expect(lastRun).toMatchObject({ id: runId, state: "failed", startedAt: 1000, outputBytes: 0 });
    expect(await store.readOutput(runId, null, 500)).toEqual(await from.store.readOutput(runId, null, 500));
    expect(await store.checkIntegrity()).toEqual([]);
    // Terms go on growing, and ticks that have rows get no second ones.
    expect(await store.takeTerm("scheduler", "nonce")).toBe(2);

    const back = await inMemory();
    await copyStore({ from: to.ctx, to: back.ctx });
    expect((await back.store.listRuns({ limit: 500, now: 1e9 })).items).toHaveLength(500);
    await Promise.all([from.close(), back.close()]);
  });

  it("refuses a target that has rows, and writes nothing there", async () => {
    const from = await inMemory();
    await fill(from.store);
    const to = await target("taken");
    await createServerStore(to).setSetting("key", "theirs");
    const refusal = { code: "target_not_empty", message: expect.stringContaining("settings") };
    await expect(copyStore({ from: from.ctx, to: to.ctx })).rejects.toMatchObject(refusal);
    expect((await createServerStore(to).listJobs({ limit: 10 })).items).toEqual([]);
    await from.close();
  });

  it("notices what arrived otherwise than it was sent", async () => {
    const from = await inMemory();
    await fill(from.store);
    const to = await target("bent");
    const bending = {
      ...to.ctx,
      write: (async (fn) => {
        const result = await to.ctx.write(fn);
        await to.ctx.write((trx) => trx.updateTable("runs").set({ priority: 6 }).execute());
        return result;
      }) as typeof to.ctx.write,
    };
    await expect(copyStore({ from: from.ctx, to: bending })).rejects.toMatchObject({
      code: "copy_differs",
      message: expect.stringMatching(/^runs differs/),
    });
    await from.close();
  });

  it("leaves the target empty when it is stopped half-way, and can be begun again", async () => {
    const from = await inMemory();
    await fill(from.store);
    const to = await target("stopped");
    const stop = new AbortController();
    const onProgress = ({ table }: CopyProgress) => {
      if (table === "output_chunks") stop.abort(new Error("enough"));
    };
    await expect(copyStore({ from: from.ctx, to: to.ctx, onProgress, signal: stop.signal })).rejects.toMatchObject({
      code: "copy_failed",
      message: "enough; the target is empty again",
    });
    expect(await copyStore({ from: from.ctx, to: to.ctx })).toMatchObject({ runs: 600, output_chunks: 300 });
    await from.close();
  });

  it("refuses a source that a leader writes to meanwhile", async () => {
    const from = await inMemory();
    await fill(from.store);
    const to = await target("moving");
    const onProgress = ({ table }: CopyProgress) => {
      if (table === "output_chunks")
        void from.store.setPause(1, { reason: "moving", by: "tester", since: 1, until: null });
    };
    await expect(copyStore({ from: from.ctx, to: to.ctx, onProgress })).rejects.toMatchObject({
      code: "copy_differs",
      message: expect.stringMatching(/^a scheduler wrote .* the target is empty again$/),
    });
    expect((await createServerStore(to).listJobs({ limit: 10 })).items).toEqual([]);
    await from.close();
  });
});
