// Ticks as the planner needs them: the nominal instant with its jitter, where a job's cursor stands, and what became of
// a stretch of time that nobody planned. Pure: the same job and instants give the same ticks on every machine.
import { createHash } from "node:crypto";
import type { EffectiveJob } from "../model/job.ts";
import type { Cursor } from "../store/store.ts";
import { createTimetable, type ScheduleOf, type Timetable } from "./timetable.ts";

export type TickSource = { id: string; jitterMs: EffectiveJob["jitterMs"] } & ScheduleOf;

export interface Tick {
  /** The tick's identity. */
  nominal: number;
  /** nominal plus jitter. */
  dueAt: number;
}

/**
 * The delay of a tick, in [0, jitterMs) and short enough to stay before the next nominal instant: the first 48 bits of
 * sha1("<job id> <nominal>") modulo the room there is. The same after a takeover, whoever computes it.
 */
export function jitterOf(tick: {
  jobId: string;
  nominal: number;
  jitterMs: number;
  nextNominal: number | null;
}): number {
  const room = Math.min(tick.jitterMs, (tick.nextNominal ?? Infinity) - tick.nominal);
  if (room <= 1) return 0;
  return createHash("sha1").update(`${tick.jobId} ${tick.nominal}`).digest().readUIntBE(0, 6) % room;
}

/** Where planning stands once every tick up to `throughMs` has its row. */
export function cursorAfter(job: TickSource, throughMs: number): Cursor {
  const tick = tickAfter(job, createTimetable(job), throughMs);
  return { plannedThrough: throughMs, nextNominal: tick?.nominal ?? null, nextDue: tick?.dueAt ?? null };
}

/** The ticks whose nominal instant is in (afterMs, throughMs], oldest first, at most `max`. */
export function ticksBetween(job: TickSource, afterMs: number, throughMs: number, max: number): Tick[] {
  const timetable = createTimetable(job);
  const ticks: Tick[] = [];
  for (let after = afterMs; ticks.length < max; ) {
    const tick = tickAfter(job, timetable, after);
    if (!tick || tick.nominal > throughMs) break;
    ticks.push(tick);
    after = tick.nominal;
  }
  return ticks;
}

function tickAfter(job: TickSource, timetable: Timetable, after: number): Tick | null {
  const nominal = timetable.next(after);
  return nominal === null ? null : withJitter(job, timetable, nominal);
}

function withJitter(job: TickSource, timetable: Timetable, nominal: number): Tick {
  if (job.jitterMs === 0) return { nominal, dueAt: nominal };
  const jitter = { jobId: job.id, nominal, jitterMs: job.jitterMs, nextNominal: timetable.next(nominal) };
  return { nominal, dueAt: nominal + jitterOf(jitter) };
}

/** A stretch of unplanned time: its newest ticks, and what came before them. */
export interface MissedTicks {
  /** Oldest first. */
  newest: Tick[];
  /** Nominal instants of the first and the last older tick. countIsExact false: there are at least that many. */
  older: { from: number; to: number; count: number; countIsExact: boolean } | null;
}

/** Ticks that are counted one by one; at 10-20 µs each that is under a second. */
const mostCounted = 20_000;

/**
 * The newest `newest` ticks in (afterMs, throughMs] and a count of the older ones. @every is arithmetic and always
 * exact; other schedules are counted up to 20,000 ticks.
 */
export function missedTicks(job: TickSource, afterMs: number, throughMs: number, newest: number): MissedTicks {
  const timetable = createTimetable(job);
  const nominals =
    everyTicks(job, timetable, afterMs, throughMs, newest) ?? count(timetable, afterMs, throughMs, newest);
  return { older: nominals.older, newest: nominals.newest.map((nominal) => withJitter(job, timetable, nominal)) };
}

interface Nominals {
  newest: number[];
  older: MissedTicks["older"];
}

function everyTicks(
  job: TickSource,
  timetable: Timetable,
  after: number,
  through: number,
  newest: number,
): Nominals | null {
  const [pattern, ...others] = timetable.patterns;
  if (pattern?.parsed.kind !== "every" || others.length) return null;
  const { everyMs } = pattern.parsed;
  const first = timetable.next(after);
  const until = Math.min(through, job.endAtMs === null ? Infinity : job.endAtMs - 1);
  if (first === null || first > until) return { newest: [], older: null };
  const total = Math.floor((until - first) / everyMs) + 1;
  const kept = Math.min(newest, total);
  const at = (i: number) => first + i * everyMs;
  return {
    newest: Array.from({ length: kept }, (_, i) => at(total - kept + i)),
    older: total === kept ? null : { from: first, to: at(total - kept - 1), count: total - kept, countIsExact: true },
  };
}

function count(timetable: Timetable, after: number, through: number, newest: number): Nominals {
  const all = take(timetable, after, through, mostCounted);
  const from = all.ticks[0] as number;
  if (all.complete) {
    const split = Math.max(0, all.ticks.length - newest);
    const to = all.ticks[split - 1];
    return {
      newest: all.ticks.slice(split),
      older: to === undefined ? null : { from, to, count: split, countIsExact: true },
    };
  }
  // Too many to go through: find the newest by looking back from the end, over a stretch that holds enough of them.
  const tail = tailOf(timetable, all.ticks.at(-1) as number, through, newest + 1);
  const recent = tail.slice(Math.max(0, tail.length - newest));
  const known = all.ticks.length + tail.length - recent.length;
  return {
    newest: recent,
    older: {
      from,
      to: tail[tail.length - recent.length - 1] ?? (all.ticks.at(-1) as number),
      count: known,
      countIsExact: false,
    },
  };
}

/** At least `wanted` of the last ticks in (after, through], or all: by a stretch that doubles, then halves its error. */
function tailOf(timetable: Timetable, after: number, through: number, wanted: number): number[] {
  const most = wanted + 2000;
  let tooShort = through;
  let tooLong: number | null = null;
  let from = Math.max(after, through - 60_000);
  for (;;) {
    const found = take(timetable, from, through, most);
    if (found.complete && (found.ticks.length >= wanted || from === after)) return found.ticks;
    if (found.complete) tooShort = from;
    else tooLong = from;
    from = tooLong === null ? Math.max(after, 2 * from - through) : Math.floor((tooLong + tooShort) / 2);
  }
}

function take(
  timetable: Timetable,
  after: number,
  through: number,
  max: number,
): { ticks: number[]; complete: boolean } {
  const ticks: number[] = [];
  for (let tick = timetable.next(after); tick !== null && tick <= through; tick = timetable.next(tick)) {
    if (ticks.length === max) return { ticks, complete: false };
    ticks.push(tick);
  }
  return { ticks, complete: true };
}
