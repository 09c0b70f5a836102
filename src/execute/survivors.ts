// Ends what a former life of this node left running. The spool says which attempts were open; a pid is trusted only
// together with its start time, and a process that carries the run in its environment is taken wherever it went.
import type { Clock } from "../clock.ts";
import {
  createProcessWalk,
  groupExists,
  isAlive,
  listPids,
  readStat,
  runKey,
  signalProcess,
  startTimeOf,
} from "./processes.ts";
import type { OpenRun } from "./spool-frames.ts";

export interface OpenAttempt {
  runId: string;
  attempt: number;
  /** Of the command's leader, as `spawned` gave it; null: unknown (it may never have been spawned). */
  pid: number | null;
  startTime: string | null;
}

/** As the spool knows it. */
export const attemptOf = ({ runId, attempt, process }: OpenRun): OpenAttempt => ({
  ...{ runId, attempt },
  pid: process?.pid ?? null,
  startTime: process?.startTime ?? null,
});

export interface Survivor {
  runId: string;
  attempt: number;
  /** What was found alive, in all. Empty: nothing. */
  pids: number[];
  /** Still there after KILL (uninterruptible). */
  remaining: number[];
}

/**
 * Ends the survivors among `attempts`: TERM, KILL after `graceMs` (0: at once), and waits until they are gone, at most
 * `waitMs` longer. Resolves with one entry per attempt. Safe to repeat.
 */
export async function endSurvivors(
  attempts: OpenAttempt[],
  { clock, graceMs = 2_000, waitMs = 5_000 }: { clock: Clock; graceMs?: number; waitMs?: number },
): Promise<Survivor[]> {
  const find = createFinder(attempts);
  const found = new Map<string, Set<number>>(attempts.map(({ runId, attempt }) => [runKey(runId, attempt), new Set()]));
  const began = clock.monotonic();
  const termed = new Set<number>();
  let remaining = find();
  for (let pauseMs = 10; ; pauseMs = Math.min(250, pauseMs * 2)) {
    for (const [key, pids] of remaining) for (const pid of pids) found.get(key)!.add(pid);
    const pids = [...remaining.values()].flat();
    const elapsed = clock.monotonic() - began;
    if (pids.length === 0 || elapsed > graceMs + waitMs) break;
    for (const pid of pids) {
      if (elapsed >= graceMs) signalProcess(pid, "SIGKILL");
      else if (!termed.has(pid)) {
        termed.add(pid);
        signalProcess(pid, "SIGTERM");
        signalProcess(pid, "SIGCONT");
      }
    }
    await clock.sleep(Math.min(pauseMs, elapsed < graceMs ? graceMs - elapsed : pauseMs));
    remaining = find();
  }
  return attempts.map(({ runId, attempt }) => {
    const key = runKey(runId, attempt);
    return { runId, attempt, pids: [...found.get(key)!], remaining: remaining.get(key) ?? [] };
  });
}

/** Live processes by attempt, in every call anew. */
function createFinder(attempts: OpenAttempt[]): () => Map<string, number[]> {
  const walk = createProcessWalk();
  const keys = new Set(attempts.map(({ runId, attempt }) => runKey(runId, attempt)));
  // A group's number is its leader's while any member lives, so once the leader was recognised it stays the run's until
  // the group has been seen empty.
  const groups = new Map<number, string>();
  for (const { runId, attempt, pid, startTime } of attempts)
    if (pid !== null && startTime && startTimeOf(pid) === startTime) groups.set(pid, runKey(runId, attempt));
  return () => {
    for (const group of groups.keys()) if (!groupExists(group)) groups.delete(group);
    const { byRun, byGroup } = walk({ isRun: (key) => keys.has(key), groups: new Set(groups.keys()) });
    const live = new Map<string, number[]>();
    const add = (key: string, pids: number[]) => live.set(key, [...new Set([...(live.get(key) ?? []), ...pids])]);
    for (const [key, pids] of byRun) add(key, pids);
    for (const [group, pids] of byGroup) add(groups.get(group)!, pids);
    for (const [group, key] of groups) if (!readsProc) add(key, [-group]);
    return live;
  };
}

const readsProc = listPids().length > 0 && isAlive(readStat(process.pid));
