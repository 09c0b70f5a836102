// Becoming the leader while something fails, and leading on what a wipe has left (R9, R10; C11, C20).
import { afterEach, describe, expect, it } from "vitest";
import type { Tables } from "../../../src/coordinator/in-process/tables.ts";
import { seededRandom } from "../../../src/random.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import { type Store, StoreUnavailableError } from "../../../src/store/store.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { openScene, type Scene } from "../../support/scene.ts";

const tables: (keyof Tables)[] = ["leader", "history", "candidates", "schedulers", "sessions", "assignments", "claims"];
let scene: Scene;
afterEach(async () => {
  await scene?.close();
});

describe("a scheduler that wins the election", () => {
  it("while the store is away leads once it is back: it doesn't stay in its own way", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 5, 12, 0, 0));
    const real = await openSqlite({ file: ":memory:", clock, random: seededRandom(1) });
    const backAt = clock.now() + 10_000;
    const takeTerm: Store["takeTerm"] = (...args) =>
      clock.now() < backAt ? Promise.reject(new StoreUnavailableError("the store is away")) : real.takeTerm(...args);
    scene = await openScene({ clock, store: { ...real, takeTerm } });
    await scene.settle(9000);
    expect(scene.scheduler.isReady()).toBe(false);
    await scene.settle(10_000);
    expect(scene.scheduler.isReady()).toBe(true);
  });
});

describe("a leader that finds the coordinator empty", () => {
  /** A run that `a` has claimed and started, without having said so yet; then everything agreed on is forgotten. */
  async function afterWipe(over: Parameters<Scene["addJob"]>[0] = {}) {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], ...over });
    const { run } = await scene.scheduler.operations.runNow(job.name, {}, "test");
    await scene.settle();
    const view = a.views()[0]!;
    expect(await a.claim(view)).toBe("claimed");
    for (const table of tables)
      for (const { key } of scene.space.list(table)) scene.space.commit([], [{ table, key, value: null }]);
    return { a, job, view, runId: run.id };
  }
  const runOf = async (id: string) => (await scene.store.getRun(id))!;

  it("takes a run for started whose session ends before it was heard (C11)", async () => {
    const { a, runId } = await afterWipe();
    a.stopBeating();
    await scene.settle(5000);
    const b = await scene.addNode("b");
    await scene.settle(60_000);
    expect(scene.scheduler.isReady()).toBe(true);
    expect(await runOf(runId)).toMatchObject({ state: "lost", fence: 1 });
    expect(b.views()).toEqual([]);
  });

  it("passes what it knows on to its successor: a wipe isn't forgotten with the leader that saw it (C20)", async () => {
    const { a, runId } = await afterWipe();
    a.stopBeating();
    await scene.settle(5000);
    expect(scene.scheduler.isReady()).toBe(false);
    await scene.restartScheduler();
    const b = await scene.addNode("b");
    await scene.settle(60_000);
    expect(scene.scheduler.isReady()).toBe(true);
    expect(await runOf(runId)).toMatchObject({ state: "lost", fence: 1 });
    expect(b.views()).toEqual([]);
  });

  it("takes nothing back from a session that is draining before it was heard", async () => {
    const { a, view, runId } = await afterWipe();
    await scene.store.setDraining("id-a", true);
    await scene.settle(6000);
    expect(await runOf(runId)).toMatchObject({ state: "assigned", fence: 1 });
    expect(scene.warnings).toContainEqual(expect.objectContaining({ nodes: ["a"] }));
    await a.started(view);
    await scene.coordinator.openSession(a.sessionId, a.info);
    await scene.settle(5000);
    expect(scene.scheduler.isReady()).toBe(true);
    expect(await runOf(runId)).toMatchObject({ state: "running", fence: 1 });
  });

  it("has a run that went on through it stopped when somebody cancels it (R14)", async () => {
    const { a, view, runId } = await afterWipe();
    await a.started(view);
    await scene.coordinator.openSession(a.sessionId, a.info);
    await scene.settle(5000);
    expect(scene.scheduler.isReady()).toBe(true);
    const { settled } = await scene.scheduler.operations.cancelRun(runId, "t");
    expect(settled).toBe(false);
    const reason = { code: "cancelled_by_user", message: "cancelled by t" };
    const told = scene.space.list("assignments").map(({ value }) => value);
    expect(told).toMatchObject([{ runId, fence: 1, sessionId: a.sessionId, stop: { kind: "cancel", reason } }]);
    // Nobody takes it for a run that waits to be claimed.
    await scene.settle(70_000);
    expect(scene.space.list("claims").map(({ value }) => value)).toEqual([{ sessionId: a.sessionId, fence: 1 }]);
    await a.finished(view, "cancelled");
    await scene.settle(2000);
    expect(await runOf(runId)).toMatchObject({ state: "cancelled" });
    expect(scene.space.list("assignments")).toEqual([]);
  });

  it("takes nothing back for a person either: cancels, edits and drains wait until the sessions were heard", async () => {
    const { a, job, view, runId } = await afterWipe();
    await scene.settle(1000);
    const { operations, revisions } = scene.scheduler;
    const enabled = { enabled: false, enableAt: null, reason: null };
    const asked = [
      () => operations.cancelRun(runId, "t"),
      () => operations.setDraining("a", true, "t"),
      () => revisions.change({ jobId: job.id, enabled, actor: "t" }),
    ];
    const refused = Promise.all(asked.map((ask) => ask().catch((err) => err.code)));
    await scene.settle(10_000);
    expect(await refused).toEqual(["unavailable", "unavailable", "unavailable"]);
    expect(await runOf(runId)).toMatchObject({ state: "assigned", fence: 1, cancelRequested: false });

    const waiting = operations.setDraining("a", true, "t");
    await scene.settle(1000);
    await a.started(view);
    await scene.coordinator.openSession(a.sessionId, a.info);
    await scene.settle(2000);
    await waiting;
    expect(await runOf(runId)).toMatchObject({ state: "running", fence: 1 });
  });
});

describe("a node that reaches the coordinator but no scheduler", () => {
  it("gets nothing once its session has ended, however often it tells the coordinator its load", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], overlap: "allow" });
    a.stopBeating();
    for (let i = 0; i < 30; i++) {
      await a.session.announce(a.load);
      await scene.settle(2000);
    }
    expect(await scene.store.endedAmong([a.sessionId])).toEqual([a.sessionId]);
    const { run } = await scene.scheduler.operations.runNow(job.name, {}, "test");
    await a.session.announce(a.load);
    await scene.settle(2000);
    expect(await scene.store.getRun(run.id)).toMatchObject({ state: "planned", reason: { code: "no_eligible_node" } });
    expect(a.views()).toEqual([]);
  });
});
