import { describe, expect, it } from "vitest";
import { cursorAfter, jitterOf, missedTicks, type TickSource, ticksBetween } from "../../../src/schedule/ticks.ts";

const at = (iso: string) => Date.parse(iso);
const aJob = (schedule: string | string[], over: Partial<TickSource> = {}): TickSource => ({
  id: "job-1",
  schedule: [schedule].flat(),
  timezone: "UTC",
  startAtMs: null,
  endAtMs: null,
  jitterMs: 0,
  ...over,
});

describe("jitter", () => {
  it("is the same for the same tick, on every machine and in every version", () => {
    const tick = { jobId: "job-1", nominal: 1_767_225_600_000, jitterMs: 30_000, nextNominal: null };
    expect(jitterOf(tick)).toBe(jitterOf({ ...tick }));
    // Written down: a new version that delays differently would give a tick two due instants during an upgrade.
    expect(jitterOf(tick)).toBe(10_295);
  });

  it("spreads ticks and jobs evenly over [0, jitter)", () => {
    const buckets = new Array(10).fill(0);
    for (let job = 0; job < 50; job++)
      for (let tick = 0; tick < 200; tick++) {
        const delay = jitterOf({ jobId: `job-${job}`, nominal: tick * 60_000, jitterMs: 1000, nextNominal: null });
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThan(1000);
        buckets[Math.floor(delay / 100)]++;
      }
    for (const count of buckets) expect(count).toBeGreaterThan(800);
  });

  it("stays before the next tick, however long it is", () => {
    for (let nominal = 0; nominal < 100_000; nominal += 1000)
      expect(jitterOf({ jobId: "j", nominal, jitterMs: 3_600_000, nextNominal: nominal + 1000 })).toBeLessThan(1000);
  });

  it("is nothing without jitter", () => {
    expect(jitterOf({ jobId: "j", nominal: 5, jitterMs: 0, nextNominal: 10 })).toBe(0);
  });
});

describe("the cursor", () => {
  it("names the first tick after what was planned, and when it is due", () => {
    const through = at("2026-01-01T10:30:00Z");
    expect(cursorAfter(aJob("0 * * * *"), through)).toEqual({
      plannedThrough: through,
      nextNominal: at("2026-01-01T11:00:00Z"),
      nextDue: at("2026-01-01T11:00:00Z"),
    });
    const jittered = cursorAfter(aJob("0 * * * *", { jitterMs: 60_000 }), through);
    expect(jittered.nextNominal).toBe(at("2026-01-01T11:00:00Z"));
    expect(jittered.nextDue).toBe(
      at("2026-01-01T11:00:00Z") +
        jitterOf({ jobId: "job-1", nominal: at("2026-01-01T11:00:00Z"), jitterMs: 60_000, nextNominal: null }),
    );
  });

  it("says that there is no next tick", () => {
    expect(cursorAfter(aJob("@manual"), 5)).toEqual({ plannedThrough: 5, nextNominal: null, nextDue: null });
    expect(cursorAfter(aJob("* * * * *", { endAtMs: 0 }), 5).nextNominal).toBeNull();
  });
});

describe("ticks of a span", () => {
  it("are those after its start up to and with its end, at most as many as asked for", () => {
    const job = aJob("* * * * *");
    expect(ticksBetween(job, 60_000, 240_000, 10).map((tick) => tick.nominal)).toEqual([120_000, 180_000, 240_000]);
    expect(ticksBetween(job, 60_000, 240_000, 2).map((tick) => tick.nominal)).toEqual([120_000, 180_000]);
    expect(ticksBetween(job, 60_000, 60_000, 10)).toEqual([]);
  });
});

describe("ticks that nobody planned", () => {
  it("are the newest few, and a count of the older ones", () => {
    const missed = missedTicks(aJob("* * * * *"), 0, 10 * 60_000, 3);
    expect(missed.newest.map((tick) => tick.nominal)).toEqual([480_000, 540_000, 600_000]);
    expect(missed.older).toEqual({ from: 60_000, to: 420_000, count: 7, countIsExact: true });
  });

  it("have no older ones when they all fit", () => {
    expect(missedTicks(aJob("* * * * *"), 0, 120_000, 3).older).toBeNull();
    expect(missedTicks(aJob("@every 1m"), 0, 120_000, 2).older).toBeNull();
    expect(missedTicks(aJob("@every 1m"), 0, 59_999, 2)).toEqual({ newest: [], older: null });
    expect(missedTicks(aJob("0 0 1 1 *"), 0, 120_000, 2)).toEqual({ newest: [], older: null });
  });

  it("of @every are counted by arithmetic, over years", () => {
    const from = at("2016-01-01T00:00:00Z");
    const missed = missedTicks(aJob("@every 1s"), from, from + 1_000_000_000_000, 2);
    expect(missed.older).toEqual({
      from: from + 1000,
      to: from + 999_999_998_000,
      count: 999_999_998,
      countIsExact: true,
    });
    expect(missed.newest.map((tick) => tick.nominal)).toEqual([from + 999_999_999_000, from + 1_000_000_000_000]);
  });

  it("of @every respect the window of the job", () => {
    const job = aJob("@every 10s", { startAtMs: 25_000, endAtMs: 50_000 });
    expect(missedTicks(job, 0, 1_000_000, 1)).toEqual({
      newest: [{ nominal: 40_000, dueAt: 40_000 }],
      older: { from: 30_000, to: 30_000, count: 1, countIsExact: true },
    });
  });

  it.each([
    ["* * * * * *", "2026-01-01T00:00:00Z", "2025-12-31T23:59:57Z"],
    ["* * 3 * * *", "2026-01-01T00:00:00Z", "2025-12-31T03:59:56Z"],
    ["* * * 1 1 *", "2025-12-31T00:00:00Z", "2025-01-01T23:59:56Z"],
    ["*/2 * * * * *", "2026-01-01T00:00:01Z", "2025-12-31T23:59:54Z"],
  ])("of %s over ten years: the newest exactly, and honest about the count", (schedule, through, last) => {
    const missed = missedTicks(aJob(schedule), at("2016-01-01T00:00:00Z"), at(through), 3);
    expect(missed.newest).toHaveLength(3);
    const { older } = missed;
    expect(older?.to).toBe(at(last));
    expect(older?.countIsExact).toBe(false);
    expect(older?.count).toBeGreaterThanOrEqual(20_000);
    const all = [older?.to as number, ...missed.newest.map((tick) => tick.nominal)];
    expect(ticksBetween(aJob(schedule), all[0] as number, at(through), 10).map((tick) => tick.nominal)).toEqual(
      all.slice(1),
    );
  });

  it("have the jitter that planning would have given them", () => {
    const job = aJob("* * * * *", { jitterMs: 30_000 });
    expect(missedTicks(job, 0, 600_000, 3).newest).toEqual(ticksBetween(job, 0, 600_000, 99).slice(-3));
  });
});
