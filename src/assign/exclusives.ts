// A run that was lost with its node may still be going on there: the node was cut off from us, perhaps from nothing else.
// It ends the run by the due instant of the job's next tick (Assignment.exclusiveUntil); until then, and a margin for
// clocks, no other run of the job starts anywhere else. On the node itself it may: there the overlap gate sees both. Once
// its node has said that the run is over, however it ended, its job is free.
import type { Clock } from "../clock.ts";
import type { EffectiveJob } from "../model/job.ts";
import type { Run } from "../model/run.ts";
import type { RunChange, Store } from "../store/store.ts";

/** The due instant of the job's first tick after an instant; null: there is none. */
export type DueAfter = (job: EffectiveJob & { id: string }, after: number) => number | null;

type Place = Pick<Run, "jobId" | "overrides" | "shard" | "scheduledFor">;
type Lost = Place & Pick<Run, "id" | "jobVersion" | "sessionId" | "nodeId">;

export interface Hold {
  runId: string;
  nodeId: string;
  /** With the margin. */
  until: number;
}

export interface Exclusives {
  /** For the assignment of a run; undefined: its node may go on with it for as long as it takes. */
  until(run: Place, job: EffectiveJob): number | undefined;
  /** These are lost because their sessions have ended. Holds their jobs for as long as it must. */
  lost(runs: Lost[], jobOf: (run: Lost) => Promise<EffectiveJob | null>): Promise<void>;
  /** What keeps the job's runs from starting elsewhere now; null: nothing. */
  of(jobId: string): Hold | null;
  /** A late report says how a lost run ended. Answers whether that frees its job. */
  follow(change: RunChange): boolean;
  /** Asks the ledger which of the lost runs were cut short: their nodes have said so since. Answers whether any was. */
  review(): Promise<boolean>;
  /** Milliseconds until the next job is free; Infinity: none is held. */
  nextInMs(): number;
}

/** Clocks may differ by so much. */
const marginMs = 2000;

export function createExclusives(deps: {
  store: Pick<Store, "lastSession" | "getRun">;
  clock: Pick<Clock, "now">;
  /** null: no node can be cut off from its scheduler, for they are one process. */
  dueAfter: DueAfter | null;
}): Exclusives {
  const { store, clock, dueAfter } = deps;
  const holds = new Map<string, Hold>();

  function until(run: Place, job: EffectiveJob): number | undefined {
    // What could be run again ends with its node's trust, and a shard never runs on another node.
    if (!dueAfter || run.shard || job.onNodeLoss === "rerun") return undefined;
    if ((run.overrides?.overlap ?? job.overlap) === "allow") return undefined;
    return dueAfter({ ...job, id: run.jobId }, run.scheduledFor) ?? undefined;
  }

  /** Ended while it was still trusted: its node, or the node's warden, has said that nothing of it runs. */
  async function endedByWord({ sessionId, nodeId }: Lost): Promise<boolean> {
    const last = nodeId === null ? null : await store.lastSession(nodeId);
    return last !== null && last.sessionId === sessionId && last.trustedUntil > clock.now();
  }

  return {
    until,
    async lost(runs, jobOf) {
      for (const run of runs) {
        const job = run.nodeId === null ? null : await jobOf(run);
        const exclusive = job && until(run, job);
        if (!exclusive || exclusive + marginMs <= clock.now()) continue;
        if ((holds.get(run.jobId)?.until ?? 0) >= exclusive + marginMs || (await endedByWord(run))) continue;
        holds.set(run.jobId, { runId: run.id, nodeId: run.nodeId as string, until: exclusive + marginMs });
      }
    },
    of(jobId) {
      const hold = holds.get(jobId);
      if (!hold) return null;
      if (hold.until > clock.now()) return hold;
      holds.delete(jobId);
      return null;
    },
    follow({ jobId, runId, to }) {
      if (to === "lost" || holds.get(jobId)?.runId !== runId) return false;
      return holds.delete(jobId);
    },
    async review() {
      let any = false;
      for (const [jobId, { runId }] of [...holds]) {
        const run = await store.getRun(runId);
        const over = run?.state !== "lost" || run.attempts.at(-1)?.outcome === "interrupted";
        if (over && holds.get(jobId)?.runId === runId) any = holds.delete(jobId);
      }
      return any;
    },
    nextInMs() {
      let next = Number.POSITIVE_INFINITY;
      for (const [jobId, { until: at }] of holds) {
        const left = at - clock.now();
        if (left > 0) next = Math.min(next, left);
        else holds.delete(jobId);
      }
      return next;
    },
  };
}
