// Jobs that are edited, disabled, enabled and deleted within 20 ms of a tick, 1,000 times, on a whole machine in virtual
// time. A seed is one life of a machine with twenty such jobs, of which each two share their ticks; the store takes up to
// 15 ms over each call. Repeat one with
//   TICK_SEED=17 npx vitest run --project contract test/contract/protocol/at-the-tick.test.ts
// Seen red with: no stop for what is claimed, no wait for the nodes' answers, a cursor that isn't moved back, a planner that
// plans a job in the middle of its change.
import { describe, expect, it } from "vitest";
import type { EffectiveJob } from "../../../src/model/job.ts";
import { seededRandom } from "../../../src/random.ts";
import type { JobRow, RunDetail } from "../../../src/store/store.ts";
import { createFakeExecutor } from "../../support/fake-executor.ts";
import { openMachine } from "../../support/machine.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const seeds = 50;
const jobsPerSeed = 20;
const startAt = Date.UTC(2026, 0, 5, 12, 0, 0);
const end = startAt + 52_000;
/** Jobs are due at these seconds of the minute; at the second of them something happens. */
const secondsOf = (i: number) => [0, 20, 40].map((second) => second + Math.floor(i / 2));
const secondsAfterwards = [1, 9, 17, 25, 33, 41, 49, 57];
const cron = (seconds: number[]) => [`${seconds.join(",")} * * * * *`];
const turns = 2;
/** How long the store takes at most over a call, by seed. */
const storeMsOf = (seed: number) => [0, 3, 15][Math.floor(seed / 3) % 3] as number;
/** What a change takes at most here: the store's 15 ms for each of its steps, and those of its neighbours in the queue. */
const changeMs = 6000;

const operations = ["edit", "reschedule", "disable", "enable", "delete"] as const;
interface Change {
  job: JobRow;
  seconds: number[];
  theTick: number;
  operation: (typeof operations)[number];
  offsetMs: number;
  askedAt: number;
  answeredAt: number | null;
  stillRunning: string[];
  error: unknown;
}

async function live(seed: number) {
  const random = seededRandom(seed);
  const clock = new ManualClock(startAt);
  const starts: { runId: string; attempt: number; version: number; command: unknown; at: number }[] = [];
  const executor = createFakeExecutor({
    onStart(attempt) {
      const { assignment } = attempt.request;
      const { runId, jobVersion: version, job } = assignment;
      const command = job.task.kind === "cmd" ? job.task.command : null;
      starts.push({ runId, attempt: attempt.request.attempt, version, command, at: clock.now() });
      clock.after(Math.floor(random.next() * 40), () => attempt.finish());
    },
  });
  const machine = await openMachine({
    clock,
    executor,
    random,
    storeMs: () => Math.floor(random.next() * (storeMsOf(seed) + 1)),
    slots: 64,
    claimAheadMs: [0, 20, 500][seed % 3] as number,
  });
  void machine.start();
  await clock.advance(1000, turns);

  const changes: Change[] = [];
  for (let i = 0; i < jobsPerSeed; i++) {
    const operation = operations[Math.floor(random.next() * operations.length)] as Change["operation"];
    const overlap = random.next() < 0.5 ? "skip" : "allow";
    const seconds = secondsOf(i);
    const theTick = startAt + (seconds[1] as number) * 1000;
    const making = machine.addJob({ schedule: cron(seconds), overlap, ...commandOf("old") }, operation !== "enable");
    await clock.advance(150, turns);
    const offsetMs = Math.round((random.next() * 2 - 1) * 20);
    const unanswered = { askedAt: theTick + offsetMs, answeredAt: null, stillRunning: [], error: null };
    changes.push({ job: await making, seconds, theTick, operation, offsetMs, ...unanswered });
  }
  for (const change of changes)
    clock.after(change.askedAt - clock.now(), () => {
      void machine.scheduler.revisions
        .change({ jobId: change.job.id, ...wanted(change), actor: "t" })
        .then((answer) => Object.assign(change, { answeredAt: clock.now(), stillRunning: answer.stillRunning }))
        .catch((error) => Object.assign(change, { error }));
    });
  await clock.advance(end - clock.now(), turns);
  const rows = new Map<string, RunDetail[]>();
  const versions = new Map<string, number>();
  for (const { job } of changes) {
    rows.set(job.id, await machine.runsOf(job.id));
    const page = await machine.store.listVersions(job.id, { limit: 10 });
    for (const each of page.items) versions.set(`${job.id} ${each.version}`, each.createdAt);
  }
  const stopping = machine.stop();
  for (let i = 0; i < 20; i++) await clock.advance(500, turns);
  await stopping;
  return { storeMs: storeMsOf(seed), changes, rows, versions, starts, errors: machine.errors, held: machine.held() };
}

