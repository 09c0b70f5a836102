// What a job does, as users write it: the schema of cmd and http.
import { z } from "zod";
import { came, choice, expected, flag, list, map, text, whole, word } from "./job-fields.ts";

const envName = word("the name of an environment variable", (value) => {
  if (/^DISTCRON_/i.test(value)) return `${value} is refused: DISTCRON_ variables are set by DistCron itself`;
  return value.length > 0 && value.length <= 256 && !/[=\0\s]/.test(value);
});
const quoted = (what: string, max: number) =>
  word(`${what} (in quotes: "8080", not 8080)`, (value) => {
    if (value.length > max) return `expected at most ${max} characters, got ${value.length}`;
    return value.includes("\0") ? `expected ${what} without NUL characters` : true;
  });
const env = map(envName, quoted("a text", 32_768), 'names with texts, such as { PORT: "8080" }');

export const commandText = text("a command", 65_536, { blank: false });
export const commandList = list(text("a text in quotes", 65_536), "a program and its arguments", {
  min: 1,
  max: 1000,
}).superRefine((words, ctx) => {
  if (words[0]?.trim() === "")
    ctx.addIssue({ code: "custom", path: [0], message: "expected a program, got an empty text" });
});
const absolute = (what: string) =>
  word(`an absolute path of ${what}`, (value) => /^\/[^\0]{0,4095}$/.test(value), { pattern: "^/" });

export const commandDefaults = {
  shell: absolute("a shell")
    .optional()
    .describe("Shell that runs a command given as text. Default: the node's (node.cmd.shell, /bin/sh)."),
  cwd: absolute("a folder").optional().describe("Folder to run in. Default: the running user's home."),
  env: env.optional().describe("Environment variables, besides the node's own."),
  user: word("a user's name or number", (value) => /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}\$?$/.test(value))
    .optional()
    .describe("User to run as; the node must allow it. Default: the node's own."),
};
export const commandShape = {
  command: z
    .union([commandText, commandList], expected("a command: a text for the shell, or a list to execute as it is"))
    .describe("A text is run by the shell; a list is executed as it is."),
  ...commandDefaults,
  stdin: text("a text", 65_536).optional().describe("Standard input. Default: none."),
  expectExit: list(whole(0, 255), "a list of exit codes such as [0]", { min: 1, unique: true })
    .optional()
    .describe("Exit codes that are a success. Default [0]."),
};

const headerName = word("the name of an HTTP header", (value) => {
  if (/^(distcron-.*|content-length|transfer-encoding|connection)$/i.test(value))
    return `${value} is set by DistCron itself`;
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(value);
});
const headerValue = word('a text (in quotes: "1", not 1)', (value) => {
  if (value.length > 8192) return `expected at most 8192 characters, got ${value.length}`;
  return /[\r\n\0]/.test(value) ? "expected one line: line breaks and NUL can't stand in a header" : true;
});
const headers = map(headerName, headerValue, "names with texts, such as { Accept: text/plain }").superRefine(
  (given, ctx) => {
    const seen = new Set<string>();
    for (const key of Object.keys(given)) {
      if (seen.has(key.toLowerCase())) ctx.addIssue({ code: "custom", path: [key], message: `${key} stands twice` });
      seen.add(key.toLowerCase());
    }
  },
);

export const url = word(
  "a URL that begins with http:// or https://",
  (value) => {
    if (value.length > 8192) return `expected at most 8192 characters, got ${value.length}`;
    // Placeholders are filled in later; any word stands for them here.
    const filled = value.replace(/\{\{[^{}]*\}\}/g, "x");
    return /^https?:\/\//i.test(value) && !/\s/.test(filled) && URL.canParse(filled);
  },
  { pattern: "^[hH][tT][tT][pP][sS]?://", examples: ["https://api.example.com/health"] },
);

/** Ranges of "200", "200-299" or "200-299,304"; null: it is none. */
export function statusRanges(value: string | number): [from: number, to: number][] | null {
  const ranges: [number, number][] = [];
  for (const part of String(value).split(",")) {
    const match = /^\s*([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?\s*$/.exec(part);
    const range: [number, number] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!match || range[0] > range[1]) return null;
    ranges.push(range);
  }
  return ranges;
}
const statusText = word("a status or a range such as 200-299", (value) => statusRanges(value) !== null, {
  examples: ["200-299"],
});
const expectStatus = z.union(
  [
    statusText,
    list(
      z.union([whole(100, 599), statusText], expected("a status from 100 to 599, or a range such as 200-299")),
      "a list of statuses",
      { min: 1 },
    ),
  ],
  expected('a range such as "200-299", or a list such as [200, 204]'),
);

export const httpDefaults = {
  headers: headers.optional().describe("Request headers. {{run.id}} and the like are filled in."),
  expectStatus: expectStatus.optional().describe('Statuses that are a success. Default "200-299".'),
  followRedirects: flag().optional().describe("Default true."),
  insecureTls: flag().optional().describe("Accept any certificate. Default false."),
};
export const httpShape = {
  url: url.describe("Where to. {{run.id}}, {{run.scheduledFor}}, {{run.attempt}} and {{job.name}} are filled in."),
  method: choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).optional().describe("Default GET."),
  ...httpDefaults,
  body: text("a text", 65_536).optional().describe("Request body. {{run.id}} and the like are filled in."),
  expectBody: word(
    "a regular expression",
    (value) => {
      if (value.length > 4096) return `expected at most 4096 characters, got ${value.length}`;
      try {
        new RegExp(value);
        return true;
      } catch (err) {
        return `expected a regular expression, got ${came(value)}: ${(err as Error).message}`;
      }
    },
    { format: "regex" },
  )
    .optional()
    .describe("Regular expression that the answer's body must match."),
};
