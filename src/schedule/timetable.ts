// Cron arithmetic: when is a schedule due next? The only file that knows croner, and all it asks of it is the next match
// on a clock that is never set (utcOffset 0: no Intl, whatever the process's TZ). Daylight saving is put on top here,
// one period of constant offset at a time. Croner knows the same rules, but with a zone it tries each second of a gap:
// "* * 2 25-31 3 +0" in Europe/Berlin kept it busy for 16 s, and everything else in the process with it.
//
// The rules, after Vixie cron: a fixed local time (no *, ? or / in second, minute, hour) inside a gap runs once at the
// gap's end, and in an overlap on the first pass only; anything else follows the real local clock. A shift of more than
// three hours is a correction of the calendar: nothing is made up for it.
import { Cron } from "croner";
import { createLru } from "../lib/lru.ts";
import type { EffectiveJob } from "../model/job.ts";
import { fieldNames } from "./cron-fields.ts";
import { type ParsedPattern, readPattern } from "./grammar.ts";
import { ScheduleError } from "./schedule-error.ts";
import { checkTimezone, type Period, type Zone, zoneOf } from "./zone.ts";

const hourMs = 3_600_000;
const longestShiftMs = 3 * hourMs;
/** How far a search goes: 29 February on a given weekday may be 40 years away. */
const searchMs = 100 * 366 * 24 * hourMs;
const earliest = Date.UTC(1900, 0, 1);
/** Where croner's calendar ends. */
const latest = Date.UTC(3000, 0, 1);
const mostPatterns = 100;

/** A tick, and what daylight saving did to it: moved to the end of a gap, or the first pass of an overlap. */
export interface MarkedTick {
  at: number;
  dst: "gap" | "overlap" | null;
}

export interface Pattern {
  /** As written, trimmed. */
  source: string;
  parsed: ParsedPattern;
  isFixedTime: boolean;
  /** No date can match, in any zone (30 February). */
  neverFires: boolean;
  /** The first tick strictly after the instant; null: none within a hundred years. */
  next(afterMs: number): MarkedTick | null;
}

export interface Timetable {
  patterns: readonly Pattern[];
  isManual: boolean;
  /** At least one pattern names fixed local times, so daylight saving may move its ticks. */
  isFixedTime: boolean;
  /** The first tick strictly after the instant, over all patterns, inside [startAt, endAt); null: none. */
  next(afterMs: number): number | null;
  /** The same, with what daylight saving did to it. */
  nextTick(afterMs: number): MarkedTick | null;
}

export type ScheduleOf = Pick<EffectiveJob, "schedule" | "timezone" | "startAtMs" | "endAtMs">;

// A croner object holds about 80 KB, so few are kept, shared by all zones and jobs. A Pattern is small and asks again.
const crons = createLru<{ cron: Cron; neverFires: boolean }>(256);
const patterns = createLru<Pattern>(4096);

/** The pattern in that zone; cached and shared. Throws ScheduleError. */
export function parsePattern(pattern: string, timezone: string): Pattern {
  const source = pattern.trim();
  return patterns.get(`${timezone} ${source}`, () => {
    const problem = checkTimezone(timezone);
    if (problem !== null) throw new ScheduleError(problem, { field: "timezone", expected: "an IANA time zone" });
    return makePattern(source, readPattern(source), timezone);
  });
}

function makePattern(source: string, parsed: ParsedPattern, timezone: string): Pattern {
  const pattern = { source, parsed, isFixedTime: false, neverFires: false };
  switch (parsed.kind) {
    case "manual":
      return { ...pattern, next: () => null };
    case "at":
      return { ...pattern, next: (after) => (after < parsed.atMs ? { at: parsed.atMs, dst: null } : null) };
    case "every": {
      // Anchored at the epoch: neither an edit nor a restart shifts it.
      const { everyMs } = parsed;
      return { ...pattern, next: (after) => ({ at: (Math.floor(after / everyMs) + 1) * everyMs, dst: null }) };
    }
    case "cron": {
      const text = fieldNames.map((name) => parsed.fields[name]).join(" ");
      const { isFixedTime } = parsed;
      const zone = zoneOf(timezone);
      const { neverFires } = cronOf(text);
      const next = (after: number) => nextIn(zone, isFixedTime, after, cronOf(text).cron);
      return { ...pattern, isFixedTime, neverFires, next };
    }
  }
}

function cronOf(text: string) {
  return crons.get(text, () => {
    try {
      const cron = new Cron(text, { utcOffset: 0, fixedTimeRule: "no-wildcard", mode: "5-or-6-parts" });
      // The calendar repeats after 400 years, and that is as far as croner looks: any instant will do.
      return { cron, neverFires: cron.nextRun(new Date(Date.UTC(2000, 0, 1) - 1)) === null };
    } catch (err) {
      const reason = err instanceof Error ? err.message.replace(/^CronPattern: /, "") : String(err);
      throw new ScheduleError(`schedule "${text}": ${reason}`);
    }
  });
}

