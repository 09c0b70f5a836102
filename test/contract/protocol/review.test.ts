// What a review of the scheduler found: each of these once left a run, a job or a slot behind for good.
import { afterEach, describe, expect, it } from "vitest";
import type { EffectiveJob, JobDocument } from "../../../src/model/job.ts";
import { seededRandom } from "../../../src/random.ts";
import { planJob } from "../../../src/schedule/plan-job.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import { type Store, StoreUnavailableError } from "../../../src/store/store.ts";
import { aJob } from "../../support/a-job.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { load, openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
afterEach(async () => {
  await scene?.close();
});

const limit = { key: "db", max: 1 };
const stateOf = async (id: string) => (await scene.store.getRun(id))?.state;
const runNow = async (job: { name: string }, request = {}) =>
  (await scene.scheduler.operations.runNow(job.name, request, "t")).run;

/** A scene on a store some of whose methods a test replaces; `real` is what it replaces them with. */
async function sceneWith(replace: (real: Store, clock: ManualClock) => Partial<Store>) {
  const clock = new ManualClock(Date.UTC(2026, 0, 5, 12, 0, 0));
  const real = await openSqlite({ file: ":memory:", clock, random: seededRandom(1) });
  scene = await openScene({ clock, store: { ...real, ...replace(real, clock) } });
}
/** A method that has no answer, that many times. */
function failing<A extends unknown[], R>(method: (...args: A) => Promise<R>, left = { times: 1 }) {
  return (...args: A) =>
    left.times-- > 0 ? Promise.reject(new StoreUnavailableError("the disk is busy")) : method(...args);
}

/** As it stands in the store when this version can't read its schedule (any more). */
async function addUnreadable(over: Partial<EffectiveJob> = {}, enabled = true) {
  const effective = aJob({ name: "unreadable", schedule: ["gibberish"], ...over });
  const at = scene.clock.now();
  return scene.store.createJob(scene.scheduler.term() as number, {
    id: "bad",
    spec: { name: "unreadable", schedule: "gibberish", cmd: "true" } as unknown as JobDocument,
    effective,
    enabled,
    cursor: { plannedThrough: at, nextNominal: at + 1000, nextDue: at + 1000 },
    at,
    actor: "t",
  });
}

describe("a job whose schedule can't be read", () => {
  it("stops no other job's planning, is said once, and can be repaired", async () => {
    scene = await openScene();
    const node = await scene.addNode("a");
    await scene.settle();
    await addUnreadable();
    await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(60_000);
    expect(node.views().length).toBeGreaterThan(3);
    expect(scene.errors).toHaveLength(1);
    const effective = aJob({ name: "unreadable", schedule: ["@every 10s"] });
    const spec = { name: "unreadable", schedule: "@every 10s", cmd: "true" } as unknown as JobDocument;
    const asked = scene.scheduler.revisions.change({ jobId: "bad", spec: { spec, effective }, actor: "t" });
    await scene.settle(6000);
    await asked;
    expect((await scene.runs("unreadable")).length).toBeGreaterThan(0);
  });

  it("doesn't keep others from enabling themselves", async () => {
    scene = await openScene();
    await scene.settle();
    await addUnreadable({}, false);
    const good = await scene.addJob({ schedule: ["@every 10s"] });
    for (const [jobId, enableAt] of [
      ["bad", scene.clock.now() + 5000],
      [good.id, scene.clock.now() + 6000],
    ] as const) {
      const enabled = { enabled: false, enableAt, reason: null };
      const asked = scene.scheduler.revisions.change({ jobId, enabled, actor: "t" });
      await scene.settle(100);
      await asked;
    }
    await scene.settle(20_000);
    expect((await scene.store.getJob(good.id))?.enabled).toBe(true);
  });
});

describe("a parked run", () => {
  it("goes out after a restart, when what it waited for ended with the former process", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], limit, overlap: "allow" });
    const [first, second] = [await runNow(job), await runNow(job)];
    const view = a.views()[0]!;
    await a.claim(view);
    await a.started(view);
    // Recorded, but the leader never came to hear of it.
    await scene.store.record([
      { type: "interrupted", runId: first.id, fence: 1, sessionId: a.sessionId, at: 1, attempt: 1, reason: "ended" },
    ]);
    await scene.restartScheduler();
    await scene.settle(3000);
    expect(await stateOf(second.id)).toBe("assigned");
  });

  it("goes out when the run in its way is taken back by an edit", async () => {
    scene = await openScene();
    await scene.addNode("a");
    await scene.settle();
    const often = await scene.addJob({ schedule: ["@every 10s"], limit });
    const other = await scene.addJob({ schedule: ["@manual"], limit });
    await scene.settle(6000);
    const run = await runNow(other);
    expect(await stateOf(run.id)).toBe("planned");
    const enabled = { enabled: false, enableAt: null, reason: null };
    const asked = scene.scheduler.revisions.change({ jobId: often.id, enabled, actor: "t" });
    await scene.settle(10_000);
    await asked;
    expect(await stateOf(run.id)).toBe("assigned");
  });

  it("goes out when the run in its way ends while it is being parked", async () => {
    let onPark = async () => {};
    await sceneWith((real) => ({
      park: async (...args) => {
        await onPark();
        return real.park(...args);
      },
    }));
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], limit, overlap: "allow" });
    await runNow(job);
    const view = a.views()[0]!;
    await a.claim(view);
    await a.started(view);
    onPark = () => a.finished(view);
    const second = await runNow(job);
    await scene.settle(2000);
    expect(await stateOf(second.id)).toBe("assigned");
  });

  it("goes out when its node is trusted again", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    a.stopBeating();
    await scene.settle(20_000);
    const run = await runNow(job);
    expect(await scene.store.getRun(run.id)).toMatchObject({ reason: { code: "no_eligible_node" } });
    await scene.store.beat(a.sessionId, load, 30_000);
    await scene.settle(5000);
    expect(await stateOf(run.id)).toBe("assigned");
  });
});

