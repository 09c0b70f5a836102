// What the dashboard asks: the ticks to come, and what wants somebody's eyes.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSchedulesAtHand } from "../../src/api/schedules-at-hand.ts";
import type { NodeLoad } from "../../src/model/node.ts";
import type { JobSchedule, Store } from "../../src/store/store.ts";
import { type ApiScene, openApiScene, putRun, theTerm } from "../support/api-scene.ts";
import { load } from "../support/scene.ts";

let scene: ApiScene;
beforeEach(async () => {
  scene = await openApiScene();
});
afterEach(() => scene.close());

const minute = 60_000;
// The scene begins at noon, half a second ago.
const noon = "2026-01-05T12:00:00.000Z";
const ask = async (path: string) => (await scene.ask("GET", `/stats/${path}`)).body;

async function aNode(name: string, given: Partial<NodeLoad> = {}, slots = 4) {
  const who = { nodeId: `id-${name}`, name, version: "1", host: "h", pid: 1, startedAt: 0 };
  const info = { ...who, labels: {}, slots, executors: ["cmd" as const] };
  await scene.store.registerSession({ sessionId: `session-${name}`, info, former: null, graceMs: 3_600_000 });
  await scene.store.beat(`session-${name}`, { ...load, ...given }, 3_600_000);
}

describe("a forecast", () => {
  it("has a row for each job, the one due first at the top, with its ticks in slots", async () => {
    await scene.addJob({ name: "often", schedule: "*/10 * * * *" });
    await scene.addJob({
      name: "seconds",
      schedule: "*/20 31 12 * * *",
    });
    await scene.addJob({ name: "late", schedule: "45 12 * * *" });
    await scene.addJob({ name: "tomorrow", schedule: "45 11 * * *" });
    await scene.addJob({ name: "off", schedule: "* * * * *", enabled: false });
    const body = await ask("forecast?slots=4");
    expect(body).toMatchObject({
      from: noon,
      to: "2026-01-05T13:01:00.000Z",
      slotMs: 915_000,
      jobs: 3,
      ticks: 11,
      busy: [],
      busyFrom: 10,
      moreRows: 0,
    });
    expect(body.rows.map((row: { job: { name: string } }) => row.job.name)).toEqual(["often", "seconds", "late"]);
    // From 15 s past the quarter hour: 0, 10 | 20, 30 | 40 | 50, 60.
    expect(body.rows[0]).toMatchObject({
      ticks: 7,
      jobs: 1,
      tag: null,
      marks: [
        [0, 2],
        [1200, 2],
        [2400, 1],
        [3000, 2],
      ],
    });
    expect(body.rows[1].marks).toEqual([[1860, 3]]);
    expect(body.density).toEqual([
      [0, 2],
      [1200, 2],
      [1860, 5],
      [3000, 2],
    ]);
    const few = await ask("forecast?limit=1");
    expect([few.rows.length, few.moreRows]).toEqual([1, 2]);
  });

  it("has rows by tag, and tells of one tag alone", async () => {
    await scene.addJob({ name: "a", schedule: "10 12 * * *", tags: ["web", "db"] });
    await scene.addJob({ name: "b", schedule: "10 12 * * *", tags: ["db"] });
    await scene.addJob({ name: "c", schedule: "10 12 * * *" });
    const body = await ask("forecast?by=tag");
    expect(body.rows.map(({ job, tag, jobs, ticks, marks }: never) => [job, tag, jobs, ticks, marks])).toEqual([
      [null, "db", 2, 2, [[600, 2]]],
      [null, "web", 1, 1, [[600, 1]]],
      [null, null, 1, 1, [[600, 1]]],
    ]);
    expect(body.ticks).toBe(3);
    const db = await ask("forecast?tag=db&from=2026-01-05T12:10:00Z&to=2026-01-05T12:11:00Z");
    expect(db.rows.map((row: { job: { name: string } }) => row.job.name)).toEqual(["a", "b"]);
  });

  it("marks minutes in which more start than the nodes can take, unless jitter spreads them", async () => {
    await aNode("web-1", {}, 9);
    await aNode("web-2", {}, 4);
    for (let i = 0; i < 14; i++) await scene.addJob({ name: `at-${i}`, schedule: "30 12 * * *" });
    for (let i = 0; i < 14; i++) await scene.addJob({ name: `spread-${i}`, schedule: "40 12 * * *", jitter: "10m" });
    expect(await ask("forecast")).toMatchObject({
      busyFrom: 14,
      busy: [{ at: "2026-01-05T12:30:00.000Z", ticks: 14 }],
    });
    expect((await ask("forecast?busyFrom=15")).busy).toEqual([]);
    expect((await ask("forecast?busyFrom=1")).busy).toHaveLength(11);
  });

  it("follows every change of a job", async () => {
    const rows = async () => (await ask("forecast?by=tag")).rows.map(({ tag, ticks }: never) => [tag, ticks]);
    expect(await rows()).toEqual([]);
    await scene.addJob({ name: "a", schedule: "10 12 * * *" });
    expect(await rows()).toEqual([[null, 1]]);
    await scene.ask("PATCH", "/jobs/a", { body: { tags: ["x"], schedule: "*/30 * * * *" } });
    expect(await rows()).toEqual([["x", 3]]);
    await scene.ask("POST", "/jobs/a/disable");
    expect(await rows()).toEqual([]);
    await scene.ask("POST", "/jobs/a/enable");
    expect(await rows()).toEqual([["x", 3]]);
    await scene.ask("DELETE", "/jobs/a");
    expect(await rows()).toEqual([]);
  });

  it("refuses a span that is none, or too long", async () => {
    for (const bad of [
      "to=2026-01-05T11:00:00Z",
      "to=2026-01-07T11:00:00Z",
      "by=node",
      "slots=501",
      "limit=101",
      "busyFrom=0",
    ])
      expect((await scene.ask("GET", `/stats/forecast?${bad}`)).status, bad).toBe(422);
  });
});

