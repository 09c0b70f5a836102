// One job's ticks up to an instant, turned into ledger rows: planned ahead, or, for ticks that nobody could plan in time,
// what the misfire rules make of them. Pure: the planner writes what comes out.
import type { EffectiveJob } from "../model/job.ts";
import { misfireAfterMs, type Reason } from "../model/run.ts";
import type { Cursor, NewRun, PauseState, PlanItem, PlannableJob } from "../store/store.ts";
import { jitterOf } from "./ticks.ts";
import { createTimetable } from "./timetable.ts";

/** Rows of their own that dropped ticks of a job get at one go, and runs that policy `all` keeps. */
const rowsAtOneGo = 100;
/** Ticks computed at one go; what is left comes in the next round. */
const ticksAtOneGo = 2000;

export interface PlanInput {
  job: PlannableJob;
  now: number;
  /** Plan ticks due up to here… */
  dueThrough: number;
  /** …or, before an edit, every tick up to this nominal instant. */
  settleThrough?: number;
  /** Nodes that place.every would run on now. */
  nodes: { nodeId: string }[];
  pause: PauseState | null;
  newId: () => string;
}

interface Tick {
  nominal: number;
  dueAt: number;
}

export function planJob(input: PlanInput): { item: PlanItem; more: boolean } {
  const { job, now } = input;
  const { ticks, cursor, more, newerMisfires } = takeTicks(input);
  const runs: NewRun[] = [];
  const dropped: { tick: Tick; state: "missed" | "skipped"; reason: Reason }[] = [];
  const misfired: Tick[] = [];

  for (const tick of ticks) {
    // Before an edit, ticks that jitter puts off are judged too: a pause takes back what is planned ahead as well.
    const judged = tick.dueAt <= now || input.settleThrough !== undefined;
    if (judged && isPausedAt(input.pause, tick.dueAt)) {
      const message = `scheduling was paused by ${input.pause?.by}: ${input.pause?.reason}`;
      dropped.push({ tick, state: "skipped", reason: { code: "paused", message } });
    } else if (tick.dueAt + misfireAfterMs < now) misfired.push(tick);
    else runs.push(...plannedRuns(input, tick));
  }
  const chosen = chooseMisfires(job.effective, misfired, now, newerMisfires);
  for (const tick of chosen.keep) runs.push(...catchUpRuns(input, tick));
  for (const { tick, reason } of chosen.drop)
    dropped.push({ tick, state: reason.code === "deadline" ? "skipped" : "missed", reason });

  runs.push(...rowsOfDropped(input, dropped));
  return { item: { jobId: job.id, ifVersion: job.version, ifPlannedThrough: job.plannedThrough, cursor, runs }, more };
}

function isPausedAt(pause: PauseState | null, at: number): boolean {
  return pause !== null && at >= pause.since && (pause.until === null || at < pause.until);
}

function takeTicks({ job, now, dueThrough, settleThrough }: PlanInput): {
  ticks: Tick[];
  cursor: Cursor;
  more: boolean;
  newerMisfires: boolean;
} {
  const timetable = createTimetable(job.effective);
  const inRange = (tick: Tick) =>
    settleThrough === undefined ? tick.dueAt <= dueThrough : tick.nominal <= settleThrough;
  const ticks: Tick[] = [];
  let next: Tick | null = { nominal: job.nextNominal, dueAt: job.nextDue };
  while (next && inRange(next) && ticks.length < ticksAtOneGo) {
    ticks.push(next);
    next = tickAfter(job, timetable, next.nominal);
  }
  let more = next !== null && inRange(next);
  // The misfire policies choose the newest. Where more misfires follow, the last ones wait for the next round, so that
  // the choice is made among all of them.
  const nextNow: Tick | null = next;
  let newerMisfires = false;
  if (more && nextNow && nextNow.dueAt + misfireAfterMs < now && ticks.length > rowsAtOneGo) {
    next = ticks[ticks.length - rowsAtOneGo] as Tick;
    ticks.length -= rowsAtOneGo;
    more = true;
    newerMisfires = true;
  }
  const last = ticks.at(-1);
  return {
    ticks,
    more,
    newerMisfires,
    cursor: {
      plannedThrough: Math.max(job.plannedThrough, last?.nominal ?? job.plannedThrough),
      nextNominal: next?.nominal ?? null,
      nextDue: next?.dueAt ?? null,
    },
  };
}

function tickAfter(job: PlannableJob, timetable: { next(after: number): number | null }, after: number): Tick | null {
  const nominal = timetable.next(after);
  if (nominal === null) return null;
  const { jitterMs } = job.effective;
  if (jitterMs === 0) return { nominal, dueAt: nominal };
  return {
    nominal,
    dueAt: nominal + jitterOf({ jobId: job.id, nominal, jitterMs, nextNominal: timetable.next(nominal) }),
  };
}

