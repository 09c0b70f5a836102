// A node that is cut off from others, or stopped, for longer than it is trusted, and comes back: what it could not know
// meanwhile, and what it says afterwards. Each proves that it has bitten.
import { expect } from "vitest";
import type { Witnessed } from "./evidence.ts";
import { type FaultyNodes, pause, sessionTtlMs } from "./faulty-nodes.ts";
import type { ClusterRun, Member } from "./real-cluster.ts";
import type { ProxyMode } from "./tcp-proxy.ts";

type Links = { etcd?: ProxyMode; schedulers?: ProxyMode };

const whole: Links = { etcd: "pass", schedulers: "pass" };

const lostOf = (scene: FaultyNodes, node: Member) =>
  [...node.proxies.etcd, ...scene.cluster.schedulers.flatMap(({ proxies }) => proxies.self ?? [])].reduce(
    (sum, { lost }) => sum + lost,
    0,
  );

/**
 * Cut off from etcd alone until its lease is over, and some seconds longer: its session lives on. Where requests still get
 * through, what is due soon may be claimed without the node knowing, and waits for its return.
 */
export async function cutFromEtcd(scene: FaultyNodes, node: Member, how: ProxyMode): Promise<{ movedMs: number }> {
  const { cluster } = scene;
  const ids = await scene.begin(node, { once: 1, again: 1, nightly: 1 });
  const waiting = await scene.waitingOn(node);
  const log = node.logText().length;
  const before = lostOf(scene, node);
  const at = Date.now();
  await cluster.cut(node, { etcd: how });
  const certain = how === "swallow-replies" ? at + sessionTtlMs : at;
  let waits: number[];
  try {
    waits = await scene.moved(
      waiting.filter(({ dueAt }) => Date.parse(dueAt) > certain),
      node,
      at,
      20_000,
    );
    await cluster.eventually("its lease is lost", () => node.logged("lease is lost", log)[0]);
    expect((await node.readyz())?.components).toContainEqual({ name: "coordinator", ready: false });
    await pause(Math.max(0, at + sessionTtlMs + 4000 - Date.now()));
  } finally {
    await cluster.cut(node, whole);
  }
  const mended = Date.now();
  expect(waits.length, "runs waited there: else nothing was proven").toBeGreaterThan(0);
  // What isn't listened for can't be lost: that the lease is gone is the proof then.
  if (how !== "refuse") expect(lostOf(scene, node), "the link was cut").toBeGreaterThan(before);
  scene.fault(at - 1000, mended + 10_000);
  const startedThere = scene.startedOn(node, at + sessionTtlMs, mended);
  expect(startedThere, "what starts without a claim").toEqual([]);
  await node.ready();
  for (const run of await scene.over(Object.values(ids).flat()))
    expect(run, "what had begun went on").toMatchObject({ state: "succeeded", attempt: 1, lateReport: false });
  expect(
    scene.events.filter((each) => each.node === node.name && each.at >= at),
    "its session lives on",
  ).toEqual([]);
  await scene.startsAgain(node, mended);
  return { movedMs: Math.max(...waits) };
}

interface Absence {
  ids: Record<"once" | "again" | "nightly", string[]>;
  at: number;
}

/**
 * Kept from being heard by `part` until its session has ended and its runs were given up; then `mend`. Whatever it was, the
 * rest is the same.
 */
async function absent(scene: FaultyNodes, node: Member, part: () => Promise<void>, mend: () => Promise<void>) {
  const ids = await scene.begin(node, { once: 1, again: 1, nightly: 1 });
  const slowThere = scene.slow().find((each) => each.node === node.name && each.endedAt === null) ?? null;
  const at = Date.now();
  await part();
  let downAt = 0;
  try {
    await scene.heard(node, "down", at, 30_000);
    downAt = Date.now();
    for (const run of await scene.over([...ids.once, ...ids.nightly]))
      expect(run).toMatchObject({ state: "lost", attempt: 1, lateReport: false, reason: { code: "node_lost" } });
  } finally {
    // Whatever was found, the next fault begins with a whole cluster.
    await mend();
  }
  const mended = Date.now();
  scene.fault(at - 1000, mended + 15_000);
  await scene.heard(node, "up", at, 40_000);
  await node.ready();
  const absence: Absence = { ids, at };
  await judgeOnce(scene, node, absence);
  await judgeAgain(scene, node, absence);
  if (slowThere) await judgeSlow(scene, slowThere);
  // Once down, once up: it doesn't disturb what was moved, nor itself.
  const told = scene.events.filter((each) => each.node === node.name && each.at >= at).map(({ state }) => state);
  expect(told).toEqual(["down", "up"]);
  await scene.startsAgain(node, mended);
  return { downMs: downAt - at, slowThere: slowThere !== null };
}

