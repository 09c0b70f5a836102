// The scheduler's half of the protocol against a real store and coordinator, with nodes moved by hand.
import { afterEach, describe, expect, it } from "vitest";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
afterEach(async () => {
  expect(scene.errors).toEqual([]);
  await scene.close();
});

describe("the way of a run", () => {
  it("is planned ahead, assigned, claimed, started, finished, and its keys are cleared", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    await scene.addJob({ schedule: ["@every 30s"] });
    await scene.settle(15_000);
    expect(node.views().map((view) => view.assignment.dueAt)).toEqual([Date.UTC(2026, 0, 5, 12, 0, 30)]);
    const view = node.views()[0]!;
    expect(view.assignment).toMatchObject({ fence: 1, firstAttempt: 1, catchUp: false });
    expect(await node.claim(view)).toBe("claimed");
    await node.started(view);
    expect((await scene.runs())[0]).toMatchObject({ state: "running", nodeName: "a" });
    await node.finished(view);
    await scene.settle();
    expect((await scene.runs()).find((run) => run.id === view.assignment.runId)).toMatchObject({ state: "succeeded" });
    expect(node.seen.has(view.assignment.runId)).toBe(false);
  });

  it("waits with its reason while no node is eligible, and goes out as soon as one is", async () => {
    scene = await openScene();
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    const { run } = await scene.scheduler.operations.runNow(job.name, {}, "test");
    await scene.settle();
    expect(await scene.store.getRun(run.id)).toMatchObject({ state: "planned", reason: { code: "no_eligible_node" } });
    const node = await scene.addNode("a");
    await scene.settle();
    expect(node.views()).toHaveLength(1);
  });

  it("makes one run for one idempotency key", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    const first = await scene.scheduler.operations.runNow(job.name, { idempotencyKey: "k" }, "test");
    const second = await scene.scheduler.operations.runNow(job.name, { idempotencyKey: "k" }, "test");
    expect([first.created, second.created, second.run.id]).toEqual([true, false, first.run.id]);
    expect(node.views()).toHaveLength(1);
  });

  it("hands out runs under a limit only as slots of the key free up, the most urgent first", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    const limit = { key: "db", max: 1 };
    const low = await scene.addJob({ schedule: ["@manual"], limit, priority: 1 });
    const high = await scene.addJob({ schedule: ["@manual"], limit, priority: 9 });
    await scene.scheduler.operations.runNow(low.name, {}, "t");
    await scene.scheduler.operations.runNow(low.name, { overlap: "allow" }, "t");
    await scene.scheduler.operations.runNow(high.name, {}, "t");
    expect(node.views()).toHaveLength(1);
    const view = node.views()[0]!;
    await node.claim(view);
    await node.finished(view);
    await scene.settle();
    expect(node.views().map((each) => each.assignment.jobName)).toEqual([high.name]);
  });

  it("disables a job after so many failures in a row, and says so", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], pauseAfter: 2 });
    for (let i = 0; i < 2; i++) {
      await scene.scheduler.operations.runNow(job.name, {}, "t");
      const view = node.views()[0]!;
      await node.claim(view);
      await node.finished(view, "failed");
      await scene.settle();
    }
    const after = await scene.store.getJob(job.id);
    expect(after).toMatchObject({ enabled: false, consecutiveFailures: 2 });
    expect(after?.disabledReason).toContain("2 failures in a row");
  });
});

describe("a job that can't be planned", () => {
  it("is said once and keeps no other waiting", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    const bad = await scene.addJob({ schedule: ["@every 10s"] });
    // What was a good schedule when it was saved isn't one on this machine any more.
    const effective = { ...bad.effective, schedule: ["@every 10s"], timezone: "UTC" };
    const spoil = { ...effective, schedule: ["61 * * * *"] };
    const cursor = {
      plannedThrough: scene.clock.now(),
      nextNominal: scene.clock.now() + 1,
      nextDue: scene.clock.now() + 1,
    };
    const term = scene.scheduler.term() as number;
    const at = scene.clock.now();
    await scene.store.changeJob(term, {
      jobId: bad.id,
      spec: { spec: bad.spec, effective: spoil },
      at,
      actor: "t",
      cursor,
    });
    await scene.store.settleRevision(term, { jobId: bad.id, revoked: [], kept: [], at });
    await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(30_000);
    expect(node.views().length).toBeGreaterThan(0);
    expect(scene.errors.splice(0)).toHaveLength(1);
  });
});

