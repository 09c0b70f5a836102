// Timeout, cancel and success at the same moment, 1,000 times, on a whole machine in virtual time: one end, the true one,
// and nothing is left. A seed is one life of a machine with forty runs; the store takes up to 15 ms over each call, the spool's disk up to 8 over each write.
//   END_SEED=17 npx vitest run --project contract test/contract/protocol/one-end.test.ts
// repeats one. What a real command makes of such a moment stands in one-end-of-a-command.test.ts.
// Seen red with: a slot that is kept, a timeout that is not taken back, a cancel that overrules the command's own end, one
// that asks no claim, one that a claimed run forgets, keys that stay. It found attempts that had no end.
import { describe, expect, it } from "vitest";
import type { AttemptRequest, Executor } from "../../../src/execute/executor.ts";
import { isFinal } from "../../../src/model/run.ts";
import { type Random, seededRandom } from "../../../src/random.ts";
import type { RunDetail } from "../../../src/store/store.ts";
import { createFakeExecutor } from "../../support/fake-executor.ts";
import { openMachine } from "../../support/machine.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const seeds = 25;
const runsPerSeed = 40;
const slots = runsPerSeed + 4;
const startAt = Date.UTC(2026, 0, 5, 12, 0, 0);
const turns = 2;
const storeMsOf = (seed: number) => [0, 3, 15][seed % 3] as number;

interface Scenario {
  jobId: string;
  dueAt: number;
  /** Milliseconds after its start at which an attempt ends by itself, and at which it is timed out. */
  tookMs: number;
  timeoutMs: number;
  retries: number;
  /** What a user asked: the run's id, and what the answer was. */
  asked: { runId: string; at: number; answer: { state: string; settled: boolean } | { error: unknown } | null };
}
interface Evidence {
  runId: string;
  attempt: number;
  startedAt: number;
  outcome: string | null;
}

/** Attempts take as long as their scenario says, and a few milliseconds to obey. */
function actingOut(clock: ManualClock, random: Random, tookMs: (request: AttemptRequest) => number) {
  const evidence: Evidence[] = [];
  const fake = createFakeExecutor({
    obeys: false,
    onStart: (attempt) => void clock.after(tookMs(attempt.request), () => attempt.finish()),
  });
  const executor: Executor = {
    close: () => fake.close(),
    start(request, on) {
      const { runId } = request.assignment;
      const seen: Evidence = { runId, attempt: request.attempt, startedAt: clock.now(), outcome: null };
      evidence.push(seen);
      const running = fake.start(request, on);
      const attempt = fake.attempts.at(-1);
      void running.result.then(({ outcome }) => Object.assign(seen, { outcome }));
      return {
        result: running.result,
        end(how) {
          running.end(how);
          clock.after(Math.floor(random.next() * 10), () => attempt?.finish());
        },
      };
    },
  };
  return { executor, evidence };
}

async function live(seed: number) {
  const random = seededRandom(seed);
  const around = (ms: number) => Math.round((random.next() * 2 - 1) * ms);
  const clock = new ManualClock(startAt);
  const scenarios: Scenario[] = [];
  const stage = actingOut(clock, random, ({ assignment }) => {
    return scenarios.find(({ jobId }) => jobId === assignment.jobId)?.tookMs ?? 5000;
  });
  const storeMs = storeMsOf(seed);
  const machine = await openMachine({
    clock,
    executor: stage.executor,
    random,
    storeMs: () => Math.floor(random.next() * (storeMs + 1)),
    diskMs: () => Math.floor(random.next() * 9),
    slots,
    claimAheadMs: [0, 20, 500][Math.floor(seed / 3) % 3] as number,
  });
  void machine.start();
  await clock.advance(1000, turns);

  for (let i = 0; i < runsPerSeed; i++) {
    // One in four ends about when it starts.
    const timeoutMs = random.next() < 0.25 ? 5 : 1000;
    const retries = random.next() < 0.3 ? 1 : 0;
    const retry = { limit: retries, delayMs: 15, backoff: "fixed" as const, maxDelayMs: 15, jitterRatio: 0 };
    const second = 20 + Math.floor(i / 4);
    const schedule = [`${second} * * * * *`];
    const making = machine.addJob({ schedule, timeoutMs, retry, killGraceMs: 50 });
    await clock.advance(200, turns);
    const { id: jobId } = await making;
    const tookMs = Math.max(0, timeoutMs + around(20));
    const asked = { runId: "", at: 0, answer: null };
    scenarios.push({ jobId, dueAt: startAt + second * 1000, tookMs, timeoutMs, retries, asked });
  }
  await clock.advance(startAt + 18_000 - clock.now(), turns);
  for (const scenario of scenarios) {
    const row = (await machine.runsOf(scenario.jobId))[0] as RunDetail;
    const { asked } = scenario;
    asked.runId = row.id;
    // Some calls of the store lie between the question and the moment at which it takes effect.
    asked.at = scenario.dueAt + scenario.timeoutMs + around(20) - Math.floor(random.next() * 4 * storeMs);
    clock.after(asked.at - clock.now(), () => {
      machine.scheduler.operations
        .cancelRun(row.id, "ann")
        .then(({ run, settled }) => Object.assign(asked, { answer: { state: run.state, settled } }))
        .catch((error) => Object.assign(asked, { answer: { error } }));
    });
  }
  await clock.advance(startAt + 50_000 - clock.now(), turns);
  const rows = await Promise.all(scenarios.map(({ asked }) => machine.store.getRun(asked.runId)));
  const held = machine.held();
  const evidence = [...stage.evidence];

  // Whatever is left of a slot shows when all of them are wanted at once.
  const filler = machine.addJob({ schedule: ["@manual"], overlap: "allow", timeoutMs: 3_600_000 });
  await clock.advance(200, turns);
  const { name } = await filler;
  const before = stage.evidence.length;
  for (let i = 0; i < slots; i++) void machine.scheduler.operations.runNow(name, {}, "t");
  await clock.advance(4500, turns);
  const usable = stage.evidence.length - before;
  await clock.advance(6000, turns);
  const timersBusy = clock.waiting;
  const stopping = machine.stop();
  for (let i = 0; i < 20; i++) await clock.advance(500, turns);
  await stopping;
  const finals = machine.changes.filter((change) => isFinal(change.to));
  return { scenarios, rows, held, evidence, usable, timersBusy, timersLeft: clock.waiting, finals, machine };
}

