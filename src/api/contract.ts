// The REST API's shapes: every request and answer as a zod schema. Runs anywhere: in the server, the command line and a
// browser. What a key means to users stands here, for the OpenAPI document is made of it.
import { z } from "zod";
import { finalStates, openStates, triggers } from "../model/run.ts";

export const roles = ["viewer", "operator", "editor", "admin"] as const;
/** Each may do what the ones before it may. */
export type Role = (typeof roles)[number];
export const scopes = ["metrics"] as const;

/** Gives a schema its name in the OpenAPI document. */
export const named = z.registry<{ id: string }>();
const called = <S extends z.ZodType>(id: string, schema: S): S => {
  named.add(schema, { id });
  return schema;
};

// ── pieces ────────────────────────────────────────────────────────────────────────────────────────────────────────

const instant = z.string().meta({ format: "date-time", description: "UTC, with milliseconds" });
const maybeInstant = instant.nullable();
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

const count = (most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "expected a whole number")
    .transform(Number)
    .pipe(z.number().min(1, "expected at least 1").max(most, `expected at most ${most}`))
    .default(fallback)
    .meta({ description: `1–${most}`, default: fallback });
const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const wordList = <const W extends readonly [string, ...string[]]>(words: W) =>
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
const page = <S extends z.ZodType>(items: S) => z.object({ items: z.array(items), nextCursor: z.string().nullable() });
const anyJson = z.unknown();
const ref = z.object({ id: z.string(), name: z.string() });

export const Problem = called(
  "Problem",
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string().meta({ description: "stable; programs go by it" }),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    requestId: z.string(),
    current: anyJson.optional().meta({ description: "409 on a job: the document as it is now" }),
  }),
);
export type Problem = z.output<typeof Problem>;

// ── runs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const states = [...openStates, ...finalStates] as const;
const RunState = z.enum(states);
const Reason = z.object({ code: z.string(), message: z.string() });
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

// ── jobs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Checked by the job service, which says more about what is wrong than a schema can. */
export const JobBody = called(
  "JobDocument",
  z.looseObject({}).meta({ description: "a job document, as in a file: name, schedule, cmd or http, …" }),
);
const document = z.record(z.string(), anyJson);
const jobShape = {
  id: z.string(),
  name: z.string(),
  version: z.number(),
  enabled: z.boolean(),
  enableAt: maybeInstant.meta({ description: "when a disabled job enables itself" }),
  disabledReason: z.string().nullable(),
  spec: document.meta({ description: "as written" }),
  effective: document.meta({ description: "with every default filled in" }),
  createdAt: instant,
  updatedAt: instant,
  updatedBy: z.string(),
  deletedAt: maybeInstant,
  scheduleInWords: z.string().meta({ description: "in English, or in the language of Accept-Language" }),
  nextRunAt: maybeInstant,
  lastRun: RunView.nullable(),
  lastSuccessAt: maybeInstant,
  running: z.number(),
  consecutiveFailures: z.number(),
};
export const JobView = called("Job", z.object(jobShape));
export type JobView = z.output<typeof JobView>;
export const JobPage = page(JobView);
const consequences = {
  stillRunning: z.array(z.string()).meta({ description: "runs that go on under an older version" }),
  warnings: z.array(z.string()),
};
export const JobChanged = called("JobChanged", z.object({ ...jobShape, ...consequences }));
export const JobDeleted = z.object({ id: z.string(), name: z.string(), ...consequences });
const jobFilter = {
  q: z.string().max(200).optional().meta({ description: "part of name, title, description or tag" }),
  tag: z.string().optional(),
  state: z.enum(["ok", "failing", "running", "never-run", "disabled"]).optional(),
};
export const jobOrders = ["name", "nextRun", "lastRun", "failures"] as const;
export const JobsQuery = z.strictObject({
  ...paging,
  ...jobFilter,
  enabled: flag.optional(),
  sort: z
    .templateLiteral([z.enum(["", "-"]), z.enum(jobOrders)])
    .default("name")
    .meta({
      description: `${jobOrders.join(", ")} (in a row); with - before it from the end. What has no such run comes last`,
    }),
});
export const TagsAnswer = z.object({
  items: z.array(z.object({ tag: z.string(), jobs: z.number() })).meta({ description: "the most used first" }),
  nextCursor: z.null(),
});
export const BulkBody = z.strictObject({
  action: z.enum(["enable", "disable", "run", "delete"]),
  jobs: z.array(z.string().min(1)).min(1).max(1000).optional().meta({ description: "names or ids" }),
  filter: z
    .strictObject({ ...jobFilter, enabled: z.boolean().optional() })
    .optional()
    .meta({ description: "instead of jobs: all that match, at most 1000; an empty one is refused" }),
  until: instantIn.nullish().meta({ description: "disable: until then" }),
  reason: z.string().max(500).optional(),
  dryRun: z.boolean().default(false).meta({ description: "only say which it would be" }),
});
export type BulkBody = z.output<typeof BulkBody>;
export const BulkAnswer = z.object({
  matched: z.number(),
  results: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      run: z.string().nullable().meta({ description: "id of the run that was made" }),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
});
export type BulkAnswer = z.output<typeof BulkAnswer>;
export const CheckBody = z.strictObject({ document: z.unknown() });
export const CheckAnswer = z.object({
  errors: z.array(z.object({ path: z.string(), message: z.string() })).meta({ description: "none: it would be taken" }),
  warnings: z.array(z.string()),
  effective: document.nullable().meta({ description: "with every default filled in; null: it is invalid" }),
});
export const DefaultsAnswer = z.object({
  cmd: document.meta({ description: "of jobs that run a command" }),
  http: document.meta({ description: "of jobs that send a request" }),
});
export const ApplyBody = z.strictObject({
  jobs: z.array(z.unknown()).max(100_000),
  prune: z.boolean().default(false),
  selector: z
    .strictObject({ tag: z.string().min(1).optional() })
    .nullable()
    .default(null),
  dryRun: z.boolean().default(false),
});
export const ApplyAnswer = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      result: z.enum(["created", "changed", "unchanged", "deleted"]),
      diff: z.array(z.object({ path: z.string(), before: anyJson.optional(), after: anyJson.optional() })).optional(),
      warnings: z.array(z.string()),
    }),
  ),
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
export const DisableBody = z
  .strictObject({ until: instantIn.nullish(), reason: z.string().max(500).optional() })
  .nullish();
