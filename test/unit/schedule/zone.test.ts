import { describe, expect, it } from "vitest";
import { checkTimezone, formatLocal, type Period, zoneOf } from "../../../src/schedule/zone.ts";

const at = (iso: string) => Date.parse(iso);

/** Every change of the clock in a span: when, and from and to which offset in minutes. */
function changes(name: string, from: string, to: string): string[] {
  const zone = zoneOf(name);
  const found: string[] = [];
  for (let period: Period = zone.periodAt(at(from)); period.to < at(to); ) {
    const next = zone.periodAt(period.to);
    if (next.offsetMs !== period.offsetMs)
      found.push(
        `${new Date(period.to).toISOString().slice(0, 19)}Z ${period.offsetMs / 60_000} ${next.offsetMs / 60_000}`,
      );
    period = next;
  }
  return found;
}

describe("a zone", () => {
  it("knows when its clock is set, to the second", () => {
    expect(changes("Europe/Berlin", "2026-01-01T00:00Z", "2027-01-01T00:00Z")).toEqual([
      "2026-03-29T01:00:00Z 60 120",
      "2026-10-25T01:00:00Z 120 60",
    ]);
    expect(changes("Australia/Lord_Howe", "2026-01-01T00:00Z", "2027-01-01T00:00Z")).toEqual([
      "2026-04-04T15:00:00Z 660 630",
      "2026-10-03T15:30:00Z 630 660",
    ]);
    expect(changes("Africa/Monrovia", "1972-01-01T00:00Z", "1973-01-01T00:00Z")).toEqual([
      "1972-01-07T00:44:30Z -44.5 0",
    ]);
    expect(changes("Pacific/Apia", "2011-12-01T00:00Z", "2012-01-01T00:00Z")).toEqual([
      "2011-12-30T10:00:00Z -600 840",
    ]);
  });

  it("finds a summer time of one week", () => {
    expect(changes("America/Recife", "2000-06-01T00:00Z", "2001-01-01T00:00Z")).toEqual([
      "2000-10-08T03:00:00Z -180 -120",
      "2000-10-15T02:00:00Z -120 -180",
    ]);
  });

  it("has periods that join without a hole, whichever instant is asked about", () => {
    for (const name of ["Europe/Berlin", "America/New_York", "Africa/Casablanca", "Asia/Tokyo", "UTC"]) {
      const zone = zoneOf(name);
      for (
        let instant = at("2020-01-01T00:00Z");
        instant < at("2030-01-01T00:00Z");
        instant += 11 * 86_400_000 + 12_345
      ) {
        const period = zone.periodAt(instant);
        expect(period.from).toBeLessThanOrEqual(instant);
        expect(period.to).toBeGreaterThan(instant);
        expect(period.offsetMs).toBe(zone.offsetAt(instant));
        if (Number.isFinite(period.from)) expect(zone.offsetAt(period.from - 1)).toBe(period.previousOffsetMs);
        if (Number.isFinite(period.to)) expect(zone.offsetAt(period.to - 1)).toBe(period.offsetMs);
      }
    }
  });

  it("agrees with the same zone in upper case", () => {
    expect(zoneOf("EUROPE/BERLIN").offsetAt(at("2026-07-01T00:00Z"))).toBe(7_200_000);
  });
});

describe("names of zones", () => {
  it("are those of the IANA database, in any case, with aliases", () => {
    for (const name of ["UTC", "Europe/Berlin", "europe/berlin", "US/Eastern", "GMT", "Etc/GMT+5"])
      expect(checkTimezone(name)).toBeNull();
  });

  it("get the nearest one when they aren't", () => {
    expect(checkTimezone("Europe/Berln")).toBe(
      'unknown time zone "Europe/Berln": expected an IANA name such as Europe/Berlin; did you mean Europe/Berlin?',
    );
    expect(checkTimezone("Shanghai")).toContain("did you mean Asia/Shanghai?");
    expect(checkTimezone("+01:00")).toContain("Etc/GMT-2");
  });
});

describe("local time in text", () => {
  it("carries the offset, and milliseconds only where there are any", () => {
    expect(formatLocal(at("2026-01-01T00:00:00Z"), 0)).toBe("2026-01-01T00:00:00+00:00");
    expect(formatLocal(at("2026-01-01T00:00:00.250Z"), 20_700_000)).toBe("2026-01-01T05:45:00.250+05:45");
    expect(formatLocal(at("2026-01-01T00:00:00Z"), -9.5 * 3_600_000)).toBe("2025-12-31T14:30:00-09:30");
    expect(formatLocal(at("1971-01-01T00:00:00Z"), -(44 * 60 + 30) * 1000)).toBe("1970-12-31T23:15:30-00:44:30");
  });
});
