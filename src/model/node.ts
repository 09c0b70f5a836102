// Nodes, their sessions and what they say of themselves.

export type ExecutorKind = "cmd" | "http";

/** What a node announces when its session starts. */
export interface NodeInfo {
  nodeId: string;
  name: string;
  labels: Record<string, string>;
  slots: number;
  executors: ExecutorKind[];
  version: string;
  host: string;
  pid: number;
  startedAt: number;
}

/** What a node says with every beat. Ratios are 0–1. */
export interface NodeLoad {
  running: number;
  queued: number;
  cpuRatio: number;
  memoryRatio: number;
  memoryTotalBytes: number;
  load1: number;
  cores: number;
  disks: { mount: string; usedRatio: number; totalBytes: number }[];
  clockOffsetMs: number;
}

export type SessionState = "live" | "ended";

/** One life of a node process in the cluster. */
export interface Session {
  sessionId: string;
  info: NodeInfo;
  state: SessionState;
  /** On the store's clock: after this the session may be ended. */
  trustedUntil: number;
  lastBeatAt: number;
  load: NodeLoad | null;
}

/** A node as users see it: its record, and its live session when there is one. */
export interface NodeRecord {
  id: string;
  name: string;
  draining: boolean;
  createdAt: number;
  /** The newest session, live or ended; null: never seen since it was recorded. */
  session: Session | null;
  running: number;
  assigned: number;
}
