// Defects of the scheduler that a second reading found. Each test was red first.
import { afterEach, describe, expect, it } from "vitest";
import { createFollowDefaults } from "../../../src/define/follow-defaults.ts";
import { silentLog } from "../../../src/lib/log.ts";
import { effectiveOf } from "../../../src/model/effective-job.ts";
import type { EffectiveJob, JobDocument } from "../../../src/model/job.ts";
import { seededRandom } from "../../../src/random.ts";
import { planJob } from "../../../src/schedule/plan-job.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import { type JobRow, type Store, StoreUnavailableError } from "../../../src/store/store.ts";
import { aJob } from "../../support/a-job.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
afterEach(async () => {
  await scene?.close();
});

const stateOf = async (id: string) => (await scene.store.getRun(id))?.state;
const runNow = async (job: { name: string }, request = {}) =>
  (await scene.scheduler.operations.runNow(job.name, request, "t")).run;

async function sceneWith(replace: (real: Store, clock: ManualClock) => Partial<Store>) {
  const clock = new ManualClock(Date.UTC(2026, 0, 5, 12, 0, 0));
  const real = await openSqlite({ file: ":memory:", clock, random: seededRandom(1) });
  scene = await openScene({ clock, store: { ...real, ...replace(real, clock) } });
}
/** Asks for a change and waits, in virtual time, until it is answered. */
async function change(
  job: JobRow,
  wanted: Omit<Parameters<typeof scene.scheduler.revisions.change>[0], "jobId" | "actor">,
) {
  const asked = scene.scheduler.revisions.change({ jobId: job.id, actor: "t", ...wanted });
  let answered = false;
  const done = asked.then(
    () => (answered = true),
    () => (answered = true),
  );
  for (let i = 0; i < 40 && !answered; i++) await scene.settle(100);
  await done;
  return asked;
}
const specOf = (job: JobRow, over: Partial<EffectiveJob>) => {
  const effective = aJob({ ...job.effective, ...over });
  return { spec: { spec: { ...job.spec, title: "new" } as JobDocument, effective } };
};
const aDocument = { name: "a", schedule: "@manual", cmd: "true" } as JobDocument;
const disabled = { enabled: { enabled: false, enableAt: null, reason: null } };

describe("a claimed run that its node gives back after the answer to a change", () => {
  async function claimed() {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 30s"] });
    await scene.settle(15_000);
    const view = node.views()[0]!;
    expect(await node.claim(view)).toBe("claimed");
    return { node, job, view, id: view.assignment.runId };
  }

  it("doesn't start when the job was disabled", async () => {
    const { node, job, view, id } = await claimed();
    await change(job, disabled);
    await node.released(view);
    await scene.settle(3000);
    expect(await scene.store.getRun(id)).toMatchObject({ state: "skipped", reason: { code: "job_disabled" } });
    expect(node.views()).toEqual([]);
  });

  it("doesn't start when the job was deleted", async () => {
    const { node, job, view, id } = await claimed();
    await change(job, { deleted: true });
    await node.released(view);
    await scene.settle(3000);
    expect(await stateOf(id)).toBe("skipped");
    expect(node.views()).toEqual([]);
  });

  it("doesn't start under the old version when the job was edited", async () => {
    const { node, job, view, id } = await claimed();
    await change(job, specOf(job, { priority: 9 }));
    await node.released(view);
    await scene.settle(3000);
    expect(await stateOf(id)).toBe("skipped");
    expect(node.views().filter((each) => each.assignment.jobVersion === 1)).toEqual([]);
  });

  it("starts when the change came after its tick", async () => {
    const { node, job, view, id } = await claimed();
    await scene.settle(16_000);
    await change(job, specOf(job, { priority: 9 }));
    await node.released(view);
    await scene.settle(3000);
    expect(await stateOf(id)).toBe("assigned");
  });

  it("starts when nothing was changed", async () => {
    const { node, view, id } = await claimed();
    await node.released(view);
    await scene.settle(3000);
    expect(await stateOf(id)).toBe("assigned");
  });
});

