// What a person or a program may ask of the scheduler besides editing jobs. The API and the roles use this; the
// implementation is in assign/dispatcher.ts and its neighbours.
import type { OverlapPolicy } from "../model/job.ts";
import type { Run } from "../model/run.ts";
import type { PauseState } from "../store/store.ts";

/** Expected refusals: `code` is stable (not_found, conflict, invalid, not_leader, unavailable). */
export class OperationError extends Error {
  readonly code: "not_found" | "conflict" | "invalid" | "not_leader" | "unavailable";
  constructor(code: OperationError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export interface RunRequest {
  env?: Record<string, string>;
  body?: string;
  /** Name or id. */
  node?: string;
  overlap?: OverlapPolicy;
  idempotencyKey?: string;
}

export interface Operations {
  /** Makes a manual run and hands it out at once. The same idempotency key answers the run it made before. */
  runNow(job: string, request: RunRequest, actor: string): Promise<{ run: Run; created: boolean }>;
  /** A new run (trigger retry_of) with the version and overrides of a finished one. */
  retryRun(runId: string, actor: string): Promise<Run>;
  /** Idempotent. `settled`: it is in a final state now (cancelled, or one that was first); else the node has been told. */
  cancelRun(runId: string, actor: string): Promise<{ run: Run; settled: boolean }>;
  /** Draining, what waits there unclaimed is taken back at once for other nodes; the audit has how much. */
  setDraining(node: string, draining: boolean, actor: string): Promise<void>;
  deleteNode(node: string, actor: string): Promise<void>;
  pause(request: { reason: string; until: number | null }, actor: string): Promise<PauseState>;
  resume(actor: string): Promise<void>;
}
