import { describe, expect, it } from "vitest";
import { describeSchedule } from "../../../src/schedule/describe.ts";

describe("a schedule in words", () => {
  it.each([
    ["* * * * *", "Every minute"],
    ["* * * * * *", "Every second"],
    ["*/30 * * * * *", "Every 30 seconds"],
    ["*/15 * * * *", "Every 15 minutes"],
    ["*/7 * * * *", "Every 7 minutes, starting again at minute 0"],
    ["0 * * * *", "At minute 0 of every hour"],
    ["5,35 * * * *", "At minute 5 and 35 of every hour"],
    ["10 * * * * *", "At second 10 of every minute"],
    ["0 3 * * *", "At 03:00 every day"],
    ["@daily", "At 00:00 every day"],
    ["30 0 3 * * *", "At 03:00:30 every day"],
    ["30 3,15 * * *", "At 03:30 and 15:30 every day"],
    ["0 */2 * * *", "At minute 0 of every 2nd hour from 0"],
    ["*/5 9-17 * * 1-5", "Every 5 minutes during hour 9 to 17 on Monday to Friday"],
    ["* 9 * * *", "Every minute during hour 9"],
    ["0 0-30/10 12 * * *", "At minute every 10th from 0 to 30 of hour 12"],
    ["0 4 1 * *", "At 04:00 on day 1 of the month"],
    ["0 4 1,15 * *", "At 04:00 on day 1 and 15 of the month"],
    ["0 4 */2 * *", "At 04:00 on every 2nd day of the month from the 1st"],
    ["0 4 L * *", "At 04:00 on the last day of the month"],
    ["0 4 LW * *", "At 04:00 on the last day of the month that is Monday to Friday"],
    ["0 4 15W * *", "At 04:00 on the day Monday to Friday nearest to day 15 of the month"],
    ["0 4 1-7,L * *", "At 04:00 on day 1 to 7 of the month and the last day of the month"],
    ["0 4 * * SUN", "At 04:00 on Sunday"],
    ["0 4 * * 7", "At 04:00 on Sunday"],
    ["0 4 * * FRI-SUN", "At 04:00 on Friday to Sunday"],
    ["0 4 * * MON,WED", "At 04:00 on Monday and Wednesday"],
    ["0 4 * * MON#2", "At 04:00 on the second Monday of the month"],
    ["0 4 * * 5L", "At 04:00 on the last Friday of the month"],
    ["0 4 * * FRI#L", "At 04:00 on the last Friday of the month"],
    ["0 4 13 * FRI", "At 04:00 on day 13 of the month or on Friday, whichever comes"],
    ["0 4 13 * +FRI", "At 04:00 on day 13 of the month, only if also on Friday"],
    ["0 4 * 1 *", "At 04:00 in January"],
    ["0 4 1 JAN-MAR,DEC *", "At 04:00 on day 1 of the month in January to March and December"],
    ["0 4 * */3 *", "At 04:00 in every 3rd month from January"],
  ])("%s: %s", (schedule, expected) => {
    expect(describeSchedule([schedule], "Europe/Berlin")).toBe(`${expected} (Europe/Berlin)`);
  });

  it.each([
    ["@every 90s", "Every 1m30s, counted from 1970-01-01T00:00:00Z"],
    ["@at 2026-12-01T08:00:00+08:00", "Once, at 2026-12-01T00:00:00.000Z"],
    ["@manual", "Only when triggered by hand"],
  ])("%s has no zone: %s", (schedule, expected) => {
    expect(describeSchedule([schedule], "Europe/Berlin")).toBe(expected);
  });

  it("joins several patterns", () => {
    expect(describeSchedule(["0 3 * * *", "@every 5m"], "UTC")).toBe(
      "At 03:00 every day; and every 5m, counted from 1970-01-01T00:00:00Z (UTC)",
    );
  });
});
