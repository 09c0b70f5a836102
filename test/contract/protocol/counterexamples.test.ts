// The counterexamples of docs/protocol.md that one machine can show, against the real scheduler, store and coordinator.
// Every one has a test against the real code somewhere; tests name those that they show:
//
//   C1–C7, C12, C13, C15, C17–C19   here; of C1, C3–C5 and C15 the coordinator's half in test/contract/coordinator
//   C8, C16                         test/unit/execute-agent (starting, overlap, doubt)
//   C9                              test/unit/roles/node.test.ts; the warden's half in test/unit/execute/warden.test.ts
//   C10                             test/contract/coordinator (delayed-writes, etcd-faults), test/contract/store/terms.ts
//   C11, C20                        taking-over.test.ts
//   C14                             exclusive.test.ts
import { afterEach, describe, expect, it } from "vitest";
import type { Fault, Operation } from "../../../src/coordinator/in-process/faults.ts";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
afterEach(async () => {
  await scene.close();
});

/** Two nodes and one manual job; `a` is made first, so that it gets the first run. */
async function withRun(over: Parameters<Scene["addJob"]>[0] = {}, options: Parameters<typeof openScene>[0] = {}) {
  scene = await openScene(options);
  const a = await scene.addNode("a");
  await scene.settle();
  const job = await scene.addJob({ schedule: ["@manual"], ...over });
  const { run } = await scene.scheduler.operations.runNow(job.name, {}, "test");
  const b = await scene.addNode("b");
  await scene.settle();
  return { a, b, job, run, view: a.views()[0]! };
}
const stateOf = async (id: string) => (await scene.store.getRun(id))?.state;

