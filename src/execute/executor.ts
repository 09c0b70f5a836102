// The port that runs one attempt: executors/command.ts and executors/http.ts implement it, a simulation a third.
import type { Assignment, AttemptResult } from "../model/assignment.ts";

export interface AttemptRequest {
  assignment: Assignment;
  /** From 1, counting every start of the run. */
  attempt: number;
  nodeName: string;
}

export interface OutputPiece {
  stream: "stdout" | "stderr";
  /** Bytes of this attempt's output (both streams together) before this piece, left-out bytes included. */
  offset: number;
  /** Bytes left out right before this piece. */
  gapBytes: number;
  data: Uint8Array;
}

export interface RunningAttempt {
  /** Resolves when the attempt is over and nothing of it runs (the process group is empty). Never rejects. */
  readonly result: Promise<AttemptResult & { outputBytes: number; outputTruncated: boolean }>;
  /**
   * Asks it to end: TERM to the group, after `graceMs` KILL (HTTP: aborts). The first reason wins; the result then carries
   * that outcome unless the attempt was already over. Safe to repeat; a shorter grace shortens.
   */
  end(how: {
    outcome: "cancelled" | "timed_out" | "interrupted" | "failed";
    reason: AttemptResult["reason"];
    graceMs: number;
  }): void;
  /**
   * When it has to end by itself (outcome `interrupted`), even if this process can't say so any more. Each call replaces
   * the former; null lifts it. Counts time asleep. Absent where nobody else could see to it.
   */
  setDeadline?(deadline: RelativeDeadline | null): void;
}

/** Milliseconds from now. TERM goes at `termInMs`, KILL at `killInMs`; both may be negative. */
export interface RelativeDeadline {
  termInMs: number;
  killInMs: number;
}

export interface Executor {
  /** Starts one attempt now. Never throws: what can't be started is a result with reason spawn_failed. */
  start(
    request: AttemptRequest,
    on: { output(piece: OutputPiece): void; spawned?(process: { pid: number; startTime: string }): void },
  ): RunningAttempt;
  /** Ends everything that runs, at once, and resolves when it has. Safe to repeat. */
  close(): Promise<void>;
}
