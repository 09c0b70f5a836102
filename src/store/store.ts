// The port to the ledger: jobs, runs, output, sessions, audit. One method is one transaction.
// Rejections: StaleTermError (this scheduler no longer leads), ConflictError (a version moved on), StoreUnavailableError
// (nothing is known about the outcome: reread before going on). Everything takes and gives plain JSON-like values; instants
// are epoch milliseconds. Writes that decide about a run are compare-and-set: what did not match is left out of the answer.
import type { NodeEvent } from "../model/assignment.ts";
import type { EffectiveJob, JobDocument } from "../model/job.ts";
import type { NodeInfo, NodeLoad, NodeRecord, Session } from "../model/node.ts";
import type { Attempt, FinalState, Reason, ReasonCode, Run, RunOverrides, RunState, Trigger } from "../model/run.ts";

export class StaleTermError extends Error {
  readonly code = "stale_term";
}
export class ConflictError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
export class StoreUnavailableError extends Error {
  readonly code = "store_unavailable";
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
export interface PageQuery {
  /** At most 500. */
  limit: number;
  cursor?: string;
}

// ── jobs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface JobRow {
  id: string;
  name: string;
  version: number;
  enabled: boolean;
  /** Set while disabled: when the job enables itself again. */
  enableAt: number | null;
  /** Why it is disabled, when not by a person (pauseAfter). */
  disabledReason: string | null;
  spec: JobDocument;
  effective: EffectiveJob;
  createdAt: number;
  updatedAt: number;
  updatedBy: string;
  deletedAt: number | null;
  /** Every tick up to here (nominal) has its row. */
  plannedThrough: number;
  /** The first tick after plannedThrough and its due instant; null: none. */
  nextNominal: number | null;
  nextDue: number | null;
  /** An edit is under way: the planner leaves the job alone until its revoked rows are settled. */
  revising: boolean;
  consecutiveFailures: number;
  lastSuccessAt: number | null;
  lastRun: Run | null;
  running: number;
}

export interface JobQuery extends PageQuery {
  q?: string;
  tag?: string;
  enabled?: boolean;
  state?: "ok" | "failing" | "running" | "never-run" | "disabled";
  /** By name when absent. Jobs without a next or a last run come last, either way; `failures`: in a row. */
  order?: { by: "name" | "nextRun" | "lastRun" | "failures"; descending: boolean; now: number };
}

export interface JobVersion {
  jobId: string;
  version: number;
  spec: JobDocument;
  effective: EffectiveJob;
  createdAt: number;
  createdBy: string;
}

/** The planner's view of where a job's schedule stands, written with every change. */
export interface Cursor {
  plannedThrough: number;
  nextNominal: number | null;
  nextDue: number | null;
}

export interface NewJob {
  id: string;
  spec: JobDocument;
  effective: EffectiveJob;
  enabled: boolean;
  cursor: Cursor;
  at: number;
  actor: string;
  /** For the audit: through what it came. */
  via?: string | null;
}

/** Only what is given changes. `spec` makes a new version. */
export interface JobChange {
  jobId: string;
  /** Refused with ConflictError("version_conflict") when the job is at another version. */
  ifVersion?: number;
  spec?: { spec: JobDocument; effective: EffectiveJob };
  enabled?: { enabled: boolean; enableAt: number | null; reason: string | null };
  deleted?: boolean;
  at: number;
  actor: string;
  /** Where planning goes on: through = `at`. Rows of later ticks that aren't claimed become `revoking`. */
  cursor: Cursor;
  /** For the audit. Absent: job.delete, job.update, job.enable or job.disable, by what changes. */
  action?: string;
  /** For the audit: through what it came. */
  via?: string | null;
}

// ── planning and assigning ────────────────────────────────────────────────────────────────────────────────────────

export interface PlannableJob {
  id: string;
  name: string;
  version: number;
  effective: EffectiveJob;
  plannedThrough: number;
  nextNominal: number;
  nextDue: number;
}

