// A job's runs, newest first; filters are the server's and stand in the address.
import { MultiSelect } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { api } from "../../api/call.ts";
import type { JobView, Page, RunView } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { Duration, Elapsed } from "../../components/duration.tsx";
import { Icon } from "../../components/icon.tsx";
import { usePager } from "../../components/pager.ts";
import { runStateNames, StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { useUrlState } from "../../lib/url-state.ts";

const defaults = { state: "", trigger: "", from: "", to: "" };
const inAddress = { ...defaults, cursor: "" };
const triggers = ["schedule", "manual", "catch_up", "retry_of", "backfill"] as const;
const listOf = (text: string) => (text ? text.split(",") : []);

export function RunsTab({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const [, navigate] = useLocation();
  const [filters, setFilters] = useUrlState(inAddress);
  const pager = usePager();
  const { state, trigger, from, to } = filters;
  const query = { job: job.id, state, trigger, from, to, limit: pager.limit, cursor: pager.cursor };
  const runs = useQuery({
    queryKey: ["runs", "list-of-job", query],
    queryFn: ({ signal }) => api.get<Page<RunView>>("/runs", { query, signal }),
    placeholderData: keepPreviousData,
  });
  const filterBy = (patch: Partial<typeof defaults>) => setFilters({ ...patch, cursor: null });
  const isFiltered = Boolean(state || trigger || from || to);
  const zone = String(job.effective.timezone);
  return (
    <>
      <search className="dc-toolbar">
        <MultiSelect
          size="xs"
          className="dc-filter"
          aria-label={t("runs.state")}
          placeholder={state ? "" : t("jobs:anyState")}
          data={runStateNames.map((value) => ({ value, label: t(`states:run.${value}`) }))}
          value={listOf(state)}
          clearable
          onChange={(values) => filterBy({ state: values.join() })}
        />
        <MultiSelect
          size="xs"
          className="dc-filter"
          aria-label={t("runs.trigger")}
          placeholder={trigger ? "" : t("runs.anyTrigger")}
          data={triggers.map((value) => ({ value, label: t(`states:trigger.${value}`) }))}
          value={listOf(trigger)}
          clearable
          onChange={(values) => filterBy({ trigger: values.join() })}
        />
        {(from || to) && (
          <button type="button" className="dc-chip" onClick={() => filterBy({ from: "", to: "" })}>
            <Time at={from || null} zone={zone} dense /> – <Time at={to || null} zone={zone} dense />
            <Icon name="close" size={11} />
            <span className="dc-hidden">{t("common:clear")}</span>
          </button>
        )}
        {isFiltered && (
          <button type="button" className="dc-link" onClick={() => filterBy(defaults)}>
            {t("common:table.clearFilters")}
          </button>
        )}
      </search>
      <DataTable
        label={t("tab.runs")}
        columns={useColumns(zone)}
        query={runs}
        rowKey={(run) => run.id}
        rowName={(run) => run.id}
        onOpen={(run) => navigate(`/runs/${run.id}`)}
        pager={pager}
        onClearFilters={isFiltered ? () => filterBy(defaults) : undefined}
        empty={
          <Empty title={t("runs.empty")}>
            <p className="dc-plain">{t("runs.emptyText")}</p>
          </Empty>
        }
      />
    </>
  );
}

function useColumns(zone: string): Column<RunView>[] {
  const { t } = useTranslation("job");
  return [
    {
      id: "state",
      header: t("runs.state"),
      onCard: "title",
      cell: (run) => (
        <Link href={`/runs/${run.id}`} aria-label={t("runs.open", { id: run.id, state: t(`states:run.${run.state}`) })}>
          <StateBadge state={run.state} />
        </Link>
      ),
    },
    {
      id: "scheduledFor",
      header: t("runs.scheduledFor"),
      onCard: "title",
      cell: (run) => <Time at={run.scheduledFor} zone={zone} dense />,
    },
    {
      id: "lateness",
      header: t("runs.lateness"),
      right: true,
      cell: (run) => <Duration ms={run.latenessMs} />,
    },
    {
      id: "duration",
      header: t("runs.duration"),
      right: true,
      cell: (run) =>
        run.startedAt && !run.finishedAt ? <Elapsed since={run.startedAt} /> : <Duration ms={run.durationMs} />,
    },
    { id: "trigger", header: t("runs.trigger"), cell: (run) => t(`states:trigger.${run.trigger}`) },
    {
      id: "node",
      header: t("runs.node"),
      cell: (run) =>
        run.node ? <Link href={`/nodes/${run.node.id}`}>{run.node.name}</Link> : <span className="dc-none">–</span>,
    },
    { id: "attempts", header: t("runs.attempts"), right: true, from: "lg", onCard: "none", cell: (run) => run.attempt },
    {
      id: "reason",
      header: t("runs.reason"),
      from: "md",
      cell: (run) =>
        run.reason ? <span className="dc-clip">{run.reason.message}</span> : <span className="dc-none">–</span>,
    },
  ];
}
