// The planner: keeps the ledger ahead of time. It asks the store for jobs whose next tick is due within the horizon,
// writes their rows and moves their cursors in one transaction, and hands on what it planned. The store's index on the
// next due instant is its heap: nothing is kept in memory, nothing is read at start-up, whatever the number of jobs.
import type { Clock } from "../clock.ts";
import { newId } from "../lib/id.ts";
import { createSerialQueue } from "../lib/serial-queue.ts";
import type { EffectiveJob } from "../model/job.ts";
import type { Random } from "../random.ts";
import type { PauseState, PlanItem, RunChange, Store, WaitingRun } from "../store/store.ts";
import { type PlanInput, planJob } from "./plan-job.ts";

const jobsAtOneGo = 200;
const rowsAtOneGo = 1000;

export interface PlannerDeps {
  store: Pick<Store, "dueJobs" | "earliestDue" | "writePlan" | "getPause" | "setPause" | "getJob">;
  clock: Clock;
  random: Random;
  horizonMs: number;
  term: () => number;
  /** Nodes that a place.every job would run on now. null: not known yet; its ticks wait for it. */
  nodesFor: (job: EffectiveJob) => { nodeId: string }[] | null;
  onPlanned: (planned: WaitingRun[], changes: RunChange[]) => void;
  /** A job could not be planned; said once for each of its versions. */
  onBadJob: (job: string, err: unknown) => void;
}

export interface Planner {
  /** Plans everything due within the horizon. Answers the milliseconds until it should look again. */
  planOnce(signal?: AbortSignal): Promise<number>;
  /** Plans every tick of the job up to `through` under its present version. */
  settleJob(jobId: string, through: number): Promise<void>;
}

export function createPlanner(deps: PlannerDeps): Planner {
  const { store, clock, random, horizonMs, term } = deps;
  const makeId = () => newId(clock, random);
  const reported = new Set<string>();
  const looks = createSerialQueue();

  /** Whether all of it was written: a job that changed meanwhile is left out. */
  async function write(items: PlanItem[]): Promise<boolean> {
    if (items.length === 0) return true;
    const { planned, changes, skippedJobs } = await store.writePlan(term(), items);
    if (planned.length || changes.length) deps.onPlanned(planned, changes);
    return skippedJobs.length === 0;
  }

  /** One job that can't be planned (its zone is gone from this machine's data) must not keep the others waiting. */
  function planOrReport(input: PlanInput) {
    try {
      return planJob(input);
    } catch (err) {
      const key = `${input.job.id}@${input.job.version}`;
      if (!reported.has(key)) deps.onBadJob(input.job.name, err);
      reported.add(key);
      return null;
    }
  }

  async function planOnce(signal?: AbortSignal): Promise<number> {
    // A lap looks at every due job once; a job with more ticks than fit comes again in the next lap.
    for (let more = true; more && !signal?.aborted; ) {
      const now = clock.now();
      const pause = await store.getPause();
      const paused = activePause(pause, now) !== null;
      // While paused nothing is planned ahead: each tick is recorded as skipped when it is due.
      const dueThrough = paused ? now : now + horizonMs;
      const jobs = await store.dueJobs(dueThrough, jobsAtOneGo);
      let unplanned = 0;
      more = false;
      let items: PlanItem[] = [];
      let rows = 0;
      for (const job of jobs) {
        const nodes = job.effective.place.every ? deps.nodesFor(job.effective) : [];
        const planned = nodes && planOrReport({ job, now, dueThrough, nodes, pause, newId: makeId });
        if (!planned) {
          unplanned++;
          continue;
        }
        more ||= planned.more;
        items.push(planned.item);
        rows += planned.item.runs.length + 1;
        if (rows >= rowsAtOneGo) {
          await write(items);
          items = [];
          rows = 0;
        }
      }
      await write(items);
      // Jobs that can't be planned stay due: they alone are no reason for another lap.
      more ||= jobs.length === jobsAtOneGo && unplanned < jobs.length;
      // Only now that the ticks it covered have their rows may a pause that ran out be forgotten.
      if (pause && !paused && !more) await store.setPause(term(), null);
    }
    return restMs();
  }

  async function restMs(): Promise<number> {
    const now = clock.now();
    const earliest = await store.earliestDue();
    const pause = activePause(await store.getPause(), now);
    // A quarter of the horizon at a time, so that frequent jobs are planned in batches and there is always time to spare.
    const pace = horizonMs / 4;
    if (earliest === null) return pace;
    if (pause) return Math.min(pace, Math.max(reported.size > 0 ? 1000 : 50, earliest - now));
    return Math.max(pace, Math.min(earliest - horizonMs - now + pace, 4 * pace));
  }

  async function settleJob(jobId: string, through: number) {
    for (let more = true; more; ) {
      const job = await store.getJob(jobId);
      if (!job?.enabled || job.deletedAt !== null || job.revising) return;
      if (job.nextNominal === null || job.nextDue === null || job.nextNominal > through) return;
      const now = clock.now();
      const planned = planOrReport({
        job: { ...job, nextNominal: job.nextNominal, nextDue: job.nextDue },
        now,
        dueThrough: through,
        settleThrough: through,
        nodes: (job.effective.place.every && deps.nodesFor(job.effective)) || [],
        pause: await store.getPause(),
        newId: makeId,
      });
      if (!planned) return; // Else nobody could edit the job, which is how it is repaired.
      const written = await write([planned.item]);
      more = planned.more || !written;
    }
  }

  // One after the other: who waits for a look knows that none goes on that began before.
  return { planOnce: (signal) => looks.run(() => planOnce(signal)), settleJob };
}

export function activePause(pause: PauseState | null, now: number): PauseState | null {
  return pause && (pause.until === null || pause.until > now) ? pause : null;
}