/** A row to be made. Its identity is (job, nominal, nodeKey), or (job, idempotencyKey) for manual runs. */
export interface NewRun {
  id: string;
  jobId: string;
  jobName: string;
  jobVersion: number;
  trigger: Trigger;
  /** The tick; null for manual runs and retries of runs. */
  nominal: number | null;
  /** The node with place.every, else "". */
  nodeKey: string;
  scheduledFor: number;
  dueAt: number;
  plannedAt: number;
  priority: number;
  /** planned; or a final state that needs no start: missed, skipped. */
  state: "planned" | "missed" | "skipped";
  reason: Reason | null;
  shard: { index: number; total: number } | null;
  covers: { from: number; to: number; count: number } | null;
  of: string | null;
  overrides: RunOverrides | null;
  idempotencyKey: string | null;
  limitKey: string | null;
  /** Recorded for audit and for the run's page; null for the planner's. */
  requestedBy: string | null;
  /** A misfire that the policy chose to run. */
  catchUp: boolean;
  /** Latest instant of start, or null. */
  startBy: number | null;
}

export interface PlanItem {
  jobId: string;
  /** Both must still hold, else the item is left out (the job changed meanwhile). */
  ifVersion: number;
  ifPlannedThrough: number;
  cursor: Cursor;
  runs: NewRun[];
}

/** A planned run as the assigner needs it. */
export interface WaitingRun {
  id: string;
  jobId: string;
  jobVersion: number;
  fence: number;
  priority: number;
  dueAt: number;
  nodeKey: string;
  limitKey: string | null;
  overrides: RunOverrides | null;
  attempt: number;
  reruns: number;
  trigger: Trigger;
  scheduledFor: number;
  shard: { index: number; total: number } | null;
  catchUp: boolean;
  startBy: number | null;
}

/** What an open row is about: for reconciling, moving, cancelling, settling. */
export interface OpenRun extends WaitingRun {
  state: "planned" | "assigned" | "running";
  floor: number;
  sessionId: string | null;
  nodeId: string | null;
  cancelRequested: boolean;
  revoking: boolean;
  parked: string | null;
  reason: Reason | null;
}

/** A leader's verdict or step on one run, by compare-and-set on (state, fence, floor). */
export interface Transition {
  runId: string;
  ifState: RunState[];
  ifFence: number;
  to:
    | { state: "assigned"; sessionId: string; nodeId: string; nodeName: string; raiseFloor: boolean; rerun: boolean }
    /** Back to planned; raiseFloor: what was claimed under `fence` is no longer heard. */
    | {
        state: "planned";
        raiseFloor: boolean;
        rerun: boolean;
        parked: string | null;
        reason: Reason | null;
        /** A misfire that the policy keeps: trigger becomes catch_up, catchUp true, and these replace the row's own. */
        catchUp?: { dueAt: number; startBy: number | null };
      }
    | { state: FinalState; reason: Reason; raiseFloor: boolean };
  at: number;
}

/** What became of a run, for events, metrics and alarms. */
export interface RunChange {
  runId: string;
  jobId: string;
  jobName: string;
  from: RunState | null;
  to: RunState;
  reason: Reason | null;
  trigger: Trigger;
  dueAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  nodeId: string | null;
  nodeName: string | null;
  sessionId: string | null;
  limitKey: string | null;
  attempt: number;
  fence: number;
  consecutiveFailures: number | null;
  lateReport: boolean;
}

// ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RunQuery extends PageQuery {
  /** Id or name of a job; runs of deleted jobs are found by name too. */
  job?: string;
  /** Id or name. */
  node?: string;
  /** Absent: every state, but planned and assigned rows only once they are due. */
  state?: RunState[];
  trigger?: Trigger[];
  /** On scheduledFor: [from, to). */
  from?: number;
  to?: number;
  /** Part of the job's name, or the start of the run's id. */
  q?: string;
  /** For "not yet due". */
  now: number;
}

export interface RunDetail extends Run {
  attempts: Attempt[];
  idempotencyKey: string | null;
  parked: string | null;
}

export interface OutputChunk {
  attempt: number;
  /** Grows over the whole run; the id with which a live reader resumes. */
  position: number;
  stream: "stdout" | "stderr";
  offset: number;
  gapBytes: number;
  at: number;
  data: Uint8Array;
}

export interface AuditEntry {
  id: string;
  at: number;
  actor: string;
  /** e.g. job.update, job.disable, run.cancel, node.drain, token.create, scheduler.pause, run.late_report */
  action: string;
  targetType: string;
  targetId: string;
  targetName: string | null;
  via: string | null;
  before: unknown;
  after: unknown;
}

