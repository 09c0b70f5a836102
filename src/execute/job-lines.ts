// Per job: the runs that wait to be judged and those that are in the way.
import { dueFirst, type NodeRun } from "./node-run.ts";

export interface JobLine {
  readonly jobId: string;
  /** Unclaimed, their time to be claimed has come; in order of due. */
  readonly waiting: NodeRun[];
  /** Claimed (or in doubt) to be started and not over; in order of due. */
  readonly active: NodeRun[];
}

export interface JobLines {
  wait(run: NodeRun): void;
  activate(run: NodeRun): void;
  leave(run: NodeRun): void;
  /** Marks the job's line to be judged again. */
  mark(jobId: string): void;
  /** The marked lines; none is marked afterwards. */
  takeMarked(): JobLine[];
  markAll(): void;
}

export function createJobLines(): JobLines {
  const lines = new Map<string, JobLine>();
  const marked = new Set<string>();

  function lineOf(jobId: string) {
    let line = lines.get(jobId);
    if (!line) {
      line = { jobId, waiting: [], active: [] };
      lines.set(jobId, line);
    }
    return line;
  }
  function insert(list: NodeRun[], run: NodeRun) {
    let at = list.length;
    while (at > 0 && dueFirst(run, list[at - 1] as NodeRun) < 0) at--;
    list.splice(at, 0, run);
  }
  function take(list: NodeRun[], run: NodeRun) {
    const at = list.indexOf(run);
    if (at >= 0) list.splice(at, 1);
  }
  function leave(run: NodeRun) {
    const { jobId } = run.assignment;
    const line = lineOf(jobId);
    take(line.waiting, run);
    take(line.active, run);
    if (line.waiting.length + line.active.length === 0) lines.delete(jobId);
    marked.add(jobId);
  }

  return {
    wait(run) {
      leave(run);
      insert(lineOf(run.assignment.jobId).waiting, run);
    },
    activate(run) {
      leave(run);
      insert(lineOf(run.assignment.jobId).active, run);
    },
    leave,
    mark: (jobId) => void marked.add(jobId),
    takeMarked() {
      const found = [...marked].map((jobId) => lines.get(jobId)).filter((line) => line !== undefined);
      marked.clear();
      return found;
    },
    markAll() {
      for (const jobId of lines.keys()) marked.add(jobId);
    },
  };
}