describe("a draining node", () => {
  it("gets nothing when it, or the scheduler, starts again", async () => {
    scene = await openScene();
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    const asked = scene.scheduler.operations.setDraining("a", true, "t");
    await scene.settle(100);
    await asked;
    const run = await runNow(job);
    a.stopBeating();
    await a.session.close();
    await scene.addNode("a", a.sessionId);
    await scene.settle(3000);
    expect((await scene.store.getRun(run.id))?.fence).toBe(0);
    await scene.restartScheduler();
    await scene.settle(3000);
    expect((await scene.store.getRun(run.id))?.fence).toBe(0);
  });
});

describe("slots of a limit", () => {
  it("are counted once, though a run is handed out twice at once", async () => {
    let slow = true;
    await sceneWith((real, clock) => ({
      createRun: async (term, run) => {
        const result = await real.createRun(term, run);
        if (slow) await clock.sleep(7000);
        return result;
      },
    }));
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], limit: { key: "db", max: 2 }, overlap: "allow" });
    const asked = runNow(job);
    await scene.settle(8000);
    await asked;
    slow = false;
    await runNow(job);
    await runNow(job);
    expect(a.views()).toHaveLength(2);
  });

  it("aren't taken by runs that were not handed out after all", async () => {
    const left = { times: 0 };
    await sceneWith((real) => ({ park: failing(real.park, left) }));
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], limit, overlap: "allow" });
    await runNow(job);
    await runNow(job);
    left.times = 1;
    const a = await scene.addNode("a");
    await scene.settle(8000);
    expect(a.views()).toHaveLength(1);
  });
});

describe("an operation that is cut short", () => {
  it("an edit is finished by the same leader", async () => {
    await sceneWith((real) => ({ settleRevision: failing(real.settleRevision) }));
    await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 10s"] });
    await scene.settle(6000);
    const spec = { spec: job.spec, effective: { ...job.effective, priority: 9 } };
    const asked = scene.scheduler.revisions.change({ jobId: job.id, spec, actor: "t" }).catch((err) => err.code);
    await scene.settle(1000);
    expect(await asked).toBe("store_unavailable");
    await scene.settle(20_000);
    expect((await scene.store.getJob(job.id))?.revising).toBe(false);
    expect((await scene.runs()).every((run) => run.jobVersion === 2 || run.scheduledFor < scene.clock.now())).toBe(
      true,
    );
  });

  it("a cancel is carried on with by the next leader", async () => {
    scene = await openScene();
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    const run = await runNow(job);
    await scene.store.requestCancel(run.id, scene.clock.now(), "t");
    await scene.restartScheduler();
    await scene.settle(2000);
    expect(await stateOf(run.id)).toBe("cancelled");
  });

  it("a cancel is carried on with by the same leader", async () => {
    scene = await openScene();
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"] });
    const run = await runNow(job);
    await scene.store.requestCancel(run.id, scene.clock.now(), "t");
    await scene.settle(70_000);
    expect(await stateOf(run.id)).toBe("cancelled");
  });

  it("clearing up after a run is tried again", async () => {
    const left = { times: 0 };
    await sceneWith((real) => ({ unpark: failing(real.unpark, left) }));
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@manual"], limit, overlap: "allow" });
    const [, second] = [await runNow(job), await runNow(job)];
    const view = a.views()[0]!;
    await a.claim(view);
    left.times = 1;
    await a.finished(view);
    await scene.settle(8000);
    expect(await stateOf(second.id)).toBe("assigned");
  });
});

