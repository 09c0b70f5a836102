// What the spool's events add up to: the runs that have begun without a verdict.
import type { NodeEvent } from "../model/assignment.ts";
import type { OpenRun, SpoolRecord } from "./spool-frames.ts";
import { createJournal, type SpoolFiles } from "./spool-journal.ts";

type Key = { runId: string; fence: number };
const keyOf = ({ runId, fence }: Key) => `${runId}:${fence}`;

export interface OpenRuns {
  follow(event: NodeEvent): void;
  spawned(run: Key & { attempt: number }, process: { pid: number; startTime: string }): void;
  /** What a line of the spool says of them, when it is read again. */
  recall(record: SpoolRecord): void;
  list(): OpenRun[];
}

export function createOpenRuns(): OpenRuns {
  const open = new Map<string, OpenRun>();

  const runs: OpenRuns = {
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
    recall(record) {
      if (record.kind === "head") {
        open.clear();
        for (const run of record.open) open.set(keyOf(run), run);
      } else if (record.kind === "spawned") runs.spawned(record, record.process);
      else if (record.kind === "event") runs.follow(record.event);
    },
    list: () => [...open.values()],
  };
  return runs;
}

/** Of a spool that nobody has open any more. Nothing is written. */
export async function readOpenRuns(files: SpoolFiles): Promise<OpenRun[]> {
  const runs = createOpenRuns();
  const head: SpoolRecord = { kind: "head", nextNumber: 1, acked: 0, open: [] };
  await createJournal(files, Number.POSITIVE_INFINITY, () => head).replay(runs.recall);
  return runs.list();
}
