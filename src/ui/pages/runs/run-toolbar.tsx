// The filters above a list of runs.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/call.ts";
import type { JobView, NodeView, Page } from "../../api/types.ts";
import { Combo, MultiCombo } from "../../components/combo.tsx";
import { Select, TextInput } from "../../components/inputs.tsx";
import { SearchBox } from "../../components/search-box.tsx";
import { runStateNames } from "../../components/state-badge.tsx";
import { now } from "../../lib/clock.ts";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { type Fixed, type RunFilters, rangeOf, ranges, triggerNames } from "./run-filters.ts";

interface Props {
  filters: RunFilters;
  fixed: Fixed;
  onFilter(patch: Partial<RunFilters>, options?: { replace: boolean }): void;
  /** Set: there is something to clear. */
  onClear?: () => void;
}

export function RunToolbar({ filters, fixed, onFilter, onClear }: Props) {
  const { t } = useTranslation("runs");
  const range = rangeOf(filters);
  const choose = (value: string) => {
    const since = new Date(now() - ranges["24h"]).toISOString();
    onFilter({ range: value, from: value === "own" ? filters.from || since : "", to: "" });
  };
  return (
    <search className="dc-toolbar">
      {!fixed.job && (
        <SearchBox value={filters.q} label={t("search")} onSearch={(q) => onFilter({ q }, { replace: true })} />
      )}
      <MultiCombo
        size="xs"
        className="dc-states"
        aria-label={t("column.state")}
        placeholder={t("anyState")}
        data={runStateNames.map((value) => ({ value, label: t(`states:run.${value}`) }))}
        value={filters.state.split(",").filter(Boolean)}
        onChange={(chosen) => onFilter({ state: chosen.join(",") })}
        clearLabel={t("common:clear")}
      />
      <MultiCombo
        size="xs"
        className="dc-triggers"
        aria-label={t("column.trigger")}
        placeholder={t("anyTrigger")}
        data={triggerNames.map((value) => ({ value, label: t(`states:trigger.${value}`) }))}
        value={filters.trigger.split(",").filter(Boolean)}
        onChange={(chosen) => onFilter({ trigger: chosen.join(",") })}
        clearLabel={t("common:clear")}
      />
      {!fixed.job && <JobFilter value={filters.job} onChange={(job) => onFilter({ job })} />}
      {!fixed.node && <NodeFilter value={filters.node} onChange={(node) => onFilter({ node })} />}
      <Select
        size="xs"
        w={150}
        aria-label={t("range.label")}
        data={[...Object.keys(ranges), "all", "own"].map((value) => ({ value, label: t(`range.${value as "all"}`) }))}
        value={range}
        onChange={choose}
      />
      {range === "own" && (
        <>
          <Moment label={t("from")} value={filters.from} onChange={(from) => onFilter({ from, range: "own" })} />
          <Moment label={t("to")} value={filters.to} onChange={(to) => onFilter({ to, range: "own" })} />
        </>
      )}
      {onClear && (
        <button type="button" className="dc-link" onClick={onClear}>
          {t("common:table.clearFilters")}
        </button>
      )}
    </search>
  );
}

/** An instant, typed in the browser's zone. */
function Moment({ label, value, onChange }: { label: string; value: string; onChange(iso: string): void }) {
  const ms = Date.parse(value);
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      aria-label={label}
      title={label}
      value={Number.isNaN(ms) ? "" : formatInstant(ms, undefined, { seconds: false }).replace(" ", "T")}
      onChange={({ currentTarget }) => {
        const typed = new Date(currentTarget.value).getTime();
        onChange(Number.isNaN(typed) ? "" : new Date(typed).toISOString());
      }}
    />
  );
}

const withChosen = (names: string[], value: string) => [...new Set([...(value ? [value] : []), ...names])];

function JobFilter({ value, onChange }: { value: string; onChange(job: string): void }) {
  const { t } = useTranslation("runs");
  const [isUsed, setUsed] = useState(false);
  const [typed, setTyped] = useState("");
  const q = typed === value ? "" : typed;
  const jobs = useQuery({
    queryKey: ["jobs", "names", q],
    queryFn: ({ signal }) => api.get<Page<JobView>>("/jobs", { query: { q, limit: 20 }, signal }),
    enabled: isUsed,
    staleTime: 30_000,
  });
  const names = jobs.data?.items.map(({ name }) => name) ?? [];
  return (
    <Combo
      size="xs"
      w={170}
      aria-label={t("column.job")}
      placeholder={t("anyJob")}
      data={withChosen(names, value)}
      value={value}
      clearLabel={t("common:clear")}
      onSearch={setTyped}
      nothingFound={t("noJob")}
      onOpen={() => setUsed(true)}
      onChange={onChange}
    />
  );
}

function NodeFilter({ value, onChange }: { value: string; onChange(node: string): void }) {
  const { t } = useTranslation("runs");
  const [isUsed, setUsed] = useState(false);
  const nodes = useQuery({
    queryKey: ["nodes", "names"],
    queryFn: ({ signal }) => api.get<Page<NodeView>>("/nodes", { query: { limit: 500 }, signal }),
    enabled: isUsed,
    staleTime: 30_000,
  });
  return (
    <Combo
      size="xs"
      w={140}
      aria-label={t("column.node")}
      placeholder={t("anyNode")}
      data={withChosen(nodes.data?.items.map(({ name }) => name) ?? [], value)}
      value={value}
      clearLabel={t("common:clear")}
      onOpen={() => setUsed(true)}
      onChange={onChange}
    />
  );
}
