// The checker, on histories made by hand: one that doesn't see these would prove nothing.
import { describe, expect, it } from "vitest";
import { aJob } from "../support/a-job.ts";
import { aRow, at, earlier, jobsFrom, minute, outage, seen, violations } from "./hand-made.ts";
import type { Evidence, Row } from "./history.ts";

describe("I4: what waits by its nature", () => {
  it("starts at once when what it waited for is over", () => {
    const queued = (startedAt: number) => {
      const runs = [earlier(), aRow()];
      const evidence = [seen({ runId: "r9", startedAt: at - minute, endedAt: at + 20_000 }), seen({ startedAt })];
      return violations({ runs, evidence, jobs: jobsFrom(at - 2 * minute, { overlap: "queue" }) });
    };
    expect(queued(at + 21_000)).toEqual([]);
    expect(queued(at + 25_000)).toEqual([expect.stringMatching(/^I4 job: .* 5000 ms late in calm/)]);
  });
});

describe("I5: never early", () => {
  it("sees a start before its due instant", () => {
    expect(violations({ evidence: [seen({ startedAt: at - 1000 })] })).toEqual([
      expect.stringMatching(/^I5 .* 1000 ms early/),
    ]);
  });

  it("doesn't call a retry early that follows a step back of the clock", () => {
    const retry = { limit: 1, delayMs: 1000, backoff: "fixed" as const, maxDelayMs: 1000, jitterRatio: 0 };
    const evidence = [seen({ result: "failed" }), seen({ attempt: 2, startedAt: at - 50_000 })];
    const steady = [
      { from: 0, to: 1000 },
      { from: 2000, to: 3000 },
    ];
    expect(
      violations({ job: { retry }, evidence: evidence.map((each, i) => ({ ...each, steady: steady[i]! })) }),
    ).toEqual([]);
  });
});

describe("I7: what the ledger says is what happened", () => {
  it("under the fence that is in force", () => {
    const rerun = { onNodeLoss: "rerun" as const };
    const twice = [
      seen({ endedAt: at + 500, result: "killed" }),
      seen({ attempt: 2, fence: 2, startedAt: at + 1000, result: "failed" }),
    ];
    const of = (over: Partial<Row>, evidence: Evidence[]) =>
      violations({ job: rerun, runs: [aRow({ fence: 2, floor: 2, ...over })], evidence });
    expect(of({ state: "failed" }, twice)).toEqual([]);
    // The first one's success came after it had been given up.
    const [first, second] = twice as [Evidence, Evidence];
    expect(of({}, [{ ...first, result: "succeeded" }, second])).toEqual([
      expect.stringMatching(/^I7 .* its last attempt failed/),
    ]);
    expect(of({}, [{ ...first, result: "succeeded" }])).toEqual([
      expect.stringMatching(/^I7 .* ended under fence 1; heard are 2 to 2/),
    ]);
  });

  it("of each attempt", () => {
    const attempts = (outcome: string, fence = 1) => [aRow({ attempts: [{ number: 1, fence, outcome }] })];
    expect(violations({ runs: attempts("succeeded") })).toEqual([]);
    expect(violations({ runs: attempts("failed") })).toEqual([
      expect.stringMatching(/^I7 .* recorded failed, but it succeeded/),
    ]);
    expect(violations({ runs: attempts("succeeded", 2) })).toContainEqual(
      expect.stringMatching(/^I7 .* under fence 2 is recorded succeeded, but it never started/),
    );
  });

  it("and is only lost in a fault, or after all its reruns", () => {
    const lost = (over: Partial<Row>) => [aRow({ state: "lost", ...over })];
    const evidence = [seen({ result: "killed" })];
    expect(violations({ runs: lost({}), evidence })).toEqual([expect.stringContaining("lost without a fault")]);
    // A fault that came long after isn't its cause.
    const later = [{ from: at + minute, to: at + 2 * minute }];
    expect(violations({ runs: lost({}), evidence, faults: later })).toHaveLength(1);
    expect(violations({ runs: lost({}), evidence, faults: outage })).toEqual([]);
    const rerun = { onNodeLoss: "rerun" as const, maxReruns: 2 };
    const inOutage = (reruns: number) => violations({ runs: lost({ reruns }), evidence, faults: outage, job: rerun });
    expect(inOutage(1)).toEqual([expect.stringContaining("lost after 1 reruns of 2")]);
    expect(inOutage(2)).toEqual([]);
  });

  it("nor has anything without a row, or twice", () => {
    expect(violations({ evidence: [seen(), seen({ runId: "x", startedAt: at + 2000 })] })).toContainEqual(
      expect.stringMatching(/^I7 run x of j started but has no row/),
    );
    expect(violations({ evidence: [seen(), seen({ startedAt: at + 2000 })] })).toContainEqual(
      expect.stringMatching(/^I3 .* an attempt started twice/),
    );
  });
});