describe("what once went wrong in the model", () => {
  it("C1: a claim that beats a move isn't forgotten: its report is accepted", async () => {
    const { a, run, view } = await withRun();
    const taken = await a.claim(view); // The claim lands, then the lease goes.
    await a.loseLease();
    await scene.settle();
    expect(taken).toBe("claimed");
    await a.started(view);
    await a.finished(view);
    expect(await stateOf(run.id)).toBe("succeeded");
  });

  it("an unclaimed run of a node that goes is given to another at once, under the next fence", async () => {
    const { a, b, view } = await withRun();
    await a.vanish();
    await scene.settle();
    expect(b.views()[0]?.assignment).toMatchObject({ runId: view.assignment.runId, fence: 2 });
    expect(await a.claim(view).catch((err) => err.code)).not.toBe("claimed");
  });

  it("C2: a leader that stops between store and coordinator leaves nothing behind that starts twice", async () => {
    let fault: Fault = "pass";
    const faults = { before: (op: Operation) => (op.name === "assign" ? fault : "pass") };
    scene = await openScene({ faults });
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    fault = "drop";
    const asked = scene.scheduler.operations.runNow(job.name, {}, "test").catch((err) => err);
    await scene.settle();
    fault = "pass";
    await scene.restartScheduler();
    await asked;
    await scene.settle(2000);
    const views = a.views();
    expect(views).toHaveLength(1);
    expect(views[0]?.assignment.fence).toBeGreaterThan(1); // Never the fence that was issued before.
  });

  it("C3: an assignment that arrives late, after the leader went on, is refused", async () => {
    let fault: Fault = "pass";
    const faults = { before: (op: Operation) => (op.name === "assign" ? fault : "pass") };
    scene = await openScene({ faults });
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    fault = { delayMs: 5000 };
    const asked = scene.scheduler.operations.runNow(job.name, {}, "test").catch((err) => err);
    await scene.settle(3000);
    fault = "pass";
    await scene.settle(20_000);
    await asked;
    // The late ones arrived under guards that no longer hold: only the last fence issued is in force.
    const [run] = await scene.runs();
    expect(run?.fence).toBeGreaterThan(1);
    expect(a.views().map((view) => view.assignment.fence)).toEqual([run?.fence]);
  });

  it("C4: what is over isn't started again by a move that comes late", async () => {
    const { a, b, run, view } = await withRun();
    await a.claim(view);
    await a.started(view);
    await a.finished(view);
    await a.vanish();
    await scene.settle(90_000);
    expect(await stateOf(run.id)).toBe("succeeded");
    expect(b.views()).toHaveLength(0);
  });

  it("C5: a claim names the revision it read: an assignment that was stopped or put again can't be claimed with it", async () => {
    const { a, job, view } = await withRun();
    await scene.scheduler.revisions.change({
      jobId: job.id,
      enabled: { enabled: false, enableAt: null, reason: null },
      actor: "t",
    });
    await scene.scheduler.operations.cancelRun(view.assignment.runId, "t");
    await scene.settle();
    expect(await a.claim(view)).toBe("refused");
  });

  it("C6: a claim given up before the start is handed out again, not forgotten", async () => {
    const { a, view } = await withRun();
    await a.claim(view);
    await a.released(view);
    await scene.settle();
    const again = [...a.views()].concat() /* the same node may get it */;
    const everywhere = [...again, ...(await scene.runs()).filter((run) => run.state === "assigned")];
    expect(everywhere.length).toBeGreaterThan(0);
    expect((await scene.store.getRun(view.assignment.runId))?.fence).toBe(2);
    await a.started(view); // A report under the fence that was given up is a note, no more.
    expect(await stateOf(view.assignment.runId)).toBe("assigned");
  });

  it("C7: a session ends by compare-and-set, and a late beat doesn't bring it back", async () => {
    const { a, run, view } = await withRun({ onNodeLoss: "rerun" });
    await a.claim(view);
    await a.started(view);
    await a.vanish();
    await scene.settle(45_000);
    expect(await scene.store.beat(a.sessionId, (await import("../../support/scene.ts")).load, 30_000)).toBe(false);
    const now = await scene.store.getRun(run.id);
    expect(now).toMatchObject({ state: "assigned", nodeName: "b", reruns: 1 });
    expect(now?.fence).toBe(2);
  });

  it("a run that had started on a lost node is lost, and its late report corrects that once", async () => {
    const { a, run, view } = await withRun();
    await a.claim(view);
    await a.started(view);
    await a.vanish();
    await scene.settle(10_000);
    expect(await stateOf(run.id)).toBe("running"); // Not before its trust has ended.
    await scene.settle(40_000);
    expect(await scene.store.getRun(run.id)).toMatchObject({ state: "lost", reason: { code: "node_lost" } });
    await a.finished(view);
    expect(await scene.store.getRun(run.id)).toMatchObject({ state: "succeeded", lateReport: true });
    await a.finished(view, "failed");
    expect(await stateOf(run.id)).toBe("succeeded");
  });

  it("C11, C12: a restart forgets the keys; what was assigned but never started goes out again, what had started is lost", async () => {
    const { a, run, view } = await withRun({ overlap: "allow" });
    const second = await scene.scheduler.operations.runNow(view.assignment.jobId, { node: "a" }, "t");
    await scene.settle();
    await a.claim(view);
    await a.started(view);
    await a.vanish();
    // The node is back: its spool says what had started, and it ends its former session.
    await scene.addNode("a", a.sessionId);
    await scene.restartScheduler();
    await scene.settle(3000);
    expect(await stateOf(run.id)).toBe("lost");
    expect(await scene.store.getRun(second.run.id)).toMatchObject({ state: "assigned", fence: 2 });
  });

  it("C13: a later tick of a job isn't moved away while an earlier run of it is on the silent node", async () => {
    const { a, b, job, view } = await withRun();
    await a.claim(view);
    await a.started(view);
    await scene.scheduler.operations.runNow(job.name, {}, "t");
    await a.vanish();
    await scene.settle(5000);
    expect(b.views()).toHaveLength(0);
    await scene.settle(45_000); // The first run is lost once the session has ended; then the second may go.
    expect(b.views()).toHaveLength(1);
  });

  it("C15: unclaimed runs of a job move together or not at all", async () => {
    const { a, b, job, view } = await withRun();
    await scene.scheduler.operations.runNow(job.name, {}, "t");
    await scene.settle();
    expect(a.views()).toHaveLength(2);
    await a.claim(view);
    await a.loseLease();
    await scene.settle(3000);
    expect(b.views()).toHaveLength(0);
  });

  it("C17, C18: after an edit's answer no run of the old version starts, and its ticks come back under the new one", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(6000);
    const old = a.views();
    expect(old.length).toBeGreaterThan(0);
    const effective = { ...job.effective, priority: 9 };
    const asked = scene.scheduler.revisions.change({ jobId: job.id, spec: { spec: job.spec, effective }, actor: "t" });
    await scene.settle(100);
    const { stillRunning } = await asked;
    expect(stillRunning).toEqual([]);
    for (const view of old) expect(await a.claim(view)).toBe("refused");
    await scene.settle(6000);
    expect(a.views().every((view) => view.assignment.jobVersion === 2)).toBe(true);
    const ticks = a.views().map((view) => view.assignment.scheduledFor);
    for (const view of old) expect(ticks).toContain(view.assignment.scheduledFor);
  });

  it("an edit waits for a node to give back what it claimed, and names what has started", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 10s"], overlap: "allow" });
    await scene.settle(6000);
    const [first, second] = a.views();
    await a.claim(first!);
    await a.claim(second!);
    await a.started(second!);
    const enabled = { enabled: false, enableAt: null, reason: null };
    const asked = scene.scheduler.revisions.change({ jobId: job.id, enabled, actor: "t" });
    await scene.settle(100);
    expect(a.seen.get(first!.assignment.runId)?.assignment.stop?.kind).toBe("revoke");
    await a.released(first!);
    await scene.settle(200);
    const { stillRunning } = await asked;
    expect(stillRunning).toEqual([second!.assignment.runId]);
    expect(await scene.store.getRun(first!.assignment.runId)).toBeNull();
  });

  it("C19: a leader that stops in the middle of an edit is followed by one that finishes it: no tick is lost", async () => {
    scene = await openScene();
    await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(6000);
    // The first half of an edit, as a leader leaves it that dies right after.
    const at = scene.clock.now();
    const cursor = {
      plannedThrough: at,
      nextNominal: Math.ceil((at + 1) / 10_000) * 10_000,
      nextDue: Math.ceil((at + 1) / 10_000) * 10_000,
    };
    const term = await scene.store.takeTerm("dead", "nonce");
    await scene.store.changeJob(term, {
      jobId: job.id,
      spec: { spec: job.spec, effective: job.effective },
      at,
      actor: "t",
      cursor,
    });
    expect((await scene.store.getJob(job.id))?.revising).toBe(true);
    await scene.restartScheduler();
    await scene.settle(10_000);
    const runs = await scene.runs();
    const open = runs.filter((run) => run.scheduledFor > at).map((run) => [run.scheduledFor, run.jobVersion]);
    expect(open.length).toBeGreaterThan(0);
    expect(open.every(([, version]) => version === 2)).toBe(true);
    expect((await scene.store.getJob(job.id))?.revising).toBe(false);
  });

  it("a stale leader writes nothing", async () => {
    scene = await openScene();
    await scene.settle();
    await scene.store.takeTerm("other", "n");
    await scene.addJob().catch((err) => expect(err.code).toBe("stale_term"));
    expect((await scene.store.listJobs({ limit: 10 })).items).toEqual([]);
  });
});

