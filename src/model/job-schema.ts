// The schema of the job document, as users write it: every field with its bounds and its description. The OpenAPI document,
// the UI's form and the messages about a bad document come from here. Nothing is converted: model/effective-job.ts does that.
import { z } from "zod";
import { came, choice, duration, expected, flag, instant, list, map, object, text, whole, word } from "./job-fields.ts";
import {
  commandDefaults,
  commandList,
  commandShape,
  commandText,
  httpDefaults,
  httpShape,
  url,
} from "./task-schema.ts";

const none = z.literal("none");
const orNone = <S extends z.ZodType>(schema: S, what: string) => z.union([none, schema], expected(`${what}, or none`));

/** Ids have this form: a name that looks like one could be taken for another job. */
const looksLikeId = /^0[0-9a-hjkmnp-tv-z]{25}$/;
const name = word(
  "a name of lower-case letters, digits, dots, dashes and underscores, 1 to 100 of them, such as clean-logs",
  (value) => {
    if (looksLikeId.test(value)) return `expected a name, got ${came(value)}, which looks like an id`;
    return /^[a-z0-9][a-z0-9._-]{0,99}$/.test(value);
  },
  { pattern: "^[a-z0-9][a-z0-9._-]{0,99}$", examples: ["clean-logs"] },
);

const pattern = text("a schedule such as 0 3 * * *", 256, { blank: false });
export const retryShape = {
  limit: whole(0, 100).optional().describe("How many tries after the first. Default 0."),
  delay: duration({ max: "7d" }).optional().describe("Wait before the first of them. Default 10s."),
  backoff: choice(["fixed", "linear", "exponential"]).optional().describe("How the wait grows. Default exponential."),
  maxDelay: duration({ max: "7d" }).optional().describe("Longest wait. Default 10m, or delay where that is longer."),
  jitterRatio: z
    .number(expected("a number from 0 to 1"))
    .min(0, expected("a number from 0 to 1"))
    .max(1, expected("a number from 0 to 1"))
    .optional()
    .describe("Random part of the wait, 0 to 1. Default 0.1."),
};
export const misfireShape = {
  policy: choice(["skip", "latest", "all"])
    .optional()
    .describe("Which of the ticks that nothing could run are run late. Default latest."),
  within: duration({ min: "1s" }).optional().describe("Older ticks are recorded missed. Default 24h."),
};
const labelName = word("a label's name", (value) => /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/.test(value));
const labelValue = word(
  'a label\'s value (in quotes: "1", not 1)',
  (value) => value.length <= 256 && !/[\p{Cc},]/u.test(value),
);
export const placeShape = {
  node: text("a node's name or id", 256, { blank: false }).optional().describe("A node's name or id."),
  labels: map(labelName, labelValue, "labels such as { disk: ssd }", { min: 1, max: 50 })
    .optional()
    .describe("Labels that a node must have, all of them."),
  every: z.literal(true, expected("true")).optional().describe("One run on every eligible node."),
};
export const limitShape = {
  key: word("a key without blanks", (value) => /^[\p{L}\p{N}._:/@-]{1,100}$/u.test(value)).describe(
    "Shared by the jobs that count together.",
  ),
  max: whole(1, 10_000).describe("At most so many running runs of all jobs with the key."),
};
export const notifyShape = {
  channels: list(text("a channel's name", 100, { blank: false }), "a list of channels", { max: 50, unique: true })
    .optional()
    .describe("Channels to tell."),
  on: list(
    choice(["failure", "recovery", "success", "missed", "late", "long"]),
    "a list of events such as [failure, recovery]",
    { min: 1, unique: true },
  )
    .optional()
    .describe("What to tell of. failure covers failed, timed_out and lost. Default [failure, recovery]."),
  after: whole(1, 1000).optional().describe("Failures in a row before the first message. Default 1."),
};
export const keepShape = {
  runs: whole(1, 10_000_000).optional().describe("How many finished runs are kept. Default: the server's."),
  age: duration({ min: "1m", max: "3650d" })
    .optional()
    .describe("How long finished runs are kept. Default: the server's."),
};

const place = object(placeShape, "an object with node, labels or every").superRefine((given, ctx) => {
  const forms = Object.keys(given);
  if (forms.length === 1) return;
  const message = `expected exactly one of node, labels and every, got ${forms.length ? forms.join(" and ") : "none of them"}`;
  ctx.addIssue({ code: "custom", message });
});

