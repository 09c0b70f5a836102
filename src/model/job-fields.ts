// The building blocks of the job document's schema: each says in its own message what was expected and what came.
import { z } from "zod";

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const durationPattern = "^(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d|w))+$";

/** Milliseconds of a duration such as 1h30m; null: it is none. The same grammar as the configuration's. */
export function durationMs(text: string): number | null {
  if (!new RegExp(durationPattern).test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g))
    total += Number(amount) * (unitMs[unit as string] as number);
  return Math.round(total);
}

const instantPattern = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:\\d{2})$";

/** Epoch milliseconds of an ISO 8601 instant with an offset; null: it is none (30 February isn't). */
export function instantMs(text: string): number | null {
  if (!new RegExp(instantPattern).test(text)) return null;
  const [, year, month, day] = /^(\d+)-(\d+)-(\d+)/.exec(text)!.map(Number) as [number, number, number, number];
  // A date that doesn't exist would roll over into the next month.
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day || month > 12) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/** What came, in words: short, for the end of a message. */
export function came(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  if (typeof value === "number") return `the number ${value}`;
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** For the `error` of a schema: "expected <what>, got <what came>". */
export const expected = (what: string) => ({
  error: (issue: { input?: unknown }) => `expected ${what}, got ${came(issue.input)}`,
});

/** A string for which `test` holds (or answers null; a string it answers is the message). */
export function word(what: string, test: (value: string) => boolean | string, meta: Record<string, unknown> = {}) {
  return z
    .string(expected(what))
    .superRefine((value, ctx) => {
      const verdict = test(value);
      if (verdict === true) return;
      const message = typeof verdict === "string" ? verdict : `expected ${what}, got ${came(value)}`;
      ctx.addIssue({ code: "custom", message });
    })
    .meta(meta);
}

/** Text in any script, at most `max` characters; `blank`: it may be empty. */
export function text(what: string, max: number, { blank = true, meta = {} } = {}) {
  return word(
    what,
    (value) => {
      if (value.length > max) return `expected at most ${max} characters, got ${value.length}`;
      if (value.includes("\0")) return `expected ${what} without NUL characters`;
      return blank || value.trim() !== ""
        ? true
        : `expected ${what}, got ${value === "" ? "an empty text" : "only blanks"}`;
    },
    { maxLength: max, ...(blank ? {} : { minLength: 1 }), ...meta },
  );
}

export function duration({ min = "0s", max = "365d", none = false } = {}) {
  const what = `a duration such as 30s or 5m${none ? ", or none" : ""}`;
  return word(
    what,
    (value) => {
      if (none && value === "none") return true;
      const ms = durationMs(value);
      if (ms === null && /^\d+(\.\d+)?$/.test(value)) return `expected ${what}, got ${came(value)}: a unit is missing`;
      if (ms === null) return false;
      return ms >= durationMs(min)! && ms <= durationMs(max)! ? true : `expected ${min} to ${max}, got ${value}`;
    },
    { pattern: none ? `^none$|${durationPattern}` : durationPattern, examples: ["30s", "5m", "1h30m"] },
  );
}

export const instant = () =>
  word("an instant with an offset such as 2026-12-01T08:00:00+08:00", (value) => instantMs(value) !== null, {
    format: "date-time",
  });

export function whole(min: number, max: number) {
  const error = expected(`a whole number from ${min} to ${max}`);
  return z.int(error).min(min, error).max(max, error);
}

export const flag = () => z.boolean(expected("true or false"));

export function choice<const T extends string>(values: readonly T[]) {
  const words = values.length > 1 ? `${values.slice(0, -1).join(", ")} or ${values.at(-1)}` : values[0];
  return z.enum(values as unknown as [T, ...T[]], expected(words as string));
}

export function list<S extends z.ZodType>(item: S, what: string, { min = 0, max = 100, unique = false } = {}) {
  return z
    .array(item, expected(what))
    .min(min, { error: `expected ${what}, got an empty list` })
    .max(max, { error: (issue) => `expected at most ${max}, got ${(issue.input as unknown[]).length}` })
    .superRefine((items, ctx) => {
      if (!unique) return;
      for (const [i, each] of items.entries())
        if (items.indexOf(each) < i) ctx.addIssue({ code: "custom", path: [i], message: `${came(each)} stands twice` });
    });
}

/** An object that refuses keys it doesn't know. */
export const object = <S extends z.core.$ZodLooseShape>(shape: S, what: string) =>
  z.strictObject(shape, expected(what));

/** An object with any keys that `key` accepts. */
export function map(key: z.ZodString, value: z.ZodString, what: string, { min = 0, max = 200 } = {}) {
  return z.record(key, value, expected(what)).superRefine((entries, ctx) => {
    const count = Object.keys(entries).length;
    if (count < min) ctx.addIssue({ code: "custom", message: `expected ${what}, got an empty object` });
    if (count > max) ctx.addIssue({ code: "custom", message: `expected at most ${max} keys, got ${count}` });
  });
}
