// Finds what is left of commands. One walk over the processes serves all commands that wait for one, and walks are
// spaced so that they take a small part of the warden's time however many commands end.
import type { Clock } from "../../clock.ts";
import { createProcessWalk, groupExists, runKey, signalProcess } from "../processes.ts";

const leastPauseMs = 20;
/** A walk may take one part in ten of the time. */
const pausePerCost = 9;
const rememberMs = 60_000;
const lateWalkMs = 5_000;

export interface Swept {
  runId: string;
  attempt: number;
  group: number;
  /** Live processes of the command: its group and session, and whoever carries its run in the environment. */
  onMembers(pids: number[]): void;
}

export interface Sweeper {
  /** Calls `onMembers` once, soon. Asking twice before that is asking once. */
  request(command: Swept): void;
  /** The command is over: what still turns up with its run is ended without further words. */
  remember(command: Swept): void;
  stop(): void;
}

export function createSweeper(clock: Clock, onStray: (runId: string, pids: number[]) => void): Sweeper {
  const walk = createProcessWalk();
  const waiting = new Set<Swept>();
  /** Runs that are over, and until when we still look for them. */
  const over = new Map<string, { runId: string; until: number }>();
  let cancelWalk: (() => void) | null = null;
  let notBefore = 0;

  function plan() {
    cancelWalk ??= clock.after(Math.max(0, notBefore - clock.monotonic()), () => {
      cancelWalk = null;
      walkOnce();
    });
  }

  function walkOnce() {
    const began = clock.monotonic();
    const commands = [...waiting];
    waiting.clear();
    const keys = new Set(commands.map((command) => runKey(command.runId, command.attempt)));
    // Whether a group is empty is one system call; who is in it takes a look at every process.
    const groups = new Set(commands.flatMap(({ group }) => (groupExists(group) ? [group] : [])));
    const found = walk({ isRun: (key) => keys.has(key) || over.has(key), groups });
    for (const command of commands) {
      const byRun = found.byRun.get(runKey(command.runId, command.attempt)) ?? [];
      const byGroup = found.byGroup.get(command.group) ?? [];
      const unlisted = process.platform !== "linux" && groups.has(command.group) ? [-command.group] : [];
      command.onMembers([...new Set([...byRun, ...byGroup, ...unlisted])]);
    }
    endStrays(found.byRun, keys);
    const ended = clock.monotonic();
    notBefore = ended + Math.max(leastPauseMs, (ended - began) * pausePerCost);
    if (waiting.size > 0) plan();
  }

  function endStrays(byRun: Map<string, number[]>, current: Set<string>) {
    const now = clock.monotonic();
    for (const [key, { runId, until }] of over) {
      const pids = current.has(key) ? [] : (byRun.get(key) ?? []);
      for (const pid of pids) signalProcess(pid, "SIGKILL");
      if (pids.length > 0) onStray(runId, pids);
      if (until < now) over.delete(key);
    }
  }

  let cancelLate: () => void;
  const lateRound = () => {
    if (over.size > 0) plan();
    cancelLate = clock.after(lateWalkMs, lateRound);
  };
  cancelLate = clock.after(lateWalkMs, lateRound);

  return {
    request(command) {
      waiting.add(command);
      plan();
    },
    remember(command) {
      over.set(runKey(command.runId, command.attempt), {
        runId: command.runId,
        until: clock.monotonic() + rememberMs,
      });
    },
    stop() {
      cancelWalk?.();
      cancelLate();
    },
  };
}