describe("schedules at hand", () => {
  it("are read anew only as far as they changed, and wholly where that doesn't add up", async () => {
    const jobs = new Map<string, JobSchedule>();
    const put = (jobId: string, version: number, updatedAt: number) => {
      const rules = { schedule: ["* * * * *"], timezone: "UTC", startAtMs: null, endAtMs: null, jitterMs: 0, tags: [] };
      jobs.set(jobId, { jobId, jobName: jobId, version, updatedAt, enabled: true, ...rules });
    };
    const asked: (number | null)[] = [];
    const store: Pick<Store, "scheduleStamp" | "schedules"> = {
      async scheduleStamp() {
        const all = [...jobs.values()];
        return {
          jobs: all.length,
          versions: all.reduce((sum, { version }) => sum + version, 0),
          changedAt: Math.max(0, ...all.map(({ updatedAt }) => updatedAt)),
        };
      },
      async schedules({ changedSince, after, limit }) {
        asked.push(changedSince);
        return [...jobs.values()]
          .filter(({ jobId, updatedAt }) => jobId > (after ?? "") && updatedAt >= (changedSince ?? 0))
          .sort((a, b) => (a.jobId < b.jobId ? -1 : 1))
          .slice(0, limit);
      },
    };
    const atHand = createSchedulesAtHand(store);
    for (let i = 0; i < 700; i++) put(`job-${String(i).padStart(4, "0")}`, 1, 1_000_000);
    const first = await atHand();
    expect(first.size).toBe(700);
    expect(asked.splice(0)).toEqual([null, null]);
    expect(await atHand()).toBe(first);
    expect(asked).toEqual([]);
    put("job-0003", 2, 2_000_000);
    // Questions of one moment share the reading.
    const [a, b] = await Promise.all([atHand(), atHand()]);
    expect(a).toBe(b);
    expect(a.get("job-0003")).toMatchObject({ version: 2 });
    expect(asked.splice(0)).toEqual([700_000, 700_000]);
    // Written by a clock far behind.
    put("job-0004", 2, 5);
    expect((await atHand()).get("job-0004")).toMatchObject({ version: 2 });
    expect(asked).toEqual([1_700_000, null, null]);
  });
});

