import { describe, expect, it } from "vitest";
import { ScheduleError } from "../../../src/schedule/schedule-error.ts";
import { createTimetable } from "../../../src/schedule/timetable.ts";

const make = (schedule: string | string[], timezone = "UTC") =>
  createTimetable({ schedule: [schedule].flat(), timezone, startAtMs: null, endAtMs: null });

function refusal(schedule: string | string[], timezone = "UTC"): ScheduleError {
  try {
    make(schedule, timezone);
  } catch (err) {
    expect(err).toBeInstanceOf(ScheduleError);
    return err as ScheduleError;
  }
  throw new Error(`${JSON.stringify(schedule)} was accepted`);
}

const start = Date.parse("2026-01-01T00:00:00Z");

/** The first ticks after the start of 2026 (a Thursday), without the parts that are zero. */
function ticks(schedule: string, count = 3): string[] {
  const timetable = make(schedule);
  const found: string[] = [];
  for (let at = timetable.next(start); at !== null && found.length < count; at = timetable.next(at))
    found.push(new Date(at).toISOString().replace(/(:00)?\.000Z$/, ""));
  return found;
}

describe("what a pattern may say", () => {
  it.each([
    ["* * * * *", "2026-01-01T00:01 2026-01-01T00:02 2026-01-01T00:03"],
    ["* * * * * *", "2026-01-01T00:00:01 2026-01-01T00:00:02 2026-01-01T00:00:03"],
    ["*/20 * * * * ?", "2026-01-01T00:00:20 2026-01-01T00:00:40 2026-01-01T00:01"],
    ["5-59/15 * * * *", "2026-01-01T00:05 2026-01-01T00:20 2026-01-01T00:35"],
    ["0 9-17/4,22 * * *", "2026-01-01T09:00 2026-01-01T13:00 2026-01-01T17:00"],
    ["  0   3 \t * * *  ", "2026-01-01T03:00 2026-01-02T03:00 2026-01-03T03:00"],
    ["00 03 * * *", "2026-01-01T03:00 2026-01-02T03:00 2026-01-03T03:00"],
    ["0 0 1 jan,JUL *", "2026-07-01T00:00 2027-01-01T00:00 2027-07-01T00:00"],
    ["0 0 1 mar-may *", "2026-03-01T00:00 2026-04-01T00:00 2026-05-01T00:00"],
    ["0 0 L * *", "2026-01-31T00:00 2026-02-28T00:00 2026-03-31T00:00"],
    ["0 0 15,L * *", "2026-01-15T00:00 2026-01-31T00:00 2026-02-15T00:00"],
    ["0 0 LW * *", "2026-01-30T00:00 2026-02-27T00:00 2026-03-31T00:00"],
    ["0 0 15W * *", "2026-01-15T00:00 2026-02-16T00:00 2026-03-16T00:00"],
    ["0 0 * * MON#2", "2026-01-12T00:00 2026-02-09T00:00 2026-03-09T00:00"],
    ["0 0 * * 5L", "2026-01-30T00:00 2026-02-27T00:00 2026-03-27T00:00"],
    ["0 0 * * FRI#L", "2026-01-30T00:00 2026-02-27T00:00 2026-03-27T00:00"],
    ["0 0 * * FRIL", "2026-01-30T00:00 2026-02-27T00:00 2026-03-27T00:00"],
    ["0 0 * * FRI-SUN", "2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00"],
    ["0 0 * * 7", "2026-01-04T00:00 2026-01-11T00:00 2026-01-18T00:00"],
    ["0 0 * * SUN-MON", "2026-01-04T00:00 2026-01-05T00:00 2026-01-11T00:00"],
    ["0 0 13 * FRI", "2026-01-02T00:00 2026-01-09T00:00 2026-01-13T00:00"],
    ["0 0 13 * +FRI", "2026-02-13T00:00 2026-03-13T00:00 2026-11-13T00:00"],
    ["0 0 29 2 *", "2028-02-29T00:00 2032-02-29T00:00 2036-02-29T00:00"],
    ["0 0 29 2 +1#5", "2044-02-29T00:00 2072-02-29T00:00 2112-02-29T00:00"],
    ["@hourly", "2026-01-01T01:00 2026-01-01T02:00 2026-01-01T03:00"],
    ["@daily", "2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00"],
    ["@Midnight", "2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00"],
    ["@weekly", "2026-01-04T00:00 2026-01-11T00:00 2026-01-18T00:00"],
    ["@monthly", "2026-02-01T00:00 2026-03-01T00:00 2026-04-01T00:00"],
    ["@yearly", "2027-01-01T00:00 2028-01-01T00:00 2029-01-01T00:00"],
    ["@annually", "2027-01-01T00:00 2028-01-01T00:00 2029-01-01T00:00"],
    ["@every 1h30m", "2026-01-01T01:30 2026-01-01T03:00 2026-01-01T04:30"],
    ["@every 1s", "2026-01-01T00:00:01 2026-01-01T00:00:02 2026-01-01T00:00:03"],
    ["@at 2026-12-01T08:00:00+08:00", "2026-12-01T00:00"],
    ["@at 2026-12-01T08:00Z", "2026-12-01T08:00"],
    ["@at 2025-12-01T08:00:00Z", ""],
    ["@manual", ""],
  ])("%s", (schedule, expected) => {
    expect(ticks(schedule).join(" ")).toBe(expected);
  });

  it("reads five fields minute first: midnight is once a day", () => {
    expect(ticks("0 0 * * *", 2)).toEqual(["2026-01-02T00:00", "2026-01-03T00:00"]);
  });

  it("anchors @every at the epoch, so neither an edit nor a restart shifts it", () => {
    const timetable = make("@every 7m");
    for (const after of [start, start + 1, start + 123_456_789])
      expect((timetable.next(after) as number) % (7 * 60_000)).toBe(0);
    expect(timetable.next(7 * 60_000)).toBe(14 * 60_000);
  });

  it("knows which schedules name fixed times", () => {
    expect(make("0 3 * * *").isFixedTime).toBe(true);
    expect(make("0,30 3-5 * * *").isFixedTime).toBe(true);
    expect(make("0 */2 * * *").isFixedTime).toBe(false);
    expect(make("0 0-23/2 * * *").isFixedTime).toBe(false);
    expect(make("? 3 * * *").isFixedTime).toBe(false);
    expect(make("@every 1h").isFixedTime).toBe(false);
  });
});