/** Fields that the cluster's own defaults may set, besides parts of cmd and http. */
const commonShape = {
  owner: text("a text", 200).optional().describe("Who answers for the job."),
  runbook: text("a text", 10_000).optional().describe("What to do when it fails; shown beside failures."),
  tags: list(
    word(
      "a tag without commas, 1 to 60 characters",
      (value) => value.trim() === value && /^[^,\p{Cc}]{1,60}$/u.test(value),
    ),
    "a list of tags",
    { max: 50, unique: true },
  )
    .optional()
    .describe("For filters and groups."),
  timezone: text("a time zone such as Europe/Berlin", 64, { blank: false })
    .optional()
    .describe("IANA zone that the schedule is read in. Default: the server's timezone."),
  priority: whole(0, 9).optional().describe("9 goes first. Default 5."),
  timeout: duration({ min: "1ms", none: true })
    .optional()
    .describe("For each attempt. Default: none for cmd, 30s for http."),
  killGrace: duration({ max: "1h" }).optional().describe("Between SIGTERM and SIGKILL. Default 10s."),
  retry: orNone(
    object(retryShape, "an object such as { limit: 2, delay: 1m }"),
    "an object such as { limit: 2, delay: 1m }",
  )
    .optional()
    .describe("Tries after one that failed. Default: none."),
  overlap: choice(["skip", "allow", "queue", "replace"])
    .optional()
    .describe("What a tick does when the job's last run isn't over. Default skip."),
  misfire: object(misfireShape, "an object such as { policy: latest, within: 24h }")
    .optional()
    .describe("What becomes of ticks that nothing could run in time."),
  jitter: duration({ max: "24h", none: true }).optional().describe("Spread, stable for each tick. Default 0s."),
  onNodeLoss: choice(["fail", "rerun"])
    .optional()
    .describe("What becomes of a run that had started on a node that vanished. Default fail."),
  maxReruns: whole(0, 100).optional().describe("With onNodeLoss: rerun, how often. Default 3."),
  startDeadline: duration({ min: "1ms", none: true })
    .optional()
    .describe("A run that hasn't started by then is recorded skipped. Default: none."),
  pauseAfter: z
    .union([none, whole(1, 10_000)], expected("a whole number from 1 to 10000, or none"))
    .optional()
    .describe("Failed runs in a row until the job disables itself. Default: none."),
  place: orNone(place, "an object with node, labels or every")
    .optional()
    .describe("Where it may run. Default: any node."),
  limit: orNone(object(limitShape, "an object such as { key: db, max: 2 }"), "an object such as { key: db, max: 2 }")
    .optional()
    .describe("At most so many running runs of all jobs with the key; the rest wait, by priority."),
  notify: orNone(object(notifyShape, "an object such as { channels: [ops] }"), "an object such as { channels: [ops] }")
    .optional()
    .describe("Who is told of what."),
  keep: orNone(
    object(keepShape, "an object such as { runs: 100, age: 30d }"),
    "an object such as { runs: 100, age: 30d }",
  )
    .optional()
    .describe("Retention of this job's history."),
};

const commandWhat = "a command: a text for the shell, a list to execute as it is, or an object with command";
const scheduleWhat = "a schedule such as 0 3 * * *, or a list of them";

export const jobShape = {
  name: name.describe("Unique; what apply goes by."),
  title: text("a text", 200).optional().describe("Shown instead of the name."),
  description: text("a text", 10_000).optional().describe("Free text."),
  enabled: flag().optional().describe("Default true for a new job; a document without the key leaves it as it is."),
  schedule: z
    .union([pattern, list(pattern, scheduleWhat, { min: 1, max: 50, unique: true })], expected(scheduleWhat))
    .describe(
      "Cron with 5 fields (minute first) or 6 (second first), @hourly to @yearly, @every 30s, @at <instant>, @manual.",
    ),
  startAt: instant().optional().describe("Nothing is due before this instant."),
  endAt: instant().optional().describe("Nothing is due from this instant on."),
  cmd: z
    .union([commandText, commandList, object(commandShape, commandWhat)], expected(commandWhat))
    .optional()
    .describe("A command to run. Either this or http."),
  http: z
    .union([url, object(httpShape, "a URL, or an object with url")], expected("a URL, or an object with url"))
    .optional()
    .describe("An HTTP request to send. Either this or cmd."),
  ...commonShape,
};

export const jobDocumentSchema = object(
  jobShape,
  "a job document: an object with name, schedule, and cmd or http",
).meta({
  title: "Job",
  oneOf: [{ required: ["cmd"] }, { required: ["http"] }],
});
/** A job document that holds only what is written, typed. */
export type JobSpec = z.infer<typeof jobDocumentSchema>;

export const jobDefaultsSchema = object(
  {
    ...commonShape,
    cmd: object(commandDefaults, "an object with shell, cwd, env or user").optional(),
    http: object(httpDefaults, "an object with headers, expectStatus, followRedirects or insecureTls").optional(),
  },
  "a partial job document",
).meta({ title: "JobDefaults" });
/** The cluster's own defaults: what a job leaves out. */
export type JobDefaults = z.infer<typeof jobDefaultsSchema>;

/** Known keys of every object of the document, by its path. */
export const jobKeys: Record<string, string[]> = Object.fromEntries(
  Object.entries({
    "": jobShape,
    cmd: commandShape,
    http: httpShape,
    retry: retryShape,
    misfire: misfireShape,
    place: placeShape,
    limit: limitShape,
    notify: notifyShape,
    keep: keepShape,
  }).map(([path, shape]) => [path, Object.keys(shape)]),
);
export const defaultsKeys: Record<string, string[]> = {
  ...jobKeys,
  "": [...Object.keys(commonShape), "cmd", "http"],
  cmd: Object.keys(commandDefaults),
  http: Object.keys(httpDefaults),
};
