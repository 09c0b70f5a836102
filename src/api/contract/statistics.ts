// Figures and pictures of the whole, and of jobs.
import { z } from "zod";
import { finalStates } from "../../model/run.ts";
import { count, instant, instantIn, maybeInstant, ref } from "./pieces.ts";
import { Reason } from "./runs.ts";
import { pauseShape } from "./scheduler.ts";

const counts = z.partialRecord(z.enum(finalStates), z.number());
export const SummaryAnswer = z.object({
  jobs: z.object({ total: z.number(), enabled: z.number(), disabled: z.number(), failing: z.number() }),
  runs: z.object({ planned: z.number(), waiting: z.number(), assigned: z.number(), running: z.number() }),
  last24h: counts,
  nodes: z.object({ live: z.number(), draining: z.number(), total: z.number() }),
  paused: z.object(pauseShape).nullable(),
  now: instant,
});
export const TimelineQuery = z.strictObject({
  bucket: z.string().default("1h").meta({ description: "a duration such as 5m" }),
  from: instantIn.optional(),
  to: instantIn.optional(),
  job: z.string().optional(),
});
export const TimelineAnswer = z.object({
  from: instant,
  to: instant,
  bucketMs: z.number(),
  lateFromMs: z.number().meta({ description: "from here on a start counts as late" }),
  items: z
    .array(
      z.object({
        at: instant,
        counts,
        late: z.number().meta({ description: "of those that succeeded: how many began late" }),
        latenessMs: z
          .object({ p50: z.number(), p95: z.number(), max: z.number() })
          .nullable()
          .meta({ description: "of those that started; rounded down to a hundredth or so" }),
      }),
    )
    .meta({ description: "buckets in which nothing was due are left out" }),
});
const perSlot = z
  .array(z.tuple([z.number(), z.number()]))
  .meta({ description: "of each slot with ticks: seconds from `from` to its first tick, and how many there are" });
export const ForecastQuery = z.strictObject({
  from: instantIn.optional().meta({ description: "absent: now; rounded down to the minute" }),
  to: instantIn.optional().meta({ description: "absent: an hour after from; at most 24 hours" }),
  by: z.enum(["job", "tag"]).default("job").meta({ description: "what a row is" }),
  tag: z.string().optional().meta({ description: "only jobs with it" }),
  slots: count(500, 120).meta({ description: "1–500: into how many stretches of time ticks are gathered" }),
  limit: count(100, 25).meta({ description: "1–100 rows: the jobs due first, or tags by name" }),
  busyFrom: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, "expected a whole number from 1")
    .transform(Number)
    .optional()
    .meta({ description: "so many ticks in a minute are too many; absent: more than all nodes' slots, at least 10" }),
});
export const ForecastAnswer = z.object({
  from: instant,
  to: instant,
  slotMs: z.number(),
  jobs: z.number().meta({ description: "that have a tick" }),
  ticks: z.number(),
  density: perSlot,
  busyFrom: z.number(),
  busy: z
    .array(z.object({ at: instant, ticks: z.number() }))
    .meta({ description: "minutes with too many ticks, of each slot the busiest; a job's jitter spreads its ticks" }),
  rows: z.array(
    z.object({
      job: ref.nullable(),
      tag: z.string().nullable().meta({ description: "null: with by=tag, of jobs that have none" }),
      jobs: z.number(),
      ticks: z.number(),
      marks: perSlot,
    }),
  ),
  moreRows: z.number(),
});
export const AttentionQuery = z.strictObject({ limit: count(100, 20).meta({ description: "1–100 of each kind" }) });
const some = <S extends z.ZodRawShape>(shape: S) =>
  z.object({ items: z.array(z.object(shape)), more: z.boolean().meta({ description: "there are others" }) });
export const AttentionAnswer = z.object({
  failing: some({
    job: ref,
    enabled: z.boolean(),
    failures: z.number().meta({ description: "in a row" }),
    lastSuccessAt: maybeInstant,
    lastRun: z
      .object({ id: z.string(), state: z.enum(finalStates), finishedAt: instant, reason: Reason.nullable() })
      .nullable(),
  }).meta({ description: "jobs whose last run failed, the most failures first" }),
  overdue: some({ job: ref, dueAt: instant }).meta({
    description: "jobs with a tick due 10 s ago that nobody has planned: the schedulers don't keep up",
  }),
  waiting: some({
    job: ref,
    run: z.string().meta({ description: "the oldest" }),
    dueAt: instant,
    reason: Reason.nullable(),
    runs: z.number(),
  }).meta({ description: "jobs with runs that were due 60 s ago and haven't started" }),
  long: some({
    job: ref,
    run: z.string(),
    node: ref.nullable(),
    startedAt: instant,
    p95Ms: z.number(),
  }).meta({ description: "runs that take twice as long as 95 % of their job's, of the 200 that began first" }),
  nodes: some({
    node: ref,
    problem: z.enum(["down", "clock", "disk", "memory"]),
    since: maybeInstant.meta({ description: "down: the last sign of life" }),
    value: z.number().nullable().meta({ description: "clock: milliseconds off; disk, memory: the part in use, 0–1" }),
    mount: z.string().nullable().meta({ description: "disk: which" }),
  }).meta({ description: "down, clock off by a second or more, disk 90 % or memory 95 % full" }),
});
export const JobStatsQuery = z.strictObject({
  jobs: z
    .string()
    .max(8000)
    .transform((text) => text.split(",").filter(Boolean))
    .pipe(z.array(z.string()).min(1, "expected at least one job").max(200, "expected at most 200 jobs"))
    .meta({ description: "names or ids, with commas, at most 200; unknown ones are left out" }),
  runs: count(200, 100).meta({ description: "1–200: how many of each job's newest finished runs are looked at" }),
  recent: count(200, 20).meta({ description: "1–200: how many of them are told one by one" }),
  from: instantIn.optional().meta({ description: "count those scheduled since then; absent: in the last 7 days" }),
});
const spread = z
  .object({ count: z.number(), mean: z.number(), p50: z.number(), p95: z.number(), max: z.number() })
  .nullable();
export const JobStatsAnswer = z.object({
  items: z.array(
    z.object({
      job: ref,
      counts,
      countedFrom: instant.meta({ description: "as asked, or the oldest of the runs that were looked at" }),
      successRate: z
        .number()
        .nullable()
        .meta({ description: "0–1: succeeded among those counted that succeeded, failed, timed out or were lost" }),
      durationMs: spread.meta({ description: "of the runs that succeeded" }),
      latenessMs: spread.meta({ description: "of the runs that started" }),
      recent: z
        .array(
          z.object({
            id: z.string(),
            state: z.enum(finalStates),
            scheduledFor: instant,
            durationMs: z.number().nullable(),
          }),
        )
        .meta({ description: "newest first" }),
    }),
  ),
});
export const LimitQuery = z.strictObject({ limit: count(500, 50) });
export const UpcomingAnswer = z.object({ items: z.array(z.object({ job: ref, at: instant })) });
