// What a node's former life left running is found by pid and start time, by group, and by the run in its environment.
import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock as clock } from "../../../src/clock.ts";
import { startTimeOf } from "../../../src/execute/processes.ts";
import { endSurvivors } from "../../../src/execute/survivors.ts";
import { isRunning } from "../../support/command-lab.ts";

const started: ChildProcess[] = [];
let lastRun = 0;
const newRun = () => `survivor-${process.pid}-${++lastRun}`;

/** Starts a command as a warden would, and resolves with its pid and what it prints first. */
async function start(command: string, env: Record<string, string>) {
  const child = spawn("/bin/sh", ["-c", command], { detached: true, env: { PATH: process.env.PATH!, ...env } });
  started.push(child);
  const line = await new Promise<string>((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
  return { pid: child.pid!, startTime: startTimeOf(child.pid!), printed: Number(line), child };
}
const runEnv = (runId: string, attempt = 1) => ({ DISTCRON_RUN_ID: runId, DISTCRON_ATTEMPT: String(attempt) });

afterEach(() => {
  for (const child of started.splice(0)) {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // It ended in the test.
    }
  }
});

describe("endSurvivors", () => {
  it("ends the leader and its group, though they show no run", async () => {
    const runId = newRun();
    const { pid, startTime, printed } = await start("sleep 300 & echo $!; wait", {});
    const [found] = await endSurvivors([{ runId, attempt: 1, pid, startTime }], { clock });
    expect(found).toMatchObject({ runId, attempt: 1, remaining: [] });
    expect(found!.pids.sort()).toEqual([pid, printed].sort());
    expect([pid, printed].filter(isRunning)).toEqual([]);
  });
  it("kills what ignores TERM", async () => {
    const { pid, startTime } = await start("trap '' TERM; echo 1; while :; do sleep 0.1; done", {});
    const [found] = await endSurvivors([{ runId: newRun(), attempt: 1, pid, startTime }], { clock, graceMs: 200 });
    expect(found).toMatchObject({ remaining: [] });
    expect(isRunning(pid)).toBe(false);
  });
  it("ends daemons whose leader is long gone, also when the pid was never known", async () => {
    const runId = newRun();
    const { printed, child } = await start("setsid sleep 300 & echo $!", runEnv(runId));
    child.stdout!.destroy();
    await clock.sleep(100);
    const [found] = await endSurvivors([{ runId, attempt: 1, pid: null, startTime: null }], { clock });
    expect(found!.pids).toContain(printed);
    expect(isRunning(printed)).toBe(false);
  });
  it("leaves alone a process that merely has the number, another attempt and another run", async () => {
    const runId = newRun();
    const other = await start("echo 1; sleep 300", {});
    const retry = await start("echo 1; sleep 300", runEnv(runId, 2));
    const open = { runId, attempt: 1, pid: other.pid, startTime: `${startTimeOf(process.pid)}` };
    expect(await endSurvivors([open], { clock })).toEqual([{ runId, attempt: 1, pids: [], remaining: [] }]);
    expect([other.pid, retry.pid].filter(isRunning)).toHaveLength(2);
  });
  it("may be repeated, and has nothing to do for nothing", async () => {
    expect(await endSurvivors([], { clock })).toEqual([]);
    const { pid, startTime } = await start("echo 1; sleep 300", {});
    const open = { runId: newRun(), attempt: 1, pid, startTime };
    await endSurvivors([open], { clock });
    expect((await endSurvivors([open], { clock }))[0]!.pids).toEqual([]);
  });
});