/** What is wrong with one run, in words. */
function judge(scenario: Scenario, row: RunDetail | null, lived: Awaited<ReturnType<typeof live>>): string[] {
  const { asked } = scenario;
  if (!row) return ["its row is gone"];
  const wrong: string[] = [];
  const attempts = lived.evidence.filter(({ runId }) => runId === row.id);
  const last = attempts.at(-1);
  const ends = lived.finals.filter(({ runId }) => runId === row.id).map(({ to }) => to);
  if (ends.length !== 1 || ends[0] !== row.state) wrong.push(`is ${row.state}, and ended as ${ends.join(", then ")}`);
  if (attempts.some(({ outcome }) => outcome === null)) wrong.push("an attempt of it still runs");
  if (attempts.length > 1 + scenario.retries) wrong.push(`was started ${attempts.length} times`);
  // A pending retry may be cancelled, as a run that hasn't started; else the end is the last attempt's.
  const retried = scenario.retries > 0 && attempts.length === 1 && last?.outcome === "timed_out";
  const truth = row.attempts.length > attempts.length ? "cancelled" : (last?.outcome ?? "cancelled");
  if (row.state !== truth && !(retried && row.state === "cancelled"))
    wrong.push(`is ${row.state}, but its last attempt ${truth}`);
  const told = row.attempts.map(({ number, outcome }) => `${number} ${outcome}`).join();
  const happened = attempts.map(({ attempt, outcome }) => `${attempt} ${outcome}`);
  // One that had its line in the spool, and was cancelled before it was started, is recorded as that.
  const unborn = [...happened, `${attempts.length + 1} cancelled`].join();
  if (told !== happened.join() && told !== unborn)
    wrong.push(`its attempts are recorded as ${told}, but were ${happened.join()}`);
  if ((row.reason === null) !== (row.state === "succeeded")) wrong.push(`${row.state} with reason ${row.reason?.code}`);
  const code = { timed_out: "timeout", cancelled: "cancelled_by_user" }[row.state as string];
  if (code && row.reason?.code !== code) wrong.push(`${row.state} because of ${row.reason?.code}`);
  const { answer } = asked;
  if (!answer) wrong.push("the cancel was never answered");
  else if ("error" in answer) wrong.push(`the cancel failed: ${String(answer.error)}`);
  else if (answer.settled && answer.state !== row.state)
    wrong.push(`the answer said ${answer.state}, the ledger says ${row.state}`);
  return wrong;
}

describe("a run that times out, succeeds and is cancelled at once", () => {
  const only = process.env.END_SEED;
  const all = only ? [Number(only)] : Array.from({ length: seeds }, (_, i) => i + 1);

  it(`has one end, the true one, and leaves nothing, ${seeds * runsPerSeed} times`, async () => {
    const wrong: string[] = [];
    const states = new Map<string, number>();
    const timers = new Set<number>();
    for (const seed of all) {
      const lived = await live(seed);
      for (const [i, scenario] of lived.scenarios.entries()) {
        const row = lived.rows[i] ?? null;
        for (const text of judge(scenario, row, lived)) wrong.push(`seed ${seed}, run ${i}: ${text}`);
        const how = row?.startedAt ? row.state : `${row?.state}, unstarted`;
        states.set(how, (states.get(how) ?? 0) + 1);
      }
      for (const error of lived.machine.errors) wrong.push(`seed ${seed}: ${JSON.stringify(error)}`);
      const nothing = { running: 0, queued: 0, unreported: 0, assignments: [], claims: [] };
      const { held } = lived;
      if (JSON.stringify(held) !== JSON.stringify(nothing)) wrong.push(`seed ${seed}: left ${JSON.stringify(held)}`);
      if (lived.usable !== slots) wrong.push(`seed ${seed}: ${lived.usable} of ${slots} slots can be used`);
      if (lived.timersLeft !== 0) wrong.push(`seed ${seed}: ${lived.timersLeft} timers are left after the stop`);
      timers.add(lived.timersBusy);
    }
    expect(wrong).toEqual([]);
    expect([...timers], "idle, every machine waits for the same few things").toHaveLength(1);
    // Each end has to have come up often, or the moments were badly chosen.
    if (!only)
      for (const how of ["succeeded", "timed_out", "cancelled", "cancelled, unstarted"])
        expect(states.get(how), how).toBeGreaterThan(50);
  });
});