/** What may not be run again never was, and its record says what became of it, late. */
async function judgeOnce(scene: FaultyNodes, node: Member, { ids }: Absence) {
  for (const id of [...ids.once, ...ids.nightly]) {
    const [start, ...others] = await scene.cluster.eventually(`run ${id} has ended there`, () => {
      const starts = scene.startsOf([id]);
      return starts.every(({ endedAt }) => endedAt !== null) ? starts : null;
    });
    expect(others, `${id} started once`).toEqual([]);
    expect(start?.node).toBe(node.name);
    if (start?.exitCode !== 0) continue; // Its warden has ended it for its node's silence: lost it stays.
    const corrected = await scene.cluster.eventually(`the late report corrects run ${id}`, async () => {
      const run = (await scene.cluster.getRun(id)) as ClusterRun & { lateReport: boolean };
      return run.lateReport ? run : null;
    });
    expect(corrected).toMatchObject({ state: "succeeded", attempt: 1, exitCode: 0 });
  }
}

/** What may be run again was, elsewhere, after the first copy had ended. */
async function judgeAgain(scene: FaultyNodes, node: Member, { ids }: Absence) {
  for (const run of await scene.over(ids.again)) {
    expect(run).toMatchObject({ state: "succeeded", attempt: 2, lateReport: false });
    const [first, second, ...others] = scene.startsOf([run.id]) as [Witnessed, Witnessed];
    expect(others).toEqual([]);
    expect([first.node, second.node === node.name]).toEqual([node.name, false]);
    expect(first.endedAt, "the first copy was ended, and said so").not.toBeNull();
    expect(second.startedAt, "and only then came the second").toBeGreaterThan(first.endedAt as number);
    expect(second.fence).toBeGreaterThan(first.fence);
  }
}

/** The next run of a job that may not overlap began elsewhere, after this one had ended. */
async function judgeSlow(scene: FaultyNodes, first: Witnessed) {
  const all = await scene.cluster.eventually("the slow job has gone on", () => {
    const later = scene.slow().filter(({ startedAt }) => startedAt >= first.startedAt);
    return later.length > 1 ? later : null;
  });
  const [ended, next] = all as [Witnessed, Witnessed];
  expect(ended.runId).toBe(first.runId);
  expect(next.startedAt, "never two at once").toBeGreaterThan(ended.endedAt ?? Number.POSITIVE_INFINITY);
}

/** Cut off from schedulers, or from them and etcd, for longer than it is trusted. */
export async function cutOff(scene: FaultyNodes, node: Member, links: Links) {
  const before = lostOf(scene, node);
  return absent(
    scene,
    node,
    () => scene.cluster.cut(node, links),
    async () => {
      await scene.cluster.cut(node, whole);
      expect(lostOf(scene, node), "what it sent was lost").toBeGreaterThan(before);
    },
  );
}

/** Cut off from one scheduler for longer than it would be trusted: the other one hears it, and nothing comes of it. Answers how many pieces were lost on the way. */
export async function cutFromOne(scene: FaultyNodes, node: Member, which: "leader" | "standby"): Promise<number> {
  const scheduler = await scene.cluster[which]();
  const proxy = scheduler.proxies.self;
  if (!proxy) throw new Error("there is no proxy in front of the scheduler");
  const ids = await scene.begin(node, { once: 1, again: 1 });
  const before = proxy.lost;
  const at = Date.now();
  await proxy.set("blackhole", node.name);
  try {
    await pause(15_000);
  } finally {
    await proxy.set("pass", node.name);
  }
  for (const run of await scene.over([...ids.once, ...ids.again]))
    expect(run, "what had begun went on").toMatchObject({ state: "succeeded", attempt: 1, lateReport: false });
  const told = scene.events.filter((each) => each.node === node.name && each.at >= at);
  expect(told, "its session lives on").toEqual([]);
  expect(scene.startedOn(node, at + 5000, at + 15_000).length, "it goes on getting its share").toBeGreaterThan(10);
  return proxy.lost - before;
}

/** SIGSTOP for longer than it is trusted, then SIGCONT. */
export async function stopNode(scene: FaultyNodes, node: Member, leastMs = 0) {
  let at = 0;
  return absent(
    scene,
    node,
    async () => {
      at = Date.now();
      await node.kill("SIGSTOP");
    },
    async () => {
      await pause(Math.max(0, at + leastMs - Date.now()));
      expect(scene.startedOn(node, at + 200, Date.now()), "a stopped node starts nothing").toEqual([]);
      await node.kill("SIGCONT");
    },
  );
}

/** Its links come and go. Answers how many hand-outs of runs it took meanwhile, beyond one for each. */
export async function flap(scene: FaultyNodes, node: Member, how: { times: number; offMs: number; onMs: number }) {
  const at = Date.now();
  for (let i = 0; i < how.times; i++) {
    await scene.cluster.cut(node, { etcd: "refuse", schedulers: "refuse" });
    await pause(how.offMs);
    await scene.cluster.cut(node, whole);
    await pause(how.onMs);
  }
  scene.fault(at - 1000, Date.now() + 10_000);
  await node.ready();
  await scene.startsAgain(node, Date.now());
  const told = scene.events.filter((each) => each.node === node.name && each.at >= at).map(({ state }) => state);
  return { at, told, handOuts: await scene.handOuts(at) };
}
