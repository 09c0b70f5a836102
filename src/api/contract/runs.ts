// Runs: looking at them, making one by hand, ending and repeating them.
import { z } from "zod";
import { finalStates, openStates, triggers } from "../../model/run.ts";
import { called, instant, instantIn, maybeInstant, page, paging, ref, wordList } from "./pieces.ts";

const states = [...openStates, ...finalStates] as const;
const RunState = z.enum(states);
export const Reason = z.object({ code: z.string(), message: z.string() });
const Attempt = z.object({
  number: z.number(),
  fence: z.number(),
  node: ref,
  startedAt: instant,
  finishedAt: maybeInstant,
  outcome: z.string().nullable(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  httpStatus: z.number().nullable(),
  error: z.string().nullable(),
});
const runShape = {
  id: z.string(),
  job: z.object({ id: z.string(), name: z.string(), version: z.number() }),
  trigger: z.enum(triggers),
  state: RunState,
  reason: Reason.nullable(),
  priority: z.number(),
  scheduledFor: instant,
  dueAt: instant,
  plannedAt: instant,
  assignedAt: maybeInstant,
  startedAt: maybeInstant,
  finishedAt: maybeInstant,
  latenessMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  node: ref.nullable(),
  attempt: z.number(),
  reruns: z.number(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  httpStatus: z.number().nullable(),
  output: z.object({ bytes: z.number(), truncated: z.boolean() }),
  shard: z.object({ index: z.number(), total: z.number() }).nullable(),
  covers: z.object({ from: instant, to: instant, count: z.number() }).nullable(),
  lateReport: z.boolean(),
  cancelRequested: z.boolean(),
  of: z.string().nullable(),
  requestedBy: z.string().nullable().meta({ description: "who asked for it by hand" }),
};
export const RunView = called("Run", z.object(runShape));
export type RunView = z.output<typeof RunView>;
const RunOverrides = z.object({
  env: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  node: z.string().optional(),
  overlap: z.enum(["allow", "skip", "queue", "replace"]).optional(),
});
export const RunDetailView = called(
  "RunDetail",
  z.object({
    ...runShape,
    attempts: z.array(Attempt),
    idempotencyKey: z.string().nullable(),
    overrides: RunOverrides.nullable().meta({ description: "what differed from the job, this once" }),
    cancelled: z
      .object({ at: instant, by: z.string() })
      .nullable()
      .meta({ description: "who asked for its end, and when, as the audit has it" }),
    rules: z
      .object({ timeoutMs: z.number().nullable(), killGraceMs: z.number(), retryLimit: z.number() })
      .nullable()
      .meta({ description: "what its job's version says about its end; null: the version is gone" }),
  }),
);
export type RunDetailView = z.output<typeof RunDetailView>;
export const CancelAnswer = z.object({
  ...RunDetailView.shape,
  settled: z.boolean().meta({ description: "over by now; else its node has been told" }),
});
export const RunPage = page(RunView);
const runFilter = {
  job: z.string().optional().meta({ description: "name or id" }),
  node: z.string().optional().meta({ description: "name or id" }),
  from: instantIn.optional(),
  to: instantIn.optional(),
  q: z.string().max(200).optional().meta({ description: "part of the job's name, or the start of the id" }),
};
export const RunsQuery = z.strictObject({
  ...paging,
  ...runFilter,
  state: wordList(states).optional(),
  trigger: wordList(triggers).optional(),
});
export const RunsBulkBody = z.strictObject({
  action: z.enum(["cancel", "retry"]),
  runs: z.array(z.string().min(1)).min(1).max(1000).optional().meta({ description: "ids" }),
  filter: z
    .strictObject({
      ...runFilter,
      state: z.array(RunState).min(1).optional(),
      trigger: z.array(z.enum(triggers)).min(1).optional(),
    })
    .optional()
    .meta({
      description:
        "instead of runs: all that match and that the action is for, at most 1000; an empty one is refused. cancel is for " +
        "those that aren't over; retry for those that are: without state for failed, timed_out and lost ones",
    }),
  dryRun: z.boolean().default(false).meta({ description: "only say which it would be" }),
});
export type RunsBulkBody = z.output<typeof RunsBulkBody>;
export const RunsBulkAnswer = z.object({
  matched: z.number(),
  results: z.array(
    z.object({
      id: z.string(),
      job: ref,
      state: RunState.meta({ description: "of the run, afterwards" }),
      run: z.string().nullable().meta({ description: "retry: id of the run that was made" }),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
});
export type RunsBulkAnswer = z.output<typeof RunsBulkAnswer>;
export const OutputQuery = z.strictObject({
  stream: z.enum(["stdout", "stderr"]).optional(),
  tail: z
    .string()
    .regex(/^\d{1,7}$/, "expected a number of lines")
    .transform(Number)
    .optional()
    .meta({ description: "only the last so many lines" }),
});
export const RunBody = z
  .strictObject({
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a variable's name"), z.string()).optional(),
    body: z.string().optional(),
    node: z.string().min(1).optional(),
    overlap: z.enum(["allow", "skip", "queue", "replace"]).optional(),
    idempotencyKey: z.string().min(1).max(200).optional(),
  })
  .nullish();
