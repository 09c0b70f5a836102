// The list of jobs. Search and filters are the server's, and stand in the address.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { api } from "../../api/call.ts";
import { useCan } from "../../api/session.ts";
import type { BulkBody, JobStats, JobView, Page, Tags } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { ButtonLink } from "../../components/button.tsx";
import { Combo } from "../../components/combo.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { Icon } from "../../components/icon.tsx";
import { Select } from "../../components/inputs.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { usePager } from "../../components/pager.ts";
import { SearchBox } from "../../components/search-box.tsx";
import { jobStateNames } from "../../components/state-badge.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { jobPath, useJobActions } from "../job/job-actions.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { type RowActions, StatsOfJobs, useJobColumns } from "./job-columns.tsx";

const defaults = { q: "", tag: "", state: "" };
const inAddress = { ...defaults, sort: "name", cursor: "" };
/** What the ledger's newest runs say changes with every run: it may lag behind a little, for it costs the server more. */
const statsEveryMs = 10_000;

export function JobsPage() {
  const { t } = useTranslation("jobs");
  const [, navigate] = useLocation();
  const [filters, setFilters] = useUrlState(inAddress);
  const pager = usePager();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const actions = useJobActions();
  const mayOperate = useCan("operator");
  const mayEdit = useCan("editor");
  const { q, tag, state, sort } = filters;
  const query = { q, tag, state, sort, limit: pager.limit, cursor: pager.cursor };
  const jobs = useQuery({
    queryKey: ["jobs", "list", query],
    queryFn: ({ signal }) => api.get<Page<JobView>>("/jobs", { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  // New figures touch all rows: they can wait for what somebody does.
  const stats = useDeferredValue(useStats(jobs.data?.items ?? []));
  const tags = useQuery({
    queryKey: ["jobs", "tags"],
    queryFn: ({ signal }) => api.get<Tags>("/tags", { signal }),
    staleTime: 60_000,
  });
  // A filter begins at its first page, and what was selected under another isn't meant.
  const filterBy = (patch: Partial<typeof defaults>, options?: { replace: boolean }) => {
    setSelected(new Set());
    setFilters({ ...patch, cursor: null }, options);
  };
  const clear = () => filterBy(defaults);
  const isFiltered = Boolean(q || tag || state);
  const filter: NonNullable<BulkBody["filter"]> = {
    ...(q ? { q } : {}),
    ...(tag ? { tag } : {}),
    ...(state ? { state: state as "ok" } : {}),
  };
  const doing = useRef({ actions, filterBy });
  doing.current = { actions, filterBy };
  const rowActions = useMemo(
    (): RowActions => ({
      setEnabled: (job, enabled) => doing.current.actions.setEnabled(job, enabled),
      run: (job) => doing.current.actions.run.mutate({ job }),
      filterByTag: (name) => doing.current.filterBy({ tag: name }),
    }),
    [],
  );
  const columns = useJobColumns(rowActions);
  const sortBy = (by: string) => setFilters({ sort: by, cursor: null });
  return (
    <>
      <PageHeader title={t("title")}>
        {mayEdit && (
          <ButtonLink href="/jobs/new" leftSection={<Icon name="plus" size={14} />}>
            {t("new")}
          </ButtonLink>
        )}
      </PageHeader>
      <search className="dc-toolbar">
        <SearchBox value={q} label={t("search")} onSearch={(text) => filterBy({ q: text }, { replace: true })} />
        <Select
          size="xs"
          w={160}
          aria-label={t("column.state")}
          placeholder={t("anyState")}
          data={jobStateNames.map((value) => ({ value, label: t(`states:job.${value}`) }))}
          value={state}
          onChange={(value) => filterBy({ state: value })}
        />
        <Combo
          size="xs"
          w={170}
          aria-label={t("tag")}
          placeholder={t("anyTag")}
          data={tagOptions(tags.data, tag)}
          value={tag}
          clearLabel={t("common:table.clearFilters")}
          nothingFound={t("noTag")}
          onChange={(value) => filterBy({ tag: value })}
        />
        <Select
          size="xs"
          w={170}
          className="dc-narrow"
          aria-label={t("sort.label")}
          data={orders.map((value) => ({ value, label: t(`sort.${value}`) }))}
          value={sort}
          onChange={sortBy}
        />
        {isFiltered && (
          <button type="button" className="dc-link" onClick={clear}>
            {t("common:table.clearFilters")}
          </button>
        )}
      </search>
      {mayOperate && (selected.size > 0 || isFiltered) && (
        <BulkBar selected={selected} onClear={() => setSelected(new Set())} filter={isFiltered ? filter : null} />
      )}
      <StatsOfJobs value={stats}>
        <DataTable
          label={t("title")}
          columns={columns}
          query={jobs}
          rowKey={(job) => job.id}
          rowName={(job) => job.name}
          onOpen={(job) => navigate(jobPath(job.name))}
          keys={[
            ...(mayOperate
              ? [{ key: "r", label: t("runNow"), on: (job: JobView) => actions.run.mutate({ job }) }]
              : []),
            ...(mayOperate
              ? [{ key: "p", label: t("toggle"), on: (job: JobView) => actions.setEnabled(job, !job.enabled) }]
              : []),
            ...(mayEdit
              ? [{ key: "e", label: t("edit"), on: (job: JobView) => navigate(`${jobPath(job.name)}/edit`) }]
              : []),
          ]}
          sorting={{ by: sort, set: sortBy }}
          {...(mayOperate ? { selection: { keys: selected, set: setSelected } } : {})}
          pager={pager}
          onClearFilters={isFiltered ? clear : undefined}
          empty={
            <Empty title={t("empty.title")}>
              {mayEdit && (
                <p className="dc-plain">
                  <Link href="/jobs/new">{t("new")}</Link>
                </p>
              )}
              <p className="dc-plain">{t("empty.text")}</p>
              <code className="dc-mono">distcron apply -f jobs.yaml</code>
            </Empty>
          }
        />
      </StatsOfJobs>
    </>
  );
}

const orders = ["name", "-name", "nextRun", "-nextRun", "-lastRun", "lastRun", "-failures"] as const;

/** How the newest runs of a page's jobs went, by the job's id: one question for all of them. */
function useStats(jobs: JobView[]): ReadonlyMap<string, JobStats> {
  const ids = jobs.map(({ id }) => id);
  const stats = useQuery({
    queryKey: ["stats-of-jobs", ids],
    queryFn: ({ signal }) => api.get<{ items: JobStats[] }>("/stats/jobs", { query: { jobs: ids.join() }, signal }),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: statsEveryMs,
  });
  return useMemo(() => new Map(stats.data?.items.map((each) => [each.job.id, each])), [stats.data]);
}

function tagOptions(tags: Tags | undefined, chosen: string) {
  const known = tags?.items.map(({ tag, jobs }) => ({ value: tag, label: `${tag} (${jobs})` })) ?? [];
  // One that an address names may not be among them.
  return !chosen || known.some(({ value }) => value === chosen) ? known : [{ value: chosen, label: chosen }, ...known];
}
