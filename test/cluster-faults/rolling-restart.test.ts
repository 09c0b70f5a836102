// Every process of a cluster at work is restarted, one after the other, twice: nothing is lost and nothing runs twice.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BusyCluster, expectNoneLostOrDoubled, startBusyCluster } from "../support/busy-cluster.ts";

let busy: BusyCluster;
beforeAll(async () => {
  busy = await startBusyCluster();
  await busy.rest(10_000);
}, 120_000);
afterAll(() => busy?.dispose());

it("each tick runs once; what a stopping node had claimed is handed over and waits for that alone", async () => {
  for (let round = 0; round < 2; round++) await busy.rollingRestart();
  const seen = await busy.finish();
  expectNoneLostOrDoubled(seen);
  // A node gives back half a second before the start what it has claimed, and the next one has yet to be chosen.
  busy.expectOnTime(seen, 3000);
  expect(seen.evidence.length, "enough starts to tell").toBeGreaterThan(200);
});
