// The schedules of all enabled jobs, kept at hand for forecasts: reading ten thousand definitions for each question would
// keep the store busy. What the store says of them as a whole tells whether they are still right; mostly only what changed
// is read, and where that doesn't add up, everything.
import type { JobSchedule, Store } from "../store/store.ts";

const pageSize = 500;
/** Clocks of schedulers differ: what was changed shortly before the newest change is read again. */
const overlapMs = 300_000;

type Source = Pick<Store, "scheduleStamp" | "schedules">;
type Stamp = Awaited<ReturnType<Store["scheduleStamp"]>>;
export type Schedules = ReadonlyMap<string, JobSchedule>;

const isSame = (a: Stamp, b: Stamp) => a.jobs === b.jobs && a.versions === b.versions && a.changedAt === b.changedAt;

/** Answers the schedules as they are now; the same map as long as nothing has changed. */
export function createSchedulesAtHand(store: Source): () => Promise<Schedules> {
  let held = new Map<string, JobSchedule>();
  let stamp: Stamp = stampOf(held);
  let asking: Promise<Schedules> | null = null;

  async function refresh(): Promise<Schedules> {
    const now = await store.scheduleStamp();
    if (isSame(now, stamp)) return held;
    let next = held.size === 0 ? await readAll(store) : await readChanged(store, held, stamp.changedAt - overlapMs);
    if (held.size > 0 && !isSame(stampOf(next), now)) next = await readAll(store);
    held = next;
    stamp = stampOf(next);
    return held;
  }
  return () => {
    asking ??= refresh().finally(() => {
      asking = null;
    });
    return asking;
  };
}

function stampOf(schedules: ReadonlyMap<string, JobSchedule>): Stamp {
  const stamp = { jobs: schedules.size, versions: 0, changedAt: 0 };
  for (const { version, updatedAt } of schedules.values()) {
    stamp.versions += version;
    stamp.changedAt = Math.max(stamp.changedAt, updatedAt);
  }
  return stamp;
}

async function readAll(store: Source) {
  const all = new Map<string, JobSchedule>();
  for await (const schedule of read(store, null)) all.set(schedule.jobId, schedule);
  return all;
}

async function readChanged(store: Source, held: ReadonlyMap<string, JobSchedule>, changedSince: number) {
  const next = new Map(held);
  for await (const schedule of read(store, changedSince))
    if (schedule.enabled) next.set(schedule.jobId, schedule);
    else next.delete(schedule.jobId);
  return next;
}

async function* read(store: Source, changedSince: number | null) {
  for (let after: string | null = null; ; ) {
    const page: JobSchedule[] = await store.schedules({ changedSince, after, limit: pageSize });
    yield* page;
    if (page.length < pageSize) return;
    after = (page.at(-1) as JobSchedule).jobId;
  }
}
