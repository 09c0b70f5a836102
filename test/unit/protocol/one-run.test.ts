// One run, whole state spaces unless a bound is named. With every rule in, nothing breaks; with one taken away, the
// counterexample of docs/protocol.md that led to it comes back. About 430,000 states, some 20 s of one core.
import { describe, expect, it } from "vitest";
import { explore, forgotten } from "./explore.ts";
import { type Faults, oneRun, type Rules } from "./one-run.ts";

const minute = 60_000;
const rerun = { onNodeLoss: "rerun" } as const;

describe("one run, with every rule", () => {
  const holds: [what: string, rules: Partial<Rules>, faults: Partial<Faults>][] = [
    ["a crashed leader", {}, { leaderCrash: 1 }],
    ["a leader that was deposed and doesn't know", {}, { leaderDeposed: 1 }],
    ["a write that arrives late", {}, { lateWrite: 1 }],
    ["two lost leases", {}, { leaseLoss: 2 }],
    ["a crashed leader and a lost lease", {}, { leaderCrash: 1, leaseLoss: 1 }],
    ["a lost lease and a late write", {}, { leaseLoss: 1, lateWrite: 1 }],
    ["a paused node, a late write and a crashed leader", {}, { nodePause: 1, lateWrite: 1, leaderCrash: 1 }],
    ["a wipe", {}, { wipe: 1 }],
    ["a wipe and a crashed leader", {}, { wipe: 1, leaderCrash: 1 }],
    ["a lost lease, rerun", rerun, { leaseLoss: 1 }],
    ["a crashed node, rerun", rerun, { nodeCrash: 1 }],
    ["a paused node, rerun", rerun, { nodePause: 1 }],
    ["a lost lease and a crashed leader, rerun", rerun, { leaseLoss: 1, leaderCrash: 1 }],
    ["a wipe, rerun", rerun, { wipe: 1 }],
  ];
  it.each(holds)("survives %s", { timeout: 2 * minute }, (_, rules, faults) => {
    const { complete, violations } = explore(oneRun(rules, faults), { maxStates: 150_000 });
    expect(violations).toEqual({});
    expect(complete).toBe(true);
  });

  it("survives a wipe and a lost lease, in the first 25,000 states", { timeout: minute }, () => {
    for (const rules of [{}, rerun])
      expect(explore(oneRun(rules, { wipe: 1, leaseLoss: 1 }), { maxStates: 25_000 }).violations).toEqual({});
  });
});

describe("one run, with one rule taken away", () => {
  const once = "two starts of a run that is never rerun";
  const fence = "two starts under one (run, fence)";
  const together = "two attempts at once";
  const breaks: [name: string, rules: Partial<Rules>, faults: Partial<Faults>, violation: string][] = [
    ["C1: only reports of the last fence are heard", { floor: false }, { leaseLoss: 1 }, forgotten],
    ["C2: etcd is written first", { ...rerun, storeFirst: false }, { leaseLoss: 1, leaderCrash: 1 }, fence],
    ["C3: an unknown write isn't refused", { refuseInFlight: false }, { lateWrite: 1 }, once],
    ["C4: a move doesn't compare what it moves", { moveComparesOld: false }, { leaseLoss: 1 }, once],
    ["C5: a claim compares that it exists", { claimComparesRevision: false }, { leaseLoss: 2 }, fence],
    ["C6: a claim is dropped in silence", { reportsRelease: false }, { nodePause: 1 }, forgotten],
    ["C7: a session ends as it was read", { ...rerun, sessionEndIsCas: false }, { leaseLoss: 1 }, together],
    ["C8: no look at trust at the start", { ...rerun, trustAtStart: false }, { nodePause: 1 }, together],
    ["C9: a cut-off copy runs on", { ...rerun, killBeforeTrustEnds: false }, { leaseLoss: 1 }, together],
    ["C10: the term is the key's revision", { term: "create revision" }, { wipe: 1 }, once],
    ["C10: the term is computed from a read", { term: "max of store and etcd" }, { wipe: 1 }, once],
    ["C11: after a wipe nobody is asked", { inventories: "none" }, { wipe: 1 }, once],
    ["C11: only the row's session is asked", { inventories: "the row's session" }, { wipe: 1, leaseLoss: 1 }, once],
    ["C12: assigned rows are left alone", { assignedIsChecked: false }, { leaderCrash: 1 }, forgotten],
    ["C20: the wipe is forgotten", { wipeKnown: "to the first leader" }, { wipe: 1, leaderCrash: 1 }, once],
  ];
  it.each(breaks)("%s", { timeout: 2 * minute }, (_, rules, faults, violation) => {
    const found = explore(oneRun(rules, faults), { maxStates: 100_000, stopAtFirst: violation !== forgotten });
    expect(Object.keys(found.violations)).toContain(violation);
  });

  it("C2: a run that is over is started, too", { timeout: minute }, () => {
    const model = oneRun({ ...rerun, storeFirst: false }, { leaseLoss: 1, leaderCrash: 1 });
    const { violations } = explore(model, { maxStates: 100_000 });
    expect(Object.keys(violations)).toContain("started after its end was recorded");
    expect(Object.keys(violations)).toContain(forgotten);
  });

  it("tells how: C3, the put that came back", () => {
    const { violations } = explore(oneRun({ refuseInFlight: false }, { lateWrite: 1 }), { maxStates: 10_000 });
    const way = violations[once]!;
    const order = [
      "L0 gets no answer to: assign fence 1 to A",
      "the late assign fence 1 to A arrives",
      "A STARTS fence 2",
    ];
    expect(way.filter((label) => order.includes(label))).toEqual(order);
  });
});
