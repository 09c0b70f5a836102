// The contract of the store, on PostgreSQL.
import { afterAll, beforeAll } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { seededRandom } from "../../../src/random.ts";
import { openPostgresStore } from "../../../src/store/postgres/open-postgres.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { startPostgres } from "../../support/postgres.ts";
import { describeStore } from "./suite.ts";

let server: Awaited<ReturnType<typeof startPostgres>>;
let url: string;

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase("contract");
});
afterAll(() => server?.remove());

describeStore("PostgreSQL", async () => {
  const clock = new ManualClock();
  const options = { url, clock: systemClock, storeClock: clock, random: seededRandom(1) };
  const store = await openPostgresStore(options);
  await server.empty("contract");
  return { store, clock, close: () => store.close() };
});
