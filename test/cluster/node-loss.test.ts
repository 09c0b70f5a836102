// Processes of a node are killed: its commands are gone, what had not begun starts elsewhere, what had begun is settled as
// its job says, once. `npm run test:faults` does the same more often, and measures it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultyNodes, pause, sessionTtlMs, startFaultyNodes } from "../support/faulty-nodes.ts";
import { loseMachine, loseProcess, loseWithHeirs, loseWithWardens } from "../support/node-losses.ts";
import { killAll, processesOf, wardensOf } from "../support/node-process.ts";

let scene: FaultyNodes;
beforeAll(async () => {
  scene = await startFaultyNodes();
}, 120_000);
afterAll(() => scene?.dispose());

it("its process alone: its warden ends the commands and says so, and all of it is settled at once", async () => {
  const loss = await loseProcess(scene, scene.cluster.member("n1"));
  expect(loss.goneMs, "its commands are gone").toBeLessThan(3000);
  // Its warden says so once they are gone: how long that takes is the machine's doing.
  expect(loss.movedMs, `${loss.waited} runs that waited there start elsewhere`).toBeLessThan(loss.goneMs + 2000);
  expect(loss.settledMs, "before its trust runs out").toBeLessThan(7000);
});

it("its process and its wardens: its commands are ended all the same, what waited moves when the lease ends", async () => {
  const loss = await loseWithWardens(scene, scene.cluster.member("n2"));
  expect(loss.goneMs, "its commands are gone").toBeLessThan(3000);
  expect(loss.movedMs, `${loss.waited} runs that waited there start elsewhere`).toBeLessThan(sessionTtlMs + 10_000);
});

it("and whoever would end its commands: it comes back, ends what it left, and says so", async () => {
  const loss = await loseWithHeirs(scene, scene.cluster.member("n2"));
  expect(loss.movedMs, `${loss.waited} runs that waited there start elsewhere`).toBeLessThan(sessionTtlMs + 10_000);
});

it("its whole machine: what had begun is settled when its trust ends", async () => {
  const loss = await loseMachine(scene, scene.cluster.member("n3"));
  expect(loss.movedMs, `${loss.waited} runs that waited there start elsewhere`).toBeLessThan(sessionTtlMs + 10_000);
  expect(loss.settledMs, "not before its trust is over").toBeGreaterThan(7000);
});

describe("a warden alone", () => {
  it("is replaced, and what it had in hand is settled as if its node were lost", async () => {
    const node = scene.cluster.member("n1");
    const ids = await scene.begin(node, { once: 1, again: 1 });
    const [once, again] = [ids.once[0] as string, ids.again[0] as string];
    const wardens = wardensOf(node);
    const log = node.logText().length;
    const at = Date.now();
    scene.fault(at - 1000, at + 5000);
    await killAll(wardens);
    await scene.cluster.eventually("its commands are gone", () => {
      const first = scene.startsOf([once, again]).filter(({ attempt }) => attempt === 1);
      return first.length === 2 && first.every(({ pid }) => !processesOf([once, again]).includes(pid));
    });
    const [lost, rerun] = await scene.over([once, again]);
    expect(lost).toMatchObject({ state: "lost", attempt: 1, reason: { code: "node_lost" } });
    expect(lost?.reason?.message).toMatch(/warden/);
    expect(rerun).toMatchObject({ state: "succeeded", attempt: 2 });
    expect(node.isUp(), "its node goes on").toBe(true);
    expect(node.logged("a warden is replaced", log)).toHaveLength(wardens.length);
    const id = await scene.cluster.jobs.trigger("tick-0", { node: "n1" });
    expect(await scene.cluster.over(id)).toMatchObject({ state: "succeeded", node: { name: "n1" } });
  });
});

it("through all of it every tick is accounted for, and nothing ran twice", async () => {
  await pause(3000);
  const seen = await scene.finish();
  expect(seen.violations).toEqual([]);
  expect(seen.evidence.length, "enough starts to tell").toBeGreaterThan(200);
});