describe("a store that fails for a moment", () => {
  it("while one job is read keeps no other job's runs waiting", async () => {
    let bad = "";
    await sceneWith((real) => ({
      jobVersion: (id, version) =>
        id === bad ? Promise.reject(new StoreUnavailableError("the disk is busy")) : real.jobVersion(id, version),
    }));
    const node = await scene.addNode("a");
    await scene.settle();
    const first = await scene.addJob({ schedule: ["@every 10s"], priority: 9 });
    bad = first.id;
    await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(12_000);
    expect(new Set(node.views().map((view) => view.assignment.jobId)).size).toBe(1);
    bad = "";
    await scene.settle(12_000);
    expect(new Set(node.views().map((view) => view.assignment.jobId)).size).toBe(2);
    expect(scene.errors.length).toBeGreaterThan(0);
  });

  it("after a fence was issued keeps its run waiting for moments, not for the next full comparison", async () => {
    let lost = 0;
    await sceneWith((real) => ({
      transition: async (term, items) => {
        const changes = await real.transition(term, items);
        if (lost-- > 0) throw new StoreUnavailableError("the answer got lost");
        return changes;
      },
    }));
    const node = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    lost = 1;
    const asked = runNow(job).catch((err: unknown) => err);
    await scene.settle(4000);
    expect(await asked).toBeInstanceOf(StoreUnavailableError);
    expect(node.views()).toHaveLength(1);
  });
});

describe("a pause of all planning", () => {
  const pause = async (until: number | null = null) => {
    const asked = scene.scheduler.operations.pause({ reason: "deploy", until }, "anna");
    await scene.settle(3000);
    return asked;
  };

  it("reaches a run that is assigned in the ledger but has no keys in the coordinator", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    await scene.addJob({ schedule: ["@every 30s"] });
    await scene.settle(15_000);
    const { runId } = a.views()[0]!.assignment;
    scene.space.commit([], [{ table: "assignments", key: runId, value: null }]);
    expect(await stateOf(runId)).toBe("assigned");
    await pause();
    expect(await scene.store.getRun(runId)).toMatchObject({ state: "skipped", reason: { code: "paused" } });
  });

  it("leaves alone what is due after its end", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(1000);
    const ahead = a.views().map((view) => view.assignment);
    expect(ahead.length).toBeGreaterThan(1);
    await pause((ahead[0] as { dueAt: number }).dueAt + 1);
    expect(await Promise.all(ahead.map(({ runId }) => stateOf(runId)))).toEqual([
      "skipped",
      ...ahead.slice(1).map(() => "assigned"),
    ]);
  });

  it("is carried on with by the next leader", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    await scene.addJob({ schedule: ["@every 30s"] });
    await scene.settle(15_000);
    const { runId } = a.views()[0]!.assignment;
    const state = { reason: "deploy", until: null, by: "anna", since: scene.clock.now() };
    await scene.store.setPause(scene.scheduler.term() as number, state);
    await scene.restartScheduler();
    await scene.settle(3000);
    expect(await stateOf(runId)).toBe("skipped");
  });
});