describe("a newer tick that starts", () => {
  it("makes the older misfire missed, though the store fails at that moment", async () => {
    const left = { times: 0 };
    await sceneWith((real) => ({ openRunsOfJob: failing(real.openRunsOfJob, left) }));
    const a = await scene.addNode("a");
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 2m"], overlap: "allow" });
    // The first tick isn't claimed in time, the second one is.
    await scene.settle(240_000);
    const [older] = (await scene.runs(job.name)).filter((run) => run.trigger === "catch_up");
    const newer = a.views().find(({ assignment }) => assignment.trigger === "schedule");
    expect([older?.state, newer?.assignment.trigger]).toEqual(["assigned", "schedule"]);
    await a.claim(newer!);
    left.times = 1;
    await a.started(newer!);
    await scene.settle(10_000);
    expect(left.times).toBeLessThan(1);
    expect(await stateOf(older!.id)).toBe("missed");
  });
});

describe("a newer misfire that is kept", () => {
  it("takes the older one's place, though the store fails at that moment, and keeps no other job waiting", async () => {
    const left = { times: 0 };
    await sceneWith((real) => ({ openRunsOfJob: failing(real.openRunsOfJob, left) }));
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 10m"], overlap: "allow" });
    await scene.settle(720_000);
    scene.clock.stepWall(3_000_000);
    left.times = 2;
    const a = await scene.addNode("a");
    await scene.settle(25_000);
    expect(left.times).toBeLessThan(1);
    const kept = (await scene.runs(job.name)).filter((run) => run.trigger === "catch_up");
    expect(kept.map(({ state }) => state)).toEqual(["assigned", "missed"]);
    expect(a.views().map(({ assignment }) => assignment.runId)).toEqual([kept[0]!.id]);
  });

  it("isn't sought among what has started once: a rerun is no misfire", async () => {
    scene = await openScene();
    await scene.settle();
    const job = await scene.addJob({ schedule: ["@every 10m"], overlap: "allow", onNodeLoss: "rerun" });
    await scene.settle(720_000);
    const a = await scene.addNode("a");
    await scene.settle();
    const [view] = a.views();
    expect(view?.assignment.catchUp).toBe(true);
    await a.claim(view!);
    await a.started(view!);
    await scene.settle();
    await a.vanish();
    await scene.settle(100_000);
    expect(await stateOf(view!.assignment.runId)).toBe("planned");
    scene.clock.stepWall(3_000_000);
    await scene.settle(25_000);
    // A new leader takes note of all that is there.
    await scene.restartScheduler();
    await scene.settle(10_000);
    const kept = (await scene.runs(job.name)).filter((run) => run.trigger === "catch_up");
    expect(kept.map(({ state }) => state)).toEqual(["planned", "planned"]);
  });
});

describe("pausing everything", () => {
  it("reaches what was just being planned", async () => {
    let slow = false;
    let entered = false;
    await sceneWith((real, clock) => ({
      writePlan: async (term, items) => {
        if (slow) {
          slow = false;
          entered = true;
          await clock.sleep(3000);
        }
        return real.writePlan(term, items);
      },
      // A look begins between the plan up to now and the pause.
      setPause: async (term, pause) => {
        slow = true;
        while (!entered) await clock.sleep(100);
        return real.setPause(term, pause);
      },
    }));
    const a = await scene.addNode("a");
    await scene.settle();
    await scene.addJob({ schedule: ["@every 1s"] });
    await scene.settle(2000);
    const asked = scene.scheduler.operations.pause({ reason: "deploy", until: null }, "anna");
    await scene.settle(15_000);
    const { since } = await asked;
    expect(a.views().filter((view) => view.assignment.dueAt > since)).toEqual([]);
  });
});

describe("planning", () => {
  const now = Date.UTC(2026, 0, 5, 12, 0, 0);
  const plan = (over: Partial<EffectiveJob>, from: number, rest = {}) => {
    const effective = aJob(over);
    const job = {
      id: "j",
      name: "j",
      version: 1,
      effective,
      plannedThrough: from - 1,
      nextNominal: from,
      nextDue: from,
    };
    let id = 0;
    return planJob({ job, now, dueThrough: now, nodes: [], pause: null, newId: () => `r${++id}`, ...rest });
  };

  it("keeps no misfire of a round when newer ones follow in the next", () => {
    const { item, more } = plan({ schedule: ["@every 1s"] }, now - 3_600_000);
    expect(more).toBe(true);
    expect(item.runs.filter((run) => run.state === "planned")).toEqual([]);
  });

  it("before an edit while everything is paused, plans no tick that its jitter puts off", () => {
    const pause = { reason: "deploy", by: "anna", since: now - 60_000, until: null };
    const over = { schedule: ["@every 10m"], jitterMs: 300_000 };
    const job = { nextDue: now + 100_000 };
    const effective = aJob(over);
    const { item } = planJob({
      job: { id: "j", name: "j", version: 1, effective, plannedThrough: now - 1, nextNominal: now, ...job },
      now,
      dueThrough: now,
      settleThrough: now,
      nodes: [],
      pause,
      newId: () => "r",
    });
    expect(item.runs.map((run) => [run.state, run.reason?.code])).toEqual([["skipped", "paused"]]);
  });
});
