// Ways to lose a node, from the mildest on: its process, its wardens with it, who waits for that, its machine with all that ran there.
// Each proves that it has bitten, and follows what becomes of the node's work until it is back.
import { expect } from "vitest";
import type { FaultyNodes } from "./faulty-nodes.ts";
import { killAll, killWithWardens, processesOf } from "./node-process.ts";
import type { Member } from "./real-cluster.ts";

export interface Loss {
  /** How many runs waited there, unclaimed. */
  waited: number;
  /** How long the last of them had to wait for its start elsewhere; from the loss, or from when it was due. */
  movedMs: number;
  /** When the last run that had begun there was given up. */
  settledMs: number;
}

const wanted = { once: 2, again: 1 };

async function lose(scene: FaultyNodes, node: Member, kill: (runIds: string[]) => Promise<void>) {
  const ids = await scene.begin(node, wanted);
  const begun = [...ids.once, ...ids.again];
  const waiting = await scene.waitingOn(node);
  const at = Date.now();
  await kill(begun);
  expect(node.isUp(), `${node.name} is gone`).toBe(false);
  scene.fault(at - 1000, at + 15_000);
  return { ids, begun, waiting, at };
}

/** `fail` is lost, `rerun` once more, and both say when. */
async function settle(scene: FaultyNodes, node: Member, lost: Awaited<ReturnType<typeof lose>>): Promise<number> {
  const { ids, at } = lost;
  const { at: downAt } = await scene.heard(node, "down", at);
  for (const run of await scene.over(ids.once)) {
    expect(run).toMatchObject({ state: "lost", attempt: 1, reason: { code: "node_lost" } });
    expect(run.reason?.message).toBeTruthy();
  }
  for (const run of await scene.over(ids.again)) expect(run).toMatchObject({ state: "succeeded", attempt: 2 });
  return downAt - at;
}

async function back(scene: FaultyNodes, node: Member) {
  const at = Date.now();
  await node.start();
  await node.ready();
  await scene.heard(node, "up", at);
}

const worst = (waits: number[]) => {
  expect(waits.length, "runs waited there: else nothing was proven").toBeGreaterThan(0);
  return Math.max(...waits);
};

/** Resolves with how long after the loss nothing that it had started was left. */
async function gone(scene: FaultyNodes, node: Member, lost: Awaited<ReturnType<typeof lose>>): Promise<number> {
  const starts = scene.startsOf(lost.begun).filter((each) => each.node === node.name);
  const first = new Set(starts.map(({ pid }) => pid));
  await scene.cluster.eventually("its commands are gone", () => !processesOf(lost.begun).some((pid) => first.has(pid)));
  return Date.now() - lost.at;
}

/** kill -9 of its process: its warden lives. */
export async function loseProcess(scene: FaultyNodes, node: Member): Promise<Loss & { goneMs: number }> {
  const lost = await lose(scene, node, () => node.kill("SIGKILL"));
  const goneMs = await gone(scene, node, lost);
  const waits = await scene.moved(lost.waiting, node, lost.at, 20_000);
  const settledMs = await settle(scene, node, lost);
  await back(scene, node);
  return { waited: waits.length, movedMs: worst(waits), settledMs, goneMs };
}

/** kill -9 of its process and its wardens at one moment: who waits for that ends its commands. Nobody starts it again. */
export async function loseWithWardens(scene: FaultyNodes, node: Member): Promise<Loss & { goneMs: number }> {
  const lost = await lose(scene, node, () => killWithWardens(node));
  const goneMs = await gone(scene, node, lost);
  const waits = await scene.moved(lost.waiting, node, lost.at, 20_000);
  const settledMs = await settle(scene, node, lost);
  await back(scene, node);
  return { waited: waits.length, movedMs: worst(waits), settledMs, goneMs };
}

/** The same, and nobody is left to end its commands; it is started again before its trust ends. */
export async function loseWithHeirs(scene: FaultyNodes, node: Member): Promise<Omit<Loss, "settledMs">> {
  const lost = await lose(scene, node, () => killWithWardens(node, { heirs: true }));
  expect(processesOf(lost.begun).length, "its commands have survived: nobody ended them").toBeGreaterThan(0);
  const survivors = new Set(processesOf(lost.begun));
  const waits = await scene.moved(lost.waiting, node, lost.at, 20_000);
  await back(scene, node);
  await scene.heard(node, "down", lost.at);
  expect(
    processesOf(lost.begun).filter((pid) => survivors.has(pid)),
    "ended before it took work",
  ).toEqual([]);
  for (const run of await scene.over(lost.ids.once)) expect(run).toMatchObject({ state: "lost", attempt: 1 });
  for (const run of await scene.over(lost.ids.again)) expect(run).toMatchObject({ state: "succeeded", attempt: 2 });
  return { waited: waits.length, movedMs: worst(waits) };
}

/** All its processes go, and what they ran. */
export async function loseMachine(scene: FaultyNodes, node: Member): Promise<Loss> {
  const lost = await lose(scene, node, async (begun) => {
    await killWithWardens(node, { heirs: true });
    await killAll(processesOf([...begun, ...scene.openOn(node)]));
  });
  const waits = await scene.moved(lost.waiting, node, lost.at, 20_000);
  const settledMs = await settle(scene, node, lost);
  await back(scene, node);
  return { waited: waits.length, movedMs: worst(waits), settledMs };
}
