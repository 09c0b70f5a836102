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

/** With the zone of jobs that name none. Throws ConfigError with everything that is wrong. */
export function defaultsOf(config: Pick<Config, "defaults" | "timezone">) {
  const parsed = parseJobDefaults(config.defaults, { nearest });
  const problems = zoneProblems("timezone", config.timezone);
  if (!parsed.ok) problems.push(...parsed.errors.map(({ path, message }) => `defaults.${path}: ${message}`));
  else if (parsed.defaults.timezone) problems.push(...zoneProblems("defaults.timezone", parsed.defaults.timezone));
  if (!parsed.ok || problems.length) throw new ConfigError(problems);
  return { timezone: config.timezone, ...parsed.defaults };
}

const zoneProblems = (key: string, zone: string) =>
  checkSchedule(["@daily"], zone).map(({ message }) => `${key}: ${message}`);
