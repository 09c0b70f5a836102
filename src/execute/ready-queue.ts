// Who gets the next slot. Runs that are due go by priority (one step more for each 60 s waited), due instant and id;
// those that are not due yet go by due instant, so that a slot held idle always waits for the earliest.
import { createHeap } from "../lib/heap.ts";
import type { NodeRun } from "./node-run.ts";

export interface ReadyQueue {
  add(run: NodeRun): void;
  /** The first of the runs that are due; null: none. */
  takeDue(now: number): NodeRun | null;
  /** The first of those that aren't. */
  takeSoon(now: number): NodeRun | null;
}

const agingMs = 60_000;

export function createReadyQueue(): ReadyQueue {
  const queued = new Set<NodeRun>();
  const ranks = new Map<NodeRun, number>();
  /** Before this instant no rank in `due` changes. */
  let ranksHoldUntil = Number.POSITIVE_INFINITY;
  const tie = (a: NodeRun, b: NodeRun) =>
    a.assignment.dueAt - b.assignment.dueAt || (a.assignment.runId < b.assignment.runId ? -1 : 1);
  const due = createHeap<NodeRun>((a, b) => ((ranks.get(b) ?? 0) - (ranks.get(a) ?? 0) || tie(a, b)) < 0);
  const soon = createHeap<NodeRun>(
    (a, b) =>
      (a.assignment.dueAt - b.assignment.dueAt || b.assignment.priority - a.assignment.priority || tie(a, b)) < 0,
  );

  function addDue(run: NodeRun, now: number) {
    const steps = Math.floor((now - run.assignment.dueAt) / agingMs);
    ranks.set(run, run.assignment.priority + steps);
    ranksHoldUntil = Math.min(ranksHoldUntil, run.assignment.dueAt + (steps + 1) * agingMs);
    due.push(run);
  }
  function sortIn(now: number) {
    if (now >= ranksHoldUntil) {
      ranksHoldUntil = Number.POSITIVE_INFINITY;
      for (const run of due.drain()) addDue(run, now);
    }
    for (let top = soon.peek(); top && top.assignment.dueAt <= now; top = soon.peek())
      addDue(soon.pop() as NodeRun, now);
  }
  function forget(run: NodeRun) {
    queued.delete(run);
    ranks.delete(run);
  }
  const waits = (run: NodeRun) => run.phase === "held" && run.ready;

  return {
    add(run) {
      if (queued.has(run)) return;
      queued.add(run);
      soon.push(run);
    },
    takeDue(now) {
      sortIn(now);
      for (let run = due.pop(); run; run = due.pop()) {
        // The clock was set back: it is not due any more.
        if (run.assignment.dueAt > now) soon.push(run);
        else {
          forget(run);
          if (waits(run)) return run;
        }
      }
      return null;
    },
    takeSoon(now) {
      sortIn(now);
      for (let run = soon.pop(); run; run = soon.pop()) {
        forget(run);
        if (waits(run)) return run;
      }
      return null;
    },
  };
}
