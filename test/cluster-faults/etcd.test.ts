// The etcd of a cluster at work: members and their leader killed, all of it away for five and for forty seconds, compacted
// while a node is cut off, wiped. Nothing that runs is killed, nothing is lost, nothing runs twice, all of it recovers.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BusyCluster, expectEachRanOnce, type Fault, pause, startBusyCluster } from "../support/busy-cluster.ts";
import { createEtcdOutages, memberLostMs } from "../support/etcd-outages.ts";
import { expectCaughtUp, expectRecovered, startLongRuns } from "../support/outages.ts";
import type { Member } from "../support/real-cluster.ts";

type Long = Awaited<ReturnType<typeof startLongRuns>>[];

function scene(options: Parameters<typeof startBusyCluster>[0] = {}) {
  let busy: BusyCluster;
  let etcd: ReturnType<typeof createEtcdOutages>;
  let long: Long;
  beforeAll(async () => {
    busy = await startBusyCluster({ etcdMembers: 3, ...options });
    etcd = createEtcdOutages(busy);
    long = [await startLongRuns(busy, "fail"), await startLongRuns(busy, "rerun")];
    await busy.rest(8000);
  }, 120_000);
  afterAll(() => busy?.dispose());
  return {
    busy: () => busy,
    etcd: () => etcd,
    async comeThrough() {
      for (const each of long) await each.comeThrough();
    },
  };
}

describe("members, one at a time", () => {
  const { busy, etcd, comeThrough } = scene();

  it("followers and leaders are killed in turn: a few starts are late at most", async () => {
    for (const which of ["follower", "leader", "follower", "leader", "leader"] as const) {
      await etcd().killMember(which, 4000);
      await pause(4000);
    }
    await comeThrough();
    const seen = await busy().finish();
    expectEachRanOnce(seen);
    busy().expectOnTime(seen, memberLostMs);
  });
});

describe("all of it", () => {
  const { busy, etcd, comeThrough } = scene();

  it("is away for 5 s, for 40 s, and for 5 s again", async () => {
    const outages: Fault[] = [];
    for (const forMs of [5000, 40_000, 5000]) {
      outages.push(await etcd().down(forMs));
      await pause(10_000);
    }
    await comeThrough();
    await pause(35_000);
    const seen = await busy().finish();
    expectCaughtUp(seen, outages);
    expectRecovered(seen, outages, busy());
  });

  it("is wiped twice, the second time as soon as a run has gone through", async () => {
    const outages = [await etcd().wiped()];
    outages.push(await etcd().wiped());
    await pause(35_000);
    const seen = await busy().finish();
    expectCaughtUp(seen, busy().faults);
    expectRecovered(seen, outages, busy());
  });
});

describe("its history", () => {
  const { busy, etcd, comeThrough } = scene({ proxies: ["etcd"] });

  it("is compacted while a node is cut off from it: the node is told again what stands", async () => {
    const [, second, third] = busy().cluster.nodes as [Member, Member, Member];
    const outages = [await etcd().compactedWhileCutOff(second, 8000), await etcd().compactedWhileCutOff(third, 3000)];
    const back = Date.now();
    await comeThrough();
    await pause(35_000);
    const seen = await busy().finish();
    expectCaughtUp(seen, outages);
    expectRecovered(seen, outages, busy());
    for (const { name } of [second, third]) {
      const later = seen.evidence.filter((each) => each.node === name && each.startedAt > back);
      expect(later.length, `${name} runs jobs again`).toBeGreaterThan(10);
    }
  });
});
