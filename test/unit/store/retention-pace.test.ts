// Retention in pieces: whatever else the store is asked has its turn in between, and what took long is done in less.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/random.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import { fillHistory, jobIdOf, runIdOf } from "../../support/long-history.ts";

const now = Date.UTC(2026, 0, 31);
const runs = 60_000;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

let dir: string;
let file: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "distcron-retention-"));
  file = join(dir, "store.db");
  // The first job has more than one look takes in.
  const jobOf = (i: number) => (i < 30_000 ? 0 : 1 + (i % 50));
  await fillHistory({ file, now, spanMs: 30 * 86_400_000, runs, jobs: 51, nodes: 3, jobOf });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const open = (tookMs: () => number) => {
  let monotonic = 0;
  // Between any two looks at the clock something took so long.
  const clock = { now: () => now, monotonic: () => (monotonic += tookMs()) };
  return openSqlite({ file, clock, random: seededRandom(1), gather: turn });
};
const keepAll = { now, ageMs: 365 * 86_400_000, count: 1_000_000, batch: 200 };

describe("retention of a long history", () => {
  it("lets others have their turn while it looks for something to delete", async () => {
    const store = await open(() => 1);
    let isOver = false;
    const round = store.retain(keepAll).finally(() => {
      isOver = true;
    });
    let answered = 0;
    while (!isOver) {
      await store.getRun(runIdOf(7));
      await turn();
      if (!isOver) answered++;
    }
    expect(await round).toBe(0);
    // One call at a time, it used to be none at all.
    expect(answered).toBeGreaterThan(3);
    await store.close();
  });

  it("deletes less at a time when that takes long, and more again when it doesn't", async () => {
    let tookMs = 100;
    const store = await open(() => tookMs);
    const sizes: number[] = [];
    const some = async () => void sizes.push(await store.retain({ ...keepAll, count: 100 }));
    for (let i = 0; i < 4; i++) await some();
    expect(sizes).toEqual([200, 50, 20, 20]);
    tookMs = 5;
    for (let i = 0; i < 6; i++) await some();
    expect(sizes.slice(4)).toEqual([20, 40, 80, 160, 200, 200]);
    await store.close();
  });

  it("deletes exactly what is over of a job with more runs than one look takes in", async () => {
    const store = await open(() => 1);
    for (;;) if ((await store.retain({ ...keepAll, count: 28_500 })) === 0) break;
    const left = async (i: number) => (await store.getRun(runIdOf(i))) !== null;
    expect([await left(1499), await left(1500), await left(29_999)]).toEqual([false, true, true]);
    expect((await store.listRuns({ job: jobIdOf(1), limit: 1, now })).items).toHaveLength(1);
    expect(await left(30_000)).toBe(true);
    expect(await store.checkIntegrity()).toEqual([]);
    await store.close();
  });
});
