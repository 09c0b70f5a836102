// The contract of the store, on MariaDB.
import { afterAll, beforeAll } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { seededRandom } from "../../../src/random.ts";
import { openMysqlStore } from "../../../src/store/mysql/open-mysql.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { startMariadb } from "../../support/mariadb.ts";
import { describeStore } from "./suite.ts";

let server: Awaited<ReturnType<typeof startMariadb>>;
let url: string;

beforeAll(async () => {
  server = await startMariadb();
  url = await server.createDatabase("contract");
});
afterAll(() => server?.remove());

describeStore("MariaDB", async () => {
  const clock = new ManualClock();
  const options = { url, clock: systemClock, storeClock: clock, random: seededRandom(1) };
  const store = await openMysqlStore(options);
  await server.empty("contract");
  return { store, clock, close: () => store.close() };
});
