// A schedule tried out: its next ticks in local time, what daylight saving does to them, and what to be careful about.
import { isAny } from "./cron-fields.ts";
import { describeSchedule, type Language } from "./describe.ts";
import { type Note, noteWords } from "./notes.ts";
import { createTimetable, type Pattern, type ScheduleOf } from "./timetable.ts";
import { formatLocal, type Period, type Zone, zoneOf } from "./zone.ts";

export interface PreviewTick {
  /** UTC, with milliseconds. */
  at: string;
  /** With the zone's offset. */
  local: string;
  /** gap: moved to the end of a gap. overlap: the first pass of a time that occurs twice. Fixed times only. */
  dst?: "gap" | "overlap";
}

export interface SchedulePreview {
  ticks: PreviewTick[];
  description: string;
  warnings: string[];
}

const lookAheadMs = 366 * 86_400_000;
const mostTicks = 1000;
const mostWarnings = 20;

/**
 * The first `count` (10; at most 1000) ticks strictly after `from`. No ticks: it never fires, which is no error here.
 * Throws ScheduleError for a schedule that isn't valid.
 */
export function previewSchedule(request: {
  schedule: string | string[];
  timezone: string;
  from: number;
  count?: number;
  startAtMs?: number | null;
  endAtMs?: number | null;
  /** Of the description and the warnings; English by default. */
  language?: Language;
}): SchedulePreview {
  const { timezone, from, count = 10, startAtMs = null, endAtMs = null, language = "en" } = request;
  const schedule = { schedule: [request.schedule].flat(), timezone, startAtMs, endAtMs };
  const timetable = createTimetable(schedule, { allowNever: true });
  const zone = zoneOf(timezone);
  const ticks: PreviewTick[] = [];
  let tick = timetable.nextTick(from);
  while (tick !== null && ticks.length < Math.min(count, mostTicks)) {
    const { at, dst } = tick;
    const shown = { at: new Date(at).toISOString(), local: formatLocal(at, zone.offsetAt(at)) };
    ticks.push(dst === null ? shown : { ...shown, dst });
    tick = timetable.nextTick(at);
  }
  return {
    ticks,
    description: describeSchedule(schedule.schedule, timezone, language),
    warnings: scheduleWarnings(schedule, from, language),
  };
}

/** What is allowed and probably not meant, in sentences. For previews and for jobs being saved. Throws ScheduleError. */
export function scheduleWarnings(schedule: ScheduleOf, now: number, language: Language = "en"): string[] {
  const notes = scheduleNotes(schedule, now);
  const rest = notes.length - mostWarnings;
  const shown: Note[] = rest <= 0 ? notes : [...notes.slice(0, mostWarnings), { kind: "more", count: rest }];
  return shown.map(noteWords[language]);
}

function scheduleNotes(schedule: ScheduleOf, now: number): Note[] {
  const { patterns } = createTimetable(schedule, { allowNever: true });
  const zone = zoneOf(schedule.timezone);
  const { startAtMs, endAtMs } = schedule;
  const notes: Note[] = [];
  if (endAtMs !== null && endAtMs <= now) notes.push({ kind: "end_passed", at: new Date(endAtMs).toISOString() });
  else if (endAtMs !== null && startAtMs !== null && endAtMs <= startAtMs) notes.push({ kind: "end_before_start" });
  for (const pattern of patterns) {
    const { parsed, source } = pattern;
    if (pattern.neverFires) notes.push({ kind: "never_fires", source });
    if (parsed.kind === "at" && parsed.atMs <= now) notes.push({ kind: "passed", source });
    if (parsed.kind === "cron" && bothDaysSet(parsed.fields["day-of-month"], parsed.fields["day-of-week"]))
      notes.push({ kind: "either_day", source });
    if (pattern.isFixedTime) notes.push(...clockChanges(zone, now, pattern));
  }
  return notes;
}

const bothDaysSet = (date: string, weekday: string) => !isAny(date) && !isAny(weekday) && !weekday.startsWith("+");

/** Ticks of the next twelve months that daylight saving moves or would have doubled: one warning a change of the clock. */
function clockChanges(zone: Zone, now: number, pattern: Pattern): Note[] {
  const notes: Note[] = [];
  for (let period = zone.periodAt(now); period.to < now + lookAheadMs; ) {
    const next = zone.periodAt(period.to);
    const tick = movedTick(pattern, period, next, now);
    if (tick) {
      const local = formatLocal(tick.at, tick.offsetMs);
      notes.push({
        kind: tick.dst === "gap" ? "gap" : "overlap",
        source: pattern.source,
        day: local.slice(0, 10),
        zone: zone.name,
        from: clockAt(next.from, period.offsetMs),
        to: clockAt(next.from, next.offsetMs),
        local,
      });
    }
    period = next;
  }
  return notes;
}

function movedTick(pattern: Pattern, before: Period, after: Period, now: number) {
  const shiftMs = after.offsetMs - before.offsetMs;
  if (shiftMs === 0) return null;
  // In a gap the tick stands at its end; in an overlap it is in the last stretch before the clock goes back.
  const start = Math.max(shiftMs > 0 ? after.from : after.from + shiftMs, now + 1);
  const tick = pattern.next(start - 1);
  if (!tick || tick.dst === null || tick.at > after.from) return null;
  return { ...tick, offsetMs: tick.dst === "gap" ? after.offsetMs : before.offsetMs };
}

const clockAt = (instant: number, offsetMs: number) => new Date(instant + offsetMs).toISOString().slice(11, 16);
