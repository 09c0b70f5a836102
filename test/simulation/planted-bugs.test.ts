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

/** The job's runs don't show in what these methods of the store answer. */
const hiding = (jobId: string, methods: string[]) => (store: Store) =>
  new Proxy(store, {
    get(target, name: string) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (!methods.includes(name)) return value.bind(target);
      const hide = (rows: { jobId: string }[]) => rows.filter((row) => row.jobId !== jobId);
      return async (...args: unknown[]) => {
        const answer = await value.apply(target, args);
        return Array.isArray(answer) ? hide(answer) : { ...answer, planned: hide(answer.planned) };
      };
    },
  });
const handingOut = ["writePlan", "waitingRuns"];

it("sees runs that nobody hands out: they end as missed, with nothing to excuse it", async () => {
  const sabotage = hiding("job-now-or-never", handingOut);
  const found = check(await simulate({ ...calm, sabotage }));
  expect(found.length).toBeGreaterThan(10);
  for (const each of found) expect(each).toMatch(/^I1 now-or-never: tick .* is missed in calm/);
});

it("sees runs that everybody has forgotten: they are planned still", async () => {
  const sabotage = hiding("job-now-or-never", [...handingOut, "overdueRuns", "openRuns", "openRunsOfJob"]);
  const found = check(await simulate({ ...calm, sabotage }));
  expect(found.length).toBeGreaterThan(10);
  for (const each of found) expect(each).toMatch(/^I1 now-or-never: tick .* is planned still/);
});

it("sees ticks that are skipped for an overlap with nothing", async () => {
  const reason = { code: "overlap" as const, message: "run x of the same job was not over" };
  const sabotage = planting((items) =>
    items.map((item) => {
      const isHit = item.jobId === "job-now-or-never";
      return isHit ? { ...item, runs: item.runs.map((run) => ({ ...run, state: "skipped" as const, reason })) } : item;
    }),
  );
  const found = check(await simulate({ ...calm, sabotage }));
  expect(found.length).toBeGreaterThan(10);
  for (const each of found) expect(each).toMatch(/^I1 now-or-never: .* nothing was in its way/);
});

it("sees a limit that nobody counts", async () => {
  const sabotage = planting((items) =>
    items.map((item) => ({ ...item, runs: item.runs.map((run) => ({ ...run, limitKey: null })) })),
  );
  const found = check(await simulate({ ...calm, sabotage }));
  expect(found.length).toBeGreaterThan(5);
  for (const each of found) expect(each).toMatch(/^I11 limit db: 2 at once at .*, at most 1/);
});

it("counts a node's slots", async () => {
  const crowded = await simulate({ ...calm, hours: 6, slots: 3 });
  const ofSlots = (slots: number) =>
    check({ ...crowded, slots: { one: slots } }).filter((each) => each.startsWith("I11 node one"));
  expect(ofSlots(3)).toEqual([]);
  expect(ofSlots(2).length).toBeGreaterThan(0);
});
