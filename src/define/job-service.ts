// Creating, changing, enabling, disabling, deleting and applying jobs. What it needs of the scheduler comes in as `Revisions`.
import type { EffectiveJob, JobDocument } from "../model/job.ts";
import type { Problem } from "../model/job-problems.ts";
import type { JobChange, JobRow, NewJob } from "../store/store.ts";

/** What a change of a job needs of the leader: the old version is settled first, then its later rows are taken back. */
export interface Revisions {
  /** Makes the job and wakes the planner. Throws ConflictError("name_taken"), or OperationError-like with code not_leader. */
  create(job: Omit<NewJob, "cursor">): Promise<JobRow>;
  /**
   * Settles ticks up to `at` under the old version, makes the change, revokes later unclaimed runs, waits (2 s at most)
   * for claimed ones that haven't started. `stillRunning`: runs of the old version that go on. Throws ConflictError.
   */
  change(change: Omit<JobChange, "cursor" | "at">): Promise<{ job: JobRow; stillRunning: string[] }>;
}

export interface ChangeOutcome {
  job: JobRow;
  /** Ids of runs that keep running under an older version. */
  stillRunning: string[];
  warnings: string[];
}

export interface ApplyResult {
  name: string;
  result: "created" | "changed" | "unchanged" | "deleted";
  /** For changed: what differs, JSON paths. */
  diff?: { path: string; before: unknown; after: unknown }[];
  warnings: string[];
}

/** What a document would be, without making anything of it. */
export type Verdict = { errors: Problem[] } | { effective: EffectiveJob; warnings: string[] };

export interface JobService {
  /** Judges a document as create and replace do, but for what only the store knows: whether its name is free. */
  check(document: unknown): Verdict;
  /** What a job that says nothing but its schedule and what it does would be: with a command, and with a request. */
  defaults(): { cmd: EffectiveJob; http: EffectiveJob };
  create(document: unknown, actor: string): Promise<ChangeOutcome>;
  replace(job: string, document: unknown, options: { ifVersion?: number; actor: string }): Promise<ChangeOutcome>;
  /** JSON Merge Patch (RFC 7396). */
  patch(job: string, patch: unknown, options: { ifVersion?: number; actor: string }): Promise<ChangeOutcome>;
  remove(job: string, options: { ifVersion?: number; actor: string }): Promise<ChangeOutcome>;
  enable(job: string, actor: string): Promise<ChangeOutcome>;
  disable(job: string, options: { until: number | null; actor: string; reason?: string }): Promise<ChangeOutcome>;
  rollback(job: string, version: number, options: { ifVersion?: number; actor: string }): Promise<ChangeOutcome>;
  /** All documents are validated before anything changes. */
  apply(
    documents: unknown[],
    options: { prune: boolean; selector: { tag?: string } | null; dryRun: boolean; actor: string },
  ): Promise<ApplyResult[]>;
  /** The document as it would be exported: as written, with the current `enabled`. */
  exportDocument(job: JobRow): JobDocument;
}
