// What nodes call on schedulers and schedulers call on each other, under /internal/v1. Readers are tolerant: unknown keys
// are ignored, so that a later version may add some, and versions can stand side by side while a cluster is upgraded.
//
// Two secrets, both as `Authorization: Bearer …`: the cluster's token (joining, telling what an ended session left to say,
// scheduler to scheduler) and the session's credential, which joining answers. A credential is good while its session lives.
// Problems come as application/problem+json with a stable `code`, as on the public API.
import { z } from "zod";
import type { AttemptResult, NodeEvent } from "../model/assignment.ts";
import type { NodeInfo, NodeLoad } from "../model/node.ts";
import { finalStates, openStates, type Reason, triggers } from "../model/run.ts";
import type { RunChange } from "../store/store.ts";
import type { SystemEvent } from "../telemetry/events.ts";

export const internalPrefix = "/internal/v1";

const part = encodeURIComponent;
export const internalPaths = {
  /** POST, cluster token: JoinRequest → 201 JoinAnswer. 409 node_name_taken, node_id_live. */
  sessions: `${internalPrefix}/sessions`,
  /** GET, cluster token → FormerSessionAnswer. */
  formerSession: (nodeId: string) => `${internalPrefix}/nodes/${part(nodeId)}/former-session`,
  /** POST, credential: BeatRequest → BeatAnswer. `live: false`: the session has ended, join anew. */
  beat: (sessionId: string) => `${internalPrefix}/sessions/${part(sessionId)}/beat`,
  /** POST, credential, no body → 204. The node is done; what it had claimed and not started was given back. Repeatable. */
  close: (sessionId: string) => `${internalPrefix}/sessions/${part(sessionId)}/close`,
  /** POST, credential: EventsRequest → EventsAnswer once committed. 410 session_ended: use `formerEvents`, and join anew. */
  events: (sessionId: string) => `${internalPrefix}/sessions/${part(sessionId)}/events`,
  /** POST, cluster token: the same, said outside a live session (before joining, between two sessions). */
  formerEvents: `${internalPrefix}/events`,
  /**
   * POST, credential, no body → 204. Said by the warden once its node's process is gone and every group has been ended:
   * the session ends at once, and what it ran is settled by onNodeLoss. Repeatable.
   */
  abandoned: (sessionId: string) => `${internalPrefix}/sessions/${part(sessionId)}/abandoned`,
  /** POST, cluster token: MetricsReaderRequest → MetricsReaderAnswer. */
  metricsReader: `${internalPrefix}/metrics-reader`,
  /** POST, cluster token, scheduler to scheduler: News → 204. */
  changes: `${internalPrefix}/changes`,
};

/** Of the body of events, decoded; gzip (`Content-Encoding: gzip`) is welcome. */
export const eventsBodyLimit = 16 * 1024 * 1024;

// ── joining and beating ───────────────────────────────────────────────────────────────────────────────────────────

const id = z.string().min(1).max(200);
const instant = z.number();

export const WireNodeInfo: z.ZodType<NodeInfo> = z.object({
  nodeId: id,
  name: z.string().min(1).max(255),
  labels: z.record(z.string(), z.string()),
  slots: z.number().int().min(1),
  // An executor that this scheduler doesn't know is one that it gives no work.
  executors: z.array(z.string()).transform((kinds) => kinds.filter((kind) => kind === "cmd" || kind === "http")),
  version: z.string(),
  host: z.string(),
  pid: z.number().int(),
  startedAt: instant,
});

export const WireNodeLoad: z.ZodType<NodeLoad> = z.object({
  running: z.number(),
  queued: z.number(),
  cpuRatio: z.number(),
  memoryRatio: z.number(),
  memoryTotalBytes: z.number(),
  load1: z.number(),
  cores: z.number(),
  disks: z.array(z.object({ mount: z.string(), usedRatio: z.number(), totalBytes: z.number() })),
  clockOffsetMs: z.number(),
});

export const JoinRequest = z.object({ sessionId: id, info: WireNodeInfo, former: id.nullable() });
export type JoinRequest = z.output<typeof JoinRequest>;
/** `graceMs`: how long the session is trusted after a beat. `now`: the scheduler's clock, epoch milliseconds. */
export const JoinAnswer = z.object({ credential: z.string(), graceMs: z.number(), now: instant });
export type JoinAnswer = z.output<typeof JoinAnswer>;

/** null: this node was never here, or its last session has ended and is forgotten. */
export const FormerSessionAnswer = z.object({ sessionId: z.string().nullable() });
export type FormerSessionAnswer = z.output<typeof FormerSessionAnswer>;

/** `onlyAsks`: the node has had no answer for so long that it starts nothing; the session isn't trusted any longer for it. */
export const BeatRequest = z.object({ load: WireNodeLoad, onlyAsks: z.boolean().optional() });
export type BeatRequest = z.output<typeof BeatRequest>;
/** `now`: the scheduler's clock when it answered. `drain`: whether the node is wished to take nothing new; absent: unknown. */
export const BeatAnswer = z.object({ live: z.boolean(), now: instant, drain: z.boolean().optional() });
export type BeatAnswer = z.output<typeof BeatAnswer>;

