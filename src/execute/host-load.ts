// What a node says of its machine: CPU, memory, disks. From /proc and cgroup v2 where there are any (a container's limits
// are its machine), from the os module elsewhere. Read at most every `cacheMs`; disks at most every 30 s.
import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, cpus, freemem, loadavg, totalmem } from "node:os";
import type { Clock } from "../clock.ts";
import type { NodeLoad } from "../model/node.ts";

type HostPart = Omit<NodeLoad, "running" | "queued" | "clockOffsetMs">;

export interface HostLoad {
  read(): Promise<HostPart>;
}

const diskCacheMs = 30_000;

export function createHostLoad(options: {
  clock: Clock;
  /** Where disks are looked at: the data directory, usually. */
  mounts: string[];
  cacheMs?: number;
  /** null: not there. For tests. */
  readText?(path: string): Promise<string | null>;
}): HostLoad {
  const { clock, mounts, cacheMs = 1500, readText = readTextFile } = options;
  let cpuBefore: CpuTime | null = null;
  let cpuRatio = 0;
  let cached: { at: number; part: Promise<HostPart> } | null = null;
  let disks: { at: number; list: NodeLoad["disks"] } | null = null;

  async function look(): Promise<HostPart> {
    const group = await readGroup(readText);
    const cores = Math.min(group.cores ?? Number.POSITIVE_INFINITY, availableParallelism());
    const cpu = await readCpu(readText, group, cores, clock.monotonic());
    if (cpuBefore && cpu.totalMs > cpuBefore.totalMs)
      cpuRatio = clamp((cpu.busyMs - cpuBefore.busyMs) / (cpu.totalMs - cpuBefore.totalMs));
    cpuBefore = cpu;
    const memory = await readMemory(readText, group);
    if (!disks || clock.monotonic() - disks.at >= diskCacheMs)
      disks = { at: clock.monotonic(), list: await readDisks(mounts) };
    return { cpuRatio, ...memory, load1: loadavg()[0] ?? 0, cores, disks: disks.list };
  }

  return {
    read() {
      if (!cached || clock.monotonic() - cached.at >= cacheMs) cached = { at: clock.monotonic(), part: look() };
      return cached.part;
    },
  };
}

type ReadText = (path: string) => Promise<string | null>;
const readTextFile: ReadText = (path) => readFile(path, "utf8").catch(() => null);
const clamp = (ratio: number) => Math.min(1, Math.max(0, ratio));

interface Group {
  /** CPUs by quota; null: no limit. */
  cores: number | null;
  memoryMax: number | null;
  /** Of the group that has the limit. */
  path: string;
}

/** The narrowest limits on the way from our own cgroup to the root. */
async function readGroup(readText: ReadText): Promise<Group> {
  const own = /^0::(\/.*)$/m.exec((await readText("/proc/self/cgroup")) ?? "")?.[1];
  const group: Group = { cores: null, memoryMax: null, path: "" };
  if (own === undefined) return group;
  for (let path = own === "/" ? "" : own; ; path = path.slice(0, path.lastIndexOf("/"))) {
    const [quota, period] = ((await readText(`/sys/fs/cgroup${path}/cpu.max`)) ?? "").trim().split(" ");
    if (quota && period && quota !== "max")
      group.cores = Math.min(group.cores ?? Number.POSITIVE_INFINITY, Number(quota) / Number(period));
    const max = ((await readText(`/sys/fs/cgroup${path}/memory.max`)) ?? "max").trim();
    if (max !== "max" && (group.memoryMax === null || Number(max) < group.memoryMax)) {
      group.memoryMax = Number(max);
      group.path = path;
    }
    if (path === "") return group;
  }
}

interface CpuTime {
  busyMs: number;
  totalMs: number;
}

async function readCpu(readText: ReadText, group: Group, cores: number, nowMs: number): Promise<CpuTime> {
  if (group.cores !== null) {
    const used = /^usage_usec (\d+)/m.exec((await readText(`/sys/fs/cgroup${group.path}/cpu.stat`)) ?? "")?.[1];
    if (used) return { busyMs: Number(used) / 1000, totalMs: nowMs * cores };
  }
  const line = /^cpu +(.*)$/m.exec((await readText("/proc/stat")) ?? "")?.[1];
  if (line) {
    // user nice system idle iowait irq softirq steal; guest time is in user already. In ticks of 10 ms.
    const times = line.split(" ").slice(0, 8).map(Number);
    const total = times.reduce((sum, time) => sum + time, 0) * 10;
    return { busyMs: total - ((times[3] ?? 0) + (times[4] ?? 0)) * 10, totalMs: total };
  }
  const all = cpus().map(({ times }) => times);
  const idle = all.reduce((sum, times) => sum + times.idle, 0);
  const total = all.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { busyMs: total - idle, totalMs: total };
}

async function readMemory(readText: ReadText, group: Group) {
  const machine = totalmem();
  if (group.memoryMax !== null && group.memoryMax < machine) {
    const current = Number(await readText(`/sys/fs/cgroup${group.path}/memory.current`));
    const stat = await readText(`/sys/fs/cgroup${group.path}/memory.stat`);
    // Cached files that nobody has used for a while are given up when memory is wanted.
    const cache = Number(/^inactive_file (\d+)/m.exec(stat ?? "")?.[1] ?? 0);
    return { memoryRatio: clamp((current - cache) / group.memoryMax), memoryTotalBytes: group.memoryMax };
  }
  const available = /^MemAvailable: +(\d+) kB/m.exec((await readText("/proc/meminfo")) ?? "")?.[1];
  const free = available ? Number(available) * 1024 : freemem();
  return { memoryRatio: clamp(1 - free / machine), memoryTotalBytes: machine };
}

async function readDisks(mounts: string[]): Promise<NodeLoad["disks"]> {
  const list: NodeLoad["disks"] = [];
  for (const mount of mounts) {
    const stats = await statfs(mount).catch(() => null);
    if (!stats || stats.blocks === 0) continue;
    const total = stats.blocks * stats.bsize;
    // As df counts: what only root may use is neither used nor available.
    const used = (stats.blocks - stats.bfree) * stats.bsize;
    const available = stats.bavail * stats.bsize;
    list.push({ mount, usedRatio: clamp(used / Math.max(1, used + available)), totalBytes: total });
  }
  return list;
}