describe("misfires", () => {
  it("are judged however many overdue runs are claimed and haven't started", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const many = { schedule: ["@manual"], overlap: "allow" as const };
    const claimed = await scene.addJob(many);
    const other = await scene.addJob({ schedule: ["@every 1h"], startDeadlineMs: null });
    const term = scene.scheduler.term() as number;
    const at = scene.clock.now();
    const job = { id: claimed.id, name: claimed.name, version: 1, effective: claimed.effective, plannedThrough: at };
    const tick = (nominal: number) =>
      planJob({
        job: { ...job, nextNominal: nominal, nextDue: nominal },
        now: at,
        dueThrough: nominal,
        nodes: [],
        pause: null,
        newId: () => `tick-${nominal - at}`,
      }).item.runs[0]!;
    const runs = Array.from({ length: 510 }, (_, i) => tick(at + 1 + i));
    const cursor = { plannedThrough: at, nextNominal: null, nextDue: null };
    await scene.store.writePlan(term, [{ jobId: claimed.id, ifVersion: 1, ifPlannedThrough: at, cursor, runs }]);
    scene.scheduler.follow([]);
    await scene.settle(6000);
    expect(a.views()).toHaveLength(510);
    for (const view of a.views()) expect(await a.claim(view)).toBe("claimed");
    const late = { ...tick(at + 600), id: "late", jobId: other.id, jobName: other.name, parked: "x" };
    const through = (await scene.store.getJob(other.id))!.plannedThrough;
    const item = { jobId: other.id, ifVersion: 1, ifPlannedThrough: through, cursor, runs: [late] };
    await scene.store.writePlan(term, [item]);
    await scene.store.park(term, [
      { runId: "late", parked: "nodes", reason: { code: "no_eligible_node", message: "-" } },
    ]);
    await scene.settle(70_000);
    expect(await scene.store.getRun("late")).toMatchObject({ trigger: "catch_up" });
  });

  it("leave one tick to be made up for, though a new leader has planned the newest before it judges any", async () => {
    await sceneWith((real, clock) => ({
      parkedKeys: async () => {
        await clock.sleep(3000);
        return real.parkedKeys();
      },
    }));
    await scene.settle(5000);
    await scene.addJob({ schedule: ["@every 10m"], overlap: "allow" });
    await scene.settle(720_000);
    const kept = async () => (await scene.runs()).filter((run) => run.trigger === "catch_up");
    expect((await kept()).map(({ state }) => state)).toEqual(["planned"]);
    scene.clock.stepWall(3_000_000);
    await scene.restartScheduler();
    await scene.settle(2000);
    expect((await kept()).map(({ state }) => state)).toEqual(["planned", "planned"]);
    await scene.settle(10_000);
    expect((await kept()).map(({ state }) => state)).toEqual(["planned", "missed"]);
  });

  it("of a job on every node keep all shards of the newest tick", async () => {
    scene = await openScene();
    const [a, b] = [await scene.addNode("a"), await scene.addNode("b")];
    await scene.settle();
    await scene.addJob({ schedule: ["@every 30s"], place: { node: null, labels: null, every: true } });
    await scene.settle(125_000);
    const kept = (await scene.runs()).filter((run) => run.trigger === "catch_up" && run.state === "assigned");
    expect(kept.map((run) => run.shard?.index).sort()).toEqual([0, 1]);
    expect(new Set(kept.map((run) => run.scheduledFor)).size).toBe(1);
    expect([a, b].map((node) => node.views().filter((view) => view.assignment.catchUp).length)).toEqual([1, 1]);
  });
});

describe("a job on every node, while there is none", () => {
  const every = { node: null, labels: null, every: true };

  it("has one row a tick, which the first node that comes in time runs as the only shard", async () => {
    scene = await openScene();
    await scene.settle();
    await scene.addJob({ schedule: ["@every 30s"], place: every });
    await scene.settle(35_000);
    const due = (await scene.runs()).filter((run) => run.dueAt <= scene.clock.now());
    expect(due).toMatchObject([{ state: "planned", reason: { code: "no_eligible_node" } }]);
    const [a, b] = [await scene.addNode("a"), await scene.addNode("b")];
    await scene.settle(3000);
    const views = [...a.views(), ...b.views()].filter((view) => view.assignment.runId === due[0]!.id);
    expect(views.map((view) => view.assignment.shard)).toEqual([{ index: 0, total: 1 }]);
  });

  it("misses what the misfire policy doesn't keep", async () => {
    scene = await openScene();
    await scene.settle();
    const misfire = { policy: "skip" as const, withinMs: 86_400_000 };
    await scene.addJob({ schedule: ["@every 30s"], place: every, misfire });
    await scene.settle(100_000);
    const missed = (await scene.runs()).filter((run) => run.state === "missed");
    expect(missed.map((run) => run.reason?.code)).toEqual(["misfire_policy"]);
  });

  it("isn't taken for that by a new leader that hasn't heard the sessions yet", async () => {
    await sceneWith((real, clock) => ({
      parkedKeys: async () => {
        await clock.sleep(3000);
        return real.parkedKeys();
      },
    }));
    const nodes = [await scene.addNode("a"), await scene.addNode("b")];
    await scene.settle(5000);
    await scene.addJob({ schedule: ["@every 1s"], place: every, misfire: { policy: "all", withinMs: 3_600_000 } });
    await scene.settle(5000);
    await scene.restartScheduler();
    await scene.settle(10_000);
    const runs = (await scene.runs()).filter((run) => run.trigger === "schedule");
    expect(runs.length).toBeGreaterThan(2);
    expect(runs.filter((run) => run.shard?.total !== nodes.length)).toEqual([]);
  });
});

