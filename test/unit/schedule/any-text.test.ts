// Whatever somebody types as a schedule: it is refused in our words or it is one, with ticks that are what it says.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSchedule } from "../../../src/compose/job-rules.ts";
import { importCrontab } from "../../../src/define/import-crontab.ts";
import { parseJobDocument } from "../../../src/model/job-document.ts";
import { fieldNames } from "../../../src/schedule/cron-fields.ts";
import { describeSchedule } from "../../../src/schedule/describe.ts";
import { readPattern } from "../../../src/schedule/grammar.ts";
import { ScheduleError } from "../../../src/schedule/schedule-error.ts";
import { createTimetable, type Pattern, parsePattern } from "../../../src/schedule/timetable.ts";
import { matches, nearlySchedule, writtenSchedule } from "../../support/cron-text.ts";

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Africa/Casablanca",
];
const instant = fc.integer({ min: Date.parse("1999-01-01T00:00Z"), max: Date.parse("2099-01-01T00:00Z") });
/** Of the processor: how busy the machine is makes no difference. */
const longestMs = 2000;

function timed<T>(about: string, work: () => T): T {
  const before = process.cpuUsage();
  const answer = work();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000, `took too long: ${about}`).toBeLessThan(longestMs);
  return answer;
}

/** null: refused, as promised. */
function parsed(text: string, zone: string): Pattern | null {
  try {
    return parsePattern(text, zone);
  } catch (err) {
    expect(err).toBeInstanceOf(ScheduleError);
    expect((err as Error).message).toMatch(/^schedule ".*(expected|:)/s);
    return null;
  }
}

describe("any text as a schedule", () => {
  it("is refused with a ScheduleError or gives ticks that go strictly forward, soon", () => {
    let taken = 0;
    fc.assert(
      fc.property(nearlySchedule, fc.constantFrom(...zones), instant, (text, zone, from) => {
        const pattern = timed(text, () => parsed(text, zone));
        if (pattern === null) return;
        taken++;
        let after = from;
        for (let i = 0; i < 5; i++) {
          const tick = timed(`${text} after ${new Date(after).toISOString()} in ${zone}`, () => pattern.next(after));
          if (tick === null) break;
          expect(tick.at).toBeGreaterThan(after);
          expect(tick.at % 1000 === 0 || pattern.parsed.kind !== "cron").toBe(true);
          after = tick.at;
        }
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  it("that is cron is due when its fields say so, and at no instant before that", () => {
    let checked = 0;
    fc.assert(
      fc.property(writtenSchedule, instant, (text, from) => {
        const pattern = parsed(text, "UTC");
        if (pattern?.parsed.kind !== "cron" || pattern.neverFires) return;
        const { fields } = pattern.parsed;
        let after = from;
        for (let i = 0; i < 3; i++) {
          const tick = pattern.next(after);
          // A leap day on a given weekday may be further than the search goes.
          if (tick === null) break;
          expect(matches(fields, tick.at), `${text}: ${new Date(tick.at).toISOString()}`).toBe(true);
          const first = Math.floor(after / 1000) * 1000 + 1000;
          for (let at = first; at < Math.min(tick.at, first + 4_000_000); at += 1000)
            if (matches(fields, at)) expect.fail(`${text} leaves out ${new Date(at).toISOString()}`);
          after = tick.at;
          checked++;
        }
      }),
      { numRuns: 200 },
    );
    expect(checked).toBeGreaterThan(50);
  });

  it("means the same when it is written again from its parts", () => {
    fc.assert(
      fc.property(writtenSchedule, instant, (text, from) => {
        const pattern = parsed(text, "Europe/Berlin");
        if (pattern?.parsed.kind !== "cron") return;
        const { fields } = pattern.parsed;
        const again = fieldNames.map((name) => fields[name]).join(" ");
        expect(readPattern(again)).toEqual(pattern.parsed);
        expect(parsePattern(again, "Europe/Berlin").next(from)).toEqual(pattern.next(from));
      }),
      { numRuns: 600 },
    );
  });

  it("has a description in both languages when it is one", () => {
    fc.assert(
      fc.property(nearlySchedule, (text) => {
        if (parsed(text, "UTC") === null) return;
        for (const language of ["en", "zh-CN"] as const)
          expect(describeSchedule([text.trim()], "UTC", language)).not.toMatch(/undefined|NaN|\[object/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("where schedules come in", () => {
  const base = { name: "a", cmd: "true" };
  const parse = (schedule: unknown, timezone = "UTC") =>
    parseJobDocument({ ...base, schedule, timezone }, { defaults: {}, checkSchedule });

  it("a job document with any of them is judged, never throws, and has a timetable when it is accepted", () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(nearlySchedule, fc.array(nearlySchedule, { maxLength: 3 })), (schedule) => {
        const result = parse(schedule);
        if (!result.ok) {
          for (const { path } of result.errors) expect(path).toMatch(/^schedule/);
          return;
        }
        taken++;
        const { next, isManual } = createTimetable(result.effective);
        expect(next(0) === null || next(0)! > 0).toBe(true);
        expect(typeof isManual).toBe("boolean");
      }),
      { numRuns: 600 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it("any text as its zone, too", () => {
    const zone = fc.oneof(
      fc.constantFrom("utc", "EST5EDT", "GMT+1", "+08:00", "Europe/Berlim", "..", "Etc/GMT-14", "CST"),
      fc.string({ unit: "binary", maxLength: 70 }),
    );
    fc.assert(
      fc.property(zone, (timezone) => {
        const result = parse("0 3 * * *", timezone);
        if (result.ok) expect(createTimetable(result.effective).next(0)).toBeGreaterThan(0);
        else for (const { path } of result.errors) expect(path).toBe("timezone");
      }),
      { numRuns: 600 },
    );
  });

  it("a crontab of any lines is read to its end: each line is a job, an error, or said to be neither", () => {
    const rest = fc.oneof(
      fc.constantFrom("", "true", "root true", "x % in", "%", "MAILTO=x"),
      fc.string({ maxLength: 20 }),
    );
    const line = fc.oneof(
      { weight: 5, arbitrary: fc.tuple(nearlySchedule, rest).map((parts) => parts.join(" ")) },
      fc.constantFrom(
        "CRON_TZ=Europe/Paris",
        "CRON_TZ=Nowhere",
        "SHELL=/bin/sh",
        "SHELL=sh",
        "# words",
        "RANDOM_DELAY=x",
        "PATH",
      ),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    let jobs = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, system) => {
        const text = lines.join("\n");
        const found = importCrontab(text, { system, timezone: "UTC", checkSchedule });
        for (const { document } of found.jobs) {
          const judged = parseJobDocument(document, { defaults: {}, checkSchedule });
          if (!judged.ok) expect.fail(JSON.stringify([document, judged.errors]));
          jobs++;
        }
        expect(new Set(found.jobs.map(({ document }) => document.name)).size).toBe(found.jobs.length);
        const told = new Set([...found.jobs, ...found.errors].map((each) => each.line));
        text.split(/\r?\n/).forEach((one, i) => {
          const isQuiet = /^\s*(#.*)?$/s.test(one) || /^\s*["']?[A-Za-z_]\w*["']?\s*=/.test(one);
          if (!isQuiet) expect(told, JSON.stringify(one)).toContain(i + 1);
        });
      }),
      { numRuns: 1000 },
    );
    expect(jobs).toBeGreaterThan(30);
  });
});