describe("cancelling", () => {
  it("ends an unclaimed run at once, and tells the node of a claimed one to stop", async () => {
    const { a, run, view } = await withRun();
    const second = await scene.scheduler.operations.runNow(view.assignment.jobId, {}, "t");
    await scene.settle();
    expect(await scene.scheduler.operations.cancelRun(second.run.id, "t")).toMatchObject({ settled: true });
    expect(await stateOf(second.run.id)).toBe("cancelled");
    await a.claim(view);
    await a.started(view);
    expect(await scene.scheduler.operations.cancelRun(run.id, "t")).toMatchObject({ settled: false });
    await scene.settle();
    expect(a.seen.get(run.id)?.assignment.stop?.kind).toBe("cancel");
    await a.finished(view, "succeeded");
    expect(await stateOf(run.id)).toBe("succeeded"); // A success that beat the cancel stays one.
  });

  it("of a run on a node that never comes back ends when its session does", async () => {
    const { a, run, view } = await withRun({ onNodeLoss: "rerun" });
    await a.claim(view);
    await a.started(view);
    await a.vanish();
    await scene.scheduler.operations.cancelRun(run.id, "t");
    await scene.settle(60_000);
    expect(await scene.store.getRun(run.id)).toMatchObject({ state: "cancelled" });
  });
});