describe("two edits of one job within a millisecond", () => {
  it("are settled each by itself: the first doesn't end the second", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(5000);
    for (const view of a.views()) await a.claim(view);
    const { revisions } = scene.scheduler;
    const first = revisions.change({ jobId: job.id, actor: "t", ...specOf(job, { priority: 8 }) });
    const second = revisions.change({ jobId: job.id, actor: "t", ...specOf(job, { priority: 9 }) });
    await scene.settle(5000);
    await Promise.all([first, second]);
    const page = await scene.store.listVersions(job.id, { limit: 10 });
    expect(new Set(page.items.map(({ createdAt }) => createdAt)).size).toBe(3);
    expect(await scene.store.getJob(job.id)).toMatchObject({ revising: false, version: 3 });
  });
});

describe("what a job does to itself", () => {
  const actions = async (job: JobRow) =>
    (await scene.store.listAudit({ limit: 50, targetId: job.id })).items.map(
      ({ actor, action }) => `${action} ${actor}`,
    );

  it("is in the audit: enabled when its time has come, disabled after failures", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], pauseAfter: 1 });
    await runNow(job);
    const view = a.views()[0]!;
    await a.claim(view);
    await a.finished(view, "failed");
    await scene.settle(3000);
    expect(await scene.store.getJob(job.id)).toMatchObject({ enabled: false });
    await change(job, { enabled: { enabled: false, enableAt: scene.clock.now() + 3000, reason: null } });
    await scene.settle(10_000);
    expect(await scene.store.getJob(job.id)).toMatchObject({ enabled: true });
    const expected = ["job.enable distcron", "job.disable t", "job.paused distcron", "job.create test"];
    expect((await actions(job)).filter((line) => !line.startsWith("job.run"))).toEqual(expected);
  });
});

describe("new defaults of the cluster", () => {
  it("reach what is planned ahead: those rows are planned again, under the new version", async () => {
    let timezone = "UTC";
    scene = await openScene({
      followDefaults: (store) => createFollowDefaults({ store, defaults: { timezone }, log: silentLog }),
    });
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["30 0 12 * * *"], retry: effectiveOf(aDocument, {}).retry });
    await scene.settle(17_000);
    expect(a.views()).toHaveLength(1);
    timezone = "Asia/Shanghai";
    await scene.restartScheduler();
    await scene.settle(5000);
    expect(await scene.store.getJob(job.id)).toMatchObject({
      version: 2,
      effective: { timezone },
      nextNominal: Date.UTC(2026, 0, 6, 4, 0, 30),
      revising: false,
    });
    expect([a.views(), await scene.runs()]).toEqual([[], []]);
  });
});

describe("a run that ends while all rows are compared with all keys", () => {
  it("keeps no slot of its limit, and nobody waits for it any more", async () => {
    let meanwhile: (() => Promise<unknown>) | null = null;
    await sceneWith((real) => ({
      async openRuns(...asked) {
        const rows = await real.openRuns(...asked);
        await meanwhile?.();
        meanwhile = null;
        return rows;
      },
    }));
    const node = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], limit: { key: "db", max: 1 } });
    const first = await runNow(job);
    const second = await runNow(job);
    await scene.settle(1000);
    const [view] = node.views();
    expect(view!.assignment.runId).toBe(first.id);
    await node.claim(view!);
    await node.started(view!);
    expect(await scene.store.getRun(second.id)).toMatchObject({ state: "planned", reason: { code: "limit" } });
    // The rows have been read with the run in them; its end is recorded before they are looked at.
    meanwhile = () => node.finished(view!, "succeeded");
    for (let i = 0; i < 70 && meanwhile; i++) await scene.settle(1000);
    expect(meanwhile, "all was compared").toBeNull();
    await scene.settle(2000);
    expect(await stateOf(first.id)).toBe("succeeded");
    expect(await stateOf(second.id)).toBe("assigned");
  });
});
