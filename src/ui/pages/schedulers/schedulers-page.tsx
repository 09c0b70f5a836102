// Who decides: the schedulers that are up, which of them leads, how far it is behind, and pausing all planning.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "../../api/call.ts";
import type { Schedulers } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { Icon } from "../../components/icon.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Time } from "../../components/time.tsx";
import { formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { Version } from "../nodes/node-parts.tsx";
import "../nodes/nodes.css";
import { Planning } from "./planning.tsx";

type Member = Schedulers["items"][number];
/** More than a look of the planner and the way to a node. */
const lagWarnMs = 5000;

export function SchedulersPage() {
  const { t } = useTranslation("schedulers");
  const schedulers = useQuery({
    queryKey: ["schedulers"],
    queryFn: ({ signal }) => api.get<Schedulers>("/schedulers", { signal }),
    refetchInterval: 5000,
  });
  return (
    <>
      <PageHeader title={t("title")} lead={t("lead")} />
      <Loaded of={schedulers}>
        {(found) => (
          <>
            {found.term === null && (
              <p className="dc-panel dc-down" role="status">
                <Icon name="warning" size={14} />
                {t("nobody")}
              </p>
            )}
            <Planning paused={found.paused} />
            <Facts found={found} />
            <Members query={{ ...schedulers, data: found }} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Facts({ found }: { found: Schedulers }) {
  const { t } = useTranslation("schedulers");
  const leader = found.items.find((each) => each.leader);
  const { coordinator, lagMs } = found;
  const facts: [name: string, value: ReactNode][] = [
    [t("fact.leader"), leader ? <Address key="l" of={leader} /> : "–"],
    [t("fact.term"), found.term ?? "–"],
    [t("fact.since"), <Time key="s" at={found.leadingSince} relative />],
    [
      t("fact.lag"),
      <span key="g" className="dc-inline">
        {lagMs === 0 ? t("lag.none") : formatDuration(lagMs)}
        {lagMs > lagWarnMs && (
          <span className="dc-mark">
            <Icon name="warning" size={12} />
            {t("lag.behind")}
          </span>
        )}
      </span>,
    ],
    [
      t("fact.coordinator"),
      <span key="c" className="dc-stack">
        {t(`coordinator.${coordinator.kind}`)}
        {coordinator.endpoints.map((endpoint) => (
          <code key={endpoint}>{endpoint}</code>
        ))}
      </span>,
    ],
    [t("fact.store"), t(`store.${found.store}`)],
  ];
  return (
    <section className="dc-panel dc-section" aria-label={t("leadership")}>
      <h2>{t("leadership")}</h2>
      <dl className="dc-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const Address = ({ of: { id, url } }: { of: Member }) => <code>{url || id}</code>;

function Members({ query }: { query: { data: Schedulers; error: unknown; refetch(): unknown } }) {
  const { t } = useTranslation("schedulers");
  const columns: Column<Member>[] = [
    {
      id: "role",
      header: t("column.role"),
      onCard: "title",
      cell: ({ leader }) => (
        <span className="dc-state" data-tone={leader ? "good" : "quiet"} data-dashed={leader ? undefined : true}>
          <Icon name={leader ? "schedulers" : "half"} size={12} />
          {t(leader ? "role.leader" : "role.standby")}
        </span>
      ),
    },
    {
      id: "url",
      header: t("column.url"),
      onCard: "title",
      cell: (member) => (
        <span className="dc-inline">
          <Address of={member} />
          {member.self && <span className="dc-soft dc-small">{t("self")}</span>}
        </span>
      ),
    },
    { id: "started", header: t("column.started"), cell: ({ startedAt }) => <Time at={startedAt} relative dense /> },
    { id: "version", header: t("column.version"), cell: ({ version }) => <Version version={version} /> },
    { id: "id", header: t("column.id"), from: "md", cell: ({ id }) => <code>{id}</code> },
  ];
  return (
    <section className="dc-section" aria-label={t("members")}>
      <h2>{t("members")}</h2>
      <DataTable
        label={t("members")}
        columns={columns}
        query={query}
        rowKey={({ id }) => id}
        rowName={({ url, id }) => url || id}
        empty={<p className="dc-soft dc-plain">{t("nobody")}</p>}
      />
    </section>
  );
}
