// A schedule in words, in English or Chinese, for previews and lists. Times of the day are written as clocks where that is possible; everything else
// goes field by field, so that an unusual expression reads clumsily rather than wrongly.
import { formatDuration } from "../lib/duration.ts";
import { clocksOf } from "./clocks.ts";
import { type CronFields, isAny, monthNames, weekdayNames } from "./cron-fields.ts";
import { describePatternZh } from "./describe-zh.ts";
import { type ParsedPattern, readPattern } from "./grammar.ts";

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
const ordinals = ["first", "second", "third", "fourth", "fifth"];

export type Language = "en" | "zh-CN";

/** One sentence without a full stop. Throws ScheduleError. */
export function describeSchedule(schedule: readonly string[], timezone: string, language: Language = "en"): string {
  const parsed = schedule.map(readPattern);
  if (language === "zh-CN") {
    const inZone = parsed.some((pattern) => pattern.kind === "cron") ? `(${timezone})` : "";
    return parsed.map(describePatternZh).join(";") + inZone;
  }
  const text = parsed.map(describePattern).join("; and ");
  const zone = parsed.some((pattern) => pattern.kind === "cron") ? ` (${timezone})` : "";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${zone}`;
}

function describePattern(pattern: ParsedPattern): string {
  switch (pattern.kind) {
    case "manual":
      return "only when triggered by hand";
    case "every":
      return `every ${formatDuration(pattern.everyMs)}, counted from 1970-01-01T00:00:00Z`;
    case "at":
      return `once, at ${new Date(pattern.atMs).toISOString()}`;
    case "cron":
      return describeCron(pattern.fields);
  }
}

function describeCron(fields: CronFields): string {
  const clocks = clocksOf(fields);
  const days = describeDays(fields["day-of-month"], fields["day-of-week"]);
  const month = isAny(fields.month) ? "" : `in ${describeMonths(fields.month)}`;
  const when = clocks ? `at ${list(clocks)}` : describeTimes(fields);
  return [when, days || (clocks && !month ? "every day" : ""), month].filter(Boolean).join(" ");
}

function list(items: string[], joint = "and"): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} ${joint} ${items.at(-1)}`;
}

/** "Every 30 seconds", "at minute 30 of every hour", "every 5 minutes during hour 9 to 17". */
function describeTimes({ second, minute, hour }: CronFields): string {
  const onTheMinute = /^0+$/.test(second);
  const parts: string[] = [];
  if (!onTheMinute) parts.push(unit(second, "second", 60));
  // "Every 10 seconds" says it all unless the minutes are restricted.
  if (onTheMinute || !isAny(minute) || !repeats(second)) parts.push(unit(minute, "minute", 60));
  if (!isAny(hour))
    parts.push(repeats(minute) ? `during ${unit(hour, "hour", 24, true)}` : unit(hour, "hour", 24, true));
  else if (!repeats(minute)) parts.push("every hour");
  const text = parts.join(" of ").replaceAll(" of during ", " during ");
  return /^(second|minute|hour) /.test(text) ? `at ${text}` : text;
}

const repeats = (field: string) => isAny(field) || /^[*?]\/\d+$/.test(field);

function unit(field: string, name: string, size: number, asSpan = false): string {
  if (isAny(field)) return `every ${name}`;
  const step = Number(/^[*?]\/(\d+)$/.exec(field)?.[1] ?? 0);
  if (step === 1) return `every ${name}`;
  if (step > 1 && asSpan) return `every ${ordinal(step)} ${name} from 0`;
  if (step > 1) return `every ${step} ${name}s${size % step ? `, starting again at ${name} 0` : ""}`;
  return `${name} ${describeItems(field, (value) => String(Number(value)))}`;
}

function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${ending}`;
}

/** Values, ranges and steps of a list in words. */
function describeItems(field: string, word: (value: string) => string): string {
  return list(
    field.split(",").map((item) => {
      const [body = "", step] = item.split("/");
      const [from = "", to] = body.split("-");
      const range = isAny(body) ? "any" : to === undefined ? word(from) : `${word(from)} to ${word(to)}`;
      return step === undefined
        ? range
        : isAny(body)
          ? `every ${ordinal(Number(step))}`
          : `every ${ordinal(Number(step))} from ${range}`;
    }),
  );
}

function describeMonths(field: string): string {
  const step = /^[*?]\/(\d+)$/.exec(field);
  if (step) return `every ${ordinal(Number(step[1]))} month from January`;
  return describeItems(
    field,
    (value) => months[monthNames.indexOf(value as "JAN")] ?? months[Number(value) - 1] ?? value,
  );
}

function describeDays(date: string, weekday: string): string {
  const onDate = isAny(date) ? "" : `on ${list(describeDates(date))}`;
  const onDay = isAny(weekday) ? "" : `on ${list(describeWeekdays(weekday.replace(/^\+/, "")))}`;
  if (!onDate || !onDay) return onDate || onDay;
  return weekday.startsWith("+") ? `${onDate}, only if also ${onDay}` : `${onDate} or ${onDay}, whichever comes`;
}

function describeDates(field: string): string[] {
  const plain = field.split(",").filter((item) => /^[\d*?/-]+$/.test(item));
  const special = field.split(",").filter((item) => !plain.includes(item));
  const step = /^[*?]\/(\d+)$/.exec(field);
  if (step) return [`every ${ordinal(Number(step[1]))} day of the month from the 1st`];
  const numbers = plain.length
    ? [`day ${describeItems(plain.join(","), (value) => String(Number(value)))} of the month`]
    : [];
  return [
    ...numbers,
    ...special.map((item) => {
      if (item === "L") return "the last day of the month";
      if (item === "LW") return "the last day of the month that is Monday to Friday";
      return `the day Monday to Friday nearest to day ${Number.parseInt(item, 10)} of the month`;
    }),
  ];
}

function describeWeekdays(field: string): string[] {
  const step = /^[*?]\/(\d+)$/.exec(field);
  if (step) return [`every ${ordinal(Number(step[1]))} day of the week from Sunday`];
  const word = (value: string) => weekdays[weekdayNames.indexOf(value as "SUN")] ?? weekdays[Number(value)] ?? value;
  return field.split(",").map((item) => {
    const [base = "", nth] = item.split("#");
    const isLast = nth === "L" || (nth === undefined && /^[^*?/]*[\dA-Z]L$/.test(item));
    const days = describeItems(nth === undefined && isLast ? base.slice(0, -1) : base, word);
    if (isLast) return `the last ${days} of the month`;
    return nth === undefined ? days : `the ${ordinals[Number(nth) - 1]} ${days} of the month`;
  });
}
