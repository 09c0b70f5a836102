// What the list tells of a job.
import { ActionIcon, Switch, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useCan } from "../../api/session.ts";
import type { JobView } from "../../api/types.ts";
import type { Column } from "../../components/data-table.tsx";
import { Duration } from "../../components/duration.tsx";
import { Icon } from "../../components/icon.tsx";
import { JobStateBadge, StateBadge } from "../../components/state-badge.tsx";
import { Countdown, Time } from "../../components/time.tsx";
import { jobPath, jobTitle, type useJobActions } from "../job/job-actions.ts";
import { JobMenu } from "./job-menu.tsx";
import { jobStateOf } from "./job-state.ts";

type Actions = ReturnType<typeof useJobActions>;

const zoneOf = (job: JobView) => String(job.effective.timezone);
const tagsOf = (job: JobView) => (Array.isArray(job.effective.tags) ? job.effective.tags.map(String) : []);
const schedulesOf = (job: JobView) => [job.effective.schedule].flat().map(String);

export function useJobColumns(actions: Actions, onTag: (tag: string) => void): Column<JobView>[] {
  const { t } = useTranslation("jobs");
  const mayOperate = useCan("operator");
  return [
    {
      id: "state",
      header: t("column.state"),
      onCard: "title",
      cell: (job) => <JobStateBadge state={jobStateOf(job)} />,
    },
    { id: "name", header: t("column.name"), onCard: "title", cell: (job) => <Name job={job} onTag={onTag} /> },
    { id: "schedule", header: t("column.schedule"), cell: (job) => <Schedule job={job} /> },
    { id: "next", header: t("column.next"), cell: (job) => <NextRun job={job} /> },
    { id: "last", header: t("column.last"), cell: (job) => <LastRun job={job} /> },
    {
      id: "duration",
      header: t("column.duration"),
      right: true,
      from: "lg",
      onCard: "none",
      cell: (job) => <Duration ms={job.lastRun?.durationMs ?? null} />,
    },
    {
      id: "lateness",
      header: t("column.lateness"),
      right: true,
      from: "xl",
      onCard: "none",
      cell: (job) => <Duration ms={job.lastRun?.latenessMs ?? null} />,
    },
    {
      id: "owner",
      header: t("column.owner"),
      from: "xl",
      onCard: "none",
      cell: (job) => (job.effective.owner ? String(job.effective.owner) : <span className="dc-none">–</span>),
    },
    {
      id: "enabled",
      header: t("column.enabled"),
      cell: (job) => (
        <Switch
          size="xs"
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
            <Tooltip label={t("runNow")}>
              <ActionIcon
                variant="subtle"
                aria-label={t("runNowOf", { name: job.name })}
                onClick={() => actions.run.mutate({ job })}
              >
                <Icon name="play" size={14} />
              </ActionIcon>
            </Tooltip>
          )}
          <JobMenu job={job} actions={actions} />
        </span>
      ),
    },
  ];
}

function Name({ job, onTag }: { job: JobView; onTag(tag: string): void }) {
  const { t } = useTranslation("jobs");
  const title = jobTitle(job);
  return (
    <span className="dc-job-name">
      <Link href={jobPath(job.name)}>{title}</Link>
      {title !== job.name && <span className="dc-soft dc-mono">{job.name}</span>}
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
      <code className="dc-mono">{schedulesOf(job).join(" · ")}</code>
      <span className="dc-soft dc-small">{job.scheduleInWords}</span>
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
      <span className="dc-soft dc-small">
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
      <Link href={`/runs/${run.id}`}>
        <StateBadge state={run.state} />
      </Link>
      <span className="dc-soft dc-small">
        <Time at={run.finishedAt ?? run.startedAt ?? run.scheduledFor} relative dense />
        {job.consecutiveFailures > 1 && ` · ${t("failuresInARow", { count: job.consecutiveFailures })}`}
      </span>
    </span>
  );
}
