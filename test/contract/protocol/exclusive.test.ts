// R12, C14: a run that was lost with its node may go on there until the job's next tick is due; until then no other run of
// the job starts anywhere else.
import { afterEach, describe, expect, it } from "vitest";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
afterEach(async () => {
  await scene.close();
});

const hour = 3_600_000;
const at = (iso: string) => Date.parse(iso);
/** Longer than grace and margin. */
const lostAfterMs = 45_000;

/** A job of every hour whose noon run is under way on a node `a`; `b` stands by. */
async function withRun(over: Parameters<Scene["addJob"]>[0] = {}) {
  scene = await openScene();
  const a = await scene.addNode("a");
  await scene.settle();
  const job = await scene.addJob({ schedule: ["0 * * * *"], ...over });
  await scene.settle(hour - 10_000);
  const [view] = a.views();
  if (!view) throw new Error("the tick was not handed out");
  const b = await scene.addNode("b");
  await scene.settle(10_000);
  await a.claim(view);
  await a.started(view);
  await scene.settle();
  const runNow = async (request: Parameters<typeof scene.scheduler.operations.runNow>[1] = {}) =>
    (await scene.scheduler.operations.runNow(job.name, request, "test")).run;
  return { a, b, job, view, runNow };
}
const runOf = async (id: string) => {
  const run = await scene.store.getRun(id);
  if (!run) throw new Error(`no run ${id}`);
  return run;
};

describe("a run that may not be run again", () => {
  it("is handed out with the due instant of the job's next tick", async () => {
    const { view } = await withRun();
    expect(view.assignment.exclusiveUntil).toBe(at("2026-01-05T14:00:00Z"));
  });

  it("carries none where nobody else could be in its way, or it ends with its node's trust", async () => {
    const { view } = await withRun({ overlap: "allow" });
    expect(view.assignment.exclusiveUntil).toBeUndefined();
    await scene.close();
    expect((await withRun({ onNodeLoss: "rerun" })).view.assignment.exclusiveUntil).toBeUndefined();
    await scene.close();
    expect((await withRun({ schedule: ["@at 2026-01-05T13:00:00Z"] })).view.assignment.exclusiveUntil).toBeUndefined();
  });

  it("keeps other runs of its job from starting elsewhere once it is lost, until the next tick and a margin", async () => {
    const { a, b, view, runNow } = await withRun();
    await a.vanish();
    await scene.settle(lostAfterMs);
    expect((await runOf(view.assignment.runId)).state).toBe("lost");
    const manual = await runNow();
    await scene.settle(60_000);
    expect(b.views()).toHaveLength(0);
    expect(await runOf(manual.id)).toMatchObject({ state: "planned", reason: { code: "overlap" } });
    expect((await runOf(manual.id)).reason?.message).toContain(view.assignment.runId);
    await scene.settle(at("2026-01-05T14:00:01Z") - scene.clock.now());
    expect(b.views()).toHaveLength(0);
    await scene.settle(2000);
    expect(
      b
        .views()
        .map(({ assignment }) => assignment.trigger)
        .sort(),
    ).toEqual(["manual", "schedule"]);
  });

  it("is remembered by the next leader", async () => {
    const { a, b, runNow } = await withRun();
    await a.vanish();
    await scene.settle(lostAfterMs);
    await scene.restartScheduler();
    await scene.settle(5000);
    await runNow();
    await scene.settle(10_000);
    expect(b.views()).toHaveLength(0);
  });

  it("frees its job when its end is reported after all", async () => {
    const { a, b, view, runNow } = await withRun();
    await a.vanish();
    await scene.settle(lostAfterMs);
    await runNow();
    await scene.settle(2000);
    expect(b.views()).toHaveLength(0);
    await a.finished(view);
    await scene.settle(8000);
    expect(b.views()).toHaveLength(1);
  });

  it("frees its job when its node is back and says that it was cut short", async () => {
    const { a, b, view, runNow } = await withRun();
    await a.vanish();
    await scene.settle(lostAfterMs);
    const manual = await runNow();
    await scene.settle(10_000);
    expect(b.views()).toHaveLength(0);
    const { runId, fence } = view.assignment;
    const endedAt = (await runOf(runId)).attempts[0]?.finishedAt;
    expect(endedAt).toBeGreaterThan(0);
    await a.send({ type: "interrupted", runId, fence, attempt: 1, reason: "its warden has ended it" });
    await scene.settle(10_000);
    expect(b.views().map(({ assignment }) => assignment.runId)).toEqual([manual.id]);
    const run = await runOf(runId);
    expect(run).toMatchObject({ state: "lost", reason: { code: "node_lost" } });
    const said = { outcome: "interrupted", error: "its warden has ended it" };
    expect(run.attempts, "over since it was given up, not since its node said so").toMatchObject([
      { ...said, finishedAt: endedAt },
    ]);
  });

  it("is in nobody's way when its node's warden has said that nothing runs there any more", async () => {
    const { a, b, view, runNow } = await withRun();
    await a.vanish();
    await scene.scheduler.sessions.abandon(a.sessionId);
    await scene.settle(2000);
    expect((await runOf(view.assignment.runId)).state).toBe("lost");
    await runNow();
    await scene.settle(1000);
    expect(b.views()).toHaveLength(1);
  });

  it("is in nobody's way where somebody says so, and its own node judges for itself", async () => {
    const { a, b, runNow } = await withRun();
    await a.vanish();
    await scene.settle(lostAfterMs);
    await runNow({ overlap: "allow" });
    await scene.settle(1000);
    expect(b.views()).toHaveLength(1);
    const again = await scene.addNode("a", a.sessionId);
    await scene.settle();
    await runNow();
    await scene.settle(6000);
    expect(again.views()).toHaveLength(1);
  });
});
