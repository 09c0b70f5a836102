// A node's own processes, from /proc: its wardens, its connections, and the commands that carry a run's id in their
// environment.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isAlive, listPids, readStat, signalProcess } from "../../src/execute/processes.ts";
import { until } from "./program.ts";
import type { RealProcess } from "./real-process.ts";

function readProc(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "latin1");
  } catch {
    return ""; // It ended meanwhile, or is the kernel's.
  }
}

/** After a name that may hold anything come the state and the parent's pid (proc(5)). */
const parentOf = (pid: number) => Number(readProc(pid, "stat").split(") ").at(-1)?.split(" ")[1]);
const isRunning = (pid: number) => isAlive(readStat(pid));

export const wardensOf = ({ pid }: RealProcess): number[] =>
  listPids().filter((each) => parentOf(each) === pid && readProc(each, "cmdline").includes("warden"));

/** Living processes that belong to one of the runs, whatever became of their group and their parent. */
export function processesByRun(runIds: Iterable<string>): Map<string, number[]> {
  const wanted = new Set(runIds);
  const found = new Map<string, number[]>();
  for (const pid of listPids()) {
    const runId = /DISTCRON_RUN_ID=([^\0]+)/.exec(readProc(pid, "environ"))?.[1];
    if (runId !== undefined && wanted.has(runId) && isRunning(pid))
      found.set(runId, [...(found.get(runId) ?? []), pid]);
  }
  return found;
}
export const processesOf = (runIds: Iterable<string>): number[] => [...processesByRun(runIds).values()].flat();

/**
 * Of the nodes, the one that has opened the loopback connection from this port to that one; its wardens speak for it too.
 * null: none of them.
 */
export function holderOf<Node extends RealProcess>(port: number, to: number, nodes: Node[]): Node | null {
  // Both ends tell: what another connection from the same port leaves behind stands there for a minute.
  const [local, remote] = [loopback(port), loopback(to)];
  const lines = readFileSync("/proc/net/tcp", "latin1").split("\n");
  const line = lines.map((text) => text.trim().split(/\s+/)).find((each) => each[1] === local && each[2] === remote);
  const socket = `socket:[${line?.[9]}]`;
  return nodes.find((node) => [node.pid, ...wardensOf(node)].some((pid) => holds(pid, socket))) ?? null;
}

const loopback = (port: number) => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;

function holds(pid: number, socket: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => linkOf(`${folder}/${fd}`) === socket);
  } catch {
    return false; // It ended meanwhile.
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // Closed meanwhile.
  }
}

/** Who waits for the death of a node and its warden. */
export const heirsOf = (node: RealProcess): number[] => {
  const wardens = wardensOf(node);
  return listPids().filter(
    (pid) => wardens.includes(parentOf(pid)) && readProc(pid, "cmdline").includes("distcron-heir"),
  );
};

/** The node and its wardens go at one moment; `heirs`: with who would end their commands. */
export async function killWithWardens(node: RealProcess, { heirs = false } = {}): Promise<void> {
  const wardens = wardensOf(node);
  if (wardens.length === 0) throw new Error(`${node.name} has no warden: nothing was proven`);
  const others = heirsOf(node);
  if (others.length === 0) throw new Error(`${node.name} has no heir: nothing was proven`);
  // One that is killed while its warden lives is replaced.
  if (heirs) for (const pid of [...wardens, ...others]) signalProcess(pid, "SIGSTOP");
  // Stopped first: a warden that is alive when its node goes would do its duty.
  for (const pid of wardens) signalProcess(pid, "SIGSTOP");
  await node.kill("SIGKILL");
  await killAll(heirs ? [...wardens, ...others] : wardens);
}

/** SIGKILL; resolves when they are gone. */
export async function killAll(pids: number[]): Promise<void> {
  for (const pid of pids) signalProcess(pid, "SIGKILL");
  await until("what was killed is gone", () => !pids.some(isRunning));
}