/**
 * The timetable of a schedule. Throws ScheduleError with the index of the pattern. `allowNever`: take expressions
 * that can never fire, too (a preview shows them as empty; a job with one is refused).
 */
export function createTimetable(schedule: ScheduleOf, options: { allowNever?: boolean } = {}): Timetable {
  const { startAtMs, endAtMs } = schedule;
  const list = readAll(schedule, options.allowNever ?? false);
  // Each pattern's last answer; it holds for every instant from the one asked about up to itself.
  const known = list.map((pattern) => ({ pattern, from: Infinity, tick: null as MarkedTick | null }));

  function nextTick(afterMs: number): MarkedTick | null {
    const after = startAtMs === null ? afterMs : Math.max(afterMs, startAtMs - 1);
    let soonest: MarkedTick | null = null;
    for (const last of known) {
      if (after < last.from || (last.tick !== null && after >= last.tick.at)) {
        last.tick = last.pattern.next(after);
        last.from = after;
      }
      if (last.tick !== null && (soonest === null || last.tick.at < soonest.at)) soonest = last.tick;
    }
    return soonest !== null && endAtMs !== null && soonest.at >= endAtMs ? null : soonest;
  }
  return {
    patterns: list,
    isManual: list.some((pattern) => pattern.parsed.kind === "manual"),
    isFixedTime: list.some((pattern) => pattern.isFixedTime),
    next: (after) => nextTick(after)?.at ?? null,
    nextTick,
  };
}

function readAll({ schedule, timezone }: ScheduleOf, allowNever: boolean): Pattern[] {
  if (schedule.length === 0 || schedule.length > mostPatterns)
    throw new ScheduleError(`schedule: ${schedule.length} patterns; expected 1 to ${mostPatterns}`);
  const list = schedule.map((text, index) => {
    try {
      return parsePattern(text, timezone);
    } catch (err) {
      if (!(err instanceof ScheduleError) || err.field === "timezone") throw err;
      throw new ScheduleError(err.message, { index, field: err.field, expected: err.expected });
    }
  });
  const manual = list.findIndex((pattern) => pattern.parsed.kind === "manual");
  if (manual >= 0 && list.length > 1)
    throw new ScheduleError("schedule: @manual beside other patterns; expected it to stand alone", { index: manual });
  const never = list.findIndex((pattern) => pattern.neverFires);
  if (never >= 0 && !allowNever) {
    const expected = "a date that some year has";
    const message = `schedule "${list[never]?.source}" never fires; expected ${expected}`;
    throw new ScheduleError(message, { index: never, field: "day-of-month", expected });
  }
  return list;
}

/** Walks the zone's periods from `afterMs` on. Each costs at most two questions to croner, most cost none. */
function nextIn(zone: Zone, isFixedTime: boolean, afterMs: number, cron: Cron): MarkedTick | null {
  if (afterMs >= latest) return null;
  const start = Math.max(afterMs, earliest);
  let askedFrom = Infinity;
  let answer = -Infinity;
  // The first match after a local time; it holds for every local time from the one asked about up to itself.
  const nextLocal = (local: number) => {
    if (local < askedFrom || local >= answer) {
      askedFrom = local;
      answer = cron.nextRun(new Date(local))?.getTime() ?? Infinity;
    }
    return answer;
  };
  let after = start;
  let period = zone.periodAt(start);
  while (after <= start + searchMs) {
    const tick = tickIn(period, after, isFixedTime, nextLocal);
    if (tick && tick.at < period.to) {
      if (isFixedTime && tick.dst === null && comesAgain(zone, period, tick.at)) tick.dst = "overlap";
      return tick;
    }
    if (tick === null || period.to === Infinity) return null;
    after = period.to - 1;
    period = zone.periodAt(period.to);
  }
  return null;
}

/** The first tick after `after` by the period's offset, possibly past its end; null: none at all. */
function tickIn(
  period: Period,
  after: number,
  isFixedTime: boolean,
  nextLocal: (local: number) => number,
): MarkedTick | null {
  const { offsetMs, previousOffsetMs } = period;
  const shiftMs = isFixedTime ? offsetMs - previousOffsetMs : 0;
  let from = after;
  if (shiftMs > 0 && shiftMs <= longestShiftMs && period.from > after) {
    const gapStart = period.from + previousOffsetMs;
    if (nextLocal(gapStart - 1) < period.from + offsetMs) return { at: period.from, dst: "gap" };
  }
  // Its first -shiftMs show local times that were there already.
  if (shiftMs < 0 && shiftMs >= -longestShiftMs) from = Math.max(from, period.from - shiftMs - 1);
  const local = nextLocal(from + offsetMs);
  return local === Infinity ? null : { at: local - offsetMs, dst: null };
}

/** Whether the local time of this instant comes again, because the clock is set back at the period's end. */
function comesAgain(zone: Zone, period: Period, at: number): boolean {
  if (period.to - at > longestShiftMs) return false;
  const shiftMs = period.offsetMs - zone.offsetAt(period.to);
  return shiftMs > 0 && shiftMs <= longestShiftMs && at >= period.to - shiftMs;
}
