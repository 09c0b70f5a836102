// What the spool's events add up to: the runs that have begun without a verdict, and the verdicts nobody has acknowledged.
import type { NodeEvent } from "../model/assignment.ts";
import type { OpenRun } from "./spool-frames.ts";

type Key = { runId: string; fence: number };
const keyOf = ({ runId, fence }: Key) => `${runId}:${fence}`;

export interface OpenRuns {
  follow(event: NodeEvent, n: number): void;
  spawned(run: Key & { attempt: number }, process: { pid: number; startTime: string }): void;
  acknowledged(through: number): void;
  reset(open: OpenRun[]): void;
  list(): OpenRun[];
  unacknowledged(): Key[];
}

export function createOpenRuns(): OpenRuns {
  const open = new Map<string, OpenRun>();
  /** In order of their numbers. */
  const verdicts = new Map<string, Key & { n: number }>();

  return {
    follow(event, n) {
      const { runId, fence, sessionId } = event;
      const key = keyOf(event);
      if (event.type === "started")
        open.set(key, { runId, fence, sessionId, attempt: event.attempt, attemptOpen: true, process: null });
      else if (event.type === "attempt-ended") {
        const run = open.get(key);
        if (run?.attempt === event.attempt) open.set(key, { ...run, attemptOpen: false, process: null });
      } else if (event.type !== "output") {
        open.delete(key);
        verdicts.set(key, { runId, fence, n });
      }
    },
    spawned(of, process) {
      const run = open.get(keyOf(of));
      if (run?.attempt === of.attempt && run.attemptOpen) open.set(keyOf(of), { ...run, process });
    },
    acknowledged(through) {
      for (const [key, { n }] of verdicts) {
        if (n > through) break;
        verdicts.delete(key);
      }
    },
    reset(list) {
      open.clear();
      for (const run of list) open.set(keyOf(run), run);
    },
    list: () => [...open.values()],
    unacknowledged: () => [...verdicts.values()].map(({ runId, fence }) => ({ runId, fence })),
  };
}
