// What the kernel says about processes (/proc). Linux; elsewhere every list is empty and groups are asked by kill(2).
// A pid alone names nobody for long: with its start time and the boot it does.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessStat {
  /** Z is a zombie, X dead, D uninterruptible. */
  state: string;
  parent: number;
  group: number;
  session: number;
  startTicks: string;
}

/** The run and attempt in a process's environment, as one word. */
export const runKey = (runId: string, attempt: number | string): string => `${runId}/${attempt}`;

let bootTag: string | null = null;
function boot(): string {
  bootTag ??= readText("/proc/sys/kernel/random/boot_id")?.slice(0, 8) ?? "";
  return bootTag;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // Gone, or not ours to read: the same to every caller.
    return null;
  }
}

/** null: there is no such process (or no /proc). */
export function readStat(pid: number): ProcessStat | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name may hold spaces and parentheses; the fields begin after the last one (proc(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0]!,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: fields[19]!,
  };
}

/** Names a process for ever together with its pid: boot and start time. Empty where that is unknown. */
export function startTimeOf(pid: number): string {
  const stat = readStat(pid);
  return stat ? `${boot()}:${stat.startTicks}` : "";
}

export const isAlive = (stat: ProcessStat | null): boolean => stat !== null && stat.state !== "Z" && stat.state !== "X";

/** False only when it is certain that no process is in the group. Zombies count until they are reaped. */
export function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Signals a pid, or a group when negative. False: nothing there to signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

export function listPids(): number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (name.charCodeAt(0) <= 57 ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** runKey of a process, "" when its environment names no run, null when it shows none at all. */
export function runKeyOf(pid: number): string | null {
  const text = readText(`/proc/${pid}/environ`);
  if (!text) return null;
  if (!text.includes("DISTCRON_RUN_ID=")) return "";
  const variables = text.split("\0");
  const value = (name: string) => variables.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  return runKey(value("DISTCRON_RUN_ID"), value("DISTCRON_ATTEMPT"));
}

export interface FoundProcesses {
  byRun: Map<string, number[]>;
  byGroup: Map<number, number[]>;
}

/**
 * Looks for processes by run (in their environment) and by group or session. Remembers which processes have no run, so
 * that a walk costs one directory listing and a few reads for what is new.
 */
export function createProcessWalk(): (wanted: { isRun(key: string): boolean; groups: Set<number> }) => FoundProcesses {
  let known = new Map<number, string | null>();
  return ({ isRun, groups }) => {
    const found: FoundProcesses = { byRun: new Map(), byGroup: new Map() };
    const seen = new Map<number, string | null>();
    for (const pid of listPids()) {
      let key = known.get(pid) ?? runKeyOf(pid);
      // In the midst of exec(2) a process shows none; kernel threads never do: nothing seen twice is nothing.
      if (key === null && known.has(pid)) key = "";
      // A process is born with its parent's environment and may take another: what counts is asked again.
      if (key && isRun(key)) key = runKeyOf(pid);
      seen.set(pid, key);
      const wanted = key && isRun(key) ? key : null;
      if (!wanted && groups.size === 0) continue;
      const stat = readStat(pid);
      if (!stat || !isAlive(stat)) continue;
      if (wanted) found.byRun.set(wanted, [...(found.byRun.get(wanted) ?? []), pid]);
      const group = groups.has(stat.group) ? stat.group : groups.has(stat.session) ? stat.session : null;
      if (group !== null) found.byGroup.set(group, [...(found.byGroup.get(group) ?? []), pid]);
    }
    known = seen;
    return found;
  };
}
