// Timeout, cancel and success at the same moment with real commands: one machine, its warden, the real clock. A seed chooses
// the moments; what happens at them is the kernel's doing, so here only the truth of the outcome is looked at. How late
// each of the three comes depends on the machine: as long as one of them wins all the time, the next wave gives way to it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { isFinal } from "../../../src/model/run.ts";
import { seededRandom } from "../../../src/random.ts";
import type { RunDetail } from "../../../src/store/store.ts";
import { type CommandLab, isRunning, openCommandLab } from "../../support/command-lab.ts";
import { type Machine, openMachine } from "../../support/machine.ts";

const waves = 4;
/** So many more at most, until the three come close enough to each other. */
const moreWaves = 12;
const perWave = 15;
const timeoutMs = 500;
const scatterMs = 20;
const seed = Number(process.env.END_SEED ?? Math.floor(Math.random() * 1e6));

let folder: string;
let lab: CommandLab;
let machine: Machine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "distcron-one-end-"));
  lab = await openCommandLab();
  machine = await openMachine({ clock: systemClock, executor: lab.executor, random: seededRandom(seed) });
  await machine.start();
  await machine.scheduler.whenReady();
});
afterAll(async () => {
  await machine?.stop();
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function over(runId: string): Promise<RunDetail> {
  for (let i = 0; i < 400; i++) {
    const run = await machine.store.getRun(runId);
    if (run && isFinal(run.state)) return run;
    await systemClock.sleep(25);
  }
  throw new Error(`seed ${seed}: run ${runId} isn't over after 10 s`);
}

it(`a command that times out, succeeds and is cancelled at once has one true end, at least ${waves * perWave} times (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const around = (ms: number) => (random.next() * 2 - 1) * ms;
  const wrong: string[] = [];
  const states = new Set<string>();
  let [finishAt, cancelAt] = [timeoutMs, timeoutMs];
  const retry = { limit: 0, delayMs: 0, backoff: "fixed" as const, maxDelayMs: 0, jitterRatio: 0 };
  for (let wave = 0; wave < waves || (states.size === 1 && wave < waves + moreWaves); wave++) {
    const runs = Array.from({ length: perWave }, async () => {
      const tookMs = finishAt + around(scatterMs);
      const cancelMs = cancelAt + around(scatterMs);
      const file = join(folder, `${wave}-${tookMs}`);
      const command = `echo $$ > ${file}.pid; sleep ${tookMs / 1000}; echo done > ${file}.done`;
      const rest = { shell: "/bin/sh", cwd: "/", env: {}, user: null, stdin: null, expectExit: [0] };
      const task = { kind: "cmd" as const, command, ...rest };
      const job = await machine.addJob({ schedule: ["@manual"], task, timeoutMs, killGraceMs: 2000, retry });
      const { run } = await machine.scheduler.operations.runNow(job.name, {}, "t");
      while (!existsSync(`${file}.pid`)) await systemClock.sleep(5);
      await systemClock.sleep(cancelMs);
      const answer = await machine.scheduler.operations.cancelRun(run.id, "ann");
      const end = await over(run.id);
      const done = existsSync(`${file}.done`);
      states.add(end.state);
      const say = (text: string) =>
        wrong.push(`${tookMs.toFixed(1)} ms, cancelled at ${cancelMs.toFixed(1)} ms: ${text}`);
      const attempt = end.attempts[0];
      if (end.attempts.length !== 1 || attempt?.outcome !== end.state) say(`attempts ${JSON.stringify(end.attempts)}`);
      if (
        end.state === "succeeded" ? !done || end.exitCode !== 0 : end.state !== "timed_out" && end.state !== "cancelled"
      )
        say(`is ${end.state}, done: ${done}, exit code ${end.exitCode}`);
      // Told to end, it did by the signal; or on its way out by itself, its work done.
      if (end.state !== "succeeded" && attempt?.signal !== "SIGTERM" && !done) say(`ended by ${attempt?.signal}`);
      if (answer.settled && answer.run.state !== end.state) say(`answered ${answer.run.state}, recorded ${end.state}`);
      const pid = Number(readFileSync(`${file}.pid`, "utf8"));
      if (isRunning(pid)) say(`its process ${pid} is still there`);
      const ends = machine.changes.filter((change) => change.runId === run.id && isFinal(change.to));
      if (ends.length !== 1) say(`ended ${ends.length} times`);
    });
    await Promise.all(runs);
    if (states.size > 1) continue;
    if (states.has("succeeded")) finishAt += scatterMs;
    else if (states.has("cancelled")) cancelAt += scatterMs;
    else [finishAt, cancelAt] = [finishAt - scatterMs, cancelAt - scatterMs];
  }
  expect(wrong).toEqual([]);
  expect(states.size, "the moments were close enough to decide differently").toBeGreaterThan(1);
  for (let i = 0; i < 100 && machine.held().claims.length > 0; i++) await systemClock.sleep(20);
  expect(machine.held()).toEqual({ running: 0, queued: 0, unreported: 0, assignments: [], claims: [] });
  expect(machine.errors).toEqual([]);
});
