// What is wrong with a job document, as a list for people: where (retry.delay, schedule[1]) and what was expected.
import type { z } from "zod";
import { came } from "./job-fields.ts";

export interface Problem {
  path: string;
  message: string;
}

/** The known word that somebody probably meant; null: none is near. lib/nearest.ts, handed in. */
export type Nearest = (word: string, known: readonly string[]) => string | null;

/** retry.delay, schedule[1], cmd.env["a.b"] */
export function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[^\s.[\]"]+$/.test(String(part))) text += `${text && "."}${String(part)}`;
    else text += `[${JSON.stringify(String(part))}]`;
  }
  return text;
}

/** Zod's issues in our words: unknown keys one by one, and of a union only what the meant form says. */
export function problemsOf(
  error: z.ZodError,
  knownKeys: Record<string, string[]>,
  nearest: Nearest | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const visit = (issue: z.core.$ZodIssue, base: PropertyKey[]) => {
    const path = [...base, ...issue.path];
    const form = issue.code === "invalid_union" ? meantForm(issue) : null;
    if (form) for (const inner of form) visit(inner, path);
    else if (issue.code === "unrecognized_keys")
      for (const key of issue.keys)
        problems.push({ path: pathText([...path, key]), message: unknownKey(key, pathText(path), knownKeys, nearest) });
    else if (issue.code === "invalid_key")
      problems.push({ path: pathText(path), message: issue.issues[0]?.message ?? issue.message });
    else problems.push({ path: pathText(path), message: issue.message });
  };
  for (const issue of error.issues) visit(issue, []);
  return problems;
}

/** The issues of the one form whose type fits what came; null when none does: then the union speaks for itself. */
function meantForm(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | null {
  const misses = (each: z.core.$ZodIssue) =>
    each.path.length === 0 && (each.code === "invalid_type" || each.code === "invalid_value");
  const fitting = issue.errors.filter((form) => !form.some(misses));
  return fitting.length === 1 ? (fitting[0] as z.core.$ZodIssue[]) : null;
}

function unknownKey(
  key: string,
  parent: string,
  known: Record<string, string[]>,
  nearest: Nearest | undefined,
): string {
  const here = known[parent] ?? [];
  const elsewhere = Object.keys(known).filter((path) => path !== parent && known[path]?.includes(key));
  const near = nearest?.(key, here);
  const where = parent ? ` in ${parent}` : "";
  if (elsewhere.length) return `unknown key${where}; ${key} belongs ${elsewhere.map(placeOf).join(" or ")}`;
  return `unknown key${where}${near ? `; did you mean ${near}?` : `; known keys: ${here.join(", ")}`}`;
}
const placeOf = (path: string) => (path === "" ? "at the top of the document" : `inside ${path}`);

const deepest = 16;

/** What keeps a value from being plain JSON (a file or a request can't hold it; a caller in the program can). */
export function plainProblems(value: unknown, path: PropertyKey[] = []): Problem[] {
  const problem = (message: string) => [{ path: pathText(path), message }];
  if (path.length > deepest) return problem("expected a flatter document: this is nested too deep");
  if (value === null || typeof value === "string" || typeof value === "boolean") return [];
  if (typeof value === "number") return Number.isFinite(value) ? [] : problem(`expected a number, got ${value}`);
  if (typeof value !== "object") return problem(`expected plain JSON, got ${came(value)}`);
  if (Array.isArray(value)) return value.flatMap((item, i) => plainProblems(item, [...path, i]));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    return problem("expected plain JSON, got another kind of object");
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "__proto__") return [{ path: pathText([...path, key]), message: "this key can't be used" }];
    return inner === undefined ? [] : plainProblems(inner, [...path, key]);
  });
}
