// What is to come, as a picture needs it: rows of jobs or tags with their ticks gathered into slots, all ticks together,
// and the minutes in which too many start. Jobs of one schedule share its layout, and a layout is kept for its minute.
import { createLru } from "../lib/lru.ts";
import { countBits, forecast, type MinutesOfTicks, type Span } from "../schedule/forecast.ts";
import type { JobSchedule, Store } from "../store/store.ts";
import { createSchedulesAtHand, type Schedules } from "./schedules-at-hand.ts";

const minuteMs = 60_000;
const layoutsKept = 6;
const atOneGo = 500;

export interface ForecastQuery {
  from: number;
  to: number;
  by: "job" | "tag";
  /** Only jobs with that tag. */
  tag?: string | undefined;
  slots: number;
  limit: number;
  /** So many ticks in a minute are too many. */
  busyFrom: number;
}

/** Seconds after the forecast's beginning, and how many ticks from there to the end of the slot. */
export type Mark = [second: number, ticks: number];

export interface ForecastRow {
  job: { id: string; name: string } | null;
  /** null with a job; or of the jobs without a tag. */
  tag: string | null;
  jobs: number;
  ticks: number;
  marks: Mark[];
}

export interface Forecast {
  from: number;
  to: number;
  slotMs: number;
  jobs: number;
  ticks: number;
  density: Mark[];
  busy: { at: number; ticks: number }[];
  rows: ForecastRow[];
  moreRows: number;
}

/** Jobs that are due at the same instants. */
interface Group {
  jobs: JobSchedule[];
  found: MinutesOfTicks;
  ticks: number;
}

export function createForecasts(store: Pick<Store, "scheduleStamp" | "schedules">) {
  const schedulesAtHand = createSchedulesAtHand(store);
  let layouts = createLru<Promise<Group[]>>(layoutsKept);
  let of: Schedules | null = null;

  return async function make(query: ForecastQuery): Promise<Forecast> {
    const schedules = await schedulesAtHand();
    if (schedules !== of) layouts = createLru(layoutsKept);
    of = schedules;
    const from = Math.floor(query.from / minuteMs) * minuteMs;
    const span = { from, minutes: Math.max(1, Math.ceil((query.to - from) / minuteMs)) };
    const all = await layouts.get(`${from} ${span.minutes}`, () => layOut(schedules, span));
    const groups = query.tag === undefined ? all : withTag(all, query.tag);
    const slotMs = Math.max(1, Math.ceil((span.minutes * 60) / query.slots)) * 1000;
    const lines = query.by === "job" ? byJob(groups) : byTag(groups);
    return {
      from,
      to: from + span.minutes * minuteMs,
      slotMs,
      jobs: groups.reduce((sum, { jobs }) => sum + jobs.length, 0),
      ticks: groups.reduce((sum, { jobs, ticks }) => sum + jobs.length * ticks, 0),
      density: marksOf(groups, slotMs),
      busy: busyMinutes(groups, span, { ...query, slotMs }),
      rows: lines.slice(0, query.limit).map(({ groups: own, ...row }) => ({ ...row, marks: marksOf(own, slotMs) })),
      moreRows: Math.max(0, lines.length - query.limit),
    };
  };
}

