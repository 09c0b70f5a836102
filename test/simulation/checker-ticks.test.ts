// The checker on what became of ticks, in histories made by hand.
import { describe, expect, it } from "vitest";
import { aRow, at, earlier, jobsFrom, minute, notStarted, outage, seen, violations } from "./hand-made.ts";

it("finds nothing wrong with a tick that ran", () => {
  expect(violations({})).toEqual([]);
});

describe("I1: what became of a tick", () => {
  it.each(["planned", "assigned", "running"] as const)("it is %s for ever", (state) => {
    const open = { runs: [aRow({ state, finishedAt: null })], evidence: [] };
    expect(violations(open)).toEqual([expect.stringMatching(new RegExp(`^I1 job: tick .* is ${state} still`))]);
    expect(violations({ ...open, faults: [{ from: at, to: at + 5 * minute }] })).toEqual([]);
  });

  it("it runs still, and is seen to", () => {
    const runs = [aRow({ state: "running", finishedAt: null })];
    expect(violations({ runs, evidence: [seen({ endedAt: null, result: null })] })).toEqual([]);
    const retry = { limit: 1, delayMs: minute, backoff: "fixed" as const, maxDelayMs: 6 * minute, jitterRatio: 0 };
    const failed = [seen({ result: "failed" })];
    expect(violations({ runs, evidence: failed, job: { retry } })).toEqual([]);
    expect(violations({ runs, evidence: failed })).toHaveLength(1);
  });

  it("it waits for a run that is in its way, or for its limit", () => {
    const other = earlier({ state: "running", finishedAt: null });
    const runs = [other, aRow({ state: "assigned", finishedAt: null })];
    const evidence = [seen({ runId: "r9", startedAt: at - minute, endedAt: null, result: null })];
    const all = { runs, evidence, jobs: jobsFrom(at - 2 * minute, { overlap: "queue" }) };
    expect(violations(all)).toEqual([]);
    expect(violations({ ...all, jobs: jobsFrom(at - 2 * minute, { overlap: "allow" }) })).toHaveLength(1);
    const limit = { key: "k", max: 1 };
    expect(violations({ ...all, jobs: jobsFrom(at - 2 * minute, { overlap: "allow", limit }) })).toEqual([]);
  });

  it("it is missed in calm", () => {
    const missed = notStarted("missed", "misfire_policy");
    const skip = { misfire: { policy: "skip" as const, withinMs: minute } };
    expect(violations({ ...missed, job: skip })).toEqual([expect.stringContaining("is missed in calm")]);
    expect(violations({ ...missed, job: skip, faults: outage })).toEqual([]);
  });

  it("it is kept, waits for what is in its way, and is missed in calm for a newer one", () => {
    const ends = at + 20 * minute;
    const other = aRow({ id: "m", trigger: "manual", scheduledFor: at - minute, finishedAt: ends });
    const reason = { code: "misfire_policy" as const, message: "" };
    const late = at + 25 * minute;
    const kept = aRow({ trigger: "catch_up", state: "missed", reason, dueAt: at + 70_000, finishedAt: late });
    const newer = aRow({ id: "n", trigger: "catch_up", scheduledFor: at + 10 * minute, dueAt: late, finishedAt: late });
    const evidence = [
      seen({ runId: "m", startedAt: at - minute, endedAt: ends }),
      seen({ runId: "n", startedAt: late }),
    ];
    const all = { runs: [other, kept, newer], evidence, job: { overlap: "queue" as const }, asOf: at + 40 * minute };
    expect(violations(all)).toEqual([expect.stringContaining("is missed in calm")]);
    expect(violations({ ...all, faults: [{ from: ends, to: late }] })).toEqual([]);
    // What was never kept was decided on when it was due: what happens later explains nothing.
    const fresh = { ...kept, trigger: "schedule" as const };
    expect(violations({ ...all, runs: [other, fresh, newer], faults: [{ from: ends, to: late }] })).toHaveLength(1);
  });

  it("it is missed against its policy", () => {
    const missed = { ...notStarted("missed", "misfire_policy"), faults: outage };
    expect(violations(missed)).toEqual([expect.stringContaining("though it is the newest")]);
    const all = { misfire: { policy: "all" as const, withinMs: 60 * minute } };
    expect(violations({ ...missed, job: all })).toEqual([expect.stringContaining("only 0 newer ones are kept")]);
    const old = { ...notStarted("missed", "misfire_window"), faults: outage, job: all };
    expect(violations(old)).toEqual([expect.stringContaining("before it had it")]);
  });

  it("it is skipped, and nothing was in its way", () => {
    const skipped = notStarted("skipped", "overlap");
    expect(violations(skipped)).toEqual([expect.stringContaining("nothing was in its way")]);
    expect(violations({ ...skipped, faults: outage })).toEqual([]);
    const withOther = (endedAt: number | null) => {
      const runs = [earlier(), ...skipped.runs];
      const evidence = [seen({ runId: "r9", startedAt: at - minute, endedAt })];
      return violations({ runs, evidence, jobs: jobsFrom(at - 2 * minute) });
    };
    expect(withOther(at + minute)).toEqual([]);
    expect(withOther(at - 5000)).toHaveLength(1);
  });

  it("it is skipped for what isn't so", () => {
    expect(violations(notStarted("skipped", "paused"))).toHaveLength(1);
    expect(violations(notStarted("skipped", "deadline"))).toHaveLength(1);
    const late = notStarted("skipped", "deadline", { finishedAt: at + 40_000 });
    const job = { startDeadlineMs: 30_000 };
    expect(violations({ ...late, job })).toEqual([expect.stringContaining("for its deadline in calm")]);
    expect(violations({ ...late, job, faults: outage })).toEqual([]);
    const overlapping = { ...notStarted("skipped", "overlap"), job: { overlap: "replace" as const } };
    expect(violations(overlapping)).toEqual([expect.stringContaining("though overlap is replace")]);
  });

  it("it is made up for, and nothing hindered it", () => {
    const runs = [aRow({ trigger: "catch_up", dueAt: at + 70_000, finishedAt: at + 75_000 })];
    const evidence = [seen({ startedAt: at + 70_000 })];
    expect(violations({ runs, evidence })).toEqual([expect.stringContaining("though nothing hindered it")]);
    expect(violations({ runs, evidence, faults: outage })).toEqual([]);
    const skip = { misfire: { policy: "skip" as const, withinMs: 60 * minute } };
    expect(violations({ runs, evidence, faults: outage, job: skip })).toHaveLength(1);
  });

  it("one row stands for several in calm, or for more than there are", () => {
    const from = at - 2 * minute;
    const jobs = jobsFrom(from - 1);
    const row = (count: number) => notStarted("missed", "misfire_policy", { covers: { from, to: at, count } });
    const later = aRow({ id: "next", scheduledFor: at + minute });
    const summary = (count: number) => {
      const { runs } = row(count);
      const evidence = [seen({ runId: "next", startedAt: at + minute })];
      return { runs: [...runs, later], evidence, jobs, faults: [{ from: from - minute, to: at + minute }] };
    };
    expect(violations(summary(3))).toEqual([]);
    expect(violations(summary(4))).toEqual([expect.stringMatching(/^I2 .* covers 4 ticks, and it covers 3/)]);
    expect(violations({ ...summary(3), faults: [] })).toContainEqual(
      expect.stringContaining("though nothing happened"),
    );
  });

  it("it is cancelled, and nobody asked for it", () => {
    const cancelled = notStarted("cancelled", "cancelled_by_user");
    expect(violations(cancelled)).toEqual([expect.stringContaining("nobody asked for it")]);
    expect(violations({ ...cancelled, cancelled: ["r10"] })).toEqual([]);
    const replaced = { ...notStarted("cancelled", "replaced"), job: { overlap: "replace" as const } };
    expect(violations(replaced)).toEqual([expect.stringContaining("nothing was due to replace it")]);
  });

  it("it started outside of its window, or never", () => {
    const late = [seen({ startedAt: at + 2 * minute })];
    const outside = expect.stringContaining("outside of its window");
    expect(violations({ evidence: late, faults: outage })).toEqual([outside]);
    const step = [{ from: at - minute, to: at + 2 * minute, clockStep: true }];
    expect(violations({ evidence: late, faults: step })).toEqual([]);
    expect(violations({ ...notStarted("failed", "exit_code") })).toEqual([expect.stringContaining("never started")]);
  });
});
