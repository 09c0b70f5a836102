// Instants as text are written in three ways, for speed; all of them have to say the same.
import { describe, expect, test } from "vitest";
import { browserZone, formatInstant, formatRate, isSameDay } from "../../../src/ui/lib/format.ts";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"];
// On both sides of clocks that are set, of midnights and of years.
const instants = [
  "2026-01-01T00:00:00Z",
  "2026-03-29T00:59:59Z",
  "2026-03-29T01:00:00Z",
  "2026-10-25T00:30:00Z",
  "2026-10-25T01:30:00Z",
  "2026-11-01T05:59:59.999Z",
  "2026-12-31T23:59:59Z",
].map((each) => Date.parse(each));

function byParts(ms: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

describe("an instant", () => {
  test.each(zones)("is told in the clock of %s", (zone) => {
    for (const ms of instants) expect(formatInstant(ms, zone)).toBe(byParts(ms, zone));
  });

  test("is told in the clock of where one is, where no zone is named", () => {
    for (const ms of instants) expect(formatInstant(ms)).toBe(byParts(ms, browserZone()));
  });

  test("comes without its date or its seconds", () => {
    const ms = Date.parse("2026-11-22T18:05:09Z");
    expect(formatInstant(ms, "Asia/Tokyo")).toBe("2026-11-23 03:05:09");
    expect(formatInstant(ms, "Asia/Tokyo", { seconds: false })).toBe("2026-11-23 03:05");
    expect(formatInstant(ms, "UTC", { date: false })).toBe("18:05:09");
    expect(formatInstant(ms, "UTC", { date: false, seconds: false })).toBe("18:05");
  });

  test("may fall on one day here and on another there", () => {
    const [a, b] = [Date.parse("2026-11-22T23:30:00Z"), Date.parse("2026-11-23T00:30:00Z")];
    expect(isSameDay(a, b, "UTC")).toBe(false);
    expect(isSameDay(a, b, "Asia/Tokyo")).toBe(true);
  });
});

test("a rate is never told as more than it is", () => {
  expect(formatRate(0.9996, "en")).toBe("99.9%");
  expect(formatRate(1, "en")).toBe("100%");
});
