// What crosses between the thread that decides and the thread that makes the requests of HTTP jobs. Values are cloned by
// the platform, many messages in one piece.
import type { Assignment } from "../../model/assignment.ts";
import type { EffectiveJob } from "../../model/job.ts";
import type { OutputPiece, RunningAttempt } from "../executor.ts";

export interface HttpThreadData {
  maxOutputBytes: number;
  deny: string[];
}

/** Of an assignment, what a request is made of. */
export type HttpErrand = Pick<Assignment, "runId" | "fence" | "jobName" | "scheduledFor" | "overrides"> & {
  job: Pick<EffectiveJob, "task">;
};

export type HttpOrder =
  | { type: "start"; id: number; assignment: HttpErrand; attempt: number }
  | { type: "end"; id: number; how: Parameters<RunningAttempt["end"]>[0] }
  | { type: "close" };

export type HttpNews =
  | { type: "output"; id: number; piece: OutputPiece }
  | { type: "over"; id: number; result: Awaited<RunningAttempt["result"]> }
  | { type: "closed" };

/** Collects messages and sends them in one piece, `soon`. */
export function createPost<T>(send: (messages: T[]) => void, soon: (fn: () => void) => void): (message: T) => void {
  let waiting: T[] = [];
  return (message) => {
    if (waiting.push(message) > 1) return;
    soon(() => {
      const messages = waiting;
      waiting = [];
      send(messages);
    });
  };
}