export interface TokenRow {
  id: string;
  name: string;
  /** sha256 of the secret, hex. */
  hash: string;
  role: "viewer" | "operator" | "editor" | "admin";
  scopes: string[];
  createdAt: number;
  createdBy: string;
  /** Whose personal token it is, as they are now; null: nobody's. A user who is gone counts as disabled. */
  owner: { id: string; name: string; role: UserRow["role"]; disabled: boolean } | null;
  expiresAt: number | null;
  lastUsedAt: number | null;
  revokedAt: number | null;
}
export type NewToken = Omit<TokenRow, "owner"> & { ownerId?: string | null };

export interface UserRow {
  id: string;
  /** Unique whatever its case. */
  name: string;
  displayName: string | null;
  role: "viewer" | "operator" | "editor" | "admin";
  /** null: the browser's. */
  language: string | null;
  timezone: string | null;
  disabled: boolean;
  /** As made by the API: says by itself how it was made. */
  passwordHash: string;
  createdAt: number;
  createdBy: string;
  lastLoginAt: number | null;
}
export type UserChange = Partial<
  Pick<UserRow, "displayName" | "role" | "language" | "timezone" | "disabled" | "passwordHash">
>;

/** One sign-in of a person; not to be confused with a node's Session. */
export interface UserSessionRow {
  id: string;
  /** sha256 of the secret, hex. */
  hash: string;
  userId: string;
  createdAt: number;
  expiresAt: number;
  lastSeenAt: number;
  address: string | null;
  agent: string | null;
}

export interface Summary {
  jobs: { total: number; enabled: number; disabled: number; failing: number };
  runs: { planned: number; waiting: number; assigned: number; running: number };
  last24h: Partial<Record<FinalState, number>>;
  nodes: { live: number; draining: number; total: number };
}

/** Milliseconds. */
export interface Spread {
  count: number;
  mean: number;
  p50: number;
  p95: number;
  max: number;
}

/** Of a job's newest finished runs. */
export interface JobRunStats {
  jobId: string;
  jobName: string;
  /** Of those scheduled since countedFrom. */
  counts: Partial<Record<FinalState, number>>;
  /** As far back as was asked, or the oldest run that was looked at. */
  countedFrom: number;
  /** Of those that succeeded, whenever; null: none. */
  durations: Spread | null;
  /** Of those that started, whenever; null: none. */
  lateness: Spread | null;
  /** Newest first. */
  recent: { id: string; state: FinalState; scheduledFor: number; durationMs: number | null }[];
}

/** Of runs that were due in a stretch of time and are over. */
export interface TimelineBucket {
  at: number;
  counts: Partial<Record<FinalState, number>>;
  /** Of those that succeeded: how many began late (lateAfterMs). */
  late: number;
  /** Start minus due instant of those that started, rounded down to a hundredth or so; null: none did. */
  lateness: { p50: number; p95: number; max: number } | null;
}

/** When a job is due, and what a picture of that needs. */
export interface JobSchedule
  extends Pick<EffectiveJob, "schedule" | "timezone" | "startAtMs" | "endAtMs" | "jitterMs" | "tags"> {
  jobId: string;
  jobName: string;
  version: number;
  updatedAt: number;
  /** False once it is deleted, too. */
  enabled: boolean;
}

export interface PauseState {
  reason: string;
  by: string;
  since: number;
  until: number | null;
}

export interface Store {
  // leadership
  /** Takes the next term; from here on every older one is stale. First act of a leader. */
  takeTerm(holder: string, nonce: string): Promise<number>;
  /** The last term that was taken, by which scheduler and when (on the store's clock); null: none yet. */
  lastTerm(): Promise<{ term: number; holder: string; takenAt: number } | null>;

  // jobs. Names are matched among jobs that aren't deleted; ids among all.
  getJob(idOrName: string): Promise<JobRow | null>;
  listJobs(query: JobQuery): Promise<Page<JobRow>>;
  /** With how many jobs have it, the most used first. */
  listTags(limit: number): Promise<{ tag: string; jobs: number }[]>;
  /** With its line in the audit (job.create). Safe to repeat with the same id. Throws ConflictError("name_taken"). */
  createJob(term: number, job: NewJob): Promise<JobRow>;
  /**
   * First part of an edit: new version and/or state, the cursor set, and every row of a tick after `at` that isn't final
   * marked revoking (with waiting rows of ticks up to `at` as well when the job is disabled or deleted; manual runs never).
   * The line in the audit is part of it: {version, document, enableAt?, reason?} before and after.
   */
  changeJob(term: number, change: JobChange): Promise<{ job: JobRow; revoking: OpenRun[] }>;
  /** Last part: deletes revoked rows of future ticks (waiting past ones of a disabled job become skipped, job_disabled), frees the kept, ends `revising`. */
  settleRevision(
    term: number,
    revision: { jobId: string; revoked: { runId: string; fence: number }[]; kept: string[]; at: number },
  ): Promise<RunChange[]>;
  /** Jobs whose revision was cut short by a crash, with their revoking rows. */
  unsettledRevisions(): Promise<{ jobId: string; at: number; revoking: OpenRun[] }[]>;
  jobVersion(jobId: string, version: number): Promise<JobVersion | null>;
  listVersions(jobId: string, query: PageQuery): Promise<Page<JobVersion>>;
  /** Disabled jobs with enableAt up to `before`. */
  jobsToEnable(before: number, limit: number): Promise<JobRow[]>;

