// Time zones in the web app: an instant from a clock's time, and finding a zone.
import { expect, test } from "vitest";
import { instantIn, localIn, matchesZone, zoneChoices } from "../../../src/ui/lib/zones.ts";

test.each([
  ["Asia/Shanghai", "2026-12-01T08:00", "2026-12-01T08:00:00+08:00"],
  ["America/St_Johns", "2026-12-01T08:00:05", "2026-12-01T08:00:05-03:30"],
  ["UTC", "2026-12-01T08:00", "2026-12-01T08:00:00+00:00"],
  ["Europe/Berlin", "2026-03-29T01:59", "2026-03-29T01:59:00+01:00"],
  ["Europe/Berlin", "2026-03-29T03:00", "2026-03-29T03:00:00+02:00"],
  // Doesn't exist: the clock goes from 02:00 to 03:00.
  ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:30:00+02:00"],
  ["Europe/Berlin", "2026-10-25T12:00", "2026-10-25T12:00:00+01:00"],
])("in %s %s is %s", (zone, local, instant) => {
  expect(instantIn(zone, local)).toBe(instant);
});

test("there and back", () => {
  expect(localIn("Asia/Shanghai", "2026-12-01T00:00:00Z")).toBe("2026-12-01T08:00:00");
  expect(localIn("UTC", "soon")).toBeNull();
  expect(instantIn("UTC", "")).toBeNull();
});

test("a zone is found by its city, its name in words, its offset", () => {
  const all = zoneChoices(Date.UTC(2026, 0, 15), "en");
  const found = (search: string) => all.filter((zone) => matchesZone(zone, search)).map(({ name }) => name);
  expect(found("new york")).toEqual(["America/New_York"]);
  expect(found("china")).toContain("Asia/Shanghai");
  expect(found("+05:45")).toEqual([expect.stringMatching(/^Asia\/Kat/)]);
  expect(found("+8")).toContain("Asia/Shanghai");
  expect(found("+8")).not.toContain("Australia/Eucla");
  expect(found("-3:30 johns")).toEqual(["America/St_Johns"]);
  // Whatever is typed is no pattern.
  expect(found("+5(")).toEqual([]);
  expect(found("nowhere")).toEqual([]);
});
