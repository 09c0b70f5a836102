// A cluster of real processes in calm: two schedulers, three nodes, etcd and PostgreSQL.
import { afterAll, beforeAll, expect, it } from "vitest";
import { observe } from "../support/cluster-history.ts";
import { witness } from "../support/evidence.ts";
import { type Cluster, startCluster } from "../support/real-cluster.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 120_000);
afterAll(() => cluster?.dispose());

it("runs every tick once", async () => {
  const file = cluster.file("evidence");
  await cluster.jobs.apply([
    { name: "each-second", schedule: "* * * * * *", overlap: "allow", cmd: witness(file) },
    { name: "each-two", schedule: "*/2 * * * * *", cmd: witness(file, "sleep 0.3") },
  ]);
  const from = Date.now() + 1000;
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const seen = await observe(cluster, { file, from, through: Date.now() - 1000 });
  expect(seen.violations).toEqual([]);
  expect(seen.evidence.length).toBeGreaterThan(10);
  expect(new Set(seen.evidence.map(({ node }) => node)).size, "several nodes share the work").toBeGreaterThan(1);
});