  // planning
  /** Enabled jobs, not revising, with nextDue up to `dueBefore`, soonest first. */
  dueJobs(dueBefore: number, limit: number): Promise<PlannableJob[]>;
  /** The soonest nextDue of all enabled jobs; null: none. */
  earliestDue(): Promise<number | null>;
  /** Inserts rows and moves cursors in one transaction; a row that exists already is not an error and not in the answer. */
  writePlan(
    term: number,
    items: PlanItem[],
  ): Promise<{ planned: WaitingRun[]; changes: RunChange[]; skippedJobs: string[] }>;
  /** A manual run or a retry of a run. With a known idempotency key: the run that it made, `created: false`. */
  createRun(term: number, run: NewRun): Promise<{ run: Run; created: boolean; waiting: WaitingRun | null }>;
  getPause(): Promise<PauseState | null>;
  setPause(term: number, pause: PauseState | null): Promise<void>;

  // assigning
  /** Planned, neither parked, cancelled nor revoking, due up to `dueBefore`: the first `perPriority` by due instant of each priority. */
  waitingRuns(dueBefore: number, perPriority: number): Promise<WaitingRun[]>;
  /** Sets or clears what a planned run waits for (`parked`: a key such as nodes, limit:<key>, job:<id>, node:<id>) and why. */
  park(term: number, items: { runId: string; parked: string; reason: Reason }[]): Promise<void>;
  /** Frees parked runs: all under a key, or with `limit` the first by (priority with one step per 60 s waited, due, id). Answers how many. */
  unpark(term: number, parked: string, options: { now: number; limit?: number }): Promise<number>;
  /** Keys under which anything is parked. */
  parkedKeys(): Promise<string[]>;
  /** Applies what still matches; answers the changes that took place. */
  transition(term: number, items: Transition[]): Promise<RunChange[]>;
  openRuns(after: string | null, limit: number): Promise<OpenRun[]>;
  openRunsByIds(runIds: string[]): Promise<OpenRun[]>;
  openRunsOfSession(sessionId: string): Promise<OpenRun[]>;
  /** Open runs of a job, by due instant. */
  openRunsOfJob(jobId: string): Promise<OpenRun[]>;
  /**
   * Planned and assigned rows, neither revoking nor cancelled, whose dueAt is below `dueBefore` and that aren't catchUp (misfires:
   * catchUp rows are exempt), or planned rows whose startBy is below `now` (deadlines). By job, due instant and id; `after`:
   * only those that come after that row in this order.
   */
  overdueRuns(query: {
    dueBefore: number;
    now: number;
    limit: number;
    after?: Pick<OpenRun, "jobId" | "dueAt" | "id">;
  }): Promise<OpenRun[]>;
  /** How many runs under each limit key are assigned or running. */
  limitUsage(keys: string[]): Promise<Record<string, number>>;
  /** Marks it; terminal runs stay as they are. Answers the row as it is then, null: no such run. */
  requestCancel(runId: string, at: number, actor: string): Promise<Run | null>;

  // recording. No term: any scheduler records.
  /**
   * Records events by compare-and-set on (run, floor, state). Idempotent: what was recorded before changes nothing. An
   * event below `floor` is kept as a note in the audit. `finished` before `started` is accepted. A late `finished` under the
   * fence that was lost corrects `lost` once. Answers the changes of state.
   */
  record(events: NodeEvent[]): Promise<RunChange[]>;

