// The leader of a cluster at work is killed, asked to stop, and stopped for longer than its lease: no tick is lost, none
// runs twice, and none is late for it. `npm run test:faults` does the same for longer.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BusyCluster, expectEachRanOnce, startBusyCluster } from "../support/busy-cluster.ts";
import type { Observed } from "../support/cluster-history.ts";

let busy: BusyCluster;
beforeAll(async () => {
  busy = await startBusyCluster({ proxies: ["store"] });
  await busy.rest(6000);
}, 120_000);
afterAll(() => busy?.dispose());

it("killed twice, it is followed by the other one", async () => {
  for (let i = 0; i < 2; i++) await busy.back((await busy.endLeader("SIGKILL")).member);
});

it("asked to stop, it hands over at once", async () => {
  const { member, tookOverMs } = await busy.endLeader("SIGTERM");
  expect(tookOverMs, "before its lease could end").toBeLessThan(1900);
  await busy.back(member);
});

it("stopped in the middle of its writes for two leases, it is refused what it goes on to write", async () => {
  const { refused } = await busy.stopLeader(4000);
  expect(refused, "writes under the old term").toBeGreaterThan(0);
});

let seen: Observed;
it("every tick had one run, which ran once", async () => {
  seen = await busy.finish();
  expectEachRanOnce(seen);
});

it("no start was late for it", () => busy.expectOnTime(seen));
