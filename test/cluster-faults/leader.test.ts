// The leader of a cluster at work, killed ten times, asked to stop ten times, and stopped five times: nothing is lost, doubled or late.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BusyCluster, expectEachRanOnce, pause, startBusyCluster } from "../support/busy-cluster.ts";

describe.each(["postgres", "mariadb"] as const)("ended at random moments, over %s", (store) => {
  let busy: BusyCluster;
  beforeAll(async () => {
    busy = await startBusyCluster({ store });
    await busy.rest(20_000);
  }, 120_000);
  afterAll(() => busy?.dispose());

  it("ten times by SIGKILL, ten times by SIGTERM", async () => {
    for (let i = 0; i < 20; i++) {
      const signal = i % 2 === 1 ? "SIGTERM" : "SIGKILL";
      const { member, tookOverMs } = await busy.endLeader(signal);
      if (signal === "SIGTERM") expect(tookOverMs, "handed over at once").toBeLessThan(1900);
      await busy.back(member);
    }
    const seen = await busy.finish();
    expectEachRanOnce(seen);
    busy.expectOnTime(seen);
    expect(seen.evidence.length, "enough starts to tell").toBeGreaterThan(400);
  });
});

describe("stopped, and let go on", () => {
  let busy: BusyCluster;
  beforeAll(async () => {
    busy = await startBusyCluster({ proxies: ["store"] });
    await busy.rest(10_000);
  }, 120_000);
  afterAll(() => busy?.dispose());

  it("for two leases while it writes, three times, and twice for longer than its database waits for it", async () => {
    let refused = 0;
    for (const forMs of [4000, 4000, 4000, 12_000, 12_000]) {
      refused += (await busy.stopLeader(forMs)).refused;
      // One horizon outlasts one leader, not two in a row.
      await pause(10_000);
    }
    expect(refused, "writes under an old term").toBeGreaterThan(0);
    const seen = await busy.finish();
    expectEachRanOnce(seen);
    busy.expectOnTime(seen);
  });
});