  // sessions and nodes
  /**
   * Registers a session, live until now + graceMs. `former`: the node's last session, which ends here; its runs that never
   * started (assigned, under no later fence) are released to planned; those running are left for onNodeLoss.
   * Throws ConflictError("node_name_taken" | "node_id_live") naming the holder.
   */
  registerSession(request: {
    sessionId: string;
    info: NodeInfo;
    former: string | null;
    graceMs: number;
  }): Promise<{ changes: RunChange[] }>;
  /** False: the session has ended. */
  beat(sessionId: string, load: NodeLoad, graceMs: number): Promise<boolean>;
  /** Ends live sessions (only `among` these, if given) whose trust ended more than marginMs ago. Answers them. */
  endSessions(term: number, marginMs: number, among?: string[]): Promise<Session[]>;
  /** The node itself ends its session; its assigned, unclaimed work has been given back by then. */
  closeSession(sessionId: string): Promise<void>;
  /** The last session of a node, live or ended. */
  lastSession(nodeId: string): Promise<Session | null>;
  liveSessions(): Promise<Session[]>;
  /** Of these sessions, the ones that have ended (or are unknown). */
  endedAmong(sessionIds: string[]): Promise<string[]>;
  /** By name. `q`: part of the name, whatever its case, or the id. */
  listNodes(query: PageQuery & { now: number; q?: string | undefined }): Promise<Page<NodeRecord>>;
  getNode(idOrName: string): Promise<NodeRecord | null>;
  setDraining(nodeId: string, draining: boolean): Promise<void>;
  /** Throws ConflictError("node_is_live"). */
  deleteNode(nodeId: string): Promise<void>;

  // reading runs
  listRuns(query: RunQuery): Promise<Page<Run>>;
  /** By id, or by a start of it that only one run has. */
  getRun(id: string): Promise<RunDetail | null>;
  /** The row of a tick: the run whose scheduledFor it is, or the summary row that covers it. */
  runAt(jobId: string, instant: number): Promise<Run | null>;
  /** Chunks in order of position, after `after` (exclusive; null: from the start), at most `limit`. */
  readOutput(runId: string, after: number | null, limit: number, stream?: "stdout" | "stderr"): Promise<OutputChunk[]>;
  /** The last chunks that together hold at least `bytes` bytes, in order. */
  tailOutput(runId: string, bytes: number, stream?: "stdout" | "stderr"): Promise<OutputChunk[]>;

  // statistics
  summary(now: number): Promise<Summary>;
  /** Finished runs by buckets of scheduledFor, `[from, to)`, in order; without those in which nothing was due. */
  timeline(query: { from: number; to: number; bucketMs: number; jobId?: string }): Promise<TimelineBucket[]>;
  /** Jobs whose last runs failed, the most failures first. */
  failingJobs(limit: number): Promise<
    {
      jobId: string;
      jobName: string;
      enabled: boolean;
      failures: number;
      lastSuccessAt: number | null;
      lastRun: { id: string; state: FinalState; finishedAt: number; reason: Reason | null } | null;
    }[]
  >;
  /** Enabled jobs with a tick due before then that nobody has planned, the oldest first. */
  overdueJobs(dueBefore: number, limit: number): Promise<{ jobId: string; jobName: string; dueAt: number }[]>;
  /** Jobs with runs due before then that haven't started, the oldest first: that run, its reason, and how many they are. */
  waitingLongest(
    dueBefore: number,
    limit: number,
  ): Promise<{ jobId: string; jobName: string; runId: string; reason: Reason | null; runs: number; dueAt: number }[]>;
  /** Running runs, the one that started first at the top. */
  runningLongest(limit: number): Promise<
    {
      runId: string;
      jobId: string;
      jobName: string;
      startedAt: number;
      node: { id: string; name: string } | null;
    }[]
  >;
  /** Differs after every change of what enabled jobs there are, or of their definitions. */
  scheduleStamp(): Promise<{ jobs: number; versions: number; changedAt: number }>;
  /** Schedules by job id: of the enabled jobs, or of all that were changed since then; `after`: a job's id. */
  schedules(query: { changedSince: number | null; after: string | null; limit: number }): Promise<JobSchedule[]>;
  /** The next ticks of all jobs from the stored cursors: one row a job. */
  upcoming(limit: number): Promise<{ jobId: string; jobName: string; at: number }[]>;
  /**
   * What the newest `runs` finished runs of each job were like, for names or ids, in their order; unknown ones are left
   * out. Counted are those scheduled since `from`; `recent` of them are told one by one.
   */
  runStats(query: { jobs: string[]; runs: number; recent: number; from: number }): Promise<JobRunStats[]>;
  /** What the metrics need of each job, at most `limit`, those with failures first. */
  jobStats(limit: number): Promise<{ name: string; consecutiveFailures: number; lastSuccessAt: number | null }[]>;
  queuedByReason(now: number): Promise<Partial<Record<ReasonCode | "assigned", number>>>;
  /** The oldest due instant not yet handed out (planned rows that are due or overdue cursors); null: none. */
  oldestUnassignedDue(): Promise<number | null>;

