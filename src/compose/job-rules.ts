// How job documents are judged: schedules by the timetable, defaults by the cluster's configuration.
import { type Config, ConfigError } from "../config.ts";
import { nearest } from "../lib/nearest.ts";
import { parseJobDefaults } from "../model/job-document.ts";
import { ScheduleError } from "../schedule/schedule-error.ts";
import { createTimetable } from "../schedule/timetable.ts";

/** Checks of a schedule, as the job document's parser wants them. */
export function checkSchedule(schedule: string[], timezone: string): { path?: string; message: string }[] {
  try {
    createTimetable({ schedule, timezone, startAtMs: null, endAtMs: null });
    return [];
  } catch (err) {
    if (!(err instanceof ScheduleError)) throw err;
    if (err.field === "timezone") return [{ path: "timezone", message: err.message }];
    return [
      {
        path: err.index === null || schedule.length === 1 ? "schedule" : `schedule[${err.index}]`,
        message: err.message,
      },
    ];
  }
}

/** Throws ConfigError. */
export function defaultsOf(config: Config) {
  const parsed = parseJobDefaults(config.defaults, { nearest });
  if (!parsed.ok) throw new ConfigError(parsed.errors.map(({ path, message }) => `defaults.${path}: ${message}`));
  return { timezone: config.timezone, ...parsed.defaults };
}