describe("I9: fences", () => {
  const rerun = { onNodeLoss: "rerun" as const, retry: { ...aJob().retry, limit: 2 } };
  const startsUnder = (...under: number[]) =>
    under.map((fence, i) =>
      seen({
        attempt: i + 1,
        fence,
        startedAt: at + 2000 * i,
        result: i + 1 === under.length ? "succeeded" : "failed",
      }),
    );
  const said = (under: number[], over: Partial<Row> = {}) => {
    const [fence] = under.slice(-1) as [number];
    return violations({ job: rerun, runs: [aRow({ fence, floor: fence, ...over })], evidence: startsUnder(...under) });
  };

  it("stay for retries and grow with each hand-out", () => {
    expect(said([1, 1, 2])).toEqual([]);
    expect(said([1, 3, 3])).toEqual([]);
    expect(said([2, 1, 2])).toEqual([
      expect.stringMatching(/^I9 .* attempt 2 started under fence 1 after a start under 2/),
    ]);
  });

  it("are issued before they are used", () => {
    expect(said([1, 2], { fence: 1, floor: 1 })).toContainEqual(
      expect.stringMatching(/^I9 .* under fence 2, and 1 is the last one issued/),
    );
    expect(said([1], { floor: 3 })).toContainEqual(expect.stringMatching(/^I9 .* fence 3 is the lowest heard/));
  });

  it("that are over decide nothing", () => {
    const attempts = [{ number: 1, fence: 1, outcome: "failed" }];
    expect(said([1, 2], { state: "failed", attempts })).toContainEqual(
      expect.stringMatching(/^I9 .* failed by fence 1, though attempt 2 started under 2/),
    );
    const backwards = [
      { number: 1, fence: 2, outcome: "failed" },
      { number: 2, fence: 1, outcome: "succeeded" },
    ];
    expect(said([1, 2], { attempts: backwards })).toContainEqual(
      expect.stringMatching(/^I9 .* attempt 2 is recorded under fence 1, the one before it under 2/),
    );
  });
});

describe("what ran at once", () => {
  it("I8: is judged by a clock that nobody sets", () => {
    const overlapsOf = (secondFrom: number) => {
      // The clock was set back by a minute in between.
      const first = seen({ runId: "a", endedAt: at + 30_000, steady: { from: at, to: at + 30_000 } });
      const second = seen({ runId: "b", steady: { from: secondFrom, to: secondFrom + 30_000 } });
      return violations({ evidence: [first, second] }).filter((each) => each.startsWith("I8"));
    };
    expect(overlapsOf(at + 60_000)).toEqual([]);
    expect(overlapsOf(at + 29_000)).toHaveLength(1);
  });

  const three = [0, 1, 2].map((i) => seen({ runId: `r${i}`, startedAt: at + 400 * i }));
  const rows = three.map(({ runId, startedAt }) => aRow({ id: runId, trigger: "manual", scheduledFor: startedAt }));
  const history = { runs: rows, evidence: three, jobs: jobsFrom(at, { schedule: ["@manual"], overlap: "allow" }) };

  it("I11: is no more than a limit allows", () => {
    const limited = (max: number) =>
      violations({
        ...history,
        jobs: jobsFrom(at, { schedule: ["@manual"], overlap: "allow", limit: { key: "k", max } }),
      });
    expect(limited(3)).toEqual([]);
    expect(limited(2)).toEqual([expect.stringMatching(/^I11 limit k: 3 at once at .*, at most 2/)]);
    expect(limited(1)).toHaveLength(2);
  });

  it("I11: is no more than a node has slots", () => {
    expect(violations({ ...history, slots: { one: 3 } })).toEqual([]);
    expect(violations({ ...history, slots: { one: 2 } })).toEqual([
      expect.stringMatching(/^I11 node one: 3 at once at .*, it has 2 slots/),
    ]);
    const [first, ...others] = three as [Evidence, ...Evidence[]];
    expect(violations({ ...history, slots: { one: 2 }, evidence: [{ ...first, node: "two" }, ...others] })).toEqual([]);
  });
});
