// How a job is, in sentences.

import { Link } from "wouter";
import type { JobStats, JobView, RunView } from "../../api/types.ts";
import { useZone } from "../../components/time.tsx";
import { formatDuration, formatInstant, formatRate, isSameDay } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";

const failures: ReadonlySet<string> = new Set(["failed", "timed_out", "lost"]);

interface Props {
  job: JobView;
  /** Newest first. */
  runs: RunView[];
  stats: JobStats | undefined;
}

export function Health({ job, runs, stats }: Props) {
  const { t, i18n } = useTranslation("job");
  const zone = useZone(String(job.effective.timezone));
  const sentences: string[] = [];
  const failing = failingRuns(job, runs);
  const [newest] = failing;
  if (failing.length > 0) {
    const oldest = failing.at(-1)?.scheduledFor ?? "";
    const when = span(Date.parse(oldest), Date.parse(newest?.scheduledFor ?? oldest), zone);
    // The count is the server's: the runs at hand may not reach back to the first.
    const isWhole = failing.length === job.consecutiveFailures;
    sentences.push(t(isWhole ? "health.failing" : "health.failingLong", { count: job.consecutiveFailures, when }));
  } else if (!job.lastRun) sentences.push(t("health.never"));
  else sentences.push(t("health.ok"));
  if (job.running > 0) sentences.push(t("health.running", { count: job.running }));
  if (stats && stats.successRate !== null) {
    const rate = formatRate(stats.successRate, i18n.language);
    sentences.push(
      t("health.success", { rate, since: formatInstant(Date.parse(stats.countedFrom), zone).slice(0, 10) }),
    );
  }
  if (stats?.durationMs) {
    const { p50, p95 } = stats.durationMs;
    sentences.push(t("health.duration", { p50: formatDuration(p50), p95: formatDuration(p95) }));
  }
  return (
    <>
      <p className="dc-plain" data-health={failing.length > 0 ? "failing" : "ok"}>
        {sentences.join(" ")}
      </p>
      {newest && (
        <p className="dc-plain">
          {t("health.why")}{" "}
          <Link className="dc-underlined" href={`/runs/${newest.id}`}>
            {newest.reason?.message ?? t(`states:run.${newest.state}`)}
          </Link>
        </p>
      )}
    </>
  );
}

/** The failures since the last success, newest first. */
function failingRuns(job: JobView, runs: RunView[]): RunView[] {
  if (job.consecutiveFailures === 0) return [];
  const executed = runs.filter(({ state }) => state === "succeeded" || failures.has(state));
  const success = executed.findIndex(({ state }) => state === "succeeded");
  return executed.slice(0, success < 0 ? executed.length : success).slice(0, job.consecutiveFailures);
}

/** 02:00–04:00 · 2026-11-27 23:00 – 2026-11-28 04:00 */
function span(from: number, to: number, zone: string | undefined): string {
  const options = { seconds: false };
  if (from === to) return formatInstant(from, zone, options);
  return isSameDay(from, to, zone)
    ? `${formatInstant(from, zone, options)}–${formatInstant(to, zone, { ...options, date: false })}`
    : `${formatInstant(from, zone, options)} – ${formatInstant(to, zone, options)}`;
}
