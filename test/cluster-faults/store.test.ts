// The database of a cluster at work, down, silent or locked, for ten and for forty seconds: schedulers say so and wait
// without haste, commands go on, and all that happened meanwhile is recorded afterwards.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BusyCluster, type Fault, pause, startBusyCluster } from "../support/busy-cluster.ts";
import { expectCaughtUp, expectRecovered, startLongRuns } from "../support/outages.ts";
import { createStoreOutages, type StoreTrouble } from "../support/store-outages.ts";

describe.each<[store: "postgres" | "mariadb", outages: [StoreTrouble, number][]]>([
  [
    "postgres",
    [
      ["down", 10_000],
      ["locked", 10_000],
      ["silent", 10_000],
      ["down", 40_000],
      ["locked", 40_000],
    ],
  ],
  [
    "mariadb",
    [
      ["down", 10_000],
      ["locked", 10_000],
      ["down", 40_000],
      ["locked", 40_000],
    ],
  ],
])("%s", (kind, troubles) => {
  let busy: BusyCluster;
  let store: ReturnType<typeof createStoreOutages>;
  let long: Awaited<ReturnType<typeof startLongRuns>>;
  const outages: Fault[] = [];
  beforeAll(async () => {
    busy = await startBusyCluster({ store: kind, proxies: ["store"], config: { "scheduler.nodeGrace": "30s" } });
    store = createStoreOutages(busy);
    long = await startLongRuns(busy, "fail");
    await busy.rest(5000);
  }, 120_000);
  afterAll(() => busy?.dispose());

  it.each(troubles)("%s for %d ms: it is said, and nobody tries in haste", async (trouble, forMs) => {
    const away = await store.away(trouble, forMs, async () => {
      await store.expectItIsSaid();
      const { shares, tries } = await store.costs(3000);
      expect(tries, "connections tried a second by two schedulers").toBeLessThan(20);
      for (const [name, share] of Object.entries(shares)) expect(share, `${name}, of a core`).toBeLessThan(0.5);
    });
    outages.push(away);
    await pause(8000);
  });

  it("what ran runs on, what was done is recorded, and starts are on time again", async () => {
    await long.comeThrough();
    await pause(35_000);
    const seen = await busy.finish();
    expectCaughtUp(seen, outages);
    expectRecovered(seen, outages, busy);
  });
});
