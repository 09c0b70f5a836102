// What the other schemas are made of. Every request and answer of the REST API is a zod schema in this folder, which runs
// anywhere: in the server, the command line and a browser. What a key means to users stands there, for the OpenAPI document
// is made of it.
import { z } from "zod";

/** Gives a schema its name in the OpenAPI document. */
export const named = z.registry<{ id: string }>();
export const called = <S extends z.ZodType>(id: string, schema: S): S => {
  named.add(schema, { id });
  return schema;
};

export const instant = z.string().meta({ format: "date-time", description: "UTC, with milliseconds" });
export const maybeInstant = instant.nullable();
const wordedInstant = "expected an ISO 8601 instant with offset, such as 2026-12-01T08:00:00+08:00 or …Z";

/** An instant in a request; epoch milliseconds inside. */
export const instantIn = z
  .string()
  .meta({ format: "date-time", description: "ISO 8601 with offset" })
  .transform((text, ctx) => {
    // A plus sign that wasn't encoded in a query arrives as a space.
    const match = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$/.exec(
      text.replace(" ", "+"),
    );
    const ms = match ? Date.parse(match[0]) : Number.NaN;
    if (Number.isFinite(ms)) return ms;
    ctx.addIssue({ code: "custom", message: `${wordedInstant}, got ${JSON.stringify(text)}` });
    return z.NEVER;
  });

export const count = (most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "expected a whole number")
    .transform(Number)
    .pipe(z.number().min(1, "expected at least 1").max(most, `expected at most ${most}`))
    .default(fallback)
    .meta({ description: `1–${most}`, default: fallback });
export const flag = z.enum(["true", "false"]).transform((text) => text === "true");
export const wordList = <const W extends readonly [string, ...string[]]>(words: W) =>
  z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((word) => word.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.enum(words)).min(1, "expected at least one"))
    .meta({ description: `one or several of ${words.join(", ")}, with commas` });

export const paging = { limit: count(500, 50), cursor: z.string().max(2000).optional() };
export const PageQuery = z.strictObject(paging);
export const page = <S extends z.ZodType>(items: S) =>
  z.object({ items: z.array(items), nextCursor: z.string().nullable() });
export const anyJson = z.unknown();
export const ref = z.object({ id: z.string(), name: z.string() });

/** Headers of a request: other ones are let through. */
const header = (name: string, description: string) =>
  z.looseObject({ [name]: z.string().optional().meta({ description }) });
export const IfMatch = header(
  "If-Match",
  "the job's version, such as 3; a stale one is a conflict, none is any version",
);
export const LastEventId = header("Last-Event-ID", "the id of the last event that the reader has seen");

export const EmptyBody = z.strictObject({}).nullish();
