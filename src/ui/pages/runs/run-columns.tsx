// What a list tells of a run.

import { Link } from "wouter";
import type { RunView } from "../../api/types.ts";
import type { Column } from "../../components/data-table.tsx";
import { Duration, Elapsed } from "../../components/duration.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time, useZone } from "../../components/time.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { jobPath } from "../job/job-actions.ts";
import type { Fixed } from "./run-filters.ts";

/** From here on a start is marked as late. */
export const lateFromMs = 5000;

type FilterBy = (patch: { job?: string; node?: string; trigger?: string }) => void;

export function useRunColumns(fixed: Fixed, filterBy: FilterBy): Column<RunView>[] {
  const { t } = useTranslation("runs");
  const zone = useZone() ?? t("common:time.zoneLocal");
  const inZone = (label: string) => t("common:time.column", { label, zone });
  const columns: Column<RunView>[] = [
    {
      id: "state",
      header: t("column.state"),
      onCard: "title",
      cell: (run) => (
        <Link href={`/runs/${run.id}`} className="dc-plain-link">
          <StateBadge state={run.state} />
        </Link>
      ),
    },
    {
      id: "job",
      header: t("column.job"),
      onCard: "title",
      cell: (run) => (
        <Link href={jobPath(run.job.name)} className="dc-strong">
          {run.job.name}
        </Link>
      ),
    },
    { id: "trigger", header: t("column.trigger"), from: "md", cell: (run) => <Trigger run={run} /> },
    {
      id: "scheduled",
      header: inZone(t("column.scheduled")),
      cell: (run) => (
        <Link href={`/runs/${run.id}`}>
          <Time at={run.scheduledFor} short dense />
        </Link>
      ),
    },
    {
      id: "started",
      header: inZone(t("column.started")),
      from: "lg",
      onCard: "none",
      cell: (run) => <Time at={run.startedAt} short dense />,
    },
    { id: "lateness", header: t("column.lateness"), right: true, from: "md", cell: (run) => <Lateness run={run} /> },
    {
      id: "duration",
      header: t("column.duration"),
      right: true,
      cell: (run) =>
        run.state === "running" && run.startedAt ? <Elapsed since={run.startedAt} /> : <Duration ms={run.durationMs} />,
    },
    {
      id: "attempts",
      header: t("column.attempts"),
      right: true,
      from: "lg",
      onCard: "none",
      cell: (run) => (run.attempt === 0 ? <span className="dc-none">–</span> : run.attempt),
    },
    {
      id: "node",
      header: t("column.node"),
      from: "md",
      cell: ({ node }) =>
        node ? (
          <button
            type="button"
            className="dc-link"
            title={t("onlyNode", { node: node.name })}
            onClick={() => filterBy({ node: node.name })}
          >
            {node.name}
          </button>
        ) : (
          <span className="dc-none">–</span>
        ),
    },
    { id: "exit", header: t("column.exit"), from: "lg", onCard: "none", cell: (run) => <Exit run={run} /> },
    { id: "reason", header: t("column.reason"), cell: (run) => <ReasonCell run={run} /> },
  ];
  return columns.filter(({ id }) => !(id === "job" && fixed.job) && !(id === "node" && fixed.node));
}

function Trigger({ run }: { run: RunView }) {
  const { t } = useTranslation("states");
  return (
    <span className="dc-stack">
      <span>{t(`trigger.${run.trigger}`)}</span>
      {run.requestedBy && <span className="dc-soft dc-small dc-mono">{run.requestedBy}</span>}
    </span>
  );
}

function Lateness({ run }: { run: RunView }) {
  const { t } = useTranslation("states");
  if (run.latenessMs === null || run.latenessMs < lateFromMs) return <Duration ms={run.latenessMs} />;
  return (
    <span className="dc-late" data-tone="warn">
      <Icon name="clock" size={12} />
      <span className="dc-hidden">{t("run.late")}</span>
      <Duration ms={run.latenessMs} />
    </span>
  );
}

/** How a command or a request ended, as it says it itself. */
export function Exit({ run }: { run: Pick<RunView, "exitCode" | "signal" | "httpStatus"> }) {
  if (run.signal !== null) return <code className="dc-mono">{run.signal}</code>;
  if (run.httpStatus !== null) return <code className="dc-mono">HTTP {run.httpStatus}</code>;
  if (run.exitCode !== null) return <code className="dc-mono">{run.exitCode}</code>;
  return <span className="dc-none">–</span>;
}

function ReasonCell({ run }: { run: RunView }) {
  const { t, i18n } = useTranslation("reasons");
  if (!run.reason) return <span className="dc-none">–</span>;
  const { code, message } = run.reason;
  const known = i18n.exists(`${code}.title`, { ns: "reasons" });
  return (
    <span className="dc-stack dc-reason">
      <span>{known ? t(`${code}.title` as "exit_code.title") : code}</span>
      <span className="dc-soft dc-small dc-clip" title={message}>
        {message}
      </span>
    </span>
  );
}
