// One line of a crontab, as crontab(5) reads it (Vixie cron, Debian's and cronie's): a setting, a comment, or a job.

export type CrontabLine =
  | { kind: "blank" }
  | { kind: "comment"; text: string }
  | { kind: "setting"; name: string; value: string }
  | CrontabEntry
  | { kind: "error"; message: string };

export interface CrontabEntry {
  kind: "entry";
  schedule: string;
  user: string | null;
  command: string;
  /** What stands after the first %: the command's standard input. */
  stdin: string | null;
  warnings: string[];
}

export function readCrontabLine(line: string, system: boolean): CrontabLine {
  const text = line.trim();
  if (text === "") return { kind: "blank" };
  if (text.startsWith("#")) return { kind: "comment", text: text.replace(/^#+\s?/, "").trimEnd() };
  const setting = /^(?:"([^"]*)"|'([^']*)'|([A-Za-z_][A-Za-z0-9_]*))\s*=\s*(.*)$/.exec(text);
  if (setting) {
    const [, double, single, bare, value = ""] = setting;
    return { kind: "setting", name: (double ?? single ?? bare) as string, value: unquoted(value) };
  }
  return readEntry(text, system);
}

const unquoted = (value: string) => /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;

function readEntry(text: string, system: boolean): CrontabEntry | { kind: "error"; message: string } {
  const warnings: string[] = [];
  let rest = text;
  if (rest.startsWith("-")) {
    warnings.push("the leading - (no line in the system's log) has no meaning here and is left out");
    rest = rest.slice(1).trimStart();
  }
  const when = rest.startsWith("@") ? readNickname(rest, warnings) : readFields(rest, warnings);
  if ("message" in when) return { kind: "error", message: when.message };
  rest = when.rest;
  let user: string | null = null;
  if (system) {
    const column = /^(\S+)\s*(.*)$/s.exec(rest);
    user = column?.[1] ?? null;
    rest = column?.[2] ?? "";
    const [name, group] = (user ?? "").split(/[:/]/);
    if (user && group !== undefined) {
      warnings.push(`the group or class of ${user} is left out: the command gets the groups of ${name}`);
      user = name ?? null;
    }
  } else if (/^root\s+\S/.test(rest))
    warnings.push('the command begins with "root": if that is a user column, import with --system');
  const { command, stdin } = splitInput(rest);
  if (command === "") return { kind: "error", message: "expected a command after the schedule, got nothing" };
  return { kind: "entry", schedule: when.schedule, user, command, stdin, warnings };
}

type When = { schedule: string; rest: string } | { message: string };

const nicknames = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];
/** Of other crons. */
const translated: Record<string, string> = {
  "@every_minute": "* * * * *",
  "@quarterly": "0 0 1 1,4,7,10 *",
  "@semiannually": "0 0 1 1,7 *",
  "@semi-annually": "0 0 1 1,7 *",
};

function readNickname(text: string, warnings: string[]): When {
  const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  const nickname = word.toLowerCase();
  if (nicknames.includes(nickname)) return { schedule: nickname, rest };
  if (translated[nickname]) return { schedule: translated[nickname], rest };
  const seconds = /^@(\d+)$/.exec(word)?.[1];
  if (seconds !== undefined) {
    warnings.push(`@${seconds} counts from the end of the former run there; here it is due every ${seconds}s`);
    return { schedule: `@every ${seconds}s`, rest };
  }
  if (nickname === "@reboot") {
    warnings.push(
      "@reboot has no tick to wait for: the job is made with @manual and never runs by itself. Start the command from a " +
        "systemd unit, or let one call `distcron job run NAME`",
    );
    return { schedule: "@manual", rest };
  }
  return { message: `expected one of ${nicknames.join(", ")}, got ${JSON.stringify(word)}` };
}

const fieldNames = ["minute", "hour", "day of month", "month", "day of week"];

function readFields(text: string, warnings: string[]): When {
  const match = /^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+(.*))?$/s.exec(text);
  if (!match)
    return { message: `expected 5 fields (minute first) and a command, got ${JSON.stringify(shortened(text))}` };
  const fields = match.slice(1, 6) as [string, string, string, string, string];
  for (const [i, field] of fields.entries()) {
    const name = fieldNames[i];
    if (field.includes("~"))
      return { message: `${name}: ${field} is a random time; pick a fixed one, and spread with jitter (jitter: 30m)` };
    const named = i >= 3 ? /^[\dA-Za-z*,/-]+$/ : /^[\d*,/-]+$/;
    if (!named.test(field))
      return { message: `${name}: expected a number, a range, a list or *, got ${JSON.stringify(shortened(field))}` };
  }
  const [minute, hour, day, month, weekday] = fields;
  // crontab(5): the two day fields mean OR unless one begins with *, be it */2. Ours means OR unless one is * alone.
  const both = day !== "*" && weekday !== "*" && (day.startsWith("*") || weekday.startsWith("*"));
  if (both) warnings.push(`${day} with ${weekday}: cron asks for both days to fit, so + is put before the weekday`);
  return { schedule: [minute, hour, day, month, both ? `+${weekday}` : weekday].join(" "), rest: match[6] ?? "" };
}

const shortened = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/** The first % that isn't escaped ends the command; every later one is a line break of its input. \% is a %. */
function splitInput(text: string): { command: string; stdin: string | null } {
  const parts = text.split(/(?<!\\)%/).map((part) => part.replaceAll("\\%", "%"));
  const [command = "", ...lines] = parts;
  return { command: command.trim(), stdin: lines.length ? `${lines.join("\n")}\n` : null };
}
