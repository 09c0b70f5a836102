// Nodes are killed ten times each way: how long it takes until their work is done elsewhere, and that none of it is lost
// or done twice.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FaultyNodes, sessionTtlMs, startFaultyNodes } from "../support/faulty-nodes.ts";
import { loseMachine, loseProcess, loseWithHeirs, loseWithWardens } from "../support/node-losses.ts";
import type { Member } from "../support/real-cluster.ts";

const times = 10;

let scene: FaultyNodes;
beforeAll(async () => {
  scene = await startFaultyNodes({ schedulers: 2, store: "mariadb" });
}, 120_000);
afterAll(() => scene?.dispose());

type Way = (scene: FaultyNodes, node: Member) => Promise<{ movedMs: number; goneMs?: number }>;
const ways: Way[] = [loseWithWardens, loseMachine, loseWithWardens, loseWithHeirs];
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const nodeOf = (i: number) => scene.cluster.member(`n${1 + (i % 3)}`);

it(`its process, ${times} times: commands are gone within 3 s, unclaimed runs start elsewhere within 2 s`, async () => {
  const losses = [];
  for (let i = 0; i < times; i++) losses.push(await loseProcess(scene, nodeOf(i)));
  const words = JSON.stringify(losses);
  expect(Math.max(...losses.map(({ goneMs }) => goneMs)), words).toBeLessThan(3000);
  expect(median(losses.map(({ movedMs }) => movedMs)), words).toBeLessThan(2000);
  expect(Math.max(...losses.map(({ movedMs }) => movedMs)), words).toBeLessThan(sessionTtlMs + 10_000);
}, 900_000);

it(`its wardens too, its heirs, or its machine, ${times} times: commands are gone within 3 s while an heir is there, unclaimed runs start elsewhere within sessionTtl + 2 s in the median`, async () => {
  const moved: number[] = [];
  const gone: number[] = [];
  for (let i = 0; i < times; i++) {
    const lose = ways[i % ways.length] as Way;
    const loss = await lose(scene, nodeOf(i));
    moved.push(loss.movedMs);
    if (loss.goneMs !== undefined) gone.push(loss.goneMs);
  }
  expect(gone).toHaveLength(times / 2);
  expect(Math.max(...gone), gone.join(", ")).toBeLessThan(3000);
  expect(median(moved), moved.join(", ")).toBeLessThan(sessionTtlMs + 2000);
  expect(Math.max(...moved), moved.join(", ")).toBeLessThan(sessionTtlMs + 10_000);
}, 900_000);

it("a node that has come back gets its share of the jobs that keep to one node", async () => {
  await scene.cluster.eventually(
    "every node runs some of them",
    () => {
      const lately = scene.cluster.nodes
        .flatMap((node) => scene.startedOn(node, Date.now() - 10_000, Date.now()))
        .filter(({ job }) => /^(skip|turn|queue)/.test(job));
      return new Set(lately.map(({ node }) => node)).size === 3;
    },
    60_000,
  );
});

it("through all of it every tick is accounted for, and nothing ran twice", async () => {
  await scene.calm();
  const seen = await scene.finish();
  expect(seen.violations).toEqual([]);
  expect(seen.evidence.length, "enough starts to tell").toBeGreaterThan(1000);
}, 300_000);