export const RollbackBody = z.strictObject({ version: z.int().min(1) });
export const EmptyBody = z.strictObject({}).nullish();
export const VersionPage = page(
  z.object({
    version: z.number(),
    spec: document,
    effective: document,
    createdAt: instant,
    createdBy: z.string(),
    current: z.boolean(),
  }),
);
export const WhyQuery = z.strictObject({ at: instantIn.optional().meta({ description: "absent: the last tick" }) });
export const WhyAnswer = z.object({ at: instant, run: RunView.nullable(), rule: Reason.nullable() });

// ── schedules ─────────────────────────────────────────────────────────────────────────────────────────────────────

export const CountQuery = z.strictObject({ count: count(1000, 10) });
export const PreviewBody = z.strictObject({
  schedule: z.union([z.string(), z.array(z.string()).min(1).max(100)]),
  timezone: z.string().optional(),
  count: z.int().min(1).max(1000).default(10),
  from: instantIn.optional(),
  startAt: instantIn.optional(),
  endAt: instantIn.optional(),
});
export const PreviewAnswer = z.object({
  ticks: z.array(z.object({ at: instant, local: z.string(), dst: z.enum(["gap", "overlap"]).optional() })),
  description: z.string(),
  warnings: z.array(z.string()),
});
export const PauseBody = z.strictObject({
  reason: z.string().trim().min(1, "say why").max(500),
  until: instantIn.nullish(),
});
const pauseShape = { reason: z.string(), by: z.string(), since: instant, until: maybeInstant };
export const PauseAnswer = z.object({ paused: z.object(pauseShape).nullable() });

// ── nodes, schedulers, statistics ─────────────────────────────────────────────────────────────────────────────────

