// Runs in a table with their filters and what can be done with many of them: the page /runs, and within the page of a job
// or a node for its runs alone. Filters and page stand in the address.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { api } from "../../api/call.ts";
import { useCan } from "../../api/session.ts";
import type { Page, RunView } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { usePager } from "../../components/pager.ts";
import { now } from "../../lib/clock.ts";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { useRunColumns } from "./run-columns.tsx";
import { bulkFilter, type Fixed, isNarrowed, rangeOf, runsQuery } from "./run-filters.ts";
import { RunToolbar } from "./run-toolbar.tsx";
import { RunsBulkBar } from "./runs-bulk-bar.tsx";
import "./runs.css";

const none = { q: "", state: "", trigger: "", job: "", node: "", from: "", to: "" };

interface Props extends Fixed {
  /** The range where the address names none: of all jobs' runs the last day, of one's all. */
  range?: "24h" | "all";
}

export function RunList({ job, node, range = "24h" }: Props) {
  const { t } = useTranslation("runs");
  const [, navigate] = useLocation();
  const inAddress = useMemo(() => ({ ...none, range: range as string, cursor: "" }), [range]);
  const [filters, setFilters] = useUrlState(inAddress);
  const pager = usePager();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const mayOperate = useCan("operator");
  const fixed: Fixed = { ...(job === undefined ? {} : { job }), ...(node === undefined ? {} : { node }) };
  const asked = { ...filters, cursor: pager.cursor };
  const runs = useQuery({
    // By what was asked for, not by when: "the last day" is the same question a minute later, and its rows don't dim.
    queryKey: ["runs", "list", { ...asked, ...fixed, limit: pager.limit }],
    queryFn: ({ signal }) => {
      const query = { ...runsQuery(filters, fixed, now()), limit: pager.limit, cursor: pager.cursor };
      return api.get<Page<RunView>>("/runs", { query, signal });
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  // A filter begins at its first page, and what was selected under another isn't meant.
  const filterBy = (patch: Partial<typeof filters>, options?: { replace: boolean }) => {
    setSelected(new Set());
    setFilters({ ...patch, cursor: null }, options);
  };
  const narrowed = isNarrowed(filters);
  const isOfAllTime = rangeOf(filters) === "all";
  const clear = () => filterBy({ ...none, range });
  const columns = useRunColumns(fixed, filterBy);
  return (
    <>
      <RunToolbar filters={filters} fixed={fixed} onFilter={filterBy} {...(narrowed ? { onClear: clear } : {})} />
      {selected.size > 0 && (
        <RunsBulkBar
          selected={selected}
          onClear={() => setSelected(new Set())}
          filter={narrowed ? bulkFilter(runsQuery(filters, fixed, now())) : null}
        />
      )}
      <DataTable
        label={t("title")}
        columns={columns}
        query={runs}
        rowKey={(run) => run.id}
        rowName={(run) => t("rowName", { job: run.job.name, at: formatInstant(Date.parse(run.scheduledFor)) })}
        onOpen={(run) => navigate(`/runs/${run.id}`)}
        {...(mayOperate ? { selection: { keys: selected, set: setSelected } } : {})}
        pager={pager}
        onClearFilters={narrowed ? clear : undefined}
        empty={
          <Empty title={isOfAllTime ? t("empty.never") : t("empty.range")}>
            {isOfAllTime ? (
              t("empty.text")
            ) : (
              <button type="button" className="dc-link" onClick={() => filterBy({ range: "all", from: "", to: "" })}>
                {t("empty.allTime")}
              </button>
            )}
          </Empty>
        }
      />
    </>
  );
}
