// The port to the ledger: jobs, runs, output, sessions, audit. One method is one transaction.
// Rejections: StaleTermError (this scheduler no longer leads), ConflictError (a version moved on), StoreUnavailableError
// (nothing is known about the outcome: reread before going on). Everything takes and gives plain JSON-like values; instants
// are epoch milliseconds. Writes that decide about a run are compare-and-set: what did not match is left out of the answer.
import type { NodeEvent } from "../model/assignment.ts";
import type { NodeInfo, NodeLoad, NodeRecord, Session } from "../model/node.ts";
import type { Reason, ReasonCode, Run } from "../model/run.ts";
import type { NewToken, TokenRow, UserChange, UserRow, UserSessionRow } from "./shapes/access.ts";
import type { OpenRun, Transition, WaitingRun } from "./shapes/assigning.ts";
import type { AuditEntry, AuditQuery } from "./shapes/audit.ts";
import type { JobChange, JobQuery, JobRow, JobVersion, NewJob } from "./shapes/jobs.ts";
import type { Page, PageQuery } from "./shapes/paging.ts";
import type { NewRun, PauseState, PlanItem, PlannableJob } from "./shapes/planning.ts";
import type { OutputChunk, RunChange, RunDetail, RunQuery } from "./shapes/runs.ts";
import type { FailingJob, JobRunStats, JobSchedule, LongRun, Summary, TimelineBucket } from "./shapes/statistics.ts";

// What its methods take and give, by subject; others know it through here.
export type * from "./shapes/access.ts";
export type * from "./shapes/assigning.ts";
export type * from "./shapes/audit.ts";
export type * from "./shapes/jobs.ts";
export type * from "./shapes/paging.ts";
export type * from "./shapes/planning.ts";
export type * from "./shapes/runs.ts";
export type * from "./shapes/statistics.ts";

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
  /** Ids of the nodes that are wished to take nothing new, in any order. */
  drainingNodes(): Promise<string[]>;
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
  failingJobs(limit: number): Promise<FailingJob[]>;
  /** Enabled jobs with a tick due before then that nobody has planned, the oldest first. */
  overdueJobs(dueBefore: number, limit: number): Promise<{ jobId: string; jobName: string; dueAt: number }[]>;
  /** Jobs with runs due before then that haven't started, the oldest first: that run, its reason, and how many they are. */
  waitingLongest(
    dueBefore: number,
    limit: number,
  ): Promise<{ jobId: string; jobName: string; runId: string; reason: Reason | null; runs: number; dueAt: number }[]>;
  /** Running runs, the one that started first at the top. */
  runningLongest(limit: number): Promise<LongRun[]>;
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
  listAudit(query: AuditQuery): Promise<Page<AuditEntry>>;
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