export const NodeView = called(
  "Node",
  z.object({
    id: z.string(),
    name: z.string(),
    state: z.enum(["live", "draining", "down"]),
    draining: z.boolean(),
    labels: z.record(z.string(), z.string()),
    executors: z.array(z.string()),
    slots: z.number().nullable(),
    running: z.number(),
    assigned: z.number(),
    queued: z.number(),
    cpu: z.number().nullable().meta({ description: "0–1" }),
    memory: z.number().nullable().meta({ description: "0–1" }),
    load1: z.number().nullable(),
    cores: z.number().nullable(),
    memoryBytes: z.number().nullable(),
    disks: z.array(z.object({ mount: z.string(), used: z.number(), bytes: z.number() })),
    clockOffsetMs: z.number().nullable(),
    version: z.string().nullable(),
    host: z.string().nullable(),
    startedAt: maybeInstant,
    lastBeatAt: maybeInstant,
    createdAt: instant,
  }),
);
export type NodeView = z.output<typeof NodeView>;
export const NodePage = page(NodeView);
export const NodesQuery = z.strictObject({
  ...paging,
  q: z.string().max(200).optional().meta({ description: "part of the name, or the id" }),
});
export const NodeDetailView = called(
  "NodeDetail",
  z.object({
    ...NodeView.shape,
    drain: z
      .object({
        since: instant,
        by: z.string(),
        running: z.number().meta({ description: "runs that went on there when it began" }),
        moved: z.number().meta({ description: "runs that waited there and were taken back for other nodes" }),
      })
      .nullable()
      .meta({ description: "of a draining node: how that began, as the audit has it" }),
  }),
);
export type NodeDetailView = z.output<typeof NodeDetailView>;
export const PageQuery = z.strictObject(paging);
export const SchedulersAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      url: z.string(),
      version: z.string(),
      startedAt: instant,
      leader: z.boolean(),
      self: z.boolean().meta({ description: "the one that answers" }),
    }),
  ),
  nextCursor: z.null(),
  term: z.number().nullable().meta({ description: "of the leader; null: nobody leads at the moment" }),
  leadingSince: maybeInstant,
  lagMs: z.number().meta({ description: "how long the oldest due run has been waiting to be handed out" }),
  coordinator: z.object({ kind: z.enum(["in-process", "etcd"]), endpoints: z.array(z.string()) }),
  store: z.enum(["sqlite", "postgres", "mysql"]),
  paused: z.object(pauseShape).nullable(),
  now: instant,
});
export const ConfigAnswer = z.object({
  scheduler: z.string().meta({ description: "whose it is: each scheduler has its own" }),
  version: z.string(),
  items: z.array(
    z.object({
      key: z.string(),
      value: anyJson.meta({ description: "as it would be written in the file; secrets masked" }),
      origin: z.string().meta({ description: "default, file <path>:<line>, environment <NAME>, or flag" }),
      secret: z.boolean(),
      about: z.string().meta({ description: "in English, or in the language of Accept-Language" }),
    }),
  ),
  nextCursor: z.null(),
});
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
export const LoadQuery = z.strictObject({
  ...NodesQuery.shape,
  node: z.string().min(1).optional().meta({ description: "name or id; absent: all, in the order of GET /nodes" }),
  bucket: z.string().default("1m").meta({ description: "a duration from 10s to 10m" }),
});
const curve = z.array(z.number().nullable()).meta({ description: "one value a bucket; null: nothing was heard" });
export const LoadAnswer = z.object({
  from: instant,
  to: instant,
  bucketMs: z.number(),
  since: maybeInstant.meta({ description: "since when this scheduler looks: before that there is nothing" }),
  items: z.array(
    z.object({
      node: ref,
      cpu: curve.meta({ description: "0–1, the mean of a bucket" }),
      memory: curve.meta({ description: "0–1, the mean of a bucket" }),
      running: curve.meta({ description: "the most at one time" }),
    }),
  ),
  nextCursor: z.string().nullable(),
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
export const BackupBody = z.strictObject({ file: z.string().min(1) });
export const BackupAnswer = z.object({ file: z.string() });
export const IntegrityAnswer = z.object({ problems: z.array(z.string()) });

// ── access ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Languages that the web app speaks. */
export const languages = ["en", "zh-CN"] as const;
const language = z.enum(languages).nullable().meta({ description: "null: the browser's" });
const timezone = z.string().nullable().meta({ description: "IANA name in which times are shown; null: the browser's" });
const timezoneIn = z
  .string()
  .max(100)
  .nullable()
  .meta({ description: "IANA name in which times are shown; null: the browser's" });
/** What people sign in with; unique whatever its case. */
export const userNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/;
const userName = z
  .string()
  .trim()
  .regex(userNamePattern, "expected 1–100 of A–Z a–z 0–9 . _ @ -, the first a letter or a digit");
export const leastPasswordLength = 10;
const newPassword = z
  .string()
  .min(leastPasswordLength, `expected at least ${leastPasswordLength} characters`)
  .max(500, "expected at most 500 characters")
  .meta({ format: "password" });
/** What is compared, not chosen: only its size is looked at. */
const anyPassword = z.string().min(1).max(500).meta({ format: "password" });
const displayName = z.string().trim().max(200).nullable();

export const MeAnswer = called(
  "Me",
  z.object({
    user: z
      .object({
        kind: z.enum(["local", "token", "session"]).meta({
          description: "session: a person who signed in; token: a program; local: this machine's own token",
        }),
        name: z.string(),
        displayName: z.string().nullable(),
        role: z.enum(roles),
        scopes: z.array(z.string()),
        language,
        timezone,
        expiresAt: maybeInstant.meta({ description: "of the token or session; null: never" }),
      })
      .nullable()
      .meta({ description: "null: not signed in" }),
    setup: z.boolean().meta({ description: "nobody has an account yet: the link in the server's log makes the first" }),
    csrfToken: z
      .string()
      .nullable()
      .meta({ description: "of a session: goes into the header X-CSRF-Token of every request but GET and HEAD" }),
    version: z.string().nullable().meta({ description: "null: not signed in" }),
    now: instant,
  }),
);
export type MeAnswer = z.output<typeof MeAnswer>;
export const LoginBody = z.strictObject({ name: z.string().trim().min(1).max(200), password: anyPassword });
export const SetupBody = z.strictObject({
  token: z.string().trim().min(1).max(200).meta({ description: "what stands behind # in the set-up link" }),
  name: userName,
  password: newPassword,
  displayName: displayName.optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
});
export const PasswordBody = z.strictObject({ current: anyPassword, next: newPassword });
export const ProfileBody = z.strictObject({
  displayName: displayName.optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
});
export const UserSessionView = called(
  "UserSession",
  z.object({
    id: z.string(),
    createdAt: instant,
    lastSeenAt: instant,
    expiresAt: instant.meta({ description: "unless it is used before" }),
    address: z.string().nullable(),
    agent: z.string().nullable().meta({ description: "the browser, as it calls itself" }),
    current: z.boolean().meta({ description: "the one that asks" }),
  }),
);
export type UserSessionView = z.output<typeof UserSessionView>;
export const UserSessionsAnswer = z.object({ items: z.array(UserSessionView), nextCursor: z.null() });

export const UserView = called(
  "User",
  z.object({
    id: z.string(),
    name: z.string(),
    displayName: z.string().nullable(),
    role: z.enum(roles),
    language,
    timezone,
    disabled: z.boolean(),
    createdAt: instant,
    createdBy: z.string(),
    lastLoginAt: maybeInstant,
  }),
);
export type UserView = z.output<typeof UserView>;
export const UserPage = page(UserView);
export const UserBody = z.strictObject({
  name: userName,
  password: newPassword,
  role: z.enum(roles).default("viewer"),
  displayName: displayName.optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
});
export const UserPatch = z.strictObject({
  displayName: displayName.optional(),
  role: z.enum(roles).optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
  disabled: z.boolean().optional().meta({ description: "true ends the user's sessions and stops their tokens" }),
  password: newPassword.optional().meta({ description: "a new one, without the old; ends the user's sessions" }),
});

export const TokenBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(roles).default("viewer").meta({ description: "at most the maker's own" }),
  scopes: z.array(z.enum(scopes)).default([]).meta({ description: "none: whatever the role may do" }),
  expiresAt: instantIn.nullish().meta({ description: "absent: in 90 days; null: never" }),
  personal: z
    .boolean()
    .optional()
    .meta({
      description:
        "true (what people make, if nothing is said): can do no more than its maker and ends with their account; " +
        "false: belongs to nobody, which takes an admin",
    }),
});
export const TokenView = called(
  "Token",
  z.object({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    scopes: z.array(z.string()),
    createdAt: instant,
    createdBy: z.string(),
    owner: z.string().nullable().meta({ description: "whose personal token it is" }),
    expiresAt: maybeInstant,
    lastUsedAt: maybeInstant,
    revokedAt: maybeInstant,
  }),
);
export const TokenQuery = z.strictObject({
  ...paging,
  mine: flag.optional().meta({ description: "true: one's own alone, for an admin too" }),
});
export const TokenPage = page(TokenView);
export const TokenCreated = z.object({
  ...TokenView.shape,
  token: z.string().meta({ description: "shown this once" }),
});
export const AuditQuery = z.strictObject({
  ...paging,
  target: z.string().optional().meta({ description: "id or name of what was changed" }),
  actor: z.string().optional().meta({ description: "user:ann; or ann, whatever its kind" }),
  action: z.string().optional(),
  from: instantIn.optional(),
  to: instantIn.optional(),
});
export const AuditPage = page(
  z.object({
    id: z.string(),
    at: instant,
    actor: z.string(),
    action: z.string(),
    target: z.object({ type: z.string(), id: z.string(), name: z.string().nullable() }),
    via: z.string().nullable(),
    before: anyJson,
    after: anyJson,
  }),
);
