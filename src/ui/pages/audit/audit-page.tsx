// Who changed what, when, and through what.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "../../api/call.ts";
import type { AuditEntry, Page } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { Select, TextInput } from "../../components/inputs.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { usePager } from "../../components/pager.ts";
import { SearchBox } from "../../components/search-box.tsx";
import { Time } from "../../components/time.tsx";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { ChangeList } from "./change-list.tsx";
import { targetLink } from "./target-link.ts";
import "./audit.css";

const actions: Record<string, string[]> = {
  job: ["create", "update", "delete", "enable", "disable", "rollback", "run", "paused", "defaults"],
  run: ["cancel", "retry"],
  node: ["drain", "resume", "delete"],
  scheduler: ["pause", "resume", "backup"],
  user: ["login", "create", "update", "password", "disable", "enable", "delete"],
  token: ["create", "revoke"],
};
const known = new Set(Object.entries(actions).flatMap(([of, verbs]) => verbs.map((verb) => `${of}.${verb}`)));

const defaults = { actor: "", action: "", target: "", from: "", to: "" };
const inAddress = { ...defaults, cursor: "" };

export function AuditPage() {
  const { t } = useTranslation("audit");
  const [filters, setFilters] = useUrlState(inAddress);
  const pager = usePager();
  const { cursor: _, ...filter } = filters;
  const query = { ...filter, limit: pager.limit, cursor: pager.cursor };
  const audit = useQuery({
    queryKey: ["access", "audit", query],
    queryFn: ({ signal }) => api.get<Page<AuditEntry>>("/audit", { query, signal }),
    placeholderData: keepPreviousData,
  });
  const filterBy = (patch: Partial<typeof defaults>, options?: { replace: boolean }) =>
    setFilters({ ...patch, cursor: null }, options);
  const isFiltered = Object.values(filter).some((value) => value !== "");
  const clear = () => filterBy(defaults);
  const actionLabel = (action: string) => (known.has(action) ? t(`action.${action}`) : action);
  return (
    <>
      <PageHeader title={t("shell:nav.audit")} lead={t("lead")} />
      <search className="dc-toolbar">
        <SearchBox
          value={filter.target}
          label={t("target")}
          onSearch={(target) => filterBy({ target: target.trim() }, { replace: true })}
        />
        <FilterText value={filter.actor} label={t("actor")} onChange={(actor) => filterBy({ actor })} />
        <Select
          size="xs"
          w={180}
          aria-label={t("column.action")}
          placeholder={t("anyAction")}
          data={Object.entries(actions).map(([of, verbs]) => ({
            group: t(`of.${of}`),
            items: verbs.map((verb) => ({ value: `${of}.${verb}`, label: t(`action.${of}.${verb}`) })),
          }))}
          value={filter.action}
          onChange={(action) => filterBy({ action })}
        />
        <Instant label={t("from")} value={filter.from} onChange={(from) => filterBy({ from })} />
        <Instant label={t("to")} value={filter.to} onChange={(to) => filterBy({ to })} />
        {isFiltered && (
          <button type="button" className="dc-link" onClick={clear}>
            {t("common:table.clearFilters")}
          </button>
        )}
      </search>
      <DataTable
        label={t("shell:nav.audit")}
        query={audit}
        rowKey={(entry) => entry.id}
        rowName={(entry) => entry.id}
        pager={pager}
        onClearFilters={isFiltered ? clear : undefined}
        empty={<Empty title={t("empty")} />}
        columns={[
          { id: "at", header: t("column.at"), onCard: "end", cell: (entry) => <Time at={entry.at} dense /> },
          {
            id: "actor",
            header: t("column.actor"),
            cell: ({ actor }) => (
              <button
                type="button"
                className="dc-link dc-mono"
                title={t("onlyActor")}
                onClick={() => filterBy({ actor })}
              >
                {actor}
              </button>
            ),
          },
          {
            id: "action",
            header: t("column.action"),
            onCard: "title",
            cell: ({ action }) => <strong>{actionLabel(action)}</strong>,
          },
          { id: "target", header: t("column.target"), cell: (entry) => <Target entry={entry} /> },
          {
            id: "via",
            header: t("column.via"),
            cell: ({ via }) => <span className="dc-mono dc-soft">{via ?? "–"}</span>,
          },
          { id: "changes", header: t("column.changes"), cell: (entry) => <ChangeList entry={entry} /> },
        ]}
      />
    </>
  );
}

function Target({ entry: { target, action } }: { entry: AuditEntry }) {
  const to = action.endsWith(".delete") ? null : targetLink(target);
  const name = target.name ?? target.id;
  return (
    <span className="dc-mono dc-break" title={target.id}>
      {to === null ? name : <Link href={to}>{name}</Link>}
    </span>
  );
}

function FilterText({ value, label, onChange }: { value: string; label: string; onChange(value: string): void }) {
  return (
    <TextInput
      // Another value by other means begins a new field.
      key={value}
      size="xs"
      w={130}
      aria-label={label}
      placeholder={label}
      defaultValue={value}
      onBlur={(event) => event.currentTarget.value.trim() !== value && onChange(event.currentTarget.value.trim())}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

/** In the browser's zone on the screen, in UTC in the address. */
function Instant({ value, label, onChange }: { value: string; label: string; onChange(value: string): void }) {
  const ms = Date.parse(value);
  return (
    <span className="dc-audit-instant">
      <span aria-hidden="true">{label}</span>
      <TextInput
        size="xs"
        w={178}
        type="datetime-local"
        aria-label={label}
        value={Number.isNaN(ms) ? "" : formatInstant(ms, undefined, { seconds: false }).replace(" ", "T")}
        onChange={(event) => {
          const next = event.currentTarget.value;
          onChange(next === "" ? "" : new Date(next).toISOString());
        }}
      />
    </span>
  );
}
