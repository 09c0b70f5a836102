// What the command line reads of the API's answers.

export interface JobView {
  id: string;
  name: string;
  version: number;
  enabled: boolean;
  spec: Record<string, unknown>;
  effective: Record<string, unknown>;
  nextRunAt: string | null;
  lastRun: {
    id: string;
    state: string;
    startedAt: string | null;
    finishedAt: string | null;
    durationMs: number | null;
  } | null;
  disabledReason?: string | null;
}

export interface VersionView {
  version: number;
  createdAt: string;
  createdBy: string;
  spec: Record<string, unknown>;
}

export interface RunView {
  id: string;
  job: { name: string };
  trigger: string;
  state: string;
  reason: { code: string; message: string } | null;
  scheduledFor: string;
  startedAt: string | null;
  latenessMs: number | null;
  durationMs: number | null;
  node: { name: string } | null;
  attempt: number;
}

export interface Tick {
  at: string;
  local: string;
  dst?: string;
}

export interface NodeView {
  id: string;
  name: string;
  state: string;
  labels: Record<string, string>;
  slots: number | null;
  running: number;
  queued: number;
  cpu: number | null;
  memory: number | null;
  version: string | null;
  lastBeatAt: string | null;
}

export interface TokenView {
  id: string;
  name: string;
  role: string;
  scopes: string[];
  createdAt: string;
  owner: string | null;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}
