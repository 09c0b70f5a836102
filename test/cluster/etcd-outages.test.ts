// A cluster at work whose etcd loses its leader, is away for five seconds, and loses all it had: nothing that runs is
// killed, no tick is lost, none runs twice, and all of it recovers by itself. `npm run test:faults` does more, for longer.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BusyCluster, type Fault, pause, startBusyCluster } from "../support/busy-cluster.ts";
import { createEtcdOutages, memberLostMs } from "../support/etcd-outages.ts";
import { expectCaughtUp, startLongRuns } from "../support/outages.ts";

let busy: BusyCluster;
let etcd: ReturnType<typeof createEtcdOutages>;
let long: Awaited<ReturnType<typeof startLongRuns>>[];
beforeAll(async () => {
  busy = await startBusyCluster({ etcdMembers: 3 });
  etcd = createEtcdOutages(busy);
  long = [await startLongRuns(busy, "fail"), await startLongRuns(busy, "rerun")];
  await busy.rest(4000);
}, 120_000);
afterAll(() => busy?.dispose());

let harmless: Fault;
let outages: Fault[];
it("its leader is killed", async () => {
  harmless = await etcd.killMember("leader", 2000);
  await pause(3000);
});

it("all of it is away for five seconds: reads are answered, changes are refused in words", async () => {
  const { cluster } = busy;
  const refused = async () => {
    await cluster.eventually("nobody leads", async () => (await cluster.schedulers[0]?.readyz())?.ready === false);
    for (const via of cluster.schedulers) {
      expect(await cluster.api("GET", "/jobs?limit=1", undefined, { via })).toMatchObject({ items: [{}] });
      const { components } = (await via.readyz()) ?? { components: [] };
      expect(components).toContainEqual({ name: "store", ready: true });
      expect(components).toContainEqual({ name: "coordinator", ready: false });
    }
    const via = cluster.schedulers[0];
    const change = cluster.jobs.trigger("by-hand", { ...(via && { via }) });
    await expect(change).rejects.toMatchObject({ status: 503 });
  };
  outages = [await etcd.down(5000, refused)];
});

it("it loses all it had", async () => {
  outages.push(await etcd.wiped());
});

it("what ran before all that runs on, and ends as it should", async () => {
  for (const each of long) await each.comeThrough();
});

it("every tick had one run, which ran once; a lost leader of etcd's made none late by much", async () => {
  const seen = await busy.finish();
  expectCaughtUp(seen, outages);
  busy.expectOnTime(seen, memberLostMs, [harmless]);
});
