// A day of one machine in virtual time, by seed: the real roles, store, coordinator, planner, agent and spool; only time,
// the disk, the commands and the moments of crashes are simulated.
import { createInProcessCoordinator } from "../../src/coordinator/in-process/in-process-coordinator.ts";
import type { AttemptRequest, Executor } from "../../src/execute/executor.ts";
import { openSpool } from "../../src/execute/spool.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { JobDocument } from "../../src/model/job.ts";
import { seededRandom } from "../../src/random.ts";
import { createAllInOne } from "../../src/roles/all-in-one.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { createEventBus } from "../../src/telemetry/events.ts";
import { ManualClock } from "../support/manual-clock.ts";
import type { Evidence, History, Row } from "./history.ts";
import { createDisk, createLife, type Life, mortalClock, mortalStore } from "./incarnation.ts";
import { dayOfJobs, type SimulatedJob } from "./jobs.ts";

const hourMs = 3_600_000;

export interface SimulationOptions {
  seed: number;
  hours: number;
  crashes?: number;
  /** How many of them at random moments; or which, and when. */
  clockSteps?: number | { afterMs: number; byMs: number }[];
  slowSpells?: number;
  /** Of its one node. */
  slots?: number;
  jobs?: SimulatedJob[];
  /** Plants a bug: wraps the store that every life uses. */
  sabotage?: (store: Store) => Store;
}

export interface Outcome extends History {
  crashes: number;
  starts: number;
  errors: string[];
}

