// A node is cut off in every way there is: from etcd, from the schedulers, from both; at once, silently, in one direction;
// on a link that comes and goes, on one that is slow; and stopped for longer than its own warden believes in it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultyNodes, pause, sessionTtlMs, startFaultyNodes } from "../support/faulty-nodes.ts";
import { cutFromEtcd, cutFromOne, cutOff, flap, stopNode } from "../support/node-cuts.ts";
import type { ProxyMode } from "../support/tcp-proxy.ts";

let scene: FaultyNodes;
beforeAll(async () => {
  scene = await startFaultyNodes({ schedulers: 2, proxies: ["etcd", "schedulers"], longS: 22 });
}, 120_000);
afterAll(() => scene?.dispose());

const node = (i: number) => scene.cluster.member(`n${1 + (i % 3)}`);
const ways: ProxyMode[] = ["refuse", "blackhole", "swallow-requests", "swallow-replies"];

describe("a node that is cut off", () => {
  it.each(ways)("from etcd alone goes on with what runs, and starts nothing new: %s", async (how) => {
    const { movedMs } = await cutFromEtcd(scene, node(ways.indexOf(how)), how);
    expect(movedMs).toBeLessThan(sessionTtlMs + 10_000);
  });

  it.each(ways)("from schedulers alone is given up, and tells late what became of it: %s", async (how) => {
    await cutOff(scene, await scene.slowNode(), { schedulers: how });
  });

  it.each(ways)("from everybody is given up, and tells late what became of it: %s", async (how) => {
    await cutOff(scene, await scene.slowNode(), { etcd: how, schedulers: how });
  });

  it("from one of two schedulers goes on as if nothing were", async () => {
    const lost = [await cutFromOne(scene, node(1), "leader"), await cutFromOne(scene, node(1), "standby")];
    expect(Math.max(...lost), "the one that it speaks to was among them").toBeGreaterThan(0);
  });

  it("by being stopped, for less and for more than its warden believes in it", async () => {
    await stopNode(scene, node(0));
    await stopNode(scene, await scene.slowNode(), 16_000);
  });
});

describe("a link", () => {
  it("that comes and goes costs a few hand-outs, and no session", async () => {
    const { told, handOuts } = await flap(scene, node(1), { times: 20, offMs: 700, onMs: 800 });
    expect(told).toEqual([]);
    expect(handOuts.most).toBeLessThan(8);
    expect(handOuts.all).toBeLessThan(2 * handOuts.runs);
  });

  it("that is away for longer than the lease each time carries work away, once each time", async () => {
    const times = 6;
    const { told, handOuts } = await flap(scene, node(2), { times, offMs: 3500, onMs: 3000 });
    expect(told.length, told.join(" ")).toBeLessThan(4);
    expect(handOuts.most).toBeLessThanOrEqual(1 + times);
    expect(handOuts.all).toBeLessThan(2 * handOuts.runs);
  });

  it("that is slow makes nothing late by more than its delay a few times over", async () => {
    const slow = node(0);
    const links = [...slow.proxies.etcd, ...scene.cluster.schedulers.flatMap(({ proxies }) => proxies.self ?? [])];
    for (const link of links) link.delayMs = 150;
    const from = Date.now();
    await pause(15_000);
    for (const link of links) link.delayMs = 0;
    const to = Date.now();
    const there = scene.startedOn(slow, from + 2000, to);
    expect(there.length, "it goes on getting its share").toBeGreaterThan(20);
    const late = there.filter(
      ({ job, startedAt, scheduledFor }) => /^tick/.test(job) && startedAt - scheduledFor > 2000,
    );
    expect(late).toEqual([]);
  });
});

afterEach(() => pause(5000));

it("through all of it every tick is accounted for, and nothing ran twice", async () => {
  await scene.calm();
  const seen = await scene.finish();
  expect(seen.violations).toEqual([]);
  expect(seen.evidence.length, "enough starts to tell").toBeGreaterThan(1000);
}, 300_000);