/**
 * The misfire rules: what of these ticks (oldest first) still runs, and why the others don't. `newerFollow`: there are at
 * least as many newer misfires as any policy keeps.
 */
export function chooseMisfires(
  job: Pick<EffectiveJob, "misfire" | "startDeadlineMs">,
  misfired: Tick[],
  now: number,
  newerFollow = false,
): { keep: Tick[]; drop: { tick: Tick; reason: Reason }[] } {
  const drop: { tick: Tick; reason: Reason }[] = [];
  const { policy, withinMs } = job.misfire;
  const inWindow = misfired.filter((tick) => {
    const ageMs = now - tick.dueAt;
    const message = `due ${seconds(ageMs)} before anything could run it; misfire.within is ${seconds(withinMs)}`;
    if (ageMs <= withinMs) return true;
    drop.push({ tick, reason: { code: "misfire_window", message } });
    return false;
  });
  const startable = inWindow.filter((tick) => {
    if (job.startDeadlineMs === null || tick.dueAt + job.startDeadlineMs >= now) return true;
    const message = `not started within startDeadline (${seconds(job.startDeadlineMs)}) of its due instant`;
    drop.push({ tick, reason: { code: "deadline", message } });
    return false;
  });
  const keepCount = policy === "skip" || newerFollow ? 0 : policy === "latest" ? 1 : rowsAtOneGo;
  const keep = keepCount === 0 ? [] : startable.slice(-keepCount);
  for (const tick of startable.slice(0, startable.length - keep.length)) {
    const rule = policy === "all" ? `all (at most the newest ${rowsAtOneGo})` : policy;
    const message = `nothing could run it in time, and misfire.policy is ${rule}`;
    drop.push({ tick, reason: { code: "misfire_policy", message } });
  }
  return { keep, drop };
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;

function row(input: PlanInput, tick: Tick, rest: Partial<NewRun>): NewRun {
  const { job, now } = input;
  return {
    id: input.newId(),
    jobId: job.id,
    jobName: job.name,
    jobVersion: job.version,
    trigger: "schedule",
    nominal: tick.nominal,
    nodeKey: "",
    scheduledFor: tick.nominal,
    dueAt: tick.dueAt,
    plannedAt: now,
    priority: job.effective.priority,
    state: "planned",
    reason: null,
    shard: null,
    covers: null,
    of: null,
    overrides: null,
    idempotencyKey: null,
    limitKey: job.effective.limit?.key ?? null,
    requestedBy: null,
    // Under a limit a late start is the limit's doing, not a misfire.
    catchUp: job.effective.limit !== null,
    startBy: job.effective.startDeadlineMs === null ? null : tick.dueAt + job.effective.startDeadlineMs,
    ...rest,
  };
}

/**
 * One row, or with place.every one a node: the set of nodes and the total are fixed here. Where there is no node, one row
 * waits for one under the misfire rules, and is then the only shard.
 */
function plannedRuns(input: PlanInput, tick: Tick, rest: Partial<NewRun> = {}): NewRun[] {
  if (!input.job.effective.place.every) return [row(input, tick, rest)];
  if (input.nodes.length === 0) return [row(input, tick, { ...rest, shard: { index: 0, total: 1 } })];
  const total = input.nodes.length;
  return input.nodes.map(({ nodeId }, index) =>
    row(input, tick, { ...rest, nodeKey: nodeId, shard: { index, total } }),
  );
}

function catchUpRuns(input: PlanInput, tick: Tick): NewRun[] {
  const { misfire, startDeadlineMs } = input.job.effective;
  const startBy = Math.min(tick.dueAt + misfire.withinMs, tick.dueAt + (startDeadlineMs ?? Number.POSITIVE_INFINITY));
  return plannedRuns(input, tick, { trigger: "catch_up", dueAt: input.now, catchUp: true, startBy });
}

/** The newest dropped ticks get a row each; the older ones share one that says how many it covers. */
function rowsOfDropped(
  input: PlanInput,
  dropped: { tick: Tick; state: "missed" | "skipped"; reason: Reason }[],
): NewRun[] {
  dropped.sort((a, b) => a.tick.nominal - b.tick.nominal);
  const single = dropped.slice(-rowsAtOneGo);
  const older = dropped.slice(0, dropped.length - single.length);
  const rows = single.map(({ tick, state, reason }) => row(input, tick, { state, reason }));
  const first = older[0];
  const last = older.at(-1);
  if (first && last)
    rows.push(
      row(input, last.tick, {
        state: last.state,
        reason: { code: last.reason.code, message: `${older.length} ticks: ${last.reason.message}` },
        covers: { from: first.tick.nominal, to: last.tick.nominal, count: older.length },
      }),
    );
  return rows;
}
