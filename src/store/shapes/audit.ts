// Who changed what.
import type { PageQuery } from "./paging.ts";

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

export interface AuditQuery extends PageQuery {
  targetId?: string;
  /** Id or name of what was changed. */
  target?: string;
  /** "user:ann", or "ann" whatever its kind. */
  actor?: string;
  action?: string;
  from?: number;
  to?: number;
}
