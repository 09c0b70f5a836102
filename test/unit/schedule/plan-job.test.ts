import { describe, expect, it } from "vitest";
import type { EffectiveJob } from "../../../src/model/job.ts";
import { type PlanInput, planJob } from "../../../src/schedule/plan-job.ts";
import { cursorAfter } from "../../../src/schedule/ticks.ts";
import { aJob } from "../../support/a-job.ts";

const minute = 60_000;
const start = Date.UTC(2026, 0, 5, 12, 0, 0);

function plan(effective: Partial<EffectiveJob>, options: Partial<PlanInput> & { through?: number } = {}) {
  const job = aJob(effective);
  const cursor = cursorAfter({ id: "j1", ...job }, options.through ?? start);
  let count = 0;
  const now = options.now ?? start;
  return planJob({
    job: {
      id: "j1",
      name: job.name,
      version: 1,
      effective: job,
      plannedThrough: cursor.plannedThrough,
      nextNominal: cursor.nextNominal as number,
      nextDue: cursor.nextDue as number,
    },
    now,
    dueThrough: now + 20_000,
    nodes: [],
    pause: null,
    newId: () => `r${++count}`,
    ...options,
  });
}
const at = (ms: number) => new Date(ms).toISOString().slice(11, 19);

describe("planning a job's ticks", () => {
  it("plans what is due within the horizon and says where to go on", () => {
    const { item, more } = plan({ schedule: ["*/5 * * * * *"] });
    expect(item.runs.map((run) => at(run.dueAt))).toEqual(["12:00:05", "12:00:10", "12:00:15", "12:00:20"]);
    expect(item.runs.every((run) => run.state === "planned" && run.trigger === "schedule")).toBe(true);
    expect(item.cursor).toEqual({
      plannedThrough: start + 20_000,
      nextNominal: start + 25_000,
      nextDue: start + 25_000,
    });
    expect(more).toBe(false);
  });

  it("takes ticks that are less than 60 s late as late, not as misfires", () => {
    const { item } = plan({ misfire: { policy: "skip", withinMs: minute } }, { now: start + minute + 59_000 });
    expect(item.runs.map((run) => run.state)).toEqual(["planned", "planned"]);
  });

  const outage = { now: start + 10 * minute + 30_000 };
  it("runs the newest misfire with policy latest and records the others as missed", () => {
    const { item } = plan({}, outage);
    const missed = item.runs.filter((run) => run.state === "missed");
    const caught = item.runs.filter((run) => run.trigger === "catch_up");
    expect(missed.map((run) => at(run.scheduledFor))).toEqual([..."12345678"].map((n) => `12:0${n}:00`));
    expect(caught.map((run) => at(run.scheduledFor))).toEqual(["12:09:00"]);
    expect(caught[0]).toMatchObject({ dueAt: outage.now, catchUp: true, startBy: start + 9 * minute + 86_400_000 });
    expect(missed.every((run) => run.reason?.code === "misfire_policy")).toBe(true);
    // 12:10 is 30 s late: late, not missed.
    expect(item.runs.find((run) => at(run.scheduledFor) === "12:10:00")).toMatchObject({ trigger: "schedule" });
  });

  it("runs every misfire with policy all, and none with skip", () => {
    const all = plan({ misfire: { policy: "all", withinMs: 86_400_000 } }, outage);
    expect(all.item.runs.filter((run) => run.trigger === "catch_up")).toHaveLength(9);
    const none = plan({ misfire: { policy: "skip", withinMs: 86_400_000 } }, outage);
    expect(none.item.runs.filter((run) => run.state === "missed")).toHaveLength(9);
  });

  it("records ticks older than `within` as missed by the window", () => {
    const { item } = plan({ misfire: { policy: "all", withinMs: 5 * minute } }, outage);
    const window = item.runs.filter((run) => run.reason?.code === "misfire_window");
    expect(window.map((run) => at(run.scheduledFor))).toEqual([
      "12:01:00",
      "12:02:00",
      "12:03:00",
      "12:04:00",
      "12:05:00",
    ]);
  });

  it("skips misfires whose startDeadline has passed", () => {
    const { item } = plan({ startDeadlineMs: 2 * minute }, outage);
    const skipped = item.runs.filter((run) => run.state === "skipped");
    expect(skipped).toHaveLength(8);
    expect(skipped[0]?.reason?.code).toBe("deadline");
  });

  it("accounts for every tick of a long outage: rows for the newest hundred, one row for the rest", () => {
    const days = 1;
    let through = start;
    const seen = new Set<number>();
    let caught = 0;
    for (let rounds = 0, more = true; more; rounds++) {
      expect(rounds).toBeLessThan(10);
      const round = plan({}, { now: start + days * 86_400_000 + 1000, through });
      for (const run of round.item.runs) {
        if (run.covers)
          for (let tick = run.covers.from; tick <= run.covers.to; tick += minute) {
            expect(seen.has(tick)).toBe(false);
            seen.add(tick);
          }
        else {
          expect(seen.has(run.scheduledFor)).toBe(false);
          seen.add(run.scheduledFor);
        }
        if (run.trigger === "catch_up") caught++;
      }
      more = round.more;
      through = round.item.cursor.plannedThrough;
    }
    expect(seen.size).toBe(days * 1440);
    expect(caught).toBe(1);
  });

  it("makes one run a node with place.every, and one waiting row when there is none", () => {
    const place = { node: null, labels: null, every: true };
    const two = plan({ schedule: ["@every 20s"], place }, { nodes: [{ nodeId: "a" }, { nodeId: "b" }] });
    expect(two.item.runs.map((run) => [run.nodeKey, run.shard])).toEqual([
      ["a", { index: 0, total: 2 }],
      ["b", { index: 1, total: 2 }],
    ]);
    const none = plan({ schedule: ["@every 20s"], place });
    expect(none.item.runs.map((run) => [run.nodeKey, run.shard])).toEqual([["", { index: 0, total: 1 }]]);
  });

  it("records ticks that come due during a pause as skipped, and plans nothing ahead of itself", () => {
    const pause = { reason: "deploy", by: "anna", since: start, until: null };
    const now = start + minute + 1000;
    const { item } = plan({}, { now, dueThrough: now, pause });
    expect(item.runs).toHaveLength(1);
    expect(item.runs[0]).toMatchObject({ state: "skipped", reason: { code: "paused" } });
  });

  it("spreads ticks by a stable jitter that never reaches the next tick", () => {
    const one = plan({ jitterMs: 3_600_000 }, { dueThrough: start + 5 * minute });
    const again = plan({ jitterMs: 3_600_000 }, { dueThrough: start + 5 * minute });
    expect(one.item.runs.map((run) => run.dueAt)).toEqual(again.item.runs.map((run) => run.dueAt));
    for (const run of one.item.runs) {
      expect(run.dueAt).toBeGreaterThanOrEqual(run.scheduledFor);
      expect(run.dueAt).toBeLessThan(run.scheduledFor + minute);
    }
  });

  it("before an edit settles every tick up to the instant, however far its jitter puts it", () => {
    const now = start + 3 * minute;
    const { item } = plan({ jitterMs: minute }, { now, dueThrough: now, settleThrough: now });
    expect(item.runs.map((run) => at(run.scheduledFor)).sort()).toEqual(["12:01:00", "12:02:00", "12:03:00"]);
    expect(item.cursor.plannedThrough).toBe(now);
  });
});
