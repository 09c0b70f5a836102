// What a schedule pattern may say: five or six cron fields, a nickname, @every, @at or @manual.
import { parseDuration } from "../lib/duration.ts";
import { nearest } from "../lib/nearest.ts";
import { type CronFields, checkFields, fieldNames } from "./cron-fields.ts";
import { ScheduleError } from "./schedule-error.ts";

export type ParsedPattern =
  | {
      kind: "cron";
      fields: CronFields;
      /** No *, ? or / in second, minute and hour: what daylight saving moves. */
      isFixedTime: boolean;
    }
  | { kind: "every"; everyMs: number }
  | { kind: "at"; atMs: number }
  | { kind: "manual" };

const nicknames: Record<string, string> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * SUN",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};
const words = [...Object.keys(nicknames), "@every", "@at", "@manual"];
const longestPattern = 500;
const longestIntervalMs = 3660 * 86_400_000;

/** Reads one pattern. Throws ScheduleError. */
export function readPattern(pattern: string): ParsedPattern {
  const text = pattern.trim();
  try {
    if (text === "") throw new ScheduleError("is empty", { expected: "a cron expression, @every, @at or @manual" });
    if (text.length > longestPattern)
      throw new ScheduleError(`${text.length} characters`, { expected: `at most ${longestPattern}` });
    return text.startsWith("@") ? readWord(text) : readCron(text);
  } catch (err) {
    if (!(err instanceof ScheduleError)) throw err;
    const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
    const expected = err.expected === null ? "" : `; expected ${err.expected}`;
    throw new ScheduleError(`schedule ${shown}: ${err.message}${expected}`, err);
  }
}

function readWord(text: string): ParsedPattern {
  const [word = "", ...rest] = text.split(/\s+/);
  const name = word.toLowerCase();
  const argument = rest.join(" ");
  if (name === "@every") return { kind: "every", everyMs: readInterval(argument) };
  if (name === "@at") return { kind: "at", atMs: readInstant(argument) };
  if (name === "@reboot")
    throw new ScheduleError("a cluster has no start of its own, so @reboot has no tick", {
      expected: "a time, or @manual and a systemd unit that runs the job when its machine starts",
    });
  const cron = nicknames[name];
  if (cron === undefined && name !== "@manual") {
    const near = nearest(name, words);
    throw new ScheduleError(`unknown word ${word}${near ? `, did you mean ${near}?` : ""}`, {
      expected: `one of ${words.join(", ")}`,
    });
  }
  if (argument !== "") throw new ScheduleError(`"${argument}" after ${word}`, { expected: `${word} alone` });
  return cron === undefined ? { kind: "manual" } : readCron(cron);
}

function readInterval(text: string): number {
  const about = { expected: "a duration from 1s to ten years, such as 30s, 5m or 1h30m" };
  let ms: number;
  try {
    ms = parseDuration(text);
  } catch {
    throw new ScheduleError(text === "" ? "@every without a duration" : `"${text}" is not a duration`, about);
  }
  if (ms < 1000) throw new ScheduleError(`${text} is shorter than a second`, about);
  if (ms > longestIntervalMs) throw new ScheduleError(`${text} is longer than ten years`, about);
  return ms;
}

const instantShape =
  /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(?:(Z)|([+-](?:0\d|1[0-4])):?([0-5]\d))$/i;

function readInstant(text: string): number {
  const about = { expected: "an ISO 8601 instant with an offset, such as 2026-12-01T08:00:00+08:00" };
  const match = instantShape.exec(text);
  if (!match) {
    if (text === "") throw new ScheduleError("@at without an instant", about);
    const bare = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/i.test(text);
    throw new ScheduleError(`"${text}" ${bare ? "has no offset" : "is not an instant"}`, about);
  }
  const [, date, time, seconds = "00", fraction = "", utc, hours, minutes] = match;
  const clock = `${date}T${time}:${seconds}.${fraction.padEnd(3, "0")}`;
  const asUtc = new Date(`${clock}Z`);
  // Date.parse rolls 30 February over into March.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString() !== `${clock}Z`)
    throw new ScheduleError(`"${text}" is not in the calendar`, about);
  return Date.parse(`${clock}${utc ? "Z" : `${hours}:${minutes}`}`);
}

function readCron(text: string): ParsedPattern {
  if (/^\d{4}-\d\d-\d\d/.test(text))
    throw new ScheduleError("a date alone is not a pattern", { expected: "@at and an instant with an offset" });
  if (/^(CRON_)?TZ=/i.test(text))
    throw new ScheduleError("a zone has no place in a pattern", { expected: "it in the job's timezone" });
  const parts = text.toUpperCase().split(/\s+/);
  if (parts.length < 5 || parts.length > 6)
    throw new ScheduleError(
      `${parts.length} field${parts.length === 1 ? "" : "s"}${parts.length === 7 ? " (there is no year)" : ""}`,
      {
        expected: "5 (minute hour day-of-month month day-of-week) or 6 (second first)",
      },
    );
  if (parts.length === 5) parts.unshift("0");
  const fields = Object.fromEntries(fieldNames.map((name, i) => [name, parts[i]])) as CronFields;
  checkFields(fields);
  return { kind: "cron", fields, isFixedTime: !/[*?/]/.test(`${fields.second} ${fields.minute} ${fields.hour}`) };
}
