// What the spool's events add up to: the runs that have begun without a verdict.
import type { NodeEvent } from "../model/assignment.ts";
import type { OpenRun } from "./spool-frames.ts";

type Key = { runId: string; fence: number };
const keyOf = ({ runId, fence }: Key) => `${runId}:${fence}`;

export interface OpenRuns {
  follow(event: NodeEvent): void;
  spawned(run: Key & { attempt: number }, process: { pid: number; startTime: string }): void;
  reset(open: OpenRun[]): void;
  list(): OpenRun[];
}

export function createOpenRuns(): OpenRuns {
  const open = new Map<string, OpenRun>();

  return {
    follow(event) {
      const { runId, fence, sessionId } = event;
      const key = keyOf(event);
      if (event.type === "started")
        open.set(key, { runId, fence, sessionId, attempt: event.attempt, attemptOpen: true, process: null });
      else if (event.type === "attempt-ended") {
        const run = open.get(key);
        if (run?.attempt === event.attempt) open.set(key, { ...run, attemptOpen: false, process: null });
      } else if (event.type !== "output") open.delete(key);
    },
    spawned(of, process) {
      const run = open.get(keyOf(of));
      if (run?.attempt === of.attempt && run.attemptOpen) open.set(keyOf(of), { ...run, process });
    },
    reset(list) {
      open.clear();
      for (const run of list) open.set(keyOf(run), run);
    },
    list: () => [...open.values()],
  };
}
