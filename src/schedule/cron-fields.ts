// The fields of a cron expression, checked one by one so that an error names the field, what came and what to write
// instead. The grammar is that of the Open Cron Pattern Specification 1.4 with 5 or 6 fields; timetable.ts does the rest.
import { ScheduleError } from "./schedule-error.ts";

export const fieldNames = ["second", "minute", "hour", "day-of-month", "month", "day-of-week"] as const;
export type FieldName = (typeof fieldNames)[number];
/** In upper case, names included. */
export type CronFields = Record<FieldName, string>;

export const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] as const;
export const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;

interface FieldRule {
  min: number;
  max: number;
  names: readonly string[];
  /** What people may write, in words. */
  values: string;
}

const rules: Record<FieldName, FieldRule> = {
  second: { min: 0, max: 59, names: [], values: "0-59" },
  minute: { min: 0, max: 59, names: [], values: "0-59" },
  hour: { min: 0, max: 23, names: [], values: "0-23" },
  "day-of-month": { min: 1, max: 31, names: [], values: "1-31, L, LW or 15W" },
  month: { min: 1, max: 12, names: monthNames, values: "1-12 or JAN-DEC" },
  // 0 and 7 are both Sunday, as in crontab(5).
  "day-of-week": { min: 0, max: 7, names: weekdayNames, values: "0-7 or SUN-SAT" },
};

/** True for a field that lets everything through. */
export const isAny = (field: string): boolean => /^\+?[*?]$/.test(field);

/** Throws ScheduleError with `field` and `expected`. */
export function checkFields(fields: CronFields): void {
  for (const name of fieldNames) {
    const text = name === "day-of-week" ? fields[name].replace(/^\+/, "") : fields[name];
    if (name === "day-of-month" && text === "LW") continue;
    for (const item of text.split(",")) checkItem({ name, text: fields[name], rule: rules[name] }, item);
  }
}

interface Field {
  name: FieldName;
  text: string;
  rule: FieldRule;
}

function fail(field: Field, what: string, expected = field.rule.values): never {
  throw new ScheduleError(`${field.name} "${field.text}": ${what}`, { field: field.name, expected });
}

function checkItem(field: Field, item: string): void {
  if (item === "") fail(field, "an empty entry");
  if (item.includes("~"))
    fail(field, "~ (a random value) is not supported", "a value, and the job's jitter to spread it");
  if (/^H(\(|\/|$)/.test(item))
    fail(field, "H (a hash) is not supported", "a value, and the job's jitter to spread it");
  if (field.name === "day-of-month") checkDay(field, item);
  else if (field.name === "day-of-week") checkWeekday(field, item);
  else if (/^(L|LW|\d*W)$/.test(item)) fail(field, "L and W belong in the day fields");
  else if (item.includes("#")) fail(field, "# belongs in day-of-week");
  else checkRange(field, item);
}

function checkDay(field: Field, item: string): void {
  if (item === "L") return;
  if (item === "LW") fail(field, "LW stands alone", "LW without a list");
  if (/^L-\d+$/.test(item)) fail(field, `${item} is not supported`);
  if (item.includes("#")) fail(field, "# belongs in day-of-week");
  const nearest = /^(\d+)W$/.exec(item);
  if (nearest) readValue(field, nearest[1] as string);
  else if (item.includes("W")) fail(field, "W follows one day", "15W (the weekday nearest the 15th) or LW");
  else checkRange(field, item);
}

function checkWeekday(field: Field, item: string): void {
  if (item === "L") fail(field, "L needs a weekday", "5L or FRI#L, the last Friday of the month");
  const [base = "", nth, ...more] = item.split("#");
  if (nth !== undefined) {
    if (more.length || !/^([1-5]|L)$/.test(nth))
      fail(field, `"#${[nth, ...more].join("#")}"`, "#1 to #5, or #L for the last");
    if (!/^[^*?/]+$/.test(base)) fail(field, "# follows a weekday", "for example MON#2, the second Monday");
    checkRange(field, base);
  } else checkRange(field, /^[^*?/]*[\dA-Z]L$/.test(item) ? item.slice(0, -1) : item);
}

function checkRange(field: Field, item: string): void {
  const { name, rule } = field;
  const [body = "", step, ...more] = item.split("/");
  if (more.length) fail(field, `more than one / in "${item}"`, "a range and a step, such as */5");
  if (step !== undefined) {
    const size = name === "day-of-week" ? 7 : rule.max - rule.min + 1;
    if (!/^\d{1,4}$/.test(step) || Number(step) < 1 || Number(step) > size)
      fail(
        field,
        `the step "${step}"`,
        `a step of 1-${size}${/second|minute|hour/.test(name) ? ", or @every for a longer one" : ""}`,
      );
    if (body === "") fail(field, "a step without a range", `*/${step}`);
    if (!/[*?-]/.test(body)) {
      readValue(field, body);
      fail(field, "a step without a range", `${body}-${name === "day-of-week" ? 6 : rule.max}/${step}`);
    }
  }
  if (body === "*" || body === "?") return;
  const ends = body.split("-");
  if (ends.length > 2 || ends.includes("")) fail(field, `"${body}" is not a range`, `a range within ${rule.values}`);
  const [first = 0, last = first] = ends.map((end) => readValue(field, end));
  // A week may end on Sunday, which is 0 and 7.
  if (last < first && !(name === "day-of-week" && ends[1] === "SUN"))
    fail(field, "the range runs backwards", forwards(field, ends as [string, string], step));
}

/** The same days or times without a range that runs backwards: 22-2 is 22-23,0-2. */
function forwards({ name, rule }: Field, [from, to]: [string, string], step: string | undefined): string {
  if (step !== undefined) return "a range that runs forwards";
  if (name === "day-of-week" && to === "0") return `${from}-7`;
  const named = rule.names.length > 0 && rule.names.includes(from);
  const top = name === "day-of-week" ? (named ? "SAT" : "6") : named ? (rule.names.at(-1) as string) : String(rule.max);
  const bottom = named ? (rule.names[0] as string) : String(rule.min);
  return `${from === top ? from : `${from}-${top}`},${to === bottom ? to : `${bottom}-${to}`}`;
}

function readValue(field: Field, text: string): number {
  const { name, rule } = field;
  const named = rule.names.indexOf(text);
  if (named >= 0) return named + (name === "month" ? 1 : 0);
  if (!/^\d{1,4}$/.test(text)) {
    const short = text.length > 3 ? rule.names.find((known) => text.startsWith(known)) : undefined;
    fail(field, `"${text}" is not a value`, short === undefined ? rule.values : `${short}, names have three letters`);
  }
  const value = Number(text);
  if (value < rule.min || value > rule.max) fail(field, `${text} is out of range`);
  return value;
}
