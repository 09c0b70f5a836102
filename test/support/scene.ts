// A scheduler on a real in-memory SQLite and the in-process coordinator, with nodes that a test moves by hand: they see
// assignments, claim, start, finish and report only when told to.
import { createBoard } from "../../src/assign/board.ts";
import type { AssignmentView, NodeSession } from "../../src/coordinator/coordinator.ts";
import type { Faults } from "../../src/coordinator/in-process/faults.ts";
import {
  createCoordinatorSpace,
  createInProcessCoordinator,
} from "../../src/coordinator/in-process/in-process-coordinator.ts";
import type { NodeEvent } from "../../src/model/assignment.ts";
import type { EffectiveJob, JobDocument } from "../../src/model/job.ts";
import type { NodeInfo, NodeLoad } from "../../src/model/node.ts";
import { seededRandom } from "../../src/random.ts";
import { createScheduler, type SchedulerDeps } from "../../src/roles/scheduler.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import type { RunChange, Store } from "../../src/store/store.ts";
import { createEventBus } from "../../src/telemetry/events.ts";
import { aJob } from "./a-job.ts";
import { ManualClock } from "./manual-clock.ts";

export const load: NodeLoad = {
  running: 0,
  queued: 0,
  cpuRatio: 0,
  memoryRatio: 0,
  memoryTotalBytes: 1,
  load1: 0,
  cores: 2,
  disks: [],
  clockOffsetMs: 0,
};

export async function openScene(
  options: {
    faults?: Faults;
    clock?: ManualClock;
    store?: Store;
    graceMs?: number;
    followDefaults?: (store: Store) => NonNullable<SchedulerDeps["followDefaults"]>;
  } = {},
) {
  const clock = options.clock ?? new ManualClock(Date.UTC(2026, 0, 5, 12, 0, 0));
  const random = seededRandom(1);
  const store = options.store ?? (await openSqlite({ file: ":memory:", clock, random }));
  const space = createCoordinatorSpace();
  const coordinator = createInProcessCoordinator({ clock, random, faults: options.faults, space });
  const errors: unknown[] = [];
  const warnings: (object & { text: string })[] = [];
  const changes: RunChange[] = [];
  const graceMs = options.graceMs ?? 30_000;
  const startScheduler = (id = "sched-1") => {
    const scheduler = createScheduler({
      store,
      coordinator,
      clock,
      random,
      me: { id, url: "http://127.0.0.1:1", version: "1", startedAt: clock.now() },
      events: createEventBus(clock),
      horizonMs: 20_000,
      nodeGraceMs: graceMs,
      ...(options.followDefaults ? { followDefaults: options.followDefaults(store) } : {}),
      retention: { ageMs: 30 * 86_400_000, count: 10_000 },
      log: {
        info: () => {},
        warn: (fields, text) => void warnings.push({ ...fields, text }),
        error: (fields) => void errors.push((fields as { err: unknown }).err),
      },
      metrics: { changed: (change) => void changes.push(change), leader: () => {} },
    });
    scheduler.start();
    return scheduler;
  };
  let scheduler = startScheduler();
  let jobs = 0;

  async function addNode(name: string, former: string | null = null, slots = 4) {
    const sessionId = `${name}-${clock.now()}-${++jobs}`;
    const info = {
      nodeId: `id-${name}`,
      name,
      labels: {},
      slots,
      executors: ["cmd" as const, "http" as const],
      version: "1",
      host: "h",
      pid: 1,
      startedAt: clock.now(),
    };
    const registered = await store.registerSession({ sessionId, info, former, graceMs });
    scheduler.follow(registered.changes);
    const session = await coordinator.openSession(sessionId, info);
    return aNode(name, sessionId, session, info);
  }

  function aNode(name: string, sessionId: string, session: NodeSession, info: NodeInfo) {
    const seen = new Map<string, AssignmentView>();
    let beating = true;
    session.watch((change) => {
      if (change.type === "put") seen.set(change.view.assignment.runId, change.view);
      else seen.delete(change.runId);
    });
    const send = (event: Record<string, unknown> & { type: string; runId: string; fence: number }) =>
      scheduler.reports.send([{ sessionId, at: clock.now(), ...event } as unknown as NodeEvent]);
    const beatLoop = async () => {
      while (beating) {
        await store.beat(sessionId, load, graceMs);
        await clock.sleep(2000);
      }
    };
    void beatLoop();
    return {
      name,
      info,
      sessionId,
      session,
      seen,
      views: () => [...seen.values()],
      claim: async (view: AssignmentView) => {
        const { runId, fence } = view.assignment;
        return (await session.claim([{ runId, revision: view.revision, fence }]))[0];
      },
      started: (view: AssignmentView) =>
        send({
          type: "started",
          runId: view.assignment.runId,
          fence: view.assignment.fence,
          attempt: view.assignment.firstAttempt,
        }),
      finished: (view: AssignmentView, state = "succeeded") =>
        send({
          type: "finished",
          runId: view.assignment.runId,
          fence: view.assignment.fence,
          attempt: view.assignment.firstAttempt,
          state,
          reason: state === "succeeded" ? null : { code: "exit_code", message: "exit 1" },
          outputBytes: 0,
          outputTruncated: false,
        }),
      released: (view: AssignmentView) =>
        send({ type: "released", runId: view.assignment.runId, fence: view.assignment.fence, reason: "test" }),
      send,
      /** It is silent from now on; its lease goes. */
      async vanish() {
        beating = false;
        await session.close();
      },
      /** Its lease goes, but its beats still come through. */
      loseLease: () => session.close(),
      stopBeating: () => {
        beating = false;
      },
      load,
      beat: () => store.beat(sessionId, load, graceMs),
    };
  }

  async function addJob(over: Partial<EffectiveJob> = {}, enabled = true) {
    const job = aJob({ name: `job-${++jobs}`, ...over });
    const spec = { name: job.name, schedule: job.schedule, cmd: "true" } as JobDocument;
    const row = { id: `jid-${jobs}`, spec, effective: job, enabled, at: clock.now(), actor: "test" };
    return scheduler.revisions.create(row);
  }

  return {
    clock,
    store,
    coordinator,
    space,
    errors,
    warnings,
    changes,
    board: createBoard(store),
    get scheduler() {
      return scheduler;
    },
    addNode,
    addJob,
    async restartScheduler(id = "sched-2") {
      await stopNow();
      scheduler = startScheduler(id);
      await clock.advance(500);
    },
    settle: (ms = 500) => clock.advance(ms),
    async runs(job?: string) {
      const page = await store.listRuns({
        limit: 500,
        now: clock.now() + 86_400_000,
        state: undefined,
        ...(job ? { job } : {}),
      });
      return page.items;
    },
    async close() {
      await stopNow();
      await coordinator.close();
    },
  };

  async function stopNow() {
    const stopping = scheduler.stop();
    for (let i = 0; i < 50; i++) await clock.advance(100);
    await stopping;
  }
}
export type Scene = Awaited<ReturnType<typeof openScene>>;
