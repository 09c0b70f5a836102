import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTimetable, parsePattern } from "../../../src/schedule/timetable.ts";
import { zoneOf } from "../../../src/schedule/zone.ts";

const at = (iso: string) => Date.parse(iso);
const hour = 3_600_000;
const day = 24 * hour;

const timetable = (
  schedule: string | string[],
  timezone = "UTC",
  startAt: string | null = null,
  endAt: string | null = null,
) =>
  createTimetable({
    schedule: [schedule].flat(),
    timezone,
    startAtMs: startAt === null ? null : at(startAt),
    endAtMs: endAt === null ? null : at(endAt),
  });

function ticksIn(schedule: string | string[], timezone: string, from: string | number, to: string | number): string[] {
  const { next } = timetable(schedule, timezone);
  const end = typeof to === "number" ? to : at(to);
  const found: string[] = [];
  for (
    let tick = next((typeof from === "number" ? from : at(from)) - 1);
    tick !== null && tick < end;
    tick = next(tick)
  )
    found.push(new Date(tick).toISOString().replace(".000Z", "Z"));
  return found;
}

describe("a timetable", () => {
  it("gives the earliest tick of all its patterns, and a shared instant once", () => {
    expect(
      ticksIn(
        ["0 6 * * *", "0 */6 * * *", "@at 2026-01-01T07:00:00Z"],
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-02T00:00Z",
      ),
    ).toEqual([
      "2026-01-01T00:00:00Z",
      "2026-01-01T06:00:00Z",
      "2026-01-01T07:00:00Z",
      "2026-01-01T12:00:00Z",
      "2026-01-01T18:00:00Z",
    ]);
  });

  it("answers strictly after the instant, to the millisecond", () => {
    const { next } = timetable("* * * * * *");
    expect(next(1000)).toBe(2000);
    expect(next(999)).toBe(1000);
    expect(next(1001)).toBe(2000);
  });

  it("knows nothing outside [startAt, endAt)", () => {
    const { next } = timetable("0 * * * *", "UTC", "2026-01-01T05:00:00Z", "2026-01-01T07:00:00Z");
    expect(next(at("2026-01-01T00:00Z"))).toBe(at("2026-01-01T05:00Z"));
    expect(next(at("2026-01-01T05:00Z"))).toBe(at("2026-01-01T06:00Z"));
    expect(next(at("2026-01-01T06:00Z"))).toBeNull();
  });

  it("answers the same whatever it was asked before", () => {
    const asked = timetable(["0 3 * * *", "30 4 * * 1", "@every 7h"], "Europe/Berlin");
    fc.assert(
      fc.property(fc.integer({ min: at("2020-01-01T00:00Z"), max: at("2030-01-01T00:00Z") }), (after) => {
        const fresh = timetable(["0 3 * * *", "30 4 * * 1", "@every 7h"], "Europe/Berlin");
        expect(asked.next(after)).toBe(fresh.next(after));
      }),
      { numRuns: 200 },
    );
  });

  it("does not depend on the process's own zone", () => {
    const before = process.env.TZ;
    try {
      process.env.TZ = "America/New_York";
      expect(ticksIn("0 3 * * *", "UTC", "2026-03-08T00:00Z", "2026-03-10T00:00Z")).toEqual([
        "2026-03-08T03:00:00Z",
        "2026-03-09T03:00:00Z",
      ]);
      expect(ticksIn("30 2 * * *", "Europe/Berlin", "2026-03-08T00:00Z", "2026-03-09T00:00Z")).toEqual([
        "2026-03-08T01:30:00Z",
      ]);
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});

describe("daylight saving", () => {
  it.each([
    // A gap: a fixed time inside it runs once, at its end.
    [
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T12:00Z",
      "2026-03-30T12:00Z",
      "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z",
    ],
    ["0,20,40 2 * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T12:00Z", "2026-03-29T01:00:00Z"],
    [
      "30 2,3 * * *",
      "Europe/Berlin",
      "2026-03-29T00:00Z",
      "2026-03-29T12:00Z",
      "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z",
    ],
    ["0 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T12:00Z", "2026-03-29T01:00:00Z"],
    ["30 2 * * *", "America/New_York", "2026-03-08T00:00Z", "2026-03-08T23:00Z", "2026-03-08T07:00:00Z"],
    ["15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-04T12:00Z", "2026-10-03T15:30:00Z"],
    ["30 0 * * *", "Africa/Cairo", "2026-04-23T12:00Z", "2026-04-24T12:00Z", "2026-04-23T22:00:00Z"],
    ["30 0 * * *", "Asia/Beirut", "2026-03-28T12:00Z", "2026-03-29T12:00Z", "2026-03-28T22:00:00Z"],
    ["0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00Z", "2018-11-04T12:00Z", "2018-11-04T03:00:00Z"],
    ["30 1,2 * * *", "Antarctica/Troll", "2026-03-29T00:00Z", "2026-03-29T12:00Z", "2026-03-29T01:00:00Z"],
    // A gap that reaches midnight ends on the next day; the tick isn't lost for that.
    ["30 23 * * *", "America/Scoresbysund", "2026-03-28T12:00Z", "2026-03-29T12:00Z", "2026-03-29T01:00:00Z"],
    // A day that was skipped altogether is no gap to catch up.
    [
      "0 12 * * *",
      "Pacific/Apia",
      "2011-12-29T00:00Z",
      "2012-01-01T00:00Z",
      "2011-12-29T22:00:00Z 2011-12-30T22:00:00Z 2011-12-31T22:00:00Z",
    ],
    // Anything else follows the real clock: a time inside the gap doesn't exist.
    [
      "*/30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T12:00Z",
      "2026-03-30T12:00Z",
      "2026-03-30T00:00:00Z 2026-03-30T00:30:00Z",
    ],
    [
      "0 * * * *",
      "Europe/Berlin",
      "2026-03-29T00:00Z",
      "2026-03-29T03:00Z",
      "2026-03-29T00:00:00Z 2026-03-29T01:00:00Z 2026-03-29T02:00:00Z",
    ],
    [
      "*/15 * * * *",
      "Australia/Lord_Howe",
      "2026-10-03T15:00Z",
      "2026-10-03T16:00Z",
      "2026-10-03T15:00:00Z 2026-10-03T15:15:00Z 2026-10-03T15:30:00Z 2026-10-03T15:45:00Z",
    ],
    // An overlap: a fixed time runs on the first pass only.
    ["30 2 * * *", "Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T12:00Z", "2026-10-25T00:30:00Z"],
    ["30 1 * * *", "America/New_York", "2026-11-01T00:00Z", "2026-11-01T12:00Z", "2026-11-01T05:30:00Z"],
    ["45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", "2026-04-05T00:00Z", "2026-04-04T14:45:00Z"],
    [
      "0 0 * * *",
      "America/Sao_Paulo",
      "2018-02-17T00:00Z",
      "2018-02-18T12:00Z",
      "2018-02-17T02:00:00Z 2018-02-18T03:00:00Z",
    ],
    ["30 23 * * *", "America/Sao_Paulo", "2018-02-17T12:00Z", "2018-02-18T12:00Z", "2018-02-18T01:30:00Z"],
    ["30 1 * * *", "Antarctica/Troll", "2026-10-24T12:00Z", "2026-10-25T12:00Z", "2026-10-24T23:30:00Z"],
    // Anything else runs on both passes.
    [
      "0 * * * *",
      "Europe/Berlin",
      "2026-10-25T00:00Z",
      "2026-10-25T03:00Z",
      "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z",
    ],
    [
      "*/30 2 * * *",
      "Europe/Berlin",
      "2026-10-25T00:00Z",
      "2026-10-25T12:00Z",
      "2026-10-25T00:00:00Z 2026-10-25T00:30:00Z 2026-10-25T01:00:00Z 2026-10-25T01:30:00Z",
    ],
  ])("%s in %s from %s", (schedule, zone, from, to, expected) => {
    expect(ticksIn(schedule, zone, from, to).join(" ")).toBe(expected);
  });

  it("says which ticks it moved and which are a first pass", () => {
    const spring = timetable("30 2 * * *", "Europe/Berlin");
    expect(spring.nextTick(at("2026-03-28T12:00Z"))).toEqual({ at: at("2026-03-29T01:00Z"), dst: "gap" });
    expect(spring.nextTick(at("2026-03-29T12:00Z"))?.dst).toBeNull();
    expect(spring.nextTick(at("2026-10-24T12:00Z"))).toEqual({ at: at("2026-10-25T00:30Z"), dst: "overlap" });
    expect(timetable("0 3 * * *", "Europe/Berlin").nextTick(at("2026-03-28T12:00Z"))?.dst).toBeNull();
    expect(timetable("*/5 * * * *", "Europe/Berlin").nextTick(at("2026-10-25T00:10Z"))?.dst).toBeNull();
  });

  it("runs a fixed time exactly once a day in every zone, whatever the clocks do", () => {
    for (const zone of Intl.supportedValuesOf("timeZone")) {
      for (const schedule of ["30 2 * * *", "0 0 * * *", "59 23 * * *"])
        expect(
          ticksIn(schedule, zone, at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z")).length,
          `${schedule} ${zone}`,
        ).toBe(365);
    }
  }, 120_000);
});

/** The rules once more, as slowly as possible: every minute, by asking Intl what the clock on the wall shows. */
function bruteForce(
  minutes: number[],
  hours: number[],
  days: number[],
  weekdays: number[],
  zone: string,
  from: number,
  to: number,
): string[] {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    weekday: "short",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const found: string[] = [];
  for (let instant = from; instant < to; instant += 60_000) {
    const parts = Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, part.value]));
    const weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf((parts.weekday as string).slice(0, 3));
    const dayMatches =
      days.length && weekdays.length
        ? days.includes(Number(parts.day)) || weekdays.includes(weekday)
        : (!days.length || days.includes(Number(parts.day))) && (!weekdays.length || weekdays.includes(weekday));
    if (minutes.includes(Number(parts.minute)) && hours.includes(Number(parts.hour)) && dayMatches)
      found.push(new Date(instant).toISOString().replace(".000Z", "Z"));
  }
  return found;
}

describe("against a matcher that tries every minute", () => {
  const some = (min: number, max: number, least: number) =>
    fc
      .uniqueArray(fc.integer({ min, max }), { minLength: least, maxLength: 5 })
      .map((list) => list.sort((a, b) => a - b));
  const field = (values: number[]) => (values.length ? values.join(",") : "*");

  it.each([
    ["UTC", "2028-02-26T00:00Z"],
    ["Asia/Kathmandu", "2026-01-29T00:00Z"],
    // A stepped minute makes the schedule follow the real clock, so that the matcher needs no rule for the changes.
    ["Europe/Berlin", "2026-03-27T00:00Z"],
    ["America/New_York", "2026-10-30T00:00Z"],
    ["Australia/Lord_Howe", "2026-04-03T00:00Z"],
    ["Antarctica/Troll", "2026-10-23T00:00Z"],
  ])("finds the same ticks in %s around %s", (zone, start) => {
    const from = at(start);
    const to = from + 4 * day;
    fc.assert(
      fc.property(
        fc.constantFrom(1, 7, 15, 20, 45),
        some(0, 23, 1),
        some(1, 31, 0),
        some(0, 6, 0),
        (step, hours, days, weekdays) => {
          const minutes = Array.from({ length: 60 }, (_, i) => i).filter((minute) => minute % step === 0);
          const schedule = `*/${step} ${field(hours)} ${field(days)} * ${field(weekdays)}`;
          expect(ticksIn(schedule, zone, from, to)).toEqual(bruteForce(minutes, hours, days, weekdays, zone, from, to));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("finds the same fixed times in UTC", () => {
    const from = at("2027-12-30T00:00Z");
    fc.assert(
      fc.property(some(0, 59, 1), some(0, 23, 1), some(1, 31, 0), some(0, 6, 0), (minutes, hours, days, weekdays) => {
        const schedule = `${field(minutes)} ${field(hours)} ${field(days)} * ${field(weekdays)}`;
        expect(ticksIn(schedule, "UTC", from, from + 4 * day)).toEqual(
          bruteForce(minutes, hours, days, weekdays, "UTC", from, from + 4 * day),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe("every computation ends", () => {
  const zones = Intl.supportedValuesOf("timeZone");

  it("goes strictly forward, in any zone, for any pattern, from any instant", () => {
    const pattern = fc.constantFrom(
      "* * * * * *",
      "*/7 * * * *",
      "30 2 * * *",
      "0 0 29 2 *",
      "15,45 0-3 * * 0",
      "0 0 LW * *",
      "5 1 * * MON#1",
      "0 */5 * * *",
      "59 59 23 31 12 *",
      "@every 90s",
    );
    fc.assert(
      fc.property(
        pattern,
        fc.constantFrom(...zones),
        fc.integer({ min: at("1970-01-01T00:00Z"), max: at("2100-01-01T00:00Z") }),
        (schedule, zone, after) => {
          const { next } = timetable(schedule, zone);
          let last = after;
          for (let i = 0; i < 10; i++) {
            const tick = next(last);
            expect(tick).toBeGreaterThan(last);
            last = tick as number;
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("answers for every zone around the changes of its clock", () => {
    const patterns = ["* * * * * *", "30 2 * * *", "* * 2 25-31 3 +0", "0 0 29 2 +1#5", "*/30 0-2 * * *"];
    const started = performance.now();
    for (const zone of zones) {
      const all = patterns.map((pattern) => parsePattern(pattern, zone));
      for (
        let period = zoneOf(zone).periodAt(at("2026-01-01T00:00Z"));
        period.to < at("2027-06-01T00:00Z");
        period = zoneOf(zone).periodAt(period.to)
      )
        for (const pattern of all)
          expect(pattern.next(period.to - 1)?.at ?? Infinity).toBeGreaterThanOrEqual(period.to);
    }
    // Some 5,000 questions in 3 s here; the one that this test is for took 16 s alone.
    expect(performance.now() - started).toBeLessThan(60_000);
  }, 120_000);

  it("finds out that a stepped time always inside a gap has no tick", () => {
    // The last Sunday of March, 02:00-02:59: in Berlin that hour never exists as long as there is summer time.
    const pattern = parsePattern("* * 2 25-31 3 +0", "Europe/Berlin");
    expect(pattern.neverFires).toBe(false);
    expect(pattern.next(at("2026-01-01T00:00Z"))).toBeNull();
    expect(parsePattern("0 30 2 25-31 3 +0", "Europe/Berlin").next(at("2026-01-01T00:00Z"))).toEqual({
      at: at("2026-03-29T01:00Z"),
      dst: "gap",
    });
  });

  it("gives up at the end of its calendar instead of going on", () => {
    expect(timetable("0 0 29 2 *").next(at("+010000-01-01T00:00:00Z"))).toBeNull();
    expect(timetable("0 0 1 1 *", "Europe/Berlin").next(8.64e15)).toBeNull();
    expect(timetable("0 0 1 1 *").next(-8.64e15)).toBe(at("1901-01-01T00:00Z"));
  });

  it("goes from second to second through the long skip of Apia", () => {
    const before = at("2011-12-30T09:59:59Z");
    expect(timetable("* * * * * *", "Pacific/Apia").next(before)).toBe(before + 1000);
  });
});

describe("the cache", () => {
  it("shares a pattern of the same zone, and keeps a bounded number", () => {
    const first = parsePattern("7 7 * * *", "Europe/Berlin");
    expect(parsePattern(" 7 7 * * * ", "Europe/Berlin")).toBe(first);
    expect(parsePattern("7 7 * * *", "Europe/Paris")).not.toBe(first);
    for (let i = 1; i <= 4200; i++) parsePattern(`@every ${i}s`, "UTC");
    expect(parsePattern("7 7 * * *", "Europe/Berlin")).not.toBe(first);
    expect(first.next(at("2026-01-01T00:00Z"))?.at).toBe(at("2026-01-01T06:07Z"));
  });
});
