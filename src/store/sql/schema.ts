// The tables as Kysely sees them, the same for every database. Instants are epoch milliseconds, booleans 0 or 1, structured
// values JSON in text columns, ids and names text. What the columns mean is said where a name alone doesn't.
import type { FinalState, ReasonCode, RunState, Trigger } from "../../model/run.ts";

export type Flag = 0 | 1;
export type Json = string;

/** One row (id 1). */
export interface LeadershipTable {
  id: number;
  term: number;
  holder: string;
  nonce: string;
  taken_at: number;
  /** Counts the checks of leaders' writes; changing it is what locks the row. */
  checked: number;
}

export interface JobsTable {
  id: string;
  name: string;
  /** The name while the job exists, "!<id>" once it is deleted: unique without a partial index. */
  name_key: string;
  /** Name, title, description and tags in lower case, for `q`. */
  search: string;
  version: number;
  enabled: Flag;
  enable_at: number | null;
  disabled_reason: string | null;
  /** The job's own retention (keep), where it has one. The definition itself is in job_versions. */
  keep_runs: number | null;
  keep_age_ms: number | null;
  created_at: number;
  updated_at: number;
  updated_by: string;
  deleted_at: number | null;
  planned_through: number;
  next_nominal: number | null;
  next_due: number | null;
  revising: Flag;
  /** The instant of the edit under way; kept after it. */
  revised_at: number | null;
  consecutive_failures: number;
  last_success_at: number | null;
  /** The last run that had started and is over. */
  last_run_id: string | null;
  last_run_state: FinalState | null;
}

export interface JobVersionsTable {
  job_id: string;
  version: number;
  spec: Json;
  effective: Json;
  created_at: number;
  created_by: string;
}

export interface JobTagsTable {
  job_id: string;
  tag: string;
}

export interface RunsTable {
  id: string;
  job_id: string;
  job_name: string;
  job_version: number;
  trigger_kind: Trigger;
  state: RunState;
  reason_code: ReasonCode | null;
  reason_message: string | null;
  priority: number;
  /** The tick; null for manual runs and retries of runs alone. */
  nominal: number | null;
  /** The node with place.every, else "". */
  node_key: string;
  idempotency_key: string | null;
  scheduled_for: number;
  due_at: number;
  planned_at: number;
  assigned_at: number | null;
  started_at: number | null;
  /** Null exactly while the run is open: the indexes of open rows rest on it. */
  finished_at: number | null;
  /** Last issued; only an assignment raises it. */
  fence: number;
  /** Lowest fence that is still heard. */
  floor: number;
  session_id: string | null;
  node_id: string | null;
  node_name: string | null;
  attempt: number;
  reruns: number;
  exit_code: number | null;
  signal_name: string | null;
  http_status: number | null;
  output_bytes: number;
  output_truncated: Flag;
  shard_index: number | null;
  shard_total: number | null;
  covers_from: number | null;
  covers_to: number | null;
  covers_count: number | null;
  late_report: Flag;
  cancel_requested: Flag;
  revoking: Flag;
  /** What a planned run waits for; "": nothing. */
  parked: string;
  retry_of: string | null;
  overrides: Json | null;
  limit_key: string | null;
  requested_by: string | null;
  catch_up: Flag;
  start_by: number | null;
}

export interface AttemptsTable {
  run_id: string;
  fence: number;
  number: number;
  node_id: string;
  node_name: string;
  started_at: number;
  finished_at: number | null;
  outcome: string | null;
  exit_code: number | null;
  signal_name: string | null;
  http_status: number | null;
  error: string | null;
}

export interface OutputChunksTable {
  run_id: string;
  /** Made of attempt and sequence, so a second delivery meets its own row. */
  position: number;
  fence: number;
  attempt: number;
  stream: "stdout" | "stderr";
  start_offset: number;
  gap_bytes: number;
  at: number;
  data: Uint8Array;
}

export interface SessionsTable {
  id: string;
  node_id: string;
  node_name: string;
  info: Json;
  state: "live" | "ended";
  trusted_until: number;
  last_beat_at: number;
  load_json: Json | null;
  created_at: number;
  ended_at: number | null;
}

export interface NodesTable {
  id: string;
  name: string;
  draining: Flag;
  created_at: number;
  last_session_id: string | null;
}

export interface AuditTable {
  id: string;
  at: number;
  actor: string;
  action: string;
  target_type: string;
  target_id: string;
  target_name: string | null;
  via: string | null;
  before_json: Json | null;
  after_json: Json | null;
}

export interface TokensTable {
  id: string;
  name: string;
  hash: string;
  role: "viewer" | "operator" | "editor" | "admin";
  scopes: Json;
  created_at: number;
  created_by: string;
  /** The user whose personal token it is. */
  owner_id: string | null;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface UsersTable {
  id: string;
  name: string;
  /** The name in lower case. */
  name_key: string;
  display_name: string | null;
  role: "viewer" | "operator" | "editor" | "admin";
  language: string | null;
  zone: string | null;
  disabled: Flag;
  password_hash: string;
  created_at: number;
  created_by: string;
  last_login_at: number | null;
}

/** Of people who signed in; a node's are in `sessions`. */
export interface UserSessionsTable {
  id: string;
  hash: string;
  user_id: string;
  created_at: number;
  expires_at: number;
  last_seen_at: number;
  address: string | null;
  agent: string | null;
}

export interface SettingsTable {
  name: string;
  value: string;
}

export interface MigrationsTable {
  version: number;
  name: string;
  applied_at: number;
}

export interface Database {
  leadership: LeadershipTable;
  jobs: JobsTable;
  job_versions: JobVersionsTable;
  job_tags: JobTagsTable;
  runs: RunsTable;
  attempts: AttemptsTable;
  output_chunks: OutputChunksTable;
  sessions: SessionsTable;
  nodes: NodesTable;
  audit: AuditTable;
  tokens: TokensTable;
  users: UsersTable;
  user_sessions: UserSessionsTable;
  settings: SettingsTable;
  migrations: MigrationsTable;
}
