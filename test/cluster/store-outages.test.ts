// A cluster at work whose database is gone for eight seconds: schedulers say so and wait without haste, what was handed
// out runs, and its outcomes arrive afterwards. `npm run test:faults` does more, for longer.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BusyCluster, type Fault, startBusyCluster } from "../support/busy-cluster.ts";
import { expectCaughtUp, startLongRuns } from "../support/outages.ts";
import { createStoreOutages } from "../support/store-outages.ts";

let busy: BusyCluster;
let store: ReturnType<typeof createStoreOutages>;
let long: Awaited<ReturnType<typeof startLongRuns>>[];
beforeAll(async () => {
  // Longer than what may be re-run is let go on without a beat.
  busy = await startBusyCluster({ proxies: ["store"], config: { "scheduler.nodeGrace": "30s" } });
  store = createStoreOutages(busy);
  long = [await startLongRuns(busy, "fail"), await startLongRuns(busy, "rerun")];
  await busy.rest(4000);
}, 120_000);
afterAll(() => busy?.dispose());

let away: Fault;
it("schedulers say that it is the store, and don't try in haste", async () => {
  away = await store.away("down", 8000, async () => {
    await store.expectItIsSaid();
    const { shares, tries } = await store.costs(3000);
    expect(tries, "connections tried a second by two schedulers").toBeLessThan(20);
    for (const [name, share] of Object.entries(shares)) expect(share, `${name}, of a core`).toBeLessThan(0.5);
  });
});

it("what ran before runs on, and ends as it should", async () => {
  for (const each of long) await each.comeThrough();
});

it("every tick had one run, which ran once, and its outcome is recorded", async () => {
  expectCaughtUp(await busy.finish(), [away]);
});
