// A run is asked for on a node, of a job whose runs keep to another one (R11): it starts there, as soon as none of the
// others is going on, and they follow it.
import { afterEach, expect, it } from "vitest";
import { type CrewNode, createCrew } from "../../support/crew.ts";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
let crew: ReturnType<typeof createCrew>;
afterEach(() => scene.close());

/** Two nodes, and a job that always has runs that wait, all of them on one. */
async function often(over: Parameters<Scene["addJob"]>[0] = {}) {
  scene = await openScene();
  crew = createCrew(scene);
  const nodes = [await scene.addNode("a"), await scene.addNode("b")];
  await scene.settle();
  const job = await scene.addJob({ name: "often", schedule: ["*/5 * * * * *"], overlap: "skip", ...over });
  await crew.work(nodes, 20_000, () => 1000);
  const here = nodes.find((node) => node.views().length > 0) as CrewNode;
  return { job, nodes, here, there: nodes.find((node) => node !== here) as CrewNode };
}
const manual = () => crew.starts.filter(({ trigger }) => trigger === "manual");

it("starts there, the others follow it, and none of them is late or lost", async () => {
  const { job, nodes, there } = await often();
  crew.starts.length = 0;
  await scene.scheduler.operations.runNow(job.name, { node: there.name }, "t");
  await crew.work(nodes, 20_000, () => 1000);
  expect(manual()).toMatchObject([{ node: there.name }]);
  const ticks = crew.starts.filter(({ trigger }) => trigger === "schedule");
  expect(ticks.map(({ node }) => node)).toEqual(Array(4).fill(there.name));
  expect(ticks.filter(({ dueAt, at }) => at > dueAt)).toEqual([]);
});

it("waits for the run that is going on, and says so", async () => {
  const { job, nodes, here, there } = await often();
  // One goes on from now on until it is told to end.
  await crew.work(nodes, 6000, () => 20_000);
  const { run } = await scene.scheduler.operations.runNow(job.name, { node: there.name }, "t");
  await crew.work(nodes, 5000, () => 1000);
  expect(manual()).toEqual([]);
  const waiting = await scene.store.getRun(run.id);
  expect(waiting).toMatchObject({ state: "planned", reason: { code: "overlap" } });
  expect(waiting?.reason?.message).toMatch(/^waits for run \S+ of the same job/);
  expect(waiting?.reason?.message).toContain(here.name);
  await crew.work(nodes, 20_000, () => 1000);
  expect(manual()).toMatchObject([{ node: there.name }]);
});

it("starts there at once where runs of the job may overlap", async () => {
  const { job, nodes, there } = await often({ overlap: "allow" });
  await scene.scheduler.operations.runNow(job.name, { node: there.name }, "t");
  await crew.work(nodes, 1000, () => 1000);
  expect(manual()).toMatchObject([{ node: there.name }]);
});

it("goes where the others are if it was asked for beside them on no particular node, however much there is to do", async () => {
  const { job, nodes, here } = await often();
  const place = { node: here.name, labels: null, every: false };
  for (const name of ["x", "y"]) await scene.addJob({ name, schedule: ["* * * * * *"], overlap: "allow", place });
  await crew.work(nodes, 20_000, () => 1000);
  crew.starts.length = 0;
  await scene.scheduler.operations.runNow(job.name, { overlap: "allow" }, "t");
  await crew.work(nodes, 1000, () => 1000);
  expect(manual()).toMatchObject([{ node: here.name }]);
});
