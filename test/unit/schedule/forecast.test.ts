// Ticks of whole spans at once: the same that the timetable names one by one.
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/random.ts";
import { countBits, forecast, type MinutesOfTicks } from "../../../src/schedule/forecast.ts";
import { createTimetable, type ScheduleOf } from "../../../src/schedule/timetable.ts";

const at = (iso: string) => Date.parse(iso);
const of = (schedule: string[], given: Partial<ScheduleOf> = {}): ScheduleOf => ({
  schedule,
  timezone: "UTC",
  startAtMs: null,
  endAtMs: null,
  ...given,
});

function seconds(found: MinutesOfTicks): number[] {
  return found.minute.flatMap((minute, i) =>
    Array.from({ length: 60 }, (_, second) => second)
      .filter((s) => (s < 30 ? ((found.low[i] as number) >> s) & 1 : ((found.high[i] as number) >> (s - 30)) & 1))
      .map((second) => minute * 60 + second),
  );
}

function oneByOne(schedule: ScheduleOf, from: number, minutes: number): number[] {
  const timetable = createTimetable(schedule, { allowNever: true });
  const found = new Set<number>();
  for (
    let tick = timetable.next(from - 1);
    tick !== null && tick < from + minutes * 60_000;
    tick = timetable.next(tick)
  )
    found.add(Math.floor((tick - from) / 1000));
  return [...found];
}

describe("a forecast", () => {
  it("has the ticks of each minute", () => {
    const from = at("2026-03-02T10:00:00Z");
    expect(forecast(of(["*/20 * * * *"]), { from, minutes: 60 })).toEqual({
      minute: [0, 20, 40],
      low: [1, 1, 1],
      high: [0, 0, 0],
    });
    const [half] = forecast(of(["*/2 * * * * *"]), { from, minutes: 1 }).low;
    expect(countBits(half as number)).toBe(15);
    expect(forecast(of(["@manual"]), { from, minutes: 60 }).minute).toEqual([]);
    expect(seconds(forecast(of(["@at 2026-03-02T10:05:07Z"]), { from, minutes: 60 }))).toEqual([307]);
    expect(seconds(forecast(of(["@every 25s"]), { from, minutes: 1 }))).toEqual(oneByOne(of(["@every 25s"]), from, 1));
  });

  it("counts a second that two patterns share once", () => {
    const from = at("2026-03-02T10:00:00Z");
    expect(seconds(forecast(of(["0 * * * *", "*/30 * * * *"]), { from, minutes: 60 }))).toEqual([0, 1800]);
  });

  it("keeps to startAt and endAt", () => {
    const from = at("2026-03-02T10:00:00Z");
    const limits = { startAtMs: from + 60_000, endAtMs: from + 180_000 };
    expect(forecast(of(["* * * * *"], limits), { from, minutes: 60 }).minute).toEqual([1, 2]);
  });

  it("says the same as the timetable, whatever the pattern, zone and day, across changes of the clock too", () => {
    const random = seededRandom(11);
    const one = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
    const zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Shanghai"];
    const days = ["2026-03-28", "2026-03-29", "2026-10-25", "2026-04-05", "2026-11-01", "2026-06-30", "2027-02-28"];
    const checked = { some: 0, none: 0 };
    for (let i = 0; i < 400; i++) {
      const pattern = [
        ...(random.next() < 0.3 ? [one(["*/10", "0", "7,37", "30-40/5", "0-2"])] : []),
        one(["*", "*/5", "0", "17", "10-20/3,55", "?"]),
        one(["*", "*/6", "2", "1-3", "0,12,23", "0"]),
        one(["*", "*", "1", "L", "15W", "28-31"]),
        one(["*", "*", "*/2", "MAR,OCT"]),
        one(["*", "*", "MON-FRI", "SUN#1", "5L", "0"]),
      ].join(" ");
      const schedule = of(random.next() < 0.2 ? [pattern, "13 * * * *"] : [pattern], { timezone: one(zones) });
      const from = at(`${one(days)}T00:00:00Z`) + Math.floor(random.next() * 1440) * 60_000;
      const minutes = one([60, 360, 1440]);
      const found = seconds(forecast(schedule, { from, minutes }));
      expect(found, `${JSON.stringify(schedule)} from ${new Date(from).toISOString()} for ${minutes} min`).toEqual(
        oneByOne(schedule, from, minutes),
      );
      checked[found.length > 0 ? "some" : "none"]++;
    }
    expect(checked.some).toBeGreaterThan(100);
    expect(checked.none).toBeGreaterThan(50);
  });
});
