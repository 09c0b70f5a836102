// A job: the definition that users write, and the shape the program works with.
// JobDocument is what stands in a file or a request (contract: durations and instants are strings);
// EffectiveJob is the same with every default filled in and every unit in milliseconds.

export type OverlapPolicy = "allow" | "skip" | "queue" | "replace";
export type MisfirePolicy = "skip" | "latest" | "all";
export type NodeLossPolicy = "fail" | "rerun";
export type Backoff = "fixed" | "linear" | "exponential";
export type NotifyEvent = "failure" | "recovery" | "success" | "missed" | "late" | "long";

export interface CommandTask {
  kind: "cmd";
  /** A string is run by `shell -c`; a list is executed as it is. */
  command: string | string[];
  /** null: the node's own (node.cmd.shell). */
  shell: string | null;
  /** null: the running user's home. */
  cwd: string | null;
  env: Record<string, string>;
  user: string | null;
  stdin: string | null;
  expectExit: number[];
}

export interface HttpTask {
  kind: "http";
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | null;
  /** Inclusive ranges. */
  expectStatus: [from: number, to: number][];
  /** Source of a regular expression, or null. */
  expectBody: string | null;
  followRedirects: boolean;
  insecureTls: boolean;
}

export interface RetryRule {
  limit: number;
  delayMs: number;
  backoff: Backoff;
  maxDelayMs: number;
  jitterRatio: number;
}

/** Where a run may go. All null / false: any node. At most one is set. */
export interface Placement {
  /** A node's name or id. */
  node: string | null;
  labels: Record<string, string> | null;
  every: boolean;
}

export interface EffectiveJob {
  name: string;
  title: string | null;
  description: string | null;
  owner: string | null;
  runbook: string | null;
  tags: string[];
  /** Patterns as written, trimmed; at least one. */
  schedule: string[];
  timezone: string;
  startAtMs: number | null;
  endAtMs: number | null;
  task: CommandTask | HttpTask;
  priority: number;
  timeoutMs: number | null;
  killGraceMs: number;
  retry: RetryRule;
  overlap: OverlapPolicy;
  misfire: { policy: MisfirePolicy; withinMs: number };
  jitterMs: number;
  onNodeLoss: NodeLossPolicy;
  maxReruns: number;
  startDeadlineMs: number | null;
  pauseAfter: number | null;
  place: Placement;
  limit: { key: string; max: number } | null;
  notify: { channels: string[]; on: NotifyEvent[]; after: number } | null;
  keep: { runs: number | null; ageMs: number | null };
}

/** A job document as written: plain JSON, already validated by model/job-document.ts. */
export type JobDocument = { name: string; schedule: string | string[] } & Record<string, unknown>;
