// A node whose slots are taken by runs that last keeps nothing that another node could start now (R7: what waits for a slot
// isn't claimed, so it can be taken back).
import { afterEach, expect, it } from "vitest";
import { type CrewNode, createCrew } from "../../support/crew.ts";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
let crew: ReturnType<typeof createCrew>;
afterEach(() => scene.close());

const slots = 4;
const longMs = 600_000;
/** A beat says that the node is full, and the leader looks. */
const reliefMs = 5000;

/** Two nodes; a job of every ten seconds whose runs wait on the first of them; and all its slots are taken for long. */
async function fullNode(over: Parameters<Scene["addJob"]>[0] = {}, taken = slots) {
  scene = await openScene();
  crew = createCrew(scene);
  const nodes = [await scene.addNode("a", null, slots), await scene.addNode("b", null, slots)];
  await scene.settle();
  const job = await scene.addJob({ name: "often", schedule: ["*/10 * * * * *"], overlap: "skip", ...over });
  await work(nodes, 20_000);
  const full = nodes.find((node) => node.views().some(({ assignment }) => assignment.jobId === job.id)) as CrewNode;
  await fill(full, taken);
  await work(nodes, 1000);
  crew.starts.length = 0;
  return { job, nodes, full, other: nodes.find((node) => node !== full) as CrewNode };
}

/** Long runs begin there. */
async function fill(node: CrewNode, count: number) {
  const place = { node: node.name, labels: null, every: false };
  const long = await scene.addJob({ name: `long-${node.name}`, schedule: ["@manual"], overlap: "allow", place });
  for (let i = 0; i < count; i++) await scene.scheduler.operations.runNow(long.name, {}, "t");
}

const work = (nodes: CrewNode[], ms: number) =>
  crew.work(nodes, ms, ({ assignment }) => (assignment.jobName.startsWith("long") ? longMs : 100));
const late = () => crew.starts.filter(({ dueAt, at }) => at > dueAt + reliefMs);

it.each(["skip", "queue", "allow"] as const)(
  "hands on the ticks of a job of overlap: %s, and all those to come",
  async (overlap) => {
    const { nodes, full, other } = await fullNode({ overlap });
    await work(nodes, 120_000);
    expect(crew.starts.map(({ node }) => node)).toEqual(Array(12).fill(other.name));
    expect(late()).toEqual([]);
    // Once it has moved nothing of a job whose runs keep together waits there.
    if (overlap !== "allow") expect(crew.starts.filter(({ dueAt, at }) => at > dueAt).length).toBeLessThanOrEqual(1);
    expect(full.views().every(({ assignment }) => assignment.jobName !== "often" || overlap === "allow")).toBe(true);
  },
);

it("hands on what was asked for now, even where the one with a slot has more to do later", async () => {
  const { nodes, full, other } = await fullNode();
  const place = { node: other.name, labels: null, every: false };
  for (let i = 0; i < 2; i++)
    await scene.addJob({ name: `later-${i}`, schedule: ["* * * * * *"], overlap: "allow", place });
  await work(nodes, 25_000);
  const job = await scene.addJob({ name: "now", schedule: ["@manual"], overlap: "allow" });
  const before = full.views().length;
  for (let i = 0; i < 4; i++) await scene.scheduler.operations.runNow(job.name, {}, "t");
  await scene.settle();
  expect(full.views().length, "it holds less, and gets them").toBe(before + 4);
  await work(nodes, 10_000);
  expect(crew.starts.filter(({ jobId }) => jobId === job.id)).toHaveLength(4);
  expect(late()).toEqual([]);
});

it("gives no more than its share before the other one has said how it fares", async () => {
  scene = await openScene();
  crew = createCrew(scene);
  const nodes = [await scene.addNode("a", null, slots)];
  const [a] = nodes as [CrewNode];
  await scene.settle();
  await fill(a, slots);
  const job = await scene.addJob({ name: "long-too", schedule: ["@manual"], overlap: "allow" });
  for (let i = 0; i < 20; i++) await scene.scheduler.operations.runNow(job.name, {}, "t");
  await work(nodes, 1000);
  nodes.push(await scene.addNode("b", null, slots), await scene.addNode("c", null, slots));
  const [, b, c] = nodes as [CrewNode, CrewNode, CrewNode];
  await fill(b, 2);
  await fill(c, slots);
  await work(nodes, 10_000);
  const all = [a, b].map((node) => node.views().filter(({ assignment }) => assignment.jobId === job.id).length);
  expect(all).toEqual([10, 10]);
});

it("keeps what may not run elsewhere, and takes nothing back in vain", async () => {
  const { nodes, full } = await fullNode();
  const place = { node: full.name, labels: null, every: false };
  const bound = await scene.addJob({ name: "bound", schedule: ["*/10 * * * * *"], overlap: "allow", place });
  await work(nodes, 40_000);
  expect(crew.starts.filter(({ jobId }) => jobId === bound.id)).toEqual([]);
  const waiting = full.views().filter(({ assignment }) => assignment.jobId === bound.id);
  expect(waiting.length).toBeGreaterThan(0);
  expect(waiting.every(({ assignment }) => assignment.fence === 1)).toBe(true);
});

it("keeps the runs of a job of which one is going on there", async () => {
  const { nodes, full } = await fullNode({ overlap: "queue" }, slots - 1);
  await crew.work(nodes, 12_000, () => longMs);
  expect(crew.starts.map(({ node }) => node)).toEqual([full.name]);
  await work(nodes, 40_000);
  expect(crew.starts).toHaveLength(1);
});

it("keeps all of it while the others are full, too", async () => {
  const { nodes, other, job } = await fullNode();
  await fill(other, slots);
  await work(nodes, 3000);
  crew.starts.length = 0;
  await work(nodes, 40_000);
  expect(crew.starts).toEqual([]);
  const handOuts = nodes.flatMap((node) => node.views()).filter(({ assignment }) => assignment.jobId === job.id);
  expect(handOuts.length).toBeGreaterThan(0);
  expect(Math.max(...handOuts.map(({ assignment }) => assignment.fence))).toBeLessThanOrEqual(2);
});
