// One whole machine (scheduler, store, coordinator, node) under a clock and an executor that the test owns. The store's
// answers may take a while, so that whatever happens at one moment happens in a different order each time.
import type { Clock } from "../../src/clock.ts";
import {
  createCoordinatorSpace,
  createInProcessCoordinator,
} from "../../src/coordinator/in-process/in-process-coordinator.ts";
import type { Executor } from "../../src/execute/executor.ts";
import { openSpool } from "../../src/execute/spool.ts";
import type { SpoolFiles } from "../../src/execute/spool-journal.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { EffectiveJob, JobDocument } from "../../src/model/job.ts";
import { type Random, seededRandom } from "../../src/random.ts";
import { createAllInOne } from "../../src/roles/all-in-one.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import type { RunChange, RunDetail, Store } from "../../src/store/store.ts";
import { createEventBus } from "../../src/telemetry/events.ts";
import { aJob } from "./a-job.ts";
import { createMemorySpoolFiles } from "./memory-spool-files.ts";

export type Machine = Awaited<ReturnType<typeof openMachine>>;

export async function openMachine(given: {
  clock: Clock;
  executor: Executor;
  random?: Random;
  /** By default one in memory. */
  store?: Store;
  /** How long the store takes over a call, milliseconds; by default nothing. */
  storeMs?: () => number;
  /** How long the node's disk takes over a write of the spool. */
  diskMs?: () => number;
  slots?: number;
  claimAheadMs?: number;
  horizonMs?: number;
}) {
  const { clock, executor, random = seededRandom(1), storeMs = () => 0, diskMs = () => 0, slots = 16 } = given;
  const ledger = given.store ?? (await openSqlite({ file: ":memory:", clock, random }));
  const store = slow(ledger, clock, storeMs);
  const errors: unknown[] = [];
  const changes: RunChange[] = [];
  const log = { ...silentLog, error: (fields: object, text: string) => void errors.push({ text, ...fields }) };
  const space = createCoordinatorSpace();
  const coordinator = createInProcessCoordinator({
    clock,
    random,
    space,
    onError: (err) => void errors.push(err),
  });
  const disk = createMemorySpoolFiles();
  const files: SpoolFiles = {
    ...disk,
    async append(...args) {
      const wait = diskMs();
      if (wait > 0) await clock.sleep(wait);
      await disk.append(...args);
    },
  };
  const spool = await openSpool({ files, log });
  const machine = createAllInOne({
    scheduler: {
      store,
      coordinator,
      clock,
      random,
      me: { id: "s", url: "", version: "1", startedAt: clock.now() },
      events: createEventBus(clock),
      horizonMs: given.horizonMs ?? 20_000,
      nodeGraceMs: 30_000,
      retention: { ageMs: 365 * 86_400_000, count: 1_000_000 },
      log,
      metrics: { changed: (change) => void changes.push(change), leader: () => {} },
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
      clock,
      random,
      log,
      hostLoad: async () => ({ cpuRatio: 0, memoryRatio: 0, memoryTotalBytes: 1, load1: 0, cores: 2, disks: [] }),
      endSurvivors: async () => {},
      claimAheadMs: given.claimAheadMs ?? 500,
      nodeGraceMs: 30_000,
      beatMs: 2000,
      stopTimeoutMs: 5000,
      drainTimeoutMs: 5000,
    },
  });
  let jobs = 0;
  return {
    ...machine,
    store: ledger,
    coordinator,
    spool,
    errors,
    /** Every change of a run's state, in order. */
    changes,
    async addJob(over: Partial<EffectiveJob> = {}, enabled = true) {
      const effective = aJob({ name: `job-${++jobs}`, ...over });
      const spec = { name: effective.name, schedule: effective.schedule, cmd: "true" } as JobDocument;
      const id = `jid-${jobs}`;
      return machine.scheduler.revisions.create({ id, spec, effective, enabled, at: clock.now(), actor: "t" });
    },
    /** Every row of a job, oldest first, those of ticks to come too. */
    async runsOf(jobId: string): Promise<RunDetail[]> {
      const runs: RunDetail[] = [];
      for (let cursor: string | undefined; ; ) {
        const query = { job: jobId, limit: 500, now: clock.now() + 86_400_000, ...(cursor ? { cursor } : {}) };
        const page = await ledger.listRuns(query);
        for (const { id } of page.items) runs.push((await ledger.getRun(id)) as RunDetail);
        if (!page.nextCursor) return runs.reverse();
        cursor = page.nextCursor;
      }
    },
    /** What is held for runs anywhere: nothing, once all of them are over and told. */
    held: () => ({
      ...machine.node.load(),
      unreported: machine.node.spoolSize(),
      assignments: space.list("assignments").map(({ key }) => key),
      claims: space.list("claims").map(({ key }) => key),
    }),
  };
}

function slow(store: Store, clock: Clock, storeMs: () => number): Store {
  return new Proxy(store, {
    get(target, name) {
      const method = (target as unknown as Record<string | symbol, unknown>)[name];
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        const wait = storeMs();
        if (wait > 0) await clock.sleep(wait);
        return method.apply(target, args);
      };
    },
  });
}