describe("what wants attention", () => {
  const nothing = { items: [], more: false };

  it("is nothing at first", async () => {
    await aNode("web-1");
    expect(await ask("attention")).toEqual({
      failing: nothing,
      overdue: nothing,
      waiting: nothing,
      long: nothing,
      nodes: nothing,
    });
  });

  async function running(job: { id: string; name: string }, startedAt: number, endedAt?: number) {
    const run = await putRun(scene, job, { scheduledFor: startedAt, dueAt: startedAt });
    const to = { state: "assigned" as const, sessionId: "session-web-1", nodeId: "id-web-1", nodeName: "web-1" };
    await scene.store.transition(theTerm, [
      {
        ...{ runId: run.id, ifState: ["planned"], ifFence: 0, at: startedAt },
        to: { ...to, raiseFloor: false, rerun: false },
      },
    ]);
    const base = { runId: run.id, fence: 1, sessionId: "session-web-1", attempt: 1 };
    await scene.store.record([{ ...base, type: "started", at: startedAt }]);
    const end = { reason: null, outputBytes: 0, outputTruncated: false };
    if (endedAt) await scene.store.record([{ ...base, type: "finished", at: endedAt, state: "succeeded", ...end }]);
    return run.id;
  }

  it("is a run that takes twice as long as nearly all of its job's", async () => {
    await aNode("web-1");
    const job = await scene.addJob({ name: "copy" });
    const now = scene.clock.now();
    for (let i = 1; i <= 4; i++) await running(job, now - i * 100 * minute, now - i * 100 * minute + 10_000);
    const run = await running(job, now - minute);
    await running(await scene.addJob({ name: "unknown" }), now - 100 * minute);
    // Four runs are too few to judge by.
    expect((await ask("attention")).long).toEqual(nothing);
    await running(job, now - 50 * minute, now - 50 * minute + 10_000);
    await scene.clock.advance(minute + 1);
    expect((await ask("attention")).long).toEqual({
      items: [
        {
          job: { id: job.id, name: "copy" },
          run,
          node: { id: "id-web-1", name: "web-1" },
          startedAt: new Date(now - minute).toISOString(),
          p95Ms: 10_000,
        },
      ],
      more: false,
    });
  });

  it("is a job that fails, and a run that nobody takes", async () => {
    const job = await scene.addJob({ name: "stuck", cmd: "true", place: { labels: { gpu: "yes" } } });
    const run = await putRun(scene, job);
    await scene.clock.advance(2 * minute);
    const { waiting } = await ask("attention");
    expect(waiting.items).toMatchObject([
      { job: { name: "stuck" }, run: run.id, runs: 1, reason: { code: "no_eligible_node" } },
    ]);
    await scene.ask("POST", `/runs/${run.id}/cancel`);
    expect((await ask("attention")).waiting).toEqual(nothing);
  });

  it("is a node that is down, or whose clock, disk or memory is in trouble", async () => {
    await aNode("fine");
    await aNode("gone");
    await scene.store.closeSession("session-gone");
    const disks = [
      { mount: "/", usedRatio: 0.5, totalBytes: 100 },
      { mount: "/data", usedRatio: 0.93, totalBytes: 100 },
    ];
    await aNode("sick", { clockOffsetMs: -1500, memoryRatio: 0.97, disks });
    const { nodes } = await ask("attention");
    const shown = nodes.items.map((each: Record<string, { name: string }>) => [
      each.node?.name,
      each.problem,
      each.value,
    ]);
    expect(shown).toEqual([
      ["gone", "down", null],
      ["sick", "clock", -1500],
      ["sick", "disk", 0.93],
      ["sick", "memory", 0.97],
    ]);
    expect(nodes.items[2].mount).toBe("/data");
    expect((await ask("attention?limit=1")).nodes).toMatchObject({ items: [{ node: { name: "gone" } }], more: true });
  });
});
