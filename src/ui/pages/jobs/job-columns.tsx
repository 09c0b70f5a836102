// What the list tells of a job.
import { createContext, useContext, useMemo } from "react";
import { Link } from "wouter";
import { useCan } from "../../api/session.ts";
import type { JobStats, JobView } from "../../api/types.ts";
import type { Column } from "../../components/data-table.tsx";
import { Duration } from "../../components/duration.tsx";
import { Icon } from "../../components/icon.tsx";
import { RunStrip } from "../../components/run-strip.tsx";
import { JobStateBadge, StateBadge } from "../../components/state-badge.tsx";
import { Countdown, Time } from "../../components/time.tsx";
import { formatRate } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { jobPath, jobTitle } from "../job/job-actions.ts";
import { JobMenu } from "./job-menu.tsx";
import { jobStateOf } from "./job-state.ts";

/** By the job's id; what isn't there yet is left empty. Beside the columns, so that new figures don't redraw all rows. */
export const StatsOfJobs = createContext<ReadonlyMap<string, JobStats>>(new Map());

const zoneOf = (job: JobView) => String(job.effective.timezone);
const tagsOf = (job: JobView) => (Array.isArray(job.effective.tags) ? job.effective.tags.map(String) : []);
const schedulesOf = (job: JobView) => [job.effective.schedule].flat().map(String);

/** The same object for as long as the list is shown, or every row is drawn anew. */
export interface RowActions {
  setEnabled(job: JobView, enabled: boolean): void;
  run(job: JobView): void;
  filterByTag(tag: string): void;
}

export function useJobColumns(actions: RowActions): Column<JobView>[] {
  const { t } = useTranslation("jobs");
  const mayOperate = useCan("operator");
  return useMemo(
    () => [
      {
        id: "state",
        header: t("column.state"),
        sort: "-failures",
        onCard: "title",
        cell: (job) => <JobStateBadge state={jobStateOf(job)} />,
      },
      {
        id: "name",
        header: t("column.name"),
        sort: "name",
        onCard: "title",
        cell: (job) => <Name job={job} onTag={actions.filterByTag} />,
      },
      { id: "schedule", header: t("column.schedule"), from: "md", cell: (job) => <Schedule job={job} /> },
      { id: "next", header: t("column.next"), sort: "nextRun", cell: (job) => <NextRun job={job} /> },
      { id: "last", header: t("column.last"), sort: "-lastRun", cell: (job) => <LastRun job={job} /> },
      {
        id: "recent",
        header: t("column.recent"),
        from: "md",
        cell: (job) => <Recent job={job} />,
      },
      {
        id: "duration",
        header: t("column.duration"),
        right: true,
        from: "lg",
        onCard: "none",
        cell: (job) => <Durations job={job} />,
      },
      {
        id: "lateness",
        header: t("column.lateness"),
        right: true,
        from: "xxl",
        onCard: "none",
        cell: (job) => <LatenessP95 job={job} />,
      },
      {
        id: "enabled",
        header: t("column.enabled"),
        cell: (job) => (
          <input
            type="checkbox"
            role="switch"
            aria-checked={job.enabled}
            className="dc-switch"
            checked={job.enabled}
            disabled={!mayOperate}
            aria-label={t("enabledOf", { name: job.name })}
            onChange={(event) => actions.setEnabled(job, event.currentTarget.checked)}
          />
        ),
      },
      {
        id: "actions",
        header: t("column.actions"),
        onCard: "end",
        cell: (job) => (
          <span className="dc-row-actions">
            {mayOperate && (
              <button
                type="button"
                className="dc-icon-button"
                title={t("runNow")}
                aria-label={t("runNowOf", { name: job.name })}
                onClick={() => actions.run(job)}
              >
                <Icon name="play" size={14} />
              </button>
            )}
            <JobMenu job={job} />
          </span>
        ),
      },
    ],
    [t, mayOperate, actions],
  );
}

