// How long the last runs took, and how late they began: points by state, with what is usual and what is allowed.
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import type { JobStats, JobView, RunState, RunView } from "../../api/types.ts";
import { Chart, type ChartData, type ChartTone, type Level, type Shape } from "../../components/chart.tsx";
import { Duration } from "../../components/duration.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time, useZone } from "../../components/time.tsx";
import { formatDuration, formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { jobPath } from "./job-actions.ts";

interface Props {
  job: JobView;
  /** Newest first. */
  runs: RunView[];
  stats: JobStats | undefined;
}

type Figure = "durationMs" | "latenessMs";

const groups: { states: RunState[]; tone: ChartTone; shape: Shape }[] = [
  { states: ["succeeded"], tone: "good", shape: "circle" },
  { states: ["failed"], tone: "bad", shape: "cross" },
  { states: ["timed_out"], tone: "bad", shape: "triangle" },
  { states: ["lost"], tone: "lost", shape: "square" },
  { states: ["cancelled"], tone: "quiet", shape: "square" },
];

export function RunCharts({ job, runs, stats }: Props) {
  const { t } = useTranslation("job");
  const p50 = stats?.durationMs?.p50;
  const p95 = stats?.durationMs?.p95;
  const latest = stats?.latenessMs?.p95;
  const timeout = durationMs(String(job.effective.timeout));
  const durations = useMemo(
    () => [
      ...level(t("chart.p50"), "busy", p50),
      ...level(t("chart.p95"), "warn", p95),
      ...level(t("chart.timeout"), "bad", timeout),
    ],
    [t, p50, p95, timeout],
  );
  const lateness = useMemo(() => level(t("chart.p95"), "warn", latest), [t, latest]);
  return (
    <div className="dc-job-pair">
      <RunChart job={job} runs={runs} figure="durationMs" levels={durations} />
      <RunChart job={job} runs={runs} figure="latenessMs" levels={lateness} />
    </div>
  );
}

const level = (label: string, tone: ChartTone, value: number | undefined | null): Level[] =>
  value === undefined || value === null ? [] : [{ label, tone, value }];

interface ChartProps {
  job: JobView;
  runs: RunView[];
  figure: Figure;
  levels: Level[];
}

function RunChart({ job, runs, figure, levels }: ChartProps) {
  const { t } = useTranslation("job");
  const [, navigate] = useLocation();
  const zone = useZone(String(job.effective.timezone));
  const known = useMemo(() => runs.filter((run) => run[figure] !== null && run.finishedAt !== null), [runs, figure]);
  const data = useMemo(
    (): ChartData =>
      chartOf({
        runs: known.toReversed(),
        figure,
        levels,
        zone,
        label: (state) => t(`states:run.${state}`),
        onPick: (run) => navigate(`/runs/${run.id}`),
        onSpan: (from, to) => {
          const query = new URLSearchParams({ tab: "runs", from: iso(from), to: iso(to) });
          navigate(`${jobPath(job.name)}?${query}`);
        },
      }),
    [known, figure, levels, zone, t, navigate, job.name],
  );
  const title = t(`chart.${figure}`);
  if (known.length === 0)
    return (
      <section className="dc-panel" aria-label={title}>
        <h2>{title}</h2>
        <p className="dc-plain dc-soft">{t("chart.nothing")}</p>
      </section>
    );
  const values = known.map((run) => run[figure] as number);
  const summary = t("chart.summary", {
    title,
    count: values.length,
    least: formatDuration(Math.min(...values)),
    most: formatDuration(Math.max(...values)),
  });
  return (
    <Chart
      title={title}
      summary={summary}
      data={data}
      table={<FigureTable title={title} runs={known} figure={figure} zone={String(job.effective.timezone)} />}
    />
  );
}

const iso = (ms: number) => new Date(ms).toISOString();

function chartOf(given: {
  /** Oldest first. */
  runs: RunView[];
  figure: Figure;
  levels: Level[];
  zone: string | undefined;
  label(state: RunState): string;
  onPick(run: RunView): void;
  onSpan(from: number, to: number): void;
}): ChartData {
  const { runs, figure, levels, zone, label, onPick, onSpan } = given;
  return {
    at: runs.map((run) => Date.parse(run.scheduledFor)),
    series: groups.map(({ states, tone, shape }) => ({
      label: label(states[0] as RunState),
      tone,
      shape,
      values: runs.map((run) => (states.includes(run.state) ? run[figure] : null)),
    })),
    levels,
    zone,
    format: formatDuration,
    tell(index) {
      const run = runs[index];
      if (!run) return "";
      const when = formatInstant(Date.parse(run.scheduledFor), zone);
      return `${when} · ${label(run.state)} · ${formatDuration(run[figure] as number)}`;
    },
    onPick: (index) => runs[index] && onPick(runs[index]),
    onSpan,
  };
}

function FigureTable({ title, runs, figure, zone }: { title: string; runs: RunView[]; figure: Figure; zone: string }) {
  const { t } = useTranslation("job");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
    <section className="dc-table-box dc-chart-table" aria-label={title} tabIndex={0}>
      <table className="dc-table">
        <thead>
          <tr>
            <th scope="col">{t("runs.scheduledFor")}</th>
            <th scope="col">{t("runs.state")}</th>
            <th scope="col" data-right="true">
              {title}
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td>
                <Link href={`/runs/${run.id}`}>
                  <Time at={run.scheduledFor} zone={zone} dense />
                </Link>
              </td>
              <td>
                <StateBadge state={run.state} />
              </td>
              <td data-right="true">
                <Duration ms={run[figure]} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** 1h30m as milliseconds; null: none. */
function durationMs(text: string): number | null {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  return parts.length === 0 ? null : parts.reduce((sum, [, n, unit]) => sum + Number(n) * (unitMs[unit ?? ""] ?? 0), 0);
}
