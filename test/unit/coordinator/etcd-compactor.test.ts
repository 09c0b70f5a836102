// What the leader forgets of etcd's history, and what it must leave.
import { expect, test } from "vitest";
import type { EtcdClient } from "../../../src/coordinator/etcd/client.ts";
import { compactHistory } from "../../../src/coordinator/etcd/compactor.ts";
import { silentLog } from "../../../src/lib/log.ts";
import { ManualClock } from "../../support/manual-clock.ts";

test("compacts up to where history was an interval ago, goes on after a failure, and stops with leadership", async () => {
  const clock = new ManualClock();
  const leadership = new AbortController();
  const compacted: number[] = [];
  const client = {
    revision: 100,
    async compact(revision: number) {
      compacted.push(revision);
      if (compacted.length === 2) throw new Error("etcd is away");
    },
  };
  const deps = { client: client as unknown as EtcdClient, clock, log: silentLog };
  const done = compactHistory(deps, 1000, leadership.signal);
  for (const revision of [200, 300, 400, 400, 400]) {
    await clock.advance(500);
    client.revision = revision;
    await clock.advance(500);
  }
  // Nothing in the first interval; nothing for an interval without a change.
  expect(compacted).toEqual([100, 200, 300]);
  leadership.abort();
  await done;
  await clock.advance(5000);
  expect(compacted).toHaveLength(3);
});
