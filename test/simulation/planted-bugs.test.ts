// Bugs planted on purpose: a checker that doesn't see these would prove nothing.
import { expect, it } from "vitest";
import type { PlanItem, Store } from "../../src/store/store.ts";
import { check } from "./checker.ts";
import { simulate } from "./world.ts";

/** The store with another writePlan. */
const planting = (change: (items: PlanItem[]) => PlanItem[]) => (store: Store) =>
  new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== "writePlan") return typeof value === "function" ? value.bind(target) : value;
      return (term: number, items: PlanItem[]) => target.writePlan(term, change(items));
    },
  });
const calm = { seed: 7, hours: 3, crashes: 0, clockSteps: 0, slowSpells: 0 };
const stay = (item: PlanItem): PlanItem["cursor"] => ({
  plannedThrough: item.ifPlannedThrough,
  nextNominal: item.runs[0]?.nominal ?? item.cursor.nextNominal,
  nextDue: item.runs[0]?.dueAt ?? item.cursor.nextDue,
});

it("sees nothing wrong without a planted bug", async () => {
  expect(check(await simulate(calm))).toEqual([]);
});

it("sees that the cursor steps over a tick: ticks are lost", async () => {
  let count = 0;
  const sabotage = planting((items) =>
    items.map((item) => (++count % 20 === 0 ? { ...item, runs: item.runs.slice(0, -1) } : item)),
  );
  const found = check(await simulate({ ...calm, sabotage }));
  expect(found.some((each) => each.startsWith("I1"))).toBe(true);
});

it("knows that a cursor's advance that is skipped does no harm by itself: the unique key refuses the second row", async () => {
  const sabotage = planting((items) => items.map((item) => ({ ...item, cursor: stay(item) })));
  expect(check(await simulate({ ...calm, hours: 1, sabotage }))).toEqual([]);
});

it("sees that the cursor's advance is skipped and the unique key is dropped: ticks are doubled", async () => {
  let count = 0;
  const sabotage = planting((items) =>
    items.map((item) => ({
      ...item,
      // A part of the key that is never the same twice does what dropping the key would do.
      runs: item.runs.map((run) => ({ ...run, nodeKey: `unkeyed-${++count}` })),
      cursor: count % 10 === 0 ? stay(item) : item.cursor,
    })),
  );
  const found = check(await simulate({ ...calm, sabotage }));
  expect(found.some((each) => each.startsWith("I2"))).toBe(true);
});

it("sees a node that starts the same assignment twice, or early", () => {
  const run = {
    id: "r",
    jobId: "j",
    jobName: "j",
    trigger: "schedule",
    scheduledFor: 60_000,
    dueAt: 60_000,
    covers: null,
  };
  const evidence = {
    runId: "r",
    jobId: "j",
    attempt: 1,
    fence: 1,
    startedAt: 59_000,
    endedAt: 59_500,
    result: "succeeded",
  };
  const history = {
    jobs: [],
    runs: [{ ...run, state: "failed" }],
    evidence: [evidence, evidence],
    faults: [],
    calmLatenessMs: 0,
  };
  const found = check(history as never);
  expect(found.filter((each) => each.startsWith("I5"))).toHaveLength(1);
  expect(found.filter((each) => each.startsWith("I7"))).not.toHaveLength(0);
});

it("doesn't call a retry early that follows a step back of the clock", () => {
  const evidence = {
    runId: "r",
    jobId: "j",
    attempt: 1,
    fence: 1,
    startedAt: 60_000,
    endedAt: 61_000,
    result: "failed",
  };
  const retry = { ...evidence, attempt: 2, startedAt: 10_000, endedAt: 11_000, result: "succeeded" };
  const run = {
    id: "r",
    jobId: "j",
    jobName: "j",
    trigger: "schedule",
    scheduledFor: 60_000,
    dueAt: 60_000,
    covers: null,
  };
  const found = check({
    jobs: [],
    runs: [{ ...run, state: "succeeded" }],
    evidence: [evidence, retry],
    faults: [],
    calmLatenessMs: 0,
  } as never);
  expect(found.filter((each) => each.startsWith("I5"))).toEqual([]);
});

it("judges what ran at once by a clock that nobody sets", () => {
  const job = { name: "j", overlap: "skip", retry: { limit: 0 }, onNodeLoss: "fail" };
  const evidence = { jobId: "j", attempt: 1, fence: 1, startedAt: 60_000, endedAt: 90_000, result: "succeeded" };
  const overlapsOf = (secondFrom: number) => {
    // The clock was set back by a minute in between.
    const first = { ...evidence, runId: "a", steady: { from: 60_000, to: 90_000 } };
    const second = { ...evidence, runId: "b", steady: { from: secondFrom, to: secondFrom + 30_000 } };
    const nothing = { runs: [], faults: [], calmLatenessMs: 0 };
    const jobs = [{ id: "j", job: { ...job, schedule: ["@manual"] }, from: 0, through: 0 }];
    return check({ ...nothing, jobs, evidence: [first, second] } as never).filter((each) => each.startsWith("I8"));
  };
  expect(overlapsOf(120_000)).toEqual([]);
  expect(overlapsOf(89_000)).toHaveLength(1);
});
