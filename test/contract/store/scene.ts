// What the store's contract needs of an implementation, and the few steps that most of its tests begin with.
import { afterEach, beforeEach } from "vitest";
import type { FinalState } from "../../../src/model/run.ts";
import type { JobRow, NewJob, NewRun, RunChange, Store, Transition } from "../../../src/store/store.ts";
import type { ManualClock } from "../../support/manual-clock.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";

export interface OpenedStore {
  store: Store;
  /** The store's clock. */
  clock: ManualClock;
  close(): Promise<void>;
}

/** A fresh, empty store. */
export type OpenStore = () => Promise<OpenedStore>;

export interface Scene extends OpenedStore {
  term: number;
  makeJob(given?: Parameters<typeof aNewJob>[0]): Promise<JobRow>;
  /** Plans rows for a job, its cursor moved to the last of them. */
  plan(job: JobRow, runs: Partial<NewRun>[]): Promise<NewRun[]>;
  assign(runId: string, sessionId?: string): Promise<RunChange[]>;
  finish(runId: string, state: FinalState, at?: number): Promise<RunChange[]>;
}

export const toAssigned = (sessionId = "session-1") => ({
  state: "assigned" as const,
  sessionId,
  nodeId: `node-of-${sessionId}`,
  nodeName: `name-of-${sessionId}`,
  raiseFloor: false,
  rerun: false,
});

/** A scene set anew for each test of the enclosing describe. */
export function setScene(open: OpenStore): Scene {
  const scene = {} as Scene;
  beforeEach(async () => {
    const opened = await open();
    const { store } = opened;
    const term = await store.takeTerm("scheduler-1", "nonce-1");
    const step = async (runId: string, to: Transition["to"], at = opened.clock.now()) => {
      const [row] = await store.openRunsByIds([runId]);
      if (!row) throw new Error(`no open run ${runId}`);
      return store.transition(term, [{ runId, ifState: [row.state], ifFence: row.fence, to, at }]);
    };
    Object.assign(scene, opened, {
      term,
      makeJob: (given?: Partial<NewJob>) => store.createJob(term, aNewJob(given)),
      async plan(job: JobRow, runs: Partial<NewRun>[]) {
        const rows = runs.map((run) => aNewRun({ jobId: job.id, jobName: job.name, jobVersion: job.version, ...run }));
        const now = (await store.getJob(job.id)) as JobRow;
        const through = Math.max(now.plannedThrough, ...rows.map((row) => row.nominal ?? 0));
        const cursor = { plannedThrough: through, nextNominal: through + 60_000, nextDue: through + 60_000 };
        const at = { ifVersion: now.version, ifPlannedThrough: now.plannedThrough };
        const { skippedJobs } = await store.writePlan(term, [{ jobId: job.id, ...at, cursor, runs: rows }]);
        if (skippedJobs.length) throw new Error(`the plan for ${job.id} was not taken`);
        return rows;
      },
      assign: (runId: string, sessionId?: string) => step(runId, toAssigned(sessionId)),
      finish: (runId: string, state: FinalState, at?: number) =>
        step(runId, { state, reason: { code: "exit_code", message: "for a test" }, raiseFloor: false }, at),
    } satisfies Partial<Scene>);
  });
  afterEach(() => scene.close());
  return scene;
}
