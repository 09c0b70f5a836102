// A schedule tried out: its next ticks in local time, what daylight saving does to them, and what to be careful about.
import { isAny } from "./cron-fields.ts";
import { describeSchedule } from "./describe.ts";
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
}): SchedulePreview {
  const { timezone, from, count = 10, startAtMs = null, endAtMs = null } = request;
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
    description: describeSchedule(schedule.schedule, timezone),
    warnings: scheduleWarnings(schedule, from),
  };
}

/** What is allowed and probably not meant, in sentences. For previews and for jobs being saved. Throws ScheduleError. */
export function scheduleWarnings(schedule: ScheduleOf, now: number): string[] {
  const { patterns } = createTimetable(schedule, { allowNever: true });
  const zone = zoneOf(schedule.timezone);
  const { startAtMs, endAtMs } = schedule;
  const warnings: string[] = [];
  if (endAtMs !== null && endAtMs <= now)
    warnings.push(`endAt ${new Date(endAtMs).toISOString()} has passed: nothing will be due`);
  else if (endAtMs !== null && startAtMs !== null && endAtMs <= startAtMs)
    warnings.push("endAt is not after startAt: nothing will be due");
  for (const pattern of patterns) {
    const { parsed, source } = pattern;
    if (pattern.neverFires) warnings.push(`"${source}" never fires: no year has such a date; a job with it is refused`);
    if (parsed.kind === "at" && parsed.atMs <= now) warnings.push(`"${source}" has passed: it will not be due again`);
    if (parsed.kind === "cron" && bothDaysSet(parsed.fields["day-of-month"], parsed.fields["day-of-week"]))
      warnings.push(
        `"${source}" sets day-of-month and day-of-week: a day that matches either is due, as in crontab(5); write + before the weekday for days that match both`,
      );
    if (pattern.isFixedTime) warnings.push(...clockChanges(zone, now, pattern));
  }
  return warnings.length <= mostWarnings
    ? warnings
    : [...warnings.slice(0, mostWarnings), `and ${warnings.length - mostWarnings} more warnings`];
}

const bothDaysSet = (date: string, weekday: string) => !isAny(date) && !isAny(weekday) && !weekday.startsWith("+");

/** Ticks of the next twelve months that daylight saving moves or would have doubled: one warning a change of the clock. */
function clockChanges(zone: Zone, now: number, pattern: Pattern): string[] {
  const warnings: string[] = [];
  for (let period = zone.periodAt(now); period.to < now + lookAheadMs; ) {
    const next = zone.periodAt(period.to);
    const tick = movedTick(pattern, period, next, now);
    if (tick) {
      const change = `${clockAt(next.from, period.offsetMs)} to ${clockAt(next.from, next.offsetMs)}`;
      const day = formatLocal(tick.at, tick.offsetMs).slice(0, 10);
      const local = formatLocal(tick.at, tick.offsetMs);
      warnings.push(
        tick.dst === "gap"
          ? `"${pattern.source}": on ${day} the clock in ${zone.name} goes forward from ${change}, so a time of this schedule does not exist; it runs once at ${local}`
          : `"${pattern.source}": on ${day} the clock in ${zone.name} goes back from ${change}, so a time of this schedule occurs twice; it runs on the first pass only, at ${local}`,
      );
    }
    period = next;
  }
  return warnings;
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