function Name({ job, onTag }: { job: JobView; onTag(tag: string): void }) {
  const { t } = useTranslation("jobs");
  const title = jobTitle(job);
  return (
    <span className="dc-job-name">
      <Link href={jobPath(job.name)}>{title}</Link>
      {title !== job.name && <span className="dc-soft dc-mono">{job.name}</span>}
      {job.effective.owner ? <span className="dc-soft dc-small">{String(job.effective.owner)}</span> : null}
      {tagsOf(job).map((tag) => (
        <button key={tag} type="button" className="dc-tag" title={t("filterByTag", { tag })} onClick={() => onTag(tag)}>
          {tag}
        </button>
      ))}
    </span>
  );
}

function Schedule({ job }: { job: JobView }) {
  return (
    <span className="dc-stack">
      {schedulesOf(job).map((schedule) => (
        <code key={schedule} className="dc-mono">
          {schedule}
        </code>
      ))}
      <span className="dc-soft dc-small dc-job-words" title={job.scheduleInWords}>
        {job.scheduleInWords}
      </span>
    </span>
  );
}

function NextRun({ job }: { job: JobView }) {
  const { t } = useTranslation("jobs");
  if (!job.enabled)
    return (
      <span className="dc-soft">
        {job.enableAt ? (
          <>
            {t("disabledUntil")} <Time at={job.enableAt} short dense />
          </>
        ) : (
          "–"
        )}
      </span>
    );
  if (job.nextRunAt === null) return <span className="dc-none">–</span>;
  return (
    <span className="dc-stack">
      <span>
        <Time at={job.nextRunAt} zone={zoneOf(job)} short dense />
      </span>
      <span className="dc-soft dc-small dc-one-line">
        <Countdown at={job.nextRunAt} /> · {zoneOf(job)}
      </span>
    </span>
  );
}

function LastRun({ job }: { job: JobView }) {
  const { t } = useTranslation("jobs");
  const run = job.lastRun;
  if (!run) return <span className="dc-none">–</span>;
  return (
    <span className="dc-stack">
      <span className="dc-one-line">
        <Link href={`/runs/${run.id}`}>
          <StateBadge state={run.state} />
        </Link>
        {job.consecutiveFailures > 1 && (
          <span className="dc-soft dc-small" title={t("failuresInARow", { count: job.consecutiveFailures })}>
            <span aria-hidden="true"> ×{job.consecutiveFailures}</span>
            <span className="dc-hidden">{t("failuresInARow", { count: job.consecutiveFailures })}</span>
          </span>
        )}
      </span>
      <span className="dc-soft dc-small dc-one-line">
        <Time at={run.finishedAt ?? run.startedAt ?? run.scheduledFor} relative dense />
        {run.durationMs !== null && (
          <>
            {" · "}
            <Duration ms={run.durationMs} />
          </>
        )}
      </span>
    </span>
  );
}

/** Of the last seven days, or of as many runs as are looked at. */
function Success({ of }: { of: JobStats | undefined }) {
  const { t, i18n } = useTranslation("jobs");
  if (!of || of.successRate === null) return null;
  const { succeeded = 0, failed = 0, timed_out = 0, lost = 0 } = of.counts;
  const total = succeeded + failed + timed_out + lost;
  const rate = formatRate(of.successRate, i18n.language);
  const title = t("successOf", { count: total, succeeded, at: of.countedFrom.slice(0, 10) });
  return (
    <span className="dc-soft dc-small dc-one-line" title={title}>
      {t("success", { rate })}
    </span>
  );
}

function Recent({ job }: { job: JobView }) {
  const stats = useContext(StatsOfJobs).get(job.id);
  return (
    <span className="dc-stack">
      <RunStrip runs={stats?.recent ?? []} zone={zoneOf(job)} />
      <Success of={stats} />
    </span>
  );
}

function LatenessP95({ job }: { job: JobView }) {
  return <Duration ms={useContext(StatsOfJobs).get(job.id)?.latenessMs?.p95 ?? null} />;
}

function Durations({ job }: { job: JobView }) {
  const known = useContext(StatsOfJobs).get(job.id)?.durationMs;
  if (!known) return <span className="dc-none">–</span>;
  return (
    <span className="dc-stack dc-stack-end">
      <Duration ms={known.mean} />
      <span className="dc-soft dc-small dc-one-line">
        p95 <Duration ms={known.p95} />
      </span>
    </span>
  );
}
