// I1 no lost tick, as far as rows go; I2 no duplicate tick and no row without a tick.
import { createTimetable } from "../../../src/schedule/timetable.ts";
import { groupBy, type History, iso, type Row } from "../history.ts";

/** What the schedule made, not a person. */
export const isOfTick = ({ trigger }: Row) => trigger !== "manual" && trigger !== "retry_of";

export function ticks({ jobs, runs }: History): string[] {
  const found: string[] = [];
  const byJob = groupBy(runs.filter(isOfTick), (run) => run.jobId);
  for (const { id, job, from, through } of jobs) {
    const single = new Map<number, number>();
    const spans: { from: number; to: number; count: number; covered: number }[] = [];
    for (const row of byJob.get(id) ?? [])
      if (row.covers) spans.push({ ...row.covers, covered: 0 });
      else single.set(row.scheduledFor, (single.get(row.scheduledFor) ?? 0) + 1);
    const timetable = createTimetable(job);
    const ticks = new Set<number>();
    for (let tick = timetable.next(from); tick !== null && tick <= through; tick = timetable.next(tick))
      ticks.add(tick);
    for (const tick of ticks) {
      const covering = spans.filter((span) => tick >= span.from && tick <= span.to);
      for (const span of covering) span.covered++;
      const count = (single.get(tick) ?? 0) + covering.length;
      if (count === 0) found.push(`I1 ${job.name}: tick ${iso(tick)} has no row`);
      if (count > 1) found.push(`I2 ${job.name}: tick ${iso(tick)} has ${count} rows`);
    }
    for (const at of single.keys())
      if (!ticks.has(at) && at <= through) found.push(`I2 ${job.name}: a row for ${iso(at)}, which is no tick`);
    for (const span of spans)
      if (span.to <= through && span.covered !== span.count)
        found.push(`I2 ${job.name}: a row says that it covers ${span.count} ticks, and it covers ${span.covered}`);
  }
  return found;
}
