// Jobs: documents and what became of them, one by one and many at once.
import { z } from "zod";
import { anyJson, called, flag, instant, instantIn, maybeInstant, page, paging } from "./pieces.ts";
import { RunView } from "./runs.ts";

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
    .templateLiteral([z.enum(["", "-"]), z.enum(jobOrders)], {
      error: "expected name, nextRun, lastRun or failures, with or without - before it",
    })
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
export const DisableBody = z
  .strictObject({ until: instantIn.nullish(), reason: z.string().max(500).optional() })
  .nullish();
export const RollbackBody = z.strictObject({ version: z.int().min(1) });
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
