// A node that joins gets its share of the jobs whose runs keep together (R11): they go as a whole, between two of their
// runs, and only once the node has been up steadily.
import { afterEach, describe, expect, it } from "vitest";
import { createCrew, type CrewNode as Node } from "../../support/crew.ts";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
let crew: ReturnType<typeof createCrew>;
afterEach(() => scene.close());

const everyS = 5;
const jobs = 8;

/** Eight jobs of every five seconds that may not overlap, all on `a`, which does its work as they come due. */
async function busyNode(over: Parameters<Scene["addJob"]>[0] = {}, lastsMs?: number) {
  scene = await openScene();
  crew = createCrew(scene);
  const a = await addNode("a");
  await scene.settle();
  for (let i = 0; i < jobs; i++) await scene.addJob({ schedule: [`*/${everyS} * * * * *`], overlap: "skip", ...over });
  await work([a], 10_000, lastsMs);
  return a;
}

/** Time goes on, and what starts is over so long after it was due: before it, unless said. */
const work = (nodes: Node[], ms: number, lastsMs = -500) => crew.work(nodes, ms, () => lastsMs);
const addNode = (name: string, former: string | null = null) => scene.addNode(name, former, 16);
/** Whether nothing on it was ever taken back. */
const isUntouched = (node: Node) => node.views().every(({ assignment }) => assignment.fence === 1);
const jobsOn = (node: Node) => new Set(node.views().map(({ assignment }) => assignment.jobId)).size;

describe("a node that joins", () => {
  it("gets its share of jobs that keep to one node, each as a whole, and no tick is late or lost for it", async () => {
    const a = await busyNode();
    expect(jobsOn(a)).toBe(jobs);
    const b = await addNode("b");
    crew.starts.length = 0;
    const from = scene.clock.now();
    await work([a, b], 40_000);
    expect(jobsOn(b)).toBeGreaterThanOrEqual(3);
    expect(jobsOn(a)).toBeGreaterThanOrEqual(3);
    // Of each job all that waits is on one of them.
    const ids = (node: Node) => new Set(node.views().map(({ assignment }) => assignment.jobId));
    expect([...ids(a)].filter((id) => ids(b).has(id))).toEqual([]);
    for (const id of new Set([...ids(a), ...ids(b)])) {
      const mine = crew.starts.filter(({ jobId }) => jobId === id).map(({ at }) => at);
      const gaps = mine.slice(1).map((at, i) => at - (mine[i] as number));
      expect(gaps.every((gap) => gap === everyS * 1000)).toBe(true);
      expect(mine.length).toBeGreaterThanOrEqual(Math.floor((scene.clock.now() - from) / 1000 / everyS) - 1);
    }
  });

  it("gets its share of them too where other runs, which go by themselves, have made it as busy as the others", async () => {
    const a = await busyNode();
    for (let i = 0; i < jobs; i++) await scene.addJob({ schedule: ["* * * * * *"], overlap: "allow" });
    await work([a], 25_000);
    const b = await addNode("b");
    await work([a, b], 45_000);
    const kept = (node: Node) =>
      new Set(
        node
          .views()
          .filter(({ assignment }) => assignment.job.overlap === "skip")
          .map((each) => each.assignment.jobId),
      ).size;
    expect([kept(a) + kept(b), Math.min(kept(a), kept(b)) >= 3]).toEqual([jobs, true]);
    // And neither has more in hand than the other for long.
    const [most, least] = [a, b].map((node) => node.views().length).sort((x, y) => y - x) as [number, number];
    expect(most).toBeLessThan(1.5 * least);
  });

  it.each([
    { every: "second", schedule: "* * * * * *", lastsMs: 300 },
    { every: "two seconds", schedule: "*/2 * * * * *", lastsMs: 1300 },
  ])("gets its share of jobs of every $every that leave no more than a moment", async ({ schedule, lastsMs }) => {
    const a = await busyNode({ schedule: [schedule] }, lastsMs);
    const c = await addNode("c");
    const b = await addNode("b");
    await work([a, b, c], 40_000, lastsMs);
    expect([a, b, c].map(jobsOn).sort()).toEqual([2, 3, 3]);
    crew.expectPunctual();
  });

  it("gets nothing of them while it comes and goes", async () => {
    const a = await busyNode();
    let former: string | null = null;
    for (let i = 0; i < 6; i++) {
      const b = await addNode("b", former);
      former = b.sessionId;
      await work([a, b], 6000);
      expect(jobsOn(b)).toBe(0);
      await b.vanish();
      await work([a], 2000);
    }
    expect(jobsOn(a)).toBe(jobs);
  });

  it("gets no job of which a run is going on", async () => {
    const a = await busyNode();
    await work([a], 6000, Infinity);
    const b = await addNode("b");
    await work([a, b], 40_000, Infinity);
    expect(jobsOn(b)).toBe(0);
    expect(isUntouched(a)).toBe(true);
  });

  it("gets none while its slots are taken", async () => {
    const a = await busyNode();
    const b = await addNode("b");
    const place = { node: "b", labels: null, every: false };
    const long = await scene.addJob({ name: "long", schedule: ["@manual"], overlap: "allow", place });
    for (let i = 0; i < b.info.slots; i++) await scene.scheduler.operations.runNow(long.name, {}, "t");
    await crew.work([a, b], 40_000, ({ assignment }) => (assignment.jobId === long.id ? 600_000 : -500));
    expect(crew.starts.filter(({ node, jobId }) => node === "b" && jobId !== long.id)).toEqual([]);
    expect(scene.changes.filter(({ from, to }) => from === "assigned" && to === "planned")).toEqual([]);
    crew.expectPunctual();
  });

  it("gets none that may not run there", async () => {
    const a = await busyNode({ place: { node: "a", labels: null, every: false } });
    const b = await addNode("b");
    await work([a, b], 40_000);
    expect(jobsOn(b)).toBe(0);
    expect(isUntouched(a)).toBe(true);
  });
});
