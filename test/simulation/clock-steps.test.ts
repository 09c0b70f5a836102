// What a step of the wall clock makes of each tick: set back it creates nothing, set forward it is a misfire.
import { describe, expect, it } from "vitest";
import type { EffectiveJob } from "../../src/model/job.ts";
import { aJob } from "../support/a-job.ts";
import { check } from "./checker.ts";
import type { Evidence, Row } from "./history.ts";
import { simulate } from "./world.ts";

const policies = ["latest", "all", "skip"] as const;
const aMinutely = (policy: EffectiveJob["misfire"]["policy"]) => ({
  job: aJob({ name: policy, schedule: ["* * * * *"], overlap: "allow", misfire: { policy, withinMs: 3_600_000 } }),
  tookMs: [1000, 1000] as [number, number],
  failureRate: 0,
});

/** Half an hour in which the clock is set at 12:05:32, when 12:06 is planned and handed out already. */
async function stepped(byMs: number) {
  const steps = { crashes: 0, slowSpells: 0, clockSteps: [{ afterMs: 330_000, byMs }] };
  const outcome = await simulate({ seed: 1, hours: 0.5, ...steps, jobs: policies.map(aMinutely) });
  expect(check(outcome)).toEqual([]);
  expect(outcome.errors).toEqual([]);
  const first = new Map<string, Evidence>();
  for (const each of outcome.evidence) if (!first.has(each.runId)) first.set(each.runId, each);
  /** Of the job's ticks from 12:05 to 12:18, in their order. */
  return (policy: string) => {
    const rows = outcome.runs.filter((run) => run.jobName === policy && /1[12]:\d\d:/.test(clockOf(run.scheduledFor)));
    const inView = rows.filter((run) => clockOf(run.scheduledFor) >= "12:05" && clockOf(run.scheduledFor) < "12:19");
    return inView.sort((a, b) => a.scheduledFor - b.scheduledFor).map((run) => ({ run, start: first.get(run.id) }));
  };
}
const clockOf = (ms: number) => new Date(ms).toISOString().slice(11, 19);
const words = ({ run, start }: { run: Row; start: Evidence | undefined }) =>
  `${clockOf(run.scheduledFor).slice(0, 5)} ${run.trigger} ${run.state}${start ? "" : " unstarted"}`;
const minutes = (from: number, to: number, what: string) =>
  Array.from({ length: to - from + 1 }, (_, i) => `12:${String(from + i).padStart(2, "0")} ${what}`);

describe("set forward by ten minutes", () => {
  const late = [...minutes(16, 18, "schedule succeeded")];
  const before = minutes(5, 5, "schedule succeeded");

  it("is a misfire of every tick that was jumped over, the one handed out already among them", async () => {
    const ticks = await stepped(600_000);
    expect(ticks("skip").map(words)).toEqual([...before, ...minutes(6, 15, "schedule missed unstarted"), ...late]);
    expect(ticks("all").map(words)).toEqual([...before, ...minutes(6, 15, "catch_up succeeded"), ...late]);
    // Only the newest, though the one that was planned is judged apart from those that nobody had planned.
    const missed = minutes(6, 14, "schedule missed unstarted");
    expect(ticks("latest").map(words)).toEqual([
      ...before,
      ...missed,
      ...minutes(15, 15, "catch_up succeeded"),
      ...late,
    ]);
    for (const policy of policies)
      for (const { run } of ticks(policy).filter(({ run }) => run.state === "missed"))
        expect(run.reason?.code).toBe("misfire_policy");
  });
});

describe("set forward by less than a minute", () => {
  it("makes ticks late, and no misfires", async () => {
    const ticks = await stepped(50_000);
    for (const policy of policies) {
      expect(ticks(policy).map(words)).toEqual(minutes(5, 18, "schedule succeeded"));
      const [, hit] = ticks(policy);
      expect((hit?.start?.startedAt ?? 0) - (hit?.run.dueAt ?? 0)).toBeGreaterThan(20_000);
    }
  });
});

describe("set back by ten minutes", () => {
  it("creates nothing: each tick has its one row, and none starts before the clock comes to it again", async () => {
    const ticks = await stepped(-600_000);
    for (const policy of policies) {
      expect(ticks(policy).map(words)).toEqual(minutes(5, 18, "schedule succeeded"));
      const steady = ticks(policy).map(({ start }) => start?.steady?.from ?? 0);
      // Ten minutes and a tick's own lie between 12:05 and 12:06; all others are a minute apart.
      const gaps = steady.slice(1).map((from, i) => Math.round((from - (steady[i] as number)) / 1000));
      expect(gaps).toEqual([660, ...Array.from({ length: 12 }, () => 60)]);
    }
  });
});