export async function simulate(options: SimulationOptions): Promise<Outcome> {
  const { seed, hours, crashes = 4, clockSteps = 1, slowSpells = 2, slots = 16, jobs: simulated = dayOfJobs } = options;
  const random = seededRandom(seed);
  const startAt = Date.UTC(2026, 9, 24, 12, 0, 0) + Math.floor(random.next() * 5) * 24 * hourMs; // Around the end of summer time.
  const clock = new ManualClock(startAt);
  const realStore = await openSqlite({ file: ":memory:", clock, random: seededRandom(seed + 1) });
  const store = options.sabotage ? options.sabotage(realStore) : realStore;
  const disk = createDisk();
  const evidence: Evidence[] = [];
  const errors: string[] = [];
  const faults: History["faults"] = [];
  const byId = new Map<string, SimulatedJob>();
  let latency = () => 0;
  let crashIn: { calls: number; when: "before" | "after" } | null = null;
  let crashed = 0;

  function noteEnd(seen: Evidence) {
    seen.endedAt = clock.now();
    if (seen.steady) seen.steady.to = clock.monotonic();
  }

  function fakeExecutor(life: Life): Executor {
    return {
      start({ assignment, attempt, nodeName }: AttemptRequest) {
        const behaviour = byId.get(assignment.jobId);
        const [least, most] = behaviour?.tookMs ?? [10, 1000];
        const steady = { from: clock.monotonic(), to: null as number | null };
        const seen: Evidence = {
          runId: assignment.runId,
          jobId: assignment.jobId,
          attempt,
          fence: assignment.fence,
          node: nodeName,
          startedAt: clock.now(),
          endedAt: null,
          steady,
          result: null,
        };
        evidence.push(seen);
        const fails = random.next() < (behaviour?.failureRate ?? 0);
        let finish!: (result: Awaited<ReturnType<Executor["start"]>["result"]>) => void;
        const result = new Promise<Awaited<ReturnType<Executor["start"]>["result"]>>((resolve) => {
          finish = resolve;
        });
        const settle = (
          outcome: "succeeded" | "failed" | "cancelled" | "timed_out" | "interrupted",
          reason: unknown,
        ) => {
          if (seen.result !== null || !life.alive) return;
          noteEnd(seen);
          seen.result = outcome === "succeeded" ? "succeeded" : outcome === "failed" ? "failed" : "killed";
          finish({
            outcome,
            exitCode: outcome === "succeeded" ? 0 : outcome === "failed" ? 1 : null,
            signal: null,
            httpStatus: null,
            error: null,
            reason: reason as never,
            retryAfterMs: null,
            retryable: true,
            outputBytes: 0,
            outputTruncated: false,
          });
        };
        running.push({ life, seen });
        const reason = fails ? { code: "exit_code", message: "exit 1" } : null;
        clock.after(least + random.next() * (most - least), () => settle(fails ? "failed" : "succeeded", reason));
        return { result, end: (how) => void clock.after(random.next() * 200, () => settle(how.outcome, how.reason)) };
      },
      close: async () => {},
    };
  }
  const running: { life: Life; seen: Evidence }[] = [];

  async function boot() {
    const life = createLife();
    const lifeClock = mortalClock(clock, life);
    const lifeStore = mortalStore(store, life, {
      clock,
      random,
      latencyMs: () => latency(),
      crashPoint() {
        if (!crashIn || --crashIn.calls > 0) return "none";
        const { when } = crashIn;
        crashIn = null;
        return when;
      },
    });
    const log = {
      ...silentLog,
      error: (fields: object) => errors.push(String((fields as { err?: Error }).err?.stack ?? JSON.stringify(fields))),
    };
    const coordinator = createInProcessCoordinator({
      clock: lifeClock,
      random,
      onError: (err) => errors.push(String(err)),
    });
    const executor = fakeExecutor(life);
    const spool = await openSpool({ files: disk.files(life), log, lazySync: { clock: lifeClock, withinMs: 100 } });
    const machine = createAllInOne({
      scheduler: {
        store: lifeStore,
        coordinator,
        clock: lifeClock,
        random,
        me: { id: "s", url: "", version: "1", startedAt: clock.now() },
        events: createEventBus(clock),
        horizonMs: 40_000,
        nodeGraceMs: 60_000,
        retention: { ageMs: 365 * 24 * hourMs, count: 1_000_000 },
        log,
        metrics: { changed: () => {}, leader: () => {} },
        // Rarer than in production, where they only back up what events do: a day has many seconds.
        pace: { sweepMs: 60_000, keeperMs: 60_000, reconcileMs: 900_000, janitorMs: 900_000 },
      },
      node: {
        info: {
          nodeId: "n1",
          name: "one",
          labels: {},
          slots,
          executors: ["cmd", "http"],
          version: "1",
          host: "h",
          pid: 1,
        },
        spool,
        executors: { cmd: executor, http: executor },
        clock: lifeClock,
        random,
        log,
        hostLoad: async () => ({ cpuRatio: 0, memoryRatio: 0, memoryTotalBytes: 1, load1: 0, cores: 2, disks: [] }),
        endSurvivors: async () => {},
        claimAheadMs: 500,
        nodeGraceMs: 60_000,
        beatMs: 20_000,
        stopTimeoutMs: 30_000,
        drainTimeoutMs: 600_000,
      },
    });
    void machine.start().catch((err) => life.alive && errors.push(String(err?.stack ?? err)));
    return { life, machine };
  }

  let current = await boot();
  const created: History["jobs"] = [];
  const turns = 2;
  await clock.advance(2000, turns);
  for (const each of simulated) {
    const id = `job-${each.job.name}`;
    byId.set(id, each);
    const at = clock.now();
    const spec = { name: each.job.name, schedule: each.job.schedule } as JobDocument;
    const making = current.machine.scheduler.revisions.create({
      id,
      spec,
      effective: each.job,
      enabled: true,
      at,
      actor: "sim",
    });
    await clock.advance(50, turns);
    await making;
    created.push({ id, job: each.job, from: at, through: 0 });
  }

  const end = hours * hourMs;
  const plan = [
    ...Array.from({ length: crashes }, () => ({ at: random.next() * end, kind: "crash" as const })),
    ...(typeof clockSteps === "number"
      ? Array.from({ length: clockSteps }, () => ({ at: random.next() * end, kind: "step" as const, byMs: null }))
      : clockSteps.map(({ afterMs, byMs }) => ({ at: afterMs, kind: "step" as const, byMs }))),
    ...Array.from({ length: slowSpells }, () => ({ at: random.next() * end, kind: "slow" as const })),
  ].sort((a, b) => a.at - b.at);
  const began = clock.monotonic();

  async function crash() {
    // At a random step: the process dies around one of its next calls of the store, or, if it makes none, soon.
    crashIn = { calls: 1 + Math.floor(random.next() * 20), when: random.next() < 0.5 ? "before" : "after" };
    const from = clock.now();
    for (let i = 0; i < 60 && current.life.alive; i++) await clock.advance(500, turns);
    current.life.kill();
    crashIn = null;
    crashed++;
    // Its commands are ended by the warden within three seconds.
    for (const { life, seen } of running)
      if (life === current.life && seen.result === null && seen.endedAt === null) {
        noteEnd(seen);
        seen.result = "killed";
      }
    disk.crash();
    // From a blink to longer than any grace or misfire window.
    const downMs = [500, 5000, 45_000, 150_000, 1_200_000][Math.floor(random.next() * 5)] as number;
    await clock.advance(downMs, turns);
    current = await boot();
    faults.push({ from: from - 1000, to: clock.now() + 65_000 });
  }

  for (const event of plan) {
    const wait = began + event.at - clock.monotonic();
    if (wait > 0) await clock.advance(wait, turns);
    if (event.kind === "crash") await crash();
    else if (event.kind === "step") {
      const by = event.byMs ?? ([90_000, -90_000, 3_600_000, -600_000][Math.floor(random.next() * 4)] as number);
      faults.push({ from: clock.now() - 4_000_000, to: clock.now() + Math.abs(by) + 4_000_000, clockStep: true });
      clock.stepWall(by);
    } else {
      faults.push({ from: clock.now() - 1000, to: clock.now() + 200_000 });
      latency = () => random.next() * 4000;
      await clock.advance(60_000, turns);
      latency = () => 0;
    }
  }
  const left = began + end - clock.monotonic();
  if (left > 0) await clock.advance(left, turns);
  await clock.advance(120_000, turns); // Calm: the last ticks get their verdicts.
  const through = clock.now() - 120_000;
  // With jitter a tick's row is due, and so made, only later.
  for (const each of created) each.through = through - each.job.jitterMs;

  const runs = await allRuns(realStore, clock.now());
  return {
    jobs: created,
    runs,
    evidence,
    faults,
    calmLatenessMs: 2000,
    asOf: clock.now(),
    slots: { one: slots },
    cancelled: [],
    crashes: crashed,
    starts: evidence.length,
    errors,
  };
}

async function allRuns(store: Store, now: number): Promise<Row[]> {
  const found: Row[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.listRuns({ limit: 500, now: now + 60_000, ...(cursor ? { cursor } : {}) });
    for (const run of page.items) {
      const row: Row = { ...run, idempotencyKey: null, parked: null };
      // Of a run that was handed out and tried once its row says all.
      found.push(run.attempt > 1 || run.fence > 1 ? ((await store.getRun(run.id)) ?? row) : row);
    }
    if (!page.nextCursor) return found;
    cursor = page.nextCursor;
  }
}
