import { describe, expect, it } from "vitest";
import { previewSchedule, scheduleWarnings } from "../../../src/schedule/preview.ts";

const at = (iso: string) => Date.parse(iso);
const preview = (schedule: string | string[], timezone: string, from: string, count?: number) =>
  previewSchedule({ schedule, timezone, from: at(from), ...(count === undefined ? {} : { count }) });

describe("a preview", () => {
  it("shows ticks in UTC and in local time, strictly after the instant, ten unless asked otherwise", () => {
    const { ticks, description } = preview("0 3 * * *", "Asia/Shanghai", "2026-01-01T19:00:00Z", 2);
    expect(ticks).toEqual([
      { at: "2026-01-02T19:00:00.000Z", local: "2026-01-03T03:00:00+08:00" },
      { at: "2026-01-03T19:00:00.000Z", local: "2026-01-04T03:00:00+08:00" },
    ]);
    expect(description).toBe("At 03:00 every day (Asia/Shanghai)");
    expect(preview("* * * * *", "UTC", "2026-01-01T00:00Z").ticks).toHaveLength(10);
    expect(preview("* * * * *", "UTC", "2026-01-01T00:00Z", 5000).ticks).toHaveLength(1000);
    expect(preview("* * * * *", "UTC", "2026-01-01T00:00Z").ticks[0]?.local).toBe("2026-01-01T00:01:00+00:00");
  });

  it("marks what daylight saving moved, for fixed times only", () => {
    const spring = preview("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2).ticks;
    expect(spring).toEqual([
      { at: "2026-03-29T01:00:00.000Z", local: "2026-03-29T03:00:00+02:00", dst: "gap" },
      { at: "2026-03-30T00:30:00.000Z", local: "2026-03-30T02:30:00+02:00" },
    ]);
    expect(preview("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 1).ticks).toEqual([
      { at: "2026-10-25T00:30:00.000Z", local: "2026-10-25T02:30:00+02:00", dst: "overlap" },
    ]);
    expect(preview("*/30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 1).ticks[0]).not.toHaveProperty("dst");
  });

  it("is empty for what never fires, and refuses what isn't valid", () => {
    const never = preview("0 0 30 2 *", "UTC", "2026-01-01T00:00Z");
    expect(never.ticks).toEqual([]);
    expect(never.warnings[0]).toContain("never fires");
    expect(preview("@manual", "UTC", "2026-01-01T00:00Z")).toEqual({
      ticks: [],
      description: "Only when triggered by hand",
      warnings: [],
    });
    expect(() => preview("5/15 * * * *", "UTC", "2026-01-01T00:00Z")).toThrow("5-59/15");
  });
});

describe("warnings", () => {
  it("tell that two day fields mean either", () => {
    expect(preview("0 0 13 * FRI", "UTC", "2026-01-01T00:00Z").warnings).toEqual([
      expect.stringContaining("matches either is due"),
    ]);
    expect(preview("0 0 13 * +FRI", "UTC", "2026-01-01T00:00Z").warnings).toEqual([]);
    expect(preview("0 0 13 * ?", "UTC", "2026-01-01T00:00Z").warnings).toEqual([]);
  });

  it("name the day of the next twelve months on which a fixed time falls into a gap or an overlap", () => {
    const { warnings } = preview("30 2 * * *", "Europe/Berlin", "2026-01-01T00:00Z");
    expect(warnings).toEqual([
      '"30 2 * * *": on 2026-03-29 the clock in Europe/Berlin goes forward from 02:00 to 03:00, so a time of this schedule does not exist; it runs once at 2026-03-29T03:00:00+02:00',
      '"30 2 * * *": on 2026-10-25 the clock in Europe/Berlin goes back from 03:00 to 02:00, so a time of this schedule occurs twice; it runs on the first pass only, at 2026-10-25T02:30:00+02:00',
    ]);
  });

  it("say nothing of fixed times that no clock change touches", () => {
    expect(preview("30 4 * * *", "Europe/Berlin", "2026-01-01T00:00Z").warnings).toEqual([]);
    expect(preview("0 3 * * *", "Europe/Berlin", "2026-01-01T00:00Z").warnings).toEqual([]);
    expect(preview("30 2 * * *", "UTC", "2026-01-01T00:00Z").warnings).toEqual([]);
    expect(preview("*/30 2 * * *", "Europe/Berlin", "2026-01-01T00:00Z").warnings).toEqual([]);
    expect(preview("30 2 * * MON", "Europe/Berlin", "2026-01-01T00:00Z").warnings).toEqual([]);
  });

  it("count from the instant of the preview, not from a change that is over", () => {
    const { warnings } = preview("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z");
    expect(warnings[0]).toContain("on 2026-10-25");
    expect(warnings[1]).toContain("on 2027-03-28");
    expect(preview("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z").warnings[0]).toContain("on 2027-03-28");
  });

  it("tell that an instant or the window has passed", () => {
    const now = at("2026-06-01T00:00Z");
    expect(preview("@at 2026-01-01T00:00:00Z", "UTC", "2026-06-01T00:00Z").warnings).toEqual([
      expect.stringContaining("has passed"),
    ]);
    const daily = { schedule: ["@daily"], timezone: "UTC" };
    expect(scheduleWarnings({ ...daily, startAtMs: null, endAtMs: now }, now)).toEqual([
      expect.stringContaining("endAt 2026-06-01"),
    ]);
    expect(scheduleWarnings({ ...daily, startAtMs: now + 2, endAtMs: now + 1 }, now)).toEqual([
      expect.stringContaining("not after startAt"),
    ]);
    expect(scheduleWarnings({ ...daily, startAtMs: null, endAtMs: null }, now)).toEqual([]);
  });

  it("stay few for a long list", () => {
    const schedule = Array.from({ length: 50 }, (_, i) => `${i} 2 * * *`);
    const { warnings } = preview(schedule, "Europe/Berlin", "2026-01-01T00:00Z");
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe("and 80 more warnings");
  });
});
