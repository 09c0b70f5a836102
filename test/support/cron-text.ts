// Schedules as people write them, right and nearly right, and a matcher of our own that looks at one field at a time.
import fc from "fast-check";
import { type FieldName, monthNames, weekdayNames } from "../../src/schedule/cron-fields.ts";

const bounds: Record<FieldName, [min: number, max: number]> = {
  second: [0, 59],
  minute: [0, 59],
  hour: [0, 23],
  "day-of-month": [1, 31],
  month: [1, 12],
  "day-of-week": [0, 7],
};
const special: Partial<Record<FieldName, fc.Arbitrary<string>>> = {
  "day-of-month": fc.oneof(
    fc.constantFrom("L", "LW"),
    fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
  ),
  "day-of-week": fc.oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 7 }), fc.constantFrom("#1", "#2", "#5", "#L", "L"))
      .map((parts) => parts.join("")),
    fc.constantFrom("MON#1", "fri#L", "sun", "Mon-Fri", "SAT-SUN", "+1", "+MON"),
  ),
  month: fc.constantFrom("jan", "Feb", "MAR-NOV", "12"),
};

function field(name: FieldName): fc.Arbitrary<string> {
  const [min, max] = bounds[name];
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: Math.min(max, 7) });
  const item = fc.oneof(
    { weight: 4, arbitrary: fc.constant("*") },
    { weight: 3, arbitrary: value.map(String) },
    range,
    fc.tuple(fc.oneof(fc.constant("*"), range), step).map(([body, size]) => `${body}/${size}`),
    fc.uniqueArray(fc.oneof(value.map(String), range), { minLength: 2, maxLength: 4 }).map((all) => all.join(",")),
    special[name] ?? fc.constant("*"),
  );
  return item;
}

const space = fc.constantFrom(" ", "  ", "\t");
const five = fc.tuple(field("minute"), field("hour"), field("day-of-month"), field("month"), field("day-of-week"));
const cron = fc
  .tuple(fc.option(field("second"), { freq: 2, nil: null }), five, space)
  .map(([second, rest, gap]) => [...(second === null ? [] : [second]), ...rest].join(gap));
const word = fc.oneof(
  fc.constantFrom(
    "@hourly",
    "@Daily",
    "@midnight",
    "@weekly",
    "@monthly",
    "@yearly",
    "@annually",
    "@manual",
    "@reboot",
  ),
  fc
    .tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom("ms", "s", "m", "h", "d", "h30m"))
    .map((all) => `@every ${all.join("")}`),
  fc
    .tuple(
      fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }),
      fc.constantFrom("Z", "+08:00", "-0930", ""),
    )
    .map(([date, offset]) => `@at ${date.toISOString().slice(0, 19)}${offset}`),
);

/** Most are right. */
export const writtenSchedule = fc.oneof({ weight: 5, arbitrary: cron }, word);

const piece = fc.oneof(
  fc.constantFrom(..."*?/,-+#LWH~@0 179\t.", "60", "MON", "TZ=UTC", "@every", "0x1", "\u0000", "１", "🕐", "\u00a0"),
  fc.string({ unit: "binary", maxLength: 3 }),
);

/** A schedule with a few characters put in, taken out or replaced. */
const mistyped = fc
  .tuple(writtenSchedule, fc.array(fc.tuple(fc.nat(60), fc.nat(2), piece), { minLength: 1, maxLength: 4 }))
  .map(([text, edits]) =>
    edits.reduce((now, [at, length, put]) => now.slice(0, at) + put + now.slice(at + length), text),
  );

export const nearlySchedule = fc.oneof(
  { weight: 2, arbitrary: writtenSchedule },
  { weight: 6, arbitrary: mistyped },
  { weight: 2, arbitrary: fc.array(piece, { maxLength: 30 }).map((all) => all.join("")) },
  fc.string({ unit: "binary", maxLength: 600 }),
);

/** Whether a moment of UTC has what the fields (in upper case) ask for. */
export function matches(fields: Record<FieldName, string>, at: number): boolean {
  const date = new Date(at);
  const has = (name: FieldName, value: number) => itemsOf(fields[name]).some((item) => inRange(name, item, value));
  if (!has("second", date.getUTCSeconds()) || !has("minute", date.getUTCMinutes())) return false;
  if (!has("hour", date.getUTCHours()) || !has("month", date.getUTCMonth() + 1)) return false;
  const day = itemsOf(fields["day-of-month"]).some((item) => dayMatches(item, date));
  const weekday = itemsOf(fields["day-of-week"].replace(/^\+/, "")).some((item) => weekdayMatches(item, date));
  const isOpen = (text: string) => /^\+?[*?]$/.test(text);
  const both = isOpen(fields["day-of-month"]) || isOpen(fields["day-of-week"]) || fields["day-of-week"].startsWith("+");
  return both ? day && weekday : day || weekday;
}

const itemsOf = (text: string) => text.split(",");

function inRange(name: FieldName, item: string, value: number): boolean {
  const [body = "", step] = item.split("/");
  const [min, max] = bounds[name];
  const [first = "", last] = body === "*" || body === "?" ? [String(min), String(max)] : body.split("-");
  const begin = numberOf(name, first);
  // A week may end on Sunday.
  const end = last === undefined ? begin : last === "SUN" ? 7 : numberOf(name, last);
  return value >= begin && value <= end && (value - begin) % Number(step ?? 1) === 0;
}

function numberOf(name: FieldName, text: string): number {
  const names: readonly string[] = name === "month" ? monthNames : name === "day-of-week" ? weekdayNames : [];
  const at = names.indexOf(text);
  return at < 0 ? Number(text) : at + (name === "month" ? 1 : 0);
}

const lastDay = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

function dayMatches(item: string, date: Date): boolean {
  const day = date.getUTCDate();
  if (item === "L") return day === lastDay(date);
  if (item === "LW") return day === nearestWeekday(date, lastDay(date));
  if (item.endsWith("W")) return day === nearestWeekday(date, Number(item.slice(0, -1)));
  return inRange("day-of-month", item, day);
}

/** Of that day's month; a day that the month hasn't got has none. */
function nearestWeekday(date: Date, day: number): number {
  const last = lastDay(date);
  if (day > last) return -1;
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === last ? day - 2 : day + 1;
  return day;
}

function weekdayMatches(item: string, date: Date): boolean {
  const day = date.getUTCDate();
  const isWeekday = (body: string) =>
    inRange("day-of-week", body, date.getUTCDay()) || (date.getUTCDay() === 0 && inRange("day-of-week", body, 7));
  const [base = "", nth] = item.includes("#")
    ? item.split("#")
    : item.endsWith("L")
      ? [item.slice(0, -1), "L"]
      : [item];
  if (!isWeekday(base)) return false;
  if (nth === undefined) return true;
  return nth === "L" ? day + 7 > lastDay(date) : Math.ceil(day / 7) === Number(nth);
}
