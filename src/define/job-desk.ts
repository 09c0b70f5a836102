// What the verbs of this step share: judging a document, making a job of it, changing one; each change is made known, and
// the store writes it to the audit. A document is stored as written but for `enabled`, which is a state of the job and no version.
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock.ts";
import { newId } from "../lib/id.ts";
import { nearest } from "../lib/nearest.ts";
import type { EffectiveJob, JobDocument } from "../model/job.ts";
import { type CheckSchedule, parseJobDocument } from "../model/job-document.ts";
import type { Problem } from "../model/job-problems.ts";
import type { JobDefaults } from "../model/job-schema.ts";
import type { Random } from "../random.ts";
import type { JobChange, JobRow, Store } from "../store/store.ts";
import type { EventBus, SystemEvent } from "../telemetry/events.ts";
import type { Revisions } from "./job-service.ts";

export interface JobServiceDeps {
  store: Pick<Store, "getJob" | "listJobs" | "jobVersion">;
  revisions: Revisions;
  clock: Pick<Clock, "now">;
  random: Pick<Random, "bytes">;
  /** The cluster's own defaults, as parseJobDefaults gave them. */
  defaults: JobDefaults;
  /** Zone of jobs that name none. */
  timezone: string;
  checkSchedule: CheckSchedule;
  events?: Pick<EventBus, "publish">;
  /** Through what the changes come, for the audit: api, cli, ui. */
  via?: string;
}

/** An accepted document: `enabled` set apart from what makes a version. */
export interface AcceptedJob {
  spec: JobDocument;
  effective: EffectiveJob;
  enabled: boolean | undefined;
  warnings: string[];
}

/** What is to hold afterwards; what holds already is not changed. */
export type Wanted = Pick<JobChange, "spec" | "enabled" | "deleted">;

export interface JobDesk {
  judge(document: unknown): AcceptedJob | { errors: Problem[] };
  create(accepted: AcceptedJob, actor: string): Promise<JobRow>;
  /** `action`: for the audit. Throws ConflictError. */
  change(
    row: JobRow,
    wanted: Wanted,
    options: { ifVersion?: number; actor: string; action: string },
  ): Promise<{ job: JobRow; stillRunning: string[] }>;
}

/** As written, with the state it is in. */
export const documentOf = (row: JobRow): JobDocument => ({ ...row.spec, enabled: row.enabled });

/** What a document asks of a job. One that says `enabled: false` leaves the end that somebody set. */
export function wantedOf(row: JobRow, { spec, effective, enabled }: AcceptedJob): Wanted {
  const toggled = enabled !== undefined && enabled !== row.enabled;
  return { spec: { spec, effective }, ...(toggled ? { enabled: { enabled, enableAt: null, reason: null } } : {}) };
}

export function createJobDesk(deps: JobServiceDeps): JobDesk {
  const { revisions, clock, checkSchedule } = deps;
  const via = deps.via === undefined ? {} : { via: deps.via };
  const defaults = { ...deps.defaults, timezone: deps.defaults.timezone ?? deps.timezone };

  const publish = (row: JobRow, action: (SystemEvent & { type: "job" })["action"]) =>
    deps.events?.publish({ type: "job", jobId: row.id, jobName: row.name, action });

  return {
    judge(document) {
      const parsed = parseJobDocument(document, { defaults, nearest, checkSchedule, now: clock.now() });
      if (!parsed.ok) return { errors: parsed.errors };
      const { enabled, ...spec } = parsed.document;
      const { effective, warnings } = parsed;
      return { spec: spec as JobDocument, effective, enabled: enabled as boolean | undefined, warnings };
    },

    async create({ spec, effective, enabled }, actor) {
      const id = newId(clock, deps.random);
      const at = clock.now();
      const row = await revisions.create({ id, spec, effective, enabled: enabled ?? true, at, actor, ...via });
      publish(row, "created");
      return row;
    },

    async change(row, wanted, { ifVersion, actor, action }) {
      const change: Wanted = {};
      if (wanted.deleted) change.deleted = true;
      if (wanted.spec && !isDeepStrictEqual(wanted.spec.spec, row.spec)) change.spec = wanted.spec;
      if (wanted.enabled && !isInState(row, wanted.enabled)) change.enabled = wanted.enabled;
      if (Object.keys(change).length === 0) return { job: row, stillRunning: [] };
      const version = ifVersion === undefined ? {} : { ifVersion };
      const outcome = await revisions.change({ jobId: row.id, ...version, ...change, actor, action, ...via });
      const state = outcome.job.enabled ? "enabled" : "disabled";
      publish(outcome.job, change.deleted ? "deleted" : change.spec ? "changed" : state);
      return outcome;
    },
  };
}

const isInState = (row: JobRow, wanted: NonNullable<Wanted["enabled"]>) =>
  row.enabled === wanted.enabled && row.enableAt === wanted.enableAt && row.disabledReason === wanted.reason;
