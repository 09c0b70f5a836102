// A crontab turned into job documents. Nothing of it is dropped silently: what can't be said in a document is a warning
// (the job is made without it) or an error (the line makes no job), each with its line.
import { isAbsolute } from "node:path";
import { nearest } from "../lib/nearest.ts";
import type { JobDocument } from "../model/job.ts";
import { type CheckSchedule, parseJobDocument } from "../model/job-document.ts";
import { type CrontabEntry, readCrontabLine } from "./crontab-line.ts";
import { createNamer } from "./crontab-name.ts";

export interface CrontabImport {
  jobs: { line: number; document: JobDocument }[];
  errors: { line: number; message: string }[];
  warnings: { line: number; message: string }[];
}

export interface CrontabOptions {
  /** With a user column, as in /etc/crontab and /etc/cron.d. */
  system: boolean;
  /** Zone of the machine that the crontab comes from. CRON_TZ goes before it. */
  timezone?: string | undefined;
  /** Without it, schedules are judged when the jobs are applied. */
  checkSchedule?: CheckSchedule;
}

const longestText = 1024 * 1024;

/** What the setting lines so far say; it holds for the lines after them. */
interface Settings {
  env: Record<string, string>;
  shell: string | null;
  home: string | null;
  timezone: string | null;
  jitter: string | null;
}

export function importCrontab(text: string, options: CrontabOptions): CrontabImport {
  const result: CrontabImport = { jobs: [], errors: [], warnings: [] };
  if (text.length > longestText) {
    result.errors.push({ line: 1, message: `expected at most ${longestText} characters, got ${text.length}` });
    return result;
  }
  const settings: Settings = { env: {}, shell: null, home: null, timezone: options.timezone ?? null, jitter: null };
  const nameOf = createNamer();
  let comments: string[] = [];
  let zoneMissed = false;

  for (const [i, source] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = i + 1;
    const warn = (message: string) => result.warnings.push({ line, message });
    const read = readCrontabLine(source, options.system);
    if (read.kind === "comment") {
      if (isColumnHead(read.text)) comments = [];
      else if (isWords(read.text, options.system)) comments.push(read.text);
      continue;
    }
    if (read.kind === "error") result.errors.push({ line, message: read.message });
    if (read.kind === "setting") {
      const problem = applySetting(settings, read.name, read.value, warn);
      if (problem) result.errors.push({ line, message: problem });
    }
    if (read.kind === "entry") {
      for (const message of [...read.warnings, ...hints(read)]) warn(message);
      if (settings.timezone === null && !zoneMissed) {
        zoneMissed = true;
        warn(
          "no time zone is given, so the server's is meant: say the machine's with --timezone, or CRON_TZ in the file",
        );
      }
      const document = documentOf(read, settings, nameOf(read.command, read.user), comments);
      const { checkSchedule } = options;
      const verdict = parseJobDocument(document, {
        defaults: {},
        nearest,
        ...(checkSchedule ? { checkSchedule } : {}),
      });
      if (verdict.ok) result.jobs.push({ line, document });
      else for (const { path, message } of verdict.errors) result.errors.push({ line, message: `${path}: ${message}` });
    }
    comments = [];
  }
  return result;
}

/** "m h dom mon dow command", with which the introduction of a new crontab ends. */
const isColumnHead = (text: string) => /^m(?:in(?:ute)?)?\s+h(?:our)?\s+(?:dom|day)\b/i.test(text);

/** A comment that describes: no rule, no drawing, no line that somebody took out of use. */
function isWords(text: string, system: boolean): boolean {
  if (!/[\p{L}\p{N}]/u.test(text) || /^[|.]/.test(text)) return false;
  return readCrontabLine(text, system).kind !== "entry";
}

/** Answers what is wrong with it. */
function applySetting(settings: Settings, name: string, value: string, warn: (message: string) => void): string | null {
  switch (name) {
    case "SHELL":
      if (!isAbsolute(value)) return `SHELL: expected an absolute path, got ${JSON.stringify(value)}`;
      settings.shell = value;
      return null;
    case "CRON_TZ":
      settings.timezone = value;
      return null;
    case "RANDOM_DELAY":
      if (!/^\d+$/.test(value)) return `RANDOM_DELAY: expected a number of minutes, got ${JSON.stringify(value)}`;
      settings.jitter = Number(value) === 0 ? null : `${value}m`;
      return null;
    case "MAILTO":
      if (value !== "")
        warn(
          `MAILTO: output isn't mailed to ${value}; it is kept with each run. To hear of failures set notify: { channels: [...] }`,
        );
      return null;
    case "MAILFROM":
    case "CONTENT_TYPE":
    case "CONTENT_TRANSFER_ENCODING":
      warn(`${name} is about cron's mails, which aren't sent; it is left out`);
      return null;
    case "LOGNAME":
    case "USER":
      warn(`${name} is set from the user that the command runs as; it is left out`);
      return null;
    case "START_HOURS_RANGE":
      warn("START_HOURS_RANGE belongs to an anacrontab, whose lines can't be imported; it is left out");
      return null;
  }
  if (name === "__proto__") return `${name} can't be the name of a variable`;
  if (/^DISTCRON_/i.test(name)) return `${name}: DISTCRON_ variables are set by DistCron itself`;
  if (name === "HOME" && isAbsolute(value)) settings.home = value;
  if (name === "TZ") warn("TZ is given to the commands; as in cron it doesn't move the schedule, which CRON_TZ does");
  if (/\$/.test(value))
    warn(`${name}: as in cron, variables aren't filled in: the value is ${JSON.stringify(value)} as it stands`);
  settings.env[name] = value;
  return null;
}

function hints({ command }: CrontabEntry): string[] {
  const found: string[] = [];
  const folder = /\brun-parts\b(?:\s+-\S+)*\s+(\/\S+)/.exec(command)?.[1]?.replace(/[);]+$/, "");
  if (folder)
    found.push(
      `the scripts of ${folder} run one after the other as one job: one job for each would tell which one failed`,
    );
  if (/\banacron\b/.test(command))
    found.push("anacron catches up on missed days; misfire does that here (default: the latest, within 24h)");
  return found;
}

function documentOf(entry: CrontabEntry, settings: Settings, name: string, comments: string[]): JobDocument {
  const more = {
    ...(settings.shell === null ? {} : { shell: settings.shell }),
    ...(settings.home === null ? {} : { cwd: settings.home }),
    ...(Object.keys(settings.env).length === 0 ? {} : { env: { ...settings.env } }),
    ...(entry.user === null ? {} : { user: entry.user }),
    ...(entry.stdin === null ? {} : { stdin: entry.stdin }),
  };
  const description = comments.join("\n").trim();
  return {
    name,
    ...(description === "" ? {} : { description }),
    schedule: entry.schedule,
    ...(settings.timezone === null ? {} : { timezone: settings.timezone }),
    ...(settings.jitter === null ? {} : { jitter: settings.jitter }),
    cmd: Object.keys(more).length === 0 ? entry.command : { command: entry.command, ...more },
  };
}