function wanted({ job, operation }: Pick<Change, "job" | "operation">) {
  const spec = (over: Partial<EffectiveJob>) => {
    const effective = { ...job.effective, ...over };
    return { spec: { spec: { ...job.spec, title: "new" }, effective } };
  };
  if (operation === "edit") return spec(commandOf("new"));
  if (operation === "reschedule") return spec({ schedule: cron(secondsAfterwards), ...commandOf("new") });
  if (operation === "delete") return { deleted: true };
  return { enabled: { enabled: operation === "enable", enableAt: null, reason: null } };
}
function commandOf(command: string): Pick<EffectiveJob, "task"> {
  const rest = { shell: "/bin/sh", cwd: null, env: {}, user: null, stdin: null, expectExit: [0] };
  return { task: { kind: "cmd", command, ...rest } };
}

/** Ticks in (from, to]. */
const ticks = (seconds: number[], from: number, to: number) =>
  seconds.map((second) => startAt + second * 1000).filter((at) => at > from && at <= to);

/** What is wrong with what became of one change, in words. */
function judge(change: Change, lived: Awaited<ReturnType<typeof live>>): string[] {
  const { job, operation, answeredAt, theTick, seconds } = change;
  const rows = (lived.rows.get(job.id) ?? []).filter((row) => row.scheduledFor <= end);
  const wrong: string[] = [];
  if (answeredAt === null) return [`not answered: ${String(change.error)}`];
  if (answeredAt - change.askedAt > changeMs) wrong.push(`answered after ${answeredAt - change.askedAt} ms`);
  const startsOf = (row: RunDetail) => lived.starts.filter(({ runId }) => runId === row.id);
  // When the change took effect: the ledger says so where there is a version, and the first row where there is none.
  const changedAt = lived.versions.get(`${job.id} 2`) ?? null;
  const isEdit = operation === "edit" || operation === "reschedule";
  if (isEdit && changedAt === null) return [...wrong, "the new version isn't in the ledger"];

  const byTick = new Map<number, RunDetail[]>();
  for (const row of rows) byTick.set(row.scheduledFor, [...(byTick.get(row.scheduledFor) ?? []), row]);
  for (const [at, found] of byTick) if (found.length > 1) wrong.push(`${found.length} rows of tick ${at - theTick}`);
  for (const row of rows) {
    const started = startsOf(row);
    const name = `tick ${row.scheduledFor - theTick} (version ${row.jobVersion}, ${row.state})`;
    if (started.length > 1) wrong.push(`${name} was started ${started.length} times`);
    if (started.some(({ version }) => version !== row.jobVersion)) wrong.push(`${name} ran another version`);
    if (started.some(({ command }) => command !== (row.jobVersion === 1 ? "old" : "new")))
      wrong.push(`${name}: command`);
    if (started.some(({ at }) => at < row.dueAt)) wrong.push(`${name} was early`);
    const due = row.scheduledFor <= end - 2000;
    if (due && row.state === "succeeded" && started.length === 0) wrong.push(`${name} succeeded without a start`);
    if (due && row.state !== "succeeded" && row.state !== "skipped") wrong.push(`${name} was left behind`);
    if (row.state === "succeeded" && (started[0]?.at ?? 0) - row.dueAt > 1500)
      wrong.push(`${name} was ${(started[0]?.at ?? 0) - row.dueAt} ms late`);
  }

  // Where nothing takes time, a few milliseconds are enough to stop a run that is claimed and hasn't started.
  if (lived.storeMs === 0 && change.offsetMs < 0 && operation !== "enable")
    for (const row of byTick.get(theTick) ?? [])
      if (row.jobVersion === 1 && startsOf(row).length > 0) wrong.push("the tick was started all the same");

  const created = job.createdAt;
  const late = end - 2000;
  /** Rows that had started under the old rules before the answer: they stay. */
  const stays = (row: RunDetail | undefined) =>
    row?.jobVersion === 1 && startsOf(row).some(({ at }) => at >= change.askedAt && at <= answeredAt);
  const expectRows = (expected: number[], allowed: (row: RunDetail) => boolean) => {
    for (const at of expected) if (!byTick.has(at)) wrong.push(`tick ${at - theTick} has no row`);
    for (const row of rows)
      if (!expected.includes(row.scheduledFor) && !allowed(row) && row.scheduledFor <= late)
        wrong.push(`tick ${row.scheduledFor - theTick} (version ${row.jobVersion}, ${row.state}) shouldn't be`);
  };
  if (isEdit) {
    const at = changedAt as number;
    const afterwards = operation === "edit" ? seconds : secondsAfterwards;
    const expected = [...ticks(seconds, created, at), ...ticks(afterwards, at, late)];
    expectRows(expected, stays);
    for (const row of rows) {
      const inForce = row.scheduledFor <= at ? 1 : 2;
      if (row.jobVersion !== inForce && !stays(row))
        wrong.push(`tick ${row.scheduledFor - theTick} is version ${row.jobVersion}'s, ${inForce} was in force`);
    }
  } else if (operation === "enable") {
    // Somewhere between the question and the answer.
    expectRows(ticks(seconds, answeredAt, late), (row) => row.scheduledFor > change.askedAt);
  } else {
    expectRows(ticks(seconds, created, change.askedAt), (row) => row.scheduledFor <= answeredAt || stays(row));
    for (const row of rows)
      for (const { at } of startsOf(row))
        if (at > answeredAt)
          wrong.push(`tick ${row.scheduledFor - theTick} was started ${at - answeredAt} ms after the answer`);
    for (const id of change.stillRunning)
      if (!lived.starts.some((start) => start.runId === id && start.at <= answeredAt))
        wrong.push("the answer names a run that hasn't started");
  }
  return wrong.map((text) => `${operation} at ${change.offsetMs} ms: ${text}`);
}

describe("a job that is changed at its tick", () => {
  const only = process.env.TICK_SEED;
  const all = only ? [Number(only)] : Array.from({ length: seeds }, (_, i) => i + 1);

  it(`keeps one row a tick, of the version in force, ${seeds * jobsPerSeed} times`, async () => {
    const wrong: string[] = [];
    let nearTheTick = 0;
    for (const seed of all) {
      const lived = await live(seed);
      for (const change of lived.changes)
        for (const text of judge(change, lived)) wrong.push(`seed ${seed}, ${change.job.name}: ${text}`);
      for (const error of lived.errors) wrong.push(`seed ${seed}: ${JSON.stringify(error)}`);
      if (lived.held.claims.length + lived.held.assignments.length > 0)
        wrong.push(`seed ${seed}: keys are left: ${JSON.stringify(lived.held)}`);
      nearTheTick += lived.starts.filter(({ at }) => Math.abs(at - startAt - 25_000) < 5000).length;
    }
    expect(wrong).toEqual([]);
    expect(nearTheTick, "the changes met runs that started").toBeGreaterThan(all.length);
  });
});