async function layOut(schedules: Schedules, span: Span): Promise<Group[]> {
  const groups = new Map<string, Group>();
  let laidOut = 0;
  for (const job of schedules.values()) {
    const key = JSON.stringify([job.timezone, job.startAtMs, job.endAtMs, ...job.schedule]);
    const group = groups.get(key);
    if (group) group.jobs.push(job);
    else {
      const found = forecast(job, span);
      groups.set(key, { jobs: [job], found, ticks: countTicks(found) });
      // Ten thousand schedules shall not keep the scheduler from its work.
      if (++laidOut % atOneGo === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return [...groups.values()].filter(({ ticks }) => ticks > 0);
}

function countTicks({ low, high }: MinutesOfTicks): number {
  let sum = 0;
  for (let i = 0; i < low.length; i++) sum += countBits(low[i] as number) + countBits(high[i] as number);
  return sum;
}

const withTag = (groups: Group[], tag: string): Group[] =>
  groups
    .map((group) => ({ ...group, jobs: group.jobs.filter(({ tags }) => tags.includes(tag)) }))
    .filter(({ jobs }) => jobs.length > 0);

type Line = Omit<ForecastRow, "marks"> & { groups: Group[] };

/** The one that is due first at the top. */
function byJob(groups: Group[]): Line[] {
  return groups
    .flatMap((group) => group.jobs.map((job) => ({ job, group })))
    .sort((a, b) => firstOf(a.group) - firstOf(b.group) || (a.job.jobName < b.job.jobName ? -1 : 1))
    .map(({ job, group }) => ({
      job: { id: job.jobId, name: job.jobName },
      tag: null,
      jobs: 1,
      ticks: group.ticks,
      groups: [{ ...group, jobs: [job] }],
    }));
}

/** By name; jobs without a tag at the end. A job of several tags is in several rows. */
function byTag(groups: Group[]): Line[] {
  const tags = new Map<string | null, Group[]>();
  for (const group of groups) {
    const mine = new Map<string | null, JobSchedule[]>();
    for (const job of group.jobs)
      for (const tag of job.tags.length > 0 ? job.tags : [null]) {
        const jobs = mine.get(tag);
        if (jobs) jobs.push(job);
        else mine.set(tag, [job]);
      }
    for (const [tag, jobs] of mine) {
      const part = { ...group, jobs };
      const parts = tags.get(tag);
      if (parts) parts.push(part);
      else tags.set(tag, [part]);
    }
  }
  return [...tags]
    .sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
    .map(([tag, parts]) => ({
      job: null,
      tag,
      jobs: parts.reduce((sum, { jobs }) => sum + jobs.length, 0),
      ticks: parts.reduce((sum, { jobs, ticks }) => sum + jobs.length * ticks, 0),
      groups: parts,
    }));
}

const firstOf = ({ found }: Group) => (found.minute[0] as number) * 60 + secondsOf(found, 0)[0]!;

function secondsOf({ low, high }: MinutesOfTicks, i: number): number[] {
  const seconds: number[] = [];
  for (let left = low[i] as number; left !== 0; left &= left - 1) seconds.push(31 - Math.clz32(left & -left));
  for (let left = high[i] as number; left !== 0; left &= left - 1) seconds.push(61 - Math.clz32(left & -left));
  return seconds;
}

/** The ticks of each slot that has any, where the first of them is. */
function marksOf(groups: Group[], slotMs: number): Mark[] {
  const slots = new Map<number, Mark>();
  const slotSeconds = slotMs / 1000;
  const add = (second: number, ticks: number) => {
    const slot = Math.floor(second / slotSeconds);
    const mark = slots.get(slot);
    if (!mark) slots.set(slot, [second, ticks]);
    else {
      mark[0] = Math.min(mark[0], second);
      mark[1] += ticks;
    }
  };
  for (const { found, jobs } of groups)
    for (let i = 0; i < found.minute.length; i++) {
      const second = (found.minute[i] as number) * 60;
      const [low, high] = [found.low[i] as number, found.high[i] as number];
      // Nearly all are at the minute's beginning, and that is all there is to them.
      if (low === 1 && high === 0) add(second, jobs.length);
      else for (const each of secondsOf(found, i)) add(second + each, jobs.length);
    }
  return [...slots.values()].sort(([a], [b]) => a - b);
}

/** Minutes that are too busy, of each slot the busiest. Jitter spreads a job's ticks evenly over its minutes. */
function busyMinutes(
  groups: Group[],
  span: Span,
  { busyFrom, slotMs }: { busyFrom: number; slotMs: number },
): { at: number; ticks: number }[] {
  const starts = new Float64Array(span.minutes);
  for (const { found, jobs } of groups) {
    const spread = new Map<number, number>();
    for (const { jitterMs } of jobs) {
      const minutes = Math.max(1, Math.min(span.minutes, Math.ceil(jitterMs / minuteMs)));
      spread.set(minutes, (spread.get(minutes) ?? 0) + 1);
    }
    for (let i = 0; i < found.minute.length; i++) {
      const ticks = countBits(found.low[i] as number) + countBits(found.high[i] as number);
      for (const [minutes, count] of spread)
        for (let m = 0; m < minutes; m++) {
          const at = (found.minute[i] as number) + m;
          if (at < starts.length) starts[at] = (starts[at] as number) + (ticks * count) / minutes;
        }
    }
  }
  const busiest = new Map<number, { at: number; ticks: number }>();
  for (const [minute, count] of starts.entries()) {
    const ticks = Math.round(count);
    const slot = Math.floor((minute * minuteMs) / slotMs);
    if (ticks >= busyFrom && ticks > (busiest.get(slot)?.ticks ?? 0))
      busiest.set(slot, { at: span.from + minute * minuteMs, ticks });
  }
  return [...busiest.values()];
}
