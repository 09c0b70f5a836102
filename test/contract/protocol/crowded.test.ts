// More is planned ahead than nodes take. What waits is handed out in order of due: a job's later tick never goes before an
// earlier one, which would then be late by a whole period and find its successor in its way.
import { afterEach, expect, it } from "vitest";
import { capacityOf } from "../../../src/assign/choose-node.ts";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
afterEach(() => scene.close());

const seconds = 8;
/** With a horizon of 20 s, a sixth more than fits. */
const jobs = (nodes: number) => Math.ceil((nodes * capacityOf({ slots: 1 }) * 7) / (20 * 6));

it.each([1, 2])("everything is out when it is due, and in order, on %d full nodes", async (count) => {
  scene = await openScene();
  const nodes = [];
  for (let i = 0; i < count; i++) nodes.push(await scene.addNode(`n${i}`, null, 1));
  await scene.settle(1000);
  for (let i = 0; i < jobs(count); i++) await scene.addJob({ schedule: ["* * * * * *"], overlap: "skip" });
  const late: string[] = [];
  const overtaken: string[] = [];
  let full = 0;
  for (let second = 0; second < seconds; second++) {
    await scene.settle(1000);
    const now = scene.clock.now();
    // All but the newest moment: what was planned just now may be on its way.
    const open = (await scene.store.openRuns(null, 10_000)).filter(({ dueAt }) => dueAt <= now + 19_000);
    const waiting = open.filter(({ state }) => state === "planned");
    full += waiting.length;
    for (const run of waiting) {
      // What was due as soon as its job was there may take a round.
      if (run.dueAt <= now && second > 0) late.push(`${run.jobId} ${run.dueAt - now}`);
      const later = open.some(
        (each) => each.jobId === run.jobId && each.dueAt > run.dueAt && each.state === "assigned",
      );
      if (later) overtaken.push(`${run.jobId} ${(run.dueAt - now) / 1000} s ahead: ${run.reason?.message}`);
    }
    for (const node of nodes)
      for (const view of node.views().filter(({ assignment }) => assignment.dueAt <= now)) {
        await node.claim(view);
        await node.started(view);
        await node.finished(view);
      }
  }
  expect(full, "runs that had to wait").toBeGreaterThan(100);
  expect(overtaken).toEqual([]);
  expect(late).toEqual([]);
});

it("what was planned far ahead keeps nothing waiting that is due soon, pinned to the full node or not", async () => {
  scene = await openScene();
  const node = await scene.addNode("n1", null, 1);
  const other = await scene.addNode("n2", null, 1);
  await scene.settle(1000);
  // More than either takes, more urgent than anything else, and due at once, but not yet.
  const due = new Date(scene.clock.now() + 40_000);
  const schedule = [`${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`];
  const place = { node: "n1", labels: null, every: false };
  for (let i = 0; i < 1.2 * capacityOf(node.info); i++) {
    await scene.addJob({ schedule, place, priority: 9 });
    await scene.addJob({ schedule, priority: 9 });
  }
  await scene.settle(22_000);
  expect(node.views().length).toBe(capacityOf(node.info));
  expect(other.views().length, "planned for anywhere").toBe(capacityOf(node.info));
  const soon = await scene.addJob({ schedule: ["* * * * * *"], place });
  const [pinned, free] = [
    await scene.addJob({ schedule: ["@manual"], place }),
    await scene.addJob({ schedule: ["@manual"] }),
  ];
  for (const { id } of [pinned, free]) await scene.scheduler.operations.runNow(id, {}, "test");
  await scene.settle(3000);
  for (const { id } of [pinned, free]) expect((await scene.runs(id))[0], id).toMatchObject({ state: "assigned" });
  const now = scene.clock.now();
  for (const run of (await scene.runs(soon.id)).filter(({ dueAt }) => dueAt < now))
    expect(run.state, `due ${(run.dueAt - now) / 1000} s ago`).toBe("assigned");
});
