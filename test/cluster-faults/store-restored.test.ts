// The database of a cluster at work goes back to a backup: what happened since is forgotten, its ticks are made up for, and
// nothing is stuck, although nodes and etcd knew better.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BusyCluster, pause, startBusyCluster } from "../support/busy-cluster.ts";
import { expectRecovered, startLongRuns } from "../support/outages.ts";
import { createStoreRestores, expectMadeUpFor, forgottenBy } from "../support/store-restores.ts";

describe.each([
  { how: "everything stopped and etcd emptied, as the guide says", asTheGuideSays: true },
  { how: "nodes and etcd left as they were, and nodes restarted afterwards", asTheGuideSays: false },
])("restored from a backup: $how", ({ asTheGuideSays }) => {
  let busy: BusyCluster;
  let once: Awaited<ReturnType<typeof startLongRuns>>;
  let again: Awaited<ReturnType<typeof startLongRuns>>;
  beforeAll(async () => {
    busy = await startBusyCluster();
    once = await startLongRuns(busy, "fail");
    again = await startLongRuns(busy, "rerun");
    await busy.rest(5000);
  }, 120_000);
  afterAll(() => busy?.dispose());

  it("goes on, makes up for what it forgot, and settles what was going on as if its node had been lost", async () => {
    const restore = await createStoreRestores(busy).restored({ asTheGuideSays });
    // Nobody is there to tell, or a node that was asked to stop is.
    const state = asTheGuideSays ? "lost" : "failed";
    for (const run of await once.over()) expect(run).toMatchObject({ state, attempt: 1 });
    // Where nodes are restarted one by one it may have begun on one whose turn was yet to come.
    for (const run of await again.over()) {
      expect(run.state).toBe("succeeded");
      expect(run.attempt).toBeGreaterThan(1);
    }
    await pause(35_000);
    const seen = await busy.finish({
      isForgotten: forgottenBy(restore, busy.file),
      // What had been handed out by then may have begun a horizon later.
      forgotten: { from: restore.backedUpAt - 1000, to: restore.backAt + 8000 },
    });
    expectMadeUpFor(seen, restore);
    expectRecovered(seen, [restore], busy);
    const later = seen.evidence.filter(({ startedAt }) => startedAt > restore.to);
    expect(new Set(later.map(({ node }) => node)).size, "every node has its share again").toBe(3);
  });
});
