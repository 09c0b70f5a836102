// The configuration that the server which answers runs with: each value, and where it came from. To change one, change it there.
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { Configuration } from "../../api/types.ts";
import { Switch } from "../../components/choices.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { Icon } from "../../components/icon.tsx";
import { SearchBox } from "../../components/search-box.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";

type Row = Configuration["items"][number];
const inAddress = { q: "", set: "" };

export function InForce() {
  const { t, i18n } = useTranslation("settings");
  const [{ q, set }, setFilters] = useUrlState(inAddress);
  const configuration = useQuery({
    // What keys mean comes in the page's language.
    queryKey: ["configuration", i18n.language],
    queryFn: ({ signal }) => api.get<Configuration>("/config", { signal }),
    staleTime: 60_000,
  });
  const { data } = configuration;
  const wanted = q.trim().toLowerCase();
  const items = data?.items.filter(
    ({ key, about, origin }) =>
      (set === "" || origin !== "default") && `${key} ${about}`.toLowerCase().includes(wanted),
  );
  const columns: Column<Row>[] = [
    {
      id: "key",
      header: t("config.key"),
      onCard: "title",
      cell: ({ key, about }) => (
        <span className="dc-stack">
          <code className="dc-key">{key}</code>
          <span className="dc-soft dc-small">{about}</span>
        </span>
      ),
    },
    { id: "value", header: t("config.value"), cell: (row) => <Value row={row} /> },
    { id: "origin", header: t("config.origin"), cell: ({ origin }) => <Origin origin={origin} /> },
  ];
  const isFiltered = q !== "" || set !== "";
  const clear = () => setFilters(inAddress);
  return (
    <section className="dc-section" aria-label={t("config.title")}>
      <h2>{t("config.title")}</h2>
      <p className="dc-plain dc-soft">
        {t("config.lead")} {data && <code>{data.scheduler}</code>}
      </p>
      <search className="dc-toolbar">
        <SearchBox
          value={q}
          label={t("config.search")}
          onSearch={(text) => setFilters({ q: text }, { replace: true })}
        />
        <Switch
          label={t("config.onlySet")}
          checked={set !== ""}
          onChange={(event) => setFilters({ set: event.currentTarget.checked ? "1" : "" })}
        />
      </search>
      <DataTable
        label={t("config.title")}
        columns={columns}
        query={{ ...configuration, data: items && { items, nextCursor: null } }}
        rowKey={({ key }) => key}
        rowName={({ key }) => key}
        onClearFilters={isFiltered ? clear : undefined}
        empty={null}
      />
    </section>
  );
}

function Value({ row: { value, secret, origin } }: { row: Row }) {
  const { t } = useTranslation("settings");
  if (secret && origin !== "default")
    return (
      <span className="dc-inline dc-soft">
        <Icon name="access" size={12} />
        {t("config.secret")}
      </span>
    );
  const isNothing =
    value === null || (typeof value === "object" && Object.keys(value as Record<string, unknown>).length === 0);
  if (isNothing) return <span className="dc-none">{t("config.none")}</span>;
  const lines = Array.isArray(value)
    ? value.map(String)
    : typeof value === "object"
      ? Object.entries(value as Record<string, unknown>).map(([name, each]) => `${name}: ${wordOf(each)}`)
      : [wordOf(value)];
  return (
    <span className="dc-stack dc-value">
      {lines.map((line) => (
        <code key={line}>{line}</code>
      ))}
    </span>
  );
}

const wordOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** "environment DISTCRON_X, file /run/secrets/x": kinds are words, names stay. */
function Origin({ origin }: { origin: string }) {
  const { t } = useTranslation("settings");
  return (
    <span className="dc-stack">
      {origin.split(", ").map((part) => {
        const [, kind = "", name = ""] = /^(\S+)(?: (.*))?$/.exec(part) ?? [];
        return (
          <span key={part} className={kind === "default" ? "dc-soft" : "dc-value"}>
            {t(`config.from.${kind}`)} {name && <code>{name}</code>}
          </span>
        );
      })}
    </span>
  );
}