/** What somebody showed who wants to read a node's metrics: a token of the API. */
export const MetricsReaderRequest = z.object({ token: z.string().min(1).max(512) });
/** `detail`: why not. */
export const MetricsReaderAnswer = z.object({ mayRead: z.boolean(), detail: z.string().optional() });
export type MetricsReaderAnswer = z.output<typeof MetricsReaderAnswer>;

// ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────

// Codes may be newer than this scheduler: they are kept as they came.
const reason = z.object({ code: z.string(), message: z.string() }) as unknown as z.ZodType<Reason>;
const result: z.ZodType<AttemptResult> = z.object({
  outcome: z.enum(["succeeded", "failed", "timed_out", "cancelled", "lost", "interrupted"]),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  httpStatus: z.number().nullable(),
  error: z.string().nullable(),
  reason: reason.nullable(),
  retryAfterMs: z.number().nullable(),
  retryable: z.boolean(),
});
const about = { runId: id, fence: z.number().int(), sessionId: id, at: instant };
const attempt = z.number().int();
const bytes = z.base64().transform((text) => new Uint8Array(Buffer.from(text, "base64")));

export const WireEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("started"), ...about, attempt }),
  z.object({
    type: z.literal("attempt-ended"),
    ...about,
    attempt,
    startedAt: instant,
    result,
    nextAttemptAt: instant.nullable(),
  }),
  z.object({
    type: z.literal("finished"),
    ...about,
    attempt,
    state: z.enum(["succeeded", "failed", "timed_out", "cancelled", "skipped", "missed"]),
    reason: reason.nullable(),
    outputBytes: z.number(),
    outputTruncated: z.boolean(),
  }),
  z.object({ type: z.literal("released"), ...about, reason: z.string() }),
  z.object({ type: z.literal("interrupted"), ...about, attempt, reason: z.string() }),
  z.object({
    type: z.literal("output"),
    ...about,
    attempt,
    seq: z.number().int(),
    stream: z.enum(["stdout", "stderr"]),
    offset: z.number(),
    gapBytes: z.number(),
    data: bytes,
  }),
]);

const eventTypes = ["started", "attempt-ended", "finished", "released", "interrupted", "output"];
/** Answers the events, and how many are of types that only later versions know: those are left out. */
export const EventsRequest = z
  .object({ events: z.array(z.looseObject({ type: z.string() })).max(20_000) })
  .transform(({ events }) => {
    const known = events.filter((event) => eventTypes.includes(event.type));
    return { events: known, ignored: events.length - known.length };
  })
  .pipe(z.object({ events: z.array(WireEvent), ignored: z.number() }));
/** Committed. */
export const EventsAnswer = z.object({ recorded: z.number(), ignored: z.number() });
export type EventsAnswer = z.output<typeof EventsAnswer>;

/** The body of a report: events as they travel, output in base64. */
export function eventsBody(events: NodeEvent[]): { events: Record<string, unknown>[] } {
  return {
    events: events.map((event) =>
      event.type === "output" ? { ...event, data: Buffer.from(event.data).toString("base64") } : { ...event },
    ),
  };
}

// ── between schedulers ────────────────────────────────────────────────────────────────────────────────────────────

const text = z.string().nullable();
const state = z.enum([...openStates, ...finalStates]);
const change = z.object({
  runId: id,
  jobId: id,
  jobName: z.string(),
  from: state.nullable(),
  to: state,
  reason: reason.nullable(),
  trigger: z.enum(triggers),
  dueAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  nodeId: text,
  nodeName: text,
  sessionId: text,
  limitKey: text,
  attempt,
  fence: z.number().int(),
  consecutiveFailures: z.number().nullable(),
  lateReport: z.boolean(),
}) satisfies z.ZodType<RunChange>;

/** What others than the changes of runs tell: kinds that a scheduler doesn't know are left out. */
export type OtherEvent =
  | Exclude<SystemEvent, { type: "run" | "scheduler" }>
  | { type: "scheduler"; state: "paused" | "resumed" };
const otherEvent = z.union([
  z.object({
    type: z.literal("node"),
    nodeId: id,
    nodeName: z.string(),
    state: z.enum(["up", "down", "draining", "resumed", "removed"]),
    sessionId: id.optional(),
  }),
  z.object({
    type: z.literal("job"),
    jobId: id,
    jobName: z.string(),
    action: z.enum(["created", "changed", "enabled", "disabled", "deleted", "paused"]),
  }),
  z.object({ type: z.literal("scheduler"), state: z.enum(["paused", "resumed"]) }),
  z.object({ type: z.literal("output"), runId: id }),
]) satisfies z.ZodType<OtherEvent>;

const known = <T>(schema: z.ZodType<T>) =>
  z
    .array(z.unknown())
    .max(20_000)
    .default([])
    .transform((items) => items.flatMap((item) => schema.safeParse(item).data ?? []));

/** What one scheduler saw happen: the others publish it, and the one that leads acts on it. Losing some loses no run. */
export const News = z.object({
  /** The scheduler's id. */
  from: id,
  changes: known<RunChange>(change),
  events: known<OtherEvent>(otherEvent),
});
export type News = z.output<typeof News>;
