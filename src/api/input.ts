// Input is checked where it enters: zod's findings as field errors, with the word that was probably meant.
import { z } from "zod";
import { nearest } from "../lib/nearest.ts";
import { pathText } from "../model/job-problems.ts";
import { type FieldError, HttpProblem } from "./errors.ts";

/** What fastify calls for params, query and body. Throws nothing: answers {value} or {error}. */
export function checkInput(
  schema: z.ZodType,
  part: string | undefined,
): (data: unknown) => { value: unknown } | { error: Error } {
  return (data) => {
    const result = schema.safeParse(data);
    return result.success ? { value: result.data } : { error: refusal(result.error, schema, part ?? "body") };
  };
}

function refusal(error: z.ZodError, schema: z.ZodType, part: string): HttpProblem {
  const errors = error.issues.flatMap((issue) => describe(issue, schema));
  const [first] = errors;
  const detail = `${first?.path ? `${first.path}: ` : ""}${first?.message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""}`;
  // An unknown parameter is a request that can't be read; a bad value one that can, but isn't valid.
  const unknown = part === "querystring" && error.issues.some((issue) => issue.code === "unrecognized_keys");
  if (unknown) return new HttpProblem(400, "unknown_parameter", detail, { errors });
  return new HttpProblem(422, "invalid", detail, { errors });
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType): FieldError[] {
  const path = pathText(issue.path);
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  const known = path === "" ? Object.keys(objectShape(schema)) : [];
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const hint = near ? `; did you mean ${near}?` : known.length ? `; known: ${known.join(", ")}` : "";
    return { path: path ? `${path}.${key}` : key, message: `unknown${hint}` };
  });
}

function objectShape(schema: z.ZodType): Record<string, unknown> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return objectShape(schema.unwrap() as z.ZodType);
  return {};
}

/** `If-Match: 3`, `"3"` or `W/"3"`; absent or `*`: any version. */
export function ifMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === "*") return undefined;
  const match = /^\s*(?:W\/)?(?:"(\d{1,9})"|(\d{1,9}))\s*$/.exec(header);
  if (match) return Number(match[1] ?? match[2]);
  const message = `expected the job's version, such as "3", got ${JSON.stringify(header)}`;
  throw new HttpProblem(422, "invalid", `If-Match: ${message}`, { errors: [{ path: "If-Match", message }] });
}