describe("what is refused, and what the message says", () => {
  it.each([
    ["", null, "is empty; expected a cron expression"],
    ["   ", null, "is empty"],
    ["* * * *", null, "4 fields; expected 5 (minute hour day-of-month month day-of-week) or 6"],
    ["0 0 0 1 1 * 2027", null, "7 fields (there is no year)"],
    ["2026-12-01T08:00:00", null, "expected @at and an instant with an offset"],
    ["2026-12-01", null, "expected @at"],
    ["CRON_TZ=Asia/Tokyo 0 3 * * *", null, "the job's timezone"],
    ["@reboot", null, "a cluster has no start of its own"],
    ["@dialy", null, "did you mean @daily?"],
    ["@daily 5", null, '"5" after @daily'],
    ["@every", null, "@every without a duration; expected a duration from 1s"],
    ["@every 500ms", null, "500ms is shorter than a second"],
    ["@every 0s", null, "shorter than a second"],
    ["@every 5", null, '"5" is not a duration'],
    ["@every 5x", null, "is not a duration"],
    ["@every 20000d", null, "longer than ten years"],
    ["@at", null, "@at without an instant"],
    ["@at tomorrow", null, '"tomorrow" is not an instant'],
    ["@at 2026-12-01T08:00:00", null, "has no offset"],
    ["@at 2026-02-30T08:00:00Z", null, "is not in the calendar"],
    ["@at 2026-12-01T25:00:00Z", null, "is not in the calendar"],
    ["5/15 * * * *", "minute", 'minute "5/15": a step without a range; expected 5-59/15'],
    ["0 2/3 * * *", "hour", "expected 2-23/3"],
    ["0 0 * * 1/2", "day-of-week", "expected 1-6/2"],
    ["/5 * * * *", "minute", "expected */5"],
    ["*/0 * * * *", "minute", 'the step "0"; expected a step of 1-60, or @every'],
    ["*/90 * * * *", "minute", "or @every for a longer one"],
    ["1/2/3 * * * *", "minute", "more than one /"],
    ["60 * * * *", "minute", "60 is out of range; expected 0-59"],
    ["61 * * * * *", "second", "61 is out of range"],
    ["0 24 * * *", "hour", "24 is out of range; expected 0-23"],
    ["0 0 0 * *", "day-of-month", "0 is out of range"],
    ["0 0 32 * *", "day-of-month", "32 is out of range"],
    ["0 0 1 13 *", "month", "13 is out of range; expected 1-12 or JAN-DEC"],
    ["0 0 * * 8", "day-of-week", "8 is out of range; expected 0-7 or SUN-SAT"],
    ["0 22-2 * * *", "hour", "the range runs backwards; expected 22-23,0-2"],
    ["0 23-1 * * *", "hour", "expected 23,0-1"],
    ["0 0 1 NOV-FEB *", "month", "expected NOV-DEC,JAN-FEB"],
    ["0 0 * * FRI-MON", "day-of-week", "expected FRI-SAT,SUN-MON"],
    ["0 0 * * 5-0", "day-of-week", "expected 5-7"],
    ["0 0 * * 6-1", "day-of-week", "expected 6,0-1"],
    ["1, * * * *", "minute", "an empty entry"],
    ["1- * * * *", "minute", '"1-" is not a range'],
    ["a * * * *", "minute", '"A" is not a value'],
    ["-5 * * * *", "minute", "is not a range"],
    ["0 0 1 january *", "month", "expected JAN, names have three letters"],
    ["0 0 * * monday", "day-of-week", "expected MON"],
    ["0 0 * * MON#6", "day-of-week", '"#6"; expected #1 to #5'],
    ["0 0 * * MON#", "day-of-week", "expected #1 to #5"],
    ["0 0 * * #2", "day-of-week", "# follows a weekday"],
    ["0 0 * * */2#1", "day-of-week", "# follows a weekday"],
    ["0 0 * * L", "day-of-week", "L needs a weekday; expected 5L or FRI#L"],
    ["0 0 1#2 * *", "day-of-month", "# belongs in day-of-week"],
    ["0 0 L-3 * *", "day-of-month", "L-3 is not supported"],
    ["0 0 1-5W * *", "day-of-month", "W follows one day"],
    ["0 0 LW,3 * *", "day-of-month", "LW stands alone"],
    ["0 0 * 5W *", "month", "belong in the day fields"],
    ["~ * * * *", "minute", "the job's jitter"],
    ["H * * * *", "minute", "the job's jitter"],
    ["0 0 30 2 *", "day-of-month", "never fires"],
    ["0 0 31 4,6,9,11 *", "day-of-month", "never fires"],
    ["0 0 1W * +SAT", "day-of-month", "never fires"],
    ["0 0 30 2 +MON", "day-of-month", "never fires"],
  ])("%s", (schedule, field, message) => {
    const err = refusal(schedule);
    expect(err.message).toContain(message);
    expect(err).toMatchObject({ code: "invalid_schedule", index: 0, field });
  });

  it("names the pattern of the list that is wrong", () => {
    expect(refusal(["0 3 * * *", "@hourly", "0 25 * * *"])).toMatchObject({ index: 2, field: "hour" });
    expect(refusal(["0 3 * * *", "0 0 30 2 *"])).toMatchObject({ index: 1 });
  });

  it("lets @manual stand alone only", () => {
    expect(refusal(["@hourly", "@manual"])).toMatchObject({ index: 1 });
    expect(make("@manual").isManual).toBe(true);
    expect(make("@hourly").isManual).toBe(false);
  });

  it("refuses an empty list and an endless one", () => {
    expect(refusal([]).message).toContain("expected 1 to 100");
    expect(refusal(Array.from({ length: 101 }, (_, i) => `@every ${i + 1}s`)).message).toContain("101 patterns");
    expect(refusal(`0 0 ${"1,".repeat(400)}1 * *`).message).toContain("expected at most 500");
  });

  it.each([
    ["Europe/Berln", "did you mean Europe/Berlin?"],
    ["Berlin", "did you mean Europe/Berlin?"],
    ["new york", "did you mean America/New_York?"],
    ["UTCC", "did you mean UTC?"],
    ["+02:00", "Etc/GMT-2"],
    ["UTC+2", "Etc/GMT-2"],
    ["local", "expected an IANA name"],
    ["", "expected an IANA name"],
  ])("names a zone near %s", (timezone, message) => {
    const err = refusal("0 3 * * *", timezone);
    expect(err.message).toContain(message);
    expect(err).toMatchObject({ field: "timezone", index: null });
  });

  it.each(["UTC", "utc", "GMT", "Etc/GMT+5", "US/Eastern", "Asia/Calcutta", "europe/berlin", "Europe/Kyiv"])(
    "knows the zone %s, as Intl does",
    (timezone) => {
      expect(make("0 3 * * *", timezone).next(start)).not.toBeNull();
    },
  );
});
