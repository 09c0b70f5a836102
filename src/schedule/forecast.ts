// How many ticks a schedule has in each minute of the next hours: for pictures of what is to come, over thousands of jobs.
// Asking the timetable tick by tick would take a minute for a day of ten thousand jobs. Here a pattern's times of day are
// laid out at once and only its dates are asked for; where the clock is set inside the span, and for what is no cron
// pattern, the timetable itself answers.
import { createLru } from "../lib/lru.ts";
import { isAny } from "./cron-fields.ts";
import { type ParsedPattern, readPattern } from "./grammar.ts";
import { createTimetable, parsePattern, type ScheduleOf } from "./timetable.ts";
import { type Zone, zoneOf } from "./zone.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Ticks that are walked one by one, where that has to be; the rest of such a span is left out. */
const mostWalked = 5000;

export interface Span {
  /** A whole minute, in epoch milliseconds. */
  from: number;
  minutes: number;
}

/** The minutes with ticks, in order: which (from 0), and the seconds of each as bits: 0–29 in `low`, 30–59 in `high`. */
export interface MinutesOfTicks {
  minute: number[];
  low: number[];
  high: number[];
}

export const countBits = (bits: number): number => {
  let left = bits - ((bits >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return (((left + (left >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
};

/** Ticks of a schedule in a span; several of one second count once. The schedule must be a valid one. */
export function forecast(schedule: ScheduleOf, span: Span): MinutesOfTicks {
  const [only, ...others] = schedule.schedule;
  const { startAtMs, endAtMs } = schedule;
  const to = span.from + span.minutes * minuteMs;
  if ((startAtMs !== null && startAtMs > span.from) || (endAtMs !== null && endAtMs < to))
    return walked(createTimetable(schedule, { allowNever: true }), span);
  const parts = [only as string, ...others].map((text) => ofPattern(text, schedule, span));
  return parts.length === 1 ? (parts[0] as MinutesOfTicks) : united(parts);
}

function ofPattern(text: string, { timezone }: ScheduleOf, span: Span): MinutesOfTicks {
  const { parsed, times } = read.get(text, () => readTimes(text));
  if (parsed.kind === "manual") return { minute: [], low: [], high: [] };
  if (parsed.kind === "every") return everyTicks(parsed.everyMs, span);
  const zone = zoneOf(timezone);
  const offsetMs = zone.periodAt(span.from).offsetMs;
  const isSteady = offsetMs % minuteMs === 0 && staysAt(zone, span, offsetMs);
  if (times === null || !isSteady) return walked(parsePattern(text, timezone), span);
  const found: MinutesOfTicks = { minute: [], low: [], high: [] };
  const { minutes, low, high } = times;
  const first = span.from + offsetMs;
  for (let day = Math.floor(first / dayMs) * dayMs; day < first + span.minutes * minuteMs; day += dayMs) {
    if (!isDate(times.days, day)) continue;
    const dayBegins = (day - first) / minuteMs;
    for (const minute of minutes) {
      const at = dayBegins + minute;
      if (at < 0 || at >= span.minutes) continue;
      found.minute.push(at);
      found.low.push(low);
      found.high.push(high);
    }
  }
  return found;
}

interface Times {
  /** Of the day. */
  minutes: number[];
  /** The seconds of each. */
  low: number;
  high: number;
  days: string;
}

// Read without the timetable, which would make a croner object for each of thousands of patterns.
const read = createLru<{ parsed: ParsedPattern; times: Times | null }>(20_000);

function readTimes(text: string): { parsed: ParsedPattern; times: Times | null } {
  const parsed = readPattern(text);
  if (parsed.kind !== "cron") return { parsed, times: null };
  const { fields } = parsed;
  const [low, high] = bitsOf(valuesOf(fields.second, 59));
  const minutesOfHour = valuesOf(fields.minute, 59);
  const minutes = valuesOf(fields.hour, 23).flatMap((hour) => minutesOfHour.map((minute) => hour * 60 + minute));
  return {
    parsed,
    times: { minutes, low, high, days: `${fields["day-of-month"]} ${fields.month} ${fields["day-of-week"]}` },
  };
}

function staysAt(zone: Zone, { from, minutes }: Span, offsetMs: number): boolean {
  const to = from + minutes * minuteMs;
  // What lies before the span matters where the clock is set back: a fixed time of the second pass has no tick.
  for (let period = zone.periodAt(from - dayMs / 8); ; period = zone.periodAt(period.to)) {
    if (period.offsetMs !== offsetMs) return false;
    if (period.to >= to) return true;
  }
}

/** Whether an expression of days holds on a calendar's day. Each is asked once, whatever the times of day and the zone. */
const dates = new Map<string, boolean>();
const mostDates = 20_000;
function isDate(days: string, day: number): boolean {
  if (days.split(" ").every(isAny)) return true;
  const key = `${days} ${day}`;
  let known = dates.get(key);
  if (known === undefined) {
    const noon = parsePattern(`0 12 ${days}`, "UTC").next(day - 1);
    known = noon !== null && noon.at < day + dayMs;
    if (dates.size >= mostDates) dates.clear();
    dates.set(key, known);
  }
  return known;
}

/** What a field of seconds, minutes or hours lets through: the fields were checked before. */
function valuesOf(field: string, max: number): number[] {
  const values = new Set<number>();
  for (const item of field.split(",")) {
    const [range = "", step = "1"] = item.split("/");
    const [from = 0, to = from] = /^[*?]$/.test(range) ? [0, max] : range.split("-").map(Number);
    for (let value = from; value <= to; value += Number(step)) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

function bitsOf(seconds: number[]): [low: number, high: number] {
  let [low, high] = [0, 0];
  for (const second of seconds)
    if (second < 30) low |= 1 << second;
    else high |= 1 << (second - 30);
  return [low, high];
}

function everyTicks(everyMs: number, { from, minutes }: Span): MinutesOfTicks {
  const to = from + minutes * minuteMs;
  const collect = collector(from);
  for (let at = Math.ceil(from / everyMs) * everyMs; at < to; at += everyMs) collect.add(at);
  return collect.found;
}

function walked({ next }: { next(after: number): number | { at: number } | null }, { from, minutes }: Span) {
  const to = from + minutes * minuteMs;
  const collect = collector(from);
  let after = from - 1;
  for (let count = 0; count < mostWalked; count++) {
    const tick = next(after);
    const at = typeof tick === "number" ? tick : tick?.at;
    if (at === undefined || at >= to) break;
    collect.add(at);
    after = at;
  }
  return collect.found;
}

/** Takes ticks in their order. */
function collector(from: number) {
  const found: MinutesOfTicks = { minute: [], low: [], high: [] };
  return {
    found,
    add(at: number) {
      const minute = Math.floor((at - from) / minuteMs);
      const second = Math.floor((at - from) / 1000) % 60;
      let i = found.minute.length - 1;
      if (found.minute[i] !== minute) {
        i = found.minute.push(minute) - 1;
        found.low.push(0);
        found.high.push(0);
      }
      if (second < 30) found.low[i] = (found.low[i] as number) | (1 << second);
      else found.high[i] = (found.high[i] as number) | (1 << (second - 30));
    },
  };
}

function united(parts: MinutesOfTicks[]): MinutesOfTicks {
  const all = new Map<number, [low: number, high: number]>();
  for (const part of parts)
    part.minute.forEach((minute, i) => {
      const [low, high] = all.get(minute) ?? [0, 0];
      all.set(minute, [low | (part.low[i] as number), high | (part.high[i] as number)]);
    });
  const sorted = [...all].sort(([a], [b]) => a - b);
  return {
    minute: sorted.map(([minute]) => minute),
    low: sorted.map(([, [low]]) => low),
    high: sorted.map(([, [, high]]) => high),
  };
}
