// A node that is cut off from etcd, from the schedulers or from both, or stopped, for longer than it is trusted, and comes
// back. `npm run test:faults` has more of it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FaultyNodes, sessionTtlMs, startFaultyNodes } from "../support/faulty-nodes.ts";
import { cutFromEtcd, cutOff, stopNode } from "../support/node-cuts.ts";

let scene: FaultyNodes;
beforeAll(async () => {
  scene = await startFaultyNodes({ proxies: ["etcd", "schedulers"], longS: 14 });
}, 120_000);
afterAll(() => scene?.dispose());

it("cut off from etcd alone, it goes on with what runs and starts nothing new; what waited starts elsewhere", async () => {
  const { movedMs } = await cutFromEtcd(scene, scene.cluster.member("n1"), "refuse");
  expect(movedMs).toBeLessThan(sessionTtlMs + 10_000);
});

it("cut off from everybody, it is given up, ends in time what may run elsewhere, and tells late how the rest went", async () => {
  const { slowThere } = await cutOff(scene, await scene.slowNode(), { etcd: "blackhole", schedulers: "blackhole" });
  expect(slowThere, "a job that may not overlap was cut off in the middle").toBe(true);
});

it("stopped and let go on, it does the same", async () => {
  await stopNode(scene, scene.cluster.member("n3"));
});

it("through all of it every tick is accounted for, and nothing ran twice", async () => {
  const seen = await scene.finish();
  expect(seen.violations).toEqual([]);
  expect(seen.evidence.length, "enough starts to tell").toBeGreaterThan(200);
});
