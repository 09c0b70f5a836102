// Retention of half of a long history while a machine goes on starting: the store in its own thread, the real clock.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { openSqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { buildStoreWorker } from "../../support/build-worker.ts";
import { createFakeExecutor } from "../../support/fake-executor.ts";
import { fillHistory, jobIdOf, runIdOf } from "../../support/long-history.ts";
import { type Machine, openMachine } from "../../support/machine.ts";
import { watchCalls } from "../../support/watch-calls.ts";

const runs = 50_000;
const oldJobs = 25;
const newJobs = 20;
let dir: string;
let worker: Awaited<ReturnType<typeof buildStoreWorker>>;
let store: Store;
let machine: Machine;
const startedAt: number[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "distcron-retention-"));
  const file = join(dir, "store.db");
  await fillHistory({ file, now: Date.now() - 60_000, spanMs: 30 * 86_400_000, runs, jobs: oldJobs, nodes: 3 });
  worker = await buildStoreWorker();
  store = await openSqliteStore({ file, clock: systemClock, workerUrl: worker.url });
  const executor = createFakeExecutor({
    onStart(attempt) {
      startedAt.push(Date.now() - attempt.request.assignment.dueAt);
      attempt.finish();
    },
  });
  machine = await openMachine({ clock: systemClock, executor, store, horizonMs: 5000, slots: 64 });
  await machine.start();
  await machine.scheduler.whenReady();
}, 60_000);
afterAll(async () => {
  await machine?.stop();
  await store?.close();
  await worker?.remove();
  rmSync(dir, { recursive: true, force: true });
});

it("keeps nothing waiting, loses no tick, and deletes what it should", async () => {
  const jobs = await Promise.all(
    Array.from({ length: newJobs }, (_, i) =>
      machine.addJob({ name: `live-${i}`, schedule: ["* * * * * *"], overlap: "allow" }),
    ),
  );
  await systemClock.sleep(1500);
  const from = Date.now();
  const calls = watchCalls(systemClock, () => store.getRun(runIdOf(runs - 1)));
  const rule = { ageMs: 365 * 86_400_000, count: runs / oldJobs / 2, batch: 200 };
  let deleted = 0;
  let batches = 0;
  for (;;) {
    const gone = await store.retain({ now: Date.now(), ...rule });
    if (gone === 0) break;
    deleted += gone;
    batches++;
    // Without the janitor's rests this would take every moment there is.
    await systemClock.sleep(5);
  }
  const { count, middle, longest } = await calls.end();
  const through = Date.now();
  await systemClock.sleep(1500);

  expect(deleted).toBe(runs / 2);
  expect(batches).toBeGreaterThanOrEqual(runs / 2 / 200);
  expect((await store.listRuns({ job: jobIdOf(3), limit: 500, now: through })).items).toHaveLength(500);
  expect(await store.checkIntegrity()).toEqual([]);
  // Asked one after the other, others get their answers between the batches, most of them at once.
  expect(count).toBeGreaterThan(batches / 2);
  expect(middle).toBeLessThan(50);
  expect(longest, "no batch may block for long, however slow the machine").toBeLessThan(1000);

  const wrong: string[] = [];
  for (const job of jobs) {
    const rows = await machine.runsOf(job.id);
    for (let at = Math.ceil(from / 1000) * 1000; at <= through; at += 1000) {
      const found = rows.filter((row) => row.scheduledFor === at).map(({ state }) => state);
      if (found.join() !== "succeeded")
        wrong.push(`${job.name}, ${new Date(at).toISOString()}: ${found.join() || "none"}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(Math.max(...startedAt), "starts don't wait for the store").toBeLessThan(1000);
  expect(machine.errors).toEqual([]);
});