  // audit and tokens
  appendAudit(entries: Omit<AuditEntry, "id">[]): Promise<void>;
  /** `target`: id or name of what was changed. `actor`: "user:ann", or "ann" whatever its kind. */
  listAudit(
    query: PageQuery & {
      targetId?: string;
      target?: string;
      actor?: string;
      action?: string;
      from?: number;
      to?: number;
    },
  ): Promise<Page<AuditEntry>>;
  createToken(token: NewToken): Promise<void>;
  tokenByHash(hash: string): Promise<TokenRow | null>;
  touchToken(id: string, at: number): Promise<void>;
  listTokens(query: PageQuery & { ownerId?: string }): Promise<Page<TokenRow>>;
  /** With `ownerId` only a token of that user. Resolves with the token; null: there is none, or it was revoked already. */
  revokeToken(id: string, at: number, ownerId?: string): Promise<TokenRow | null>;

  // people. Names are matched whatever their case
  /**
   * Throws ConflictError("name_taken"). With `onlyFirst` there must be no user yet: ConflictError("setup_done"), of
   * several at once for all but one.
   */
  createUser(user: UserRow, how?: { onlyFirst: boolean }): Promise<void>;
  hasUsers(): Promise<boolean>;
  getUser(name: string): Promise<UserRow | null>;
  listUsers(query: PageQuery): Promise<Page<UserRow>>;
  /**
   * Resolves with the user as they are now; null: there is none, or their password isn't `ifPasswordHash`. With
   * `endSessions` their sessions are over with the same transaction.
   * Throws ConflictError("last_admin"): an enabled admin must stay.
   */
  changeUser(
    id: string,
    change: UserChange,
    how?: { ifPasswordHash?: string; endSessions?: boolean },
  ): Promise<UserRow | null>;
  /** With their sessions; their tokens are revoked. False: there was none. Throws ConflictError("last_admin"). */
  deleteUser(id: string, at: number): Promise<boolean>;
  /** Also notes the user's login. False: there is no such user, or not enabled, or the password isn't that one any more. */
  createUserSession(session: UserSessionRow, ifPasswordHash: string): Promise<boolean>;
  /** Also one that has expired: who asks looks at expiresAt. */
  userSessionByHash(hash: string): Promise<{ session: UserSessionRow; user: UserRow } | null>;
  touchUserSession(id: string, seen: { at: number; expiresAt: number }): Promise<void>;
  /** Newest first, without those that have expired by `now`; at most 500. */
  listUserSessions(userId: string, now: number): Promise<UserSessionRow[]>;
  /** Ends one (`only`), or all but one (`except`). Answers how many. */
  endUserSessions(userId: string, which: { only: string } | { except: string | null }): Promise<number>;
  /** Deletes what has expired by `now`. */
  pruneUserSessions(now: number): Promise<number>;

  // small facts that survive a restart
  getSetting(key: string): Promise<string | null>;
  setSetting(key: string, value: string): Promise<void>;

  // upkeep
  /**
   * Deletes finished runs that are too old or too many, with their attempts and output, at most `batch` of them; never
   * an open run nor a job's newest. Answers how many; 0: nothing left to do now.
   */
  retain(rule: { now: number; ageMs: number; count: number; batch: number }): Promise<number>;
  /**
   * Deletes lines of the audit, and sessions that ended, before these instants; at most `batch` of each. A node's last
   * session stays, and one that an open run names. Answers how many; 0: nothing left to do now.
   */
  prune(rule: { auditBefore: number; sessionsBefore: number; batch: number }): Promise<number>;
  /** Problems found, in words; empty: sound. */
  checkIntegrity(): Promise<string[]>;
  /** A consistent copy while in use. Refuses to overwrite. */
  backup(file: string): Promise<void>;
  /** Current and newest known schema. */
  schemaVersion(): Promise<{ current: number; known: number }>;
  /** Finishes what is under way. Safe to repeat. */
  close(): Promise<void>;
}