describe("misfires", () => {
  it("take a run back that its node doesn't claim within 60 s; policy latest keeps the newest as a catch-up", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    await scene.addJob({ schedule: ["@every 30s"], overlap: "skip" });
    await scene.settle(200_000);
    const runs = await scene.runs();
    const due = runs.filter((run) => run.state === "missed");
    expect(due.length).toBeGreaterThan(1);
    expect(due.every((run) => run.reason?.code === "misfire_policy")).toBe(true);
    expect(runs.filter((run) => run.trigger === "catch_up" && run.state === "assigned")).toHaveLength(1);
    const caught = node.views().filter((view) => view.assignment.catchUp);
    expect(caught).toHaveLength(1);
    // A newer tick starts: the kept one is no longer wanted.
    const newer = node.views().find((view) => !view.assignment.catchUp)!;
    await node.claim(newer);
    await node.started(newer);
    await scene.settle();
    expect((await scene.store.getRun(caught[0]!.assignment.runId))?.state).toBe("missed");
  });

  it("leave one tick to be made up for, though the clock jumps while an older one is kept: the newest", async () => {
    scene = await openScene();
    await scene.settle();
    await scene.addJob({ schedule: ["@every 10m"], overlap: "allow" });
    await scene.settle(720_000);
    const waiting = async () =>
      (await scene.runs()).filter((run) => run.trigger === "catch_up" && run.state !== "missed");
    const [older] = await waiting();
    expect(older).toMatchObject({ state: "planned", reason: { code: "no_eligible_node" } });
    scene.clock.stepWall(3_000_000);
    await scene.settle(25_000);
    const newest = await waiting();
    expect(newest.map((run) => (run.scheduledFor - older!.scheduledFor) / 60_000)).toEqual([50]);
    expect(await scene.store.getRun(older!.id)).toMatchObject({ state: "missed", reason: { code: "misfire_policy" } });
    // What the planner itself kept isn't wanted any more either once a newer tick starts.
    const node = await scene.addNode("a");
    await scene.settle(460_000);
    const newer = node.views().find((view) => !view.assignment.catchUp)!;
    await node.claim(newer);
    await node.started(newer);
    await scene.settle();
    expect((await scene.store.getRun(newest[0]!.id))?.state).toBe("missed");
  });

  it("are missed at once with policy skip", async () => {
    scene = await openScene();
    await scene.settle();
    await scene.addJob({ schedule: ["@every 30s"], misfire: { policy: "skip", withinMs: 86_400_000 } });
    await scene.settle(150_000);
    const missed = (await scene.runs()).filter((run) => run.state === "missed");
    expect(missed.length).toBeGreaterThanOrEqual(2);
    expect(missed[0]?.reason?.message).toContain("no eligible node");
  });

  it("skip a run whose startDeadline passes while it waits", async () => {
    scene = await openScene();
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], startDeadlineMs: 5000 });
    const { run } = await scene.scheduler.operations.runNow(job.name, {}, "t");
    await scene.settle(11_000);
    expect(await scene.store.getRun(run.id)).toMatchObject({ state: "skipped", reason: { code: "deadline" } });
  });
});

describe("pausing everything", () => {
  it("skips what is planned ahead and what comes due, and plans again after", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(6000);
    expect(node.views().length).toBeGreaterThan(0);
    await scene.scheduler.operations.pause({ reason: "deploy", until: null }, "anna");
    await scene.settle(1000);
    expect(node.views()).toHaveLength(0);
    await scene.settle(30_000);
    const skipped = (await scene.runs()).filter((run) => run.state === "skipped");
    expect(skipped.length).toBeGreaterThanOrEqual(3);
    expect(skipped[0]?.reason).toMatchObject({ code: "paused" });
    await scene.scheduler.operations.resume("anna");
    await scene.settle(6000);
    expect(node.views().length).toBeGreaterThan(0);
  });
});
