// Every process of a cluster at work is restarted, and those of its etcd and its database, one after the other, twice: nothing is lost and nothing runs twice.
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type BusyCluster,
  expectNoneLostOrDoubled,
  type Fault,
  pause,
  startBusyCluster,
} from "../support/busy-cluster.ts";

let busy: BusyCluster;
beforeAll(async () => {
  busy = await startBusyCluster({ store: "mariadb", etcdMembers: 3 });
  await busy.rest(10_000);
}, 120_000);
afterAll(() => busy?.dispose());

it("each tick runs once; what a stopping node had claimed is handed over and waits for that alone", async () => {
  const ours: Fault[] = [];
  for (let round = 0; round < 2; round++) {
    await busy.rollingRestart();
    ours.push(...busy.faults.slice(-busy.cluster.members.length));
    await pause(8000);
    await busy.rollingRestartBelow();
  }
  const seen = await busy.finish();
  expectNoneLostOrDoubled(seen);
  // A node gives back half a second before the start what it has claimed, and the next one has yet to be chosen.
  busy.expectOnTime(seen, 3000, ours);
  expect(seen.evidence.length, "enough starts to tell").toBeGreaterThan(200);
});
