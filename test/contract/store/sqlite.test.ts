// The contract of the store, on SQLite: in this thread (in memory and in a file) and in a worker.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { seededRandom } from "../../../src/random.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import { openSqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { buildStoreWorker } from "../../support/build-worker.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import type { OpenStore } from "./scene.ts";
import { describeStore } from "./suite.ts";

let worker: Awaited<ReturnType<typeof buildStoreWorker>>;
const dir = mkdtempSync(join(tmpdir(), "distcron-store-"));
let files = 0;
const nextFile = () => join(dir, `${files++}.db`);

beforeAll(async () => {
  worker = await buildStoreWorker();
});
afterAll(async () => {
  await worker.remove();
  rmSync(dir, { recursive: true, force: true });
});

const inThread =
  (fileOf: () => string): OpenStore =>
  async () => {
    const clock = new ManualClock();
    const store = await openSqlite({ file: fileOf(), clock, random: seededRandom(1) });
    return { store, clock, close: () => store.close() };
  };

const inWorker: OpenStore = async () => {
  const clock = new ManualClock();
  const store = await openSqliteStore({ file: nextFile(), clock, workerUrl: worker.url });
  return { store, clock, close: () => store.close() };
};

describeStore(
  "SQLite in memory",
  inThread(() => ":memory:"),
);
describeStore("SQLite in a file", inThread(nextFile));
describeStore("SQLite in a worker", inWorker);
