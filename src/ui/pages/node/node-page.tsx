// One node: how it is, what it does, how it was over the last hour, and taking it out of service.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useLocation, useParams } from "wouter";
import { ApiError, api } from "../../api/call.ts";
import type { NodeDetail } from "../../api/types.ts";
import { Bones, Empty, ErrorPanel } from "../../components/async.tsx";
import { Icon } from "../../components/icon.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { NodeStateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import {
  Beat,
  ClockOffset,
  Disks,
  Labels,
  Load,
  Memory,
  Meter,
  slotsOf,
  Version,
  Waiting,
} from "../nodes/node-parts.tsx";
import "../nodes/nodes.css";
import { curveNames, useLoads } from "../nodes/use-loads.ts";
import { RunList } from "../runs/run-list.tsx";
import { DrainPanel } from "./drain-panel.tsx";
import { LoadChart } from "./load-chart.tsx";
import { nodePath, useNodeActions } from "./node-actions.ts";
import { NodeButtons } from "./node-buttons.tsx";
import { RunningNow } from "./running-now.tsx";

export function NodePage() {
  const { t } = useTranslation("nodes");
  const { node: idOrName = "" } = useParams<{ node: string }>();
  const node = useQuery({
    queryKey: ["nodes", "one", idOrName],
    queryFn: ({ signal }) => api.get<NodeDetail>(nodePath(idOrName), { signal }),
    refetchInterval: 5000,
  });
  const back = { to: "/nodes", label: t("title") };
  if (node.error instanceof ApiError && node.error.status === 404)
    return (
      <>
        <PageHeader title={idOrName} back={back} />
        <Empty title={t("gone")} />
      </>
    );
  if (!node.data)
    return (
      <>
        <PageHeader title={idOrName} back={back} />
        {node.isPending ? <Bones /> : <ErrorPanel error={node.error} onRetry={() => void node.refetch()} />}
      </>
    );
  return (
    <>
      {node.error && <ErrorPanel error={node.error} onRetry={() => void node.refetch()} />}
      <Found node={node.data} />
    </>
  );
}

function Found({ node }: { node: NodeDetail }) {
  const { t } = useTranslation("nodes");
  const [, navigate] = useLocation();
  const actions = useNodeActions();
  return (
    <>
      <PageHeader
        title={node.name}
        marks={<NodeStateBadge state={node.state} />}
        lead={<Labels labels={node.labels} />}
        back={{ to: "/nodes", label: t("title") }}
      >
        <NodeButtons node={node} actions={actions} onGone={() => navigate("/nodes")} />
      </PageHeader>
      {node.state === "down" && (
        <p className="dc-panel dc-down" role="status">
          <Icon name="cross" size={14} />
          <span>
            {t("downSince")} <Time at={node.lastBeatAt} relative />
          </span>
        </p>
      )}
      {node.state !== "down" && <DrainPanel node={node} />}
      <Facts node={node} />
      <Charts node={node} />
      <RunningNow nodeId={node.id} />
      <section aria-label={t("itsRuns")} className="dc-section">
        <h2>{t("itsRuns")}</h2>
        <RunList node={node.id} />
      </section>
    </>
  );
}

function Facts({ node }: { node: NodeDetail }) {
  const { t } = useTranslation("nodes");
  const facts: [name: string, value: ReactNode][] = [
    [t("fact.slots"), <Meter key="s" ratio={node.slots ? node.running / node.slots : null} text={slotsOf(node)} />],
    [t("fact.waiting"), <Waiting key="w" node={node} />],
    [t("fact.cpu"), <Meter key="c" ratio={node.cpu} />],
    [t("fact.memory"), <Memory key="m" node={node} />],
    [t("fact.load"), <Load key="l" node={node} />],
    [t("fact.clock"), <ClockOffset key="o" node={node} />],
    [t("fact.beat"), <Beat key="b" node={node} />],
    [t("fact.started"), <Time key="t" at={node.startedAt} />],
    [t("fact.version"), <Version key="v" version={node.version} />],
    [t("fact.host"), <code key="h">{node.host ?? "–"}</code>],
    [t("fact.executors"), <code key="e">{node.executors.join(", ") || "–"}</code>],
    [t("fact.known"), <Time key="k" at={node.createdAt} />],
    [t("fact.id"), <code key="i">{node.id}</code>],
  ];
  return (
    <section className="dc-panel dc-section" aria-label={t("facts")}>
      <h2>{t("facts")}</h2>
      <dl className="dc-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div className="dc-wide-fact">
          <dt>{t("fact.disks")}</dt>
          <dd>
            <Disks node={node} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Charts({ node }: { node: NodeDetail }) {
  const { t } = useTranslation("nodes");
  const loads = useLoads({ node: node.id, bucket: "30s" });
  if (!loads.data)
    return loads.error ? <ErrorPanel error={loads.error} onRetry={() => void loads.refetch()} /> : <Bones lines={4} />;
  const { since, from } = loads.data;
  return (
    <section aria-label={t("lastHour")} className="dc-section">
      <h2>{t("lastHour")}</h2>
      <div className="dc-charts">
        {curveNames.map((name) => (
          <LoadChart key={name} of={name} loads={loads.data} slots={node.slots} />
        ))}
      </div>
      {since !== null && Date.parse(since) > Date.parse(from) && (
        <p className="dc-plain dc-soft dc-small">
          {t("seenSince")} <Time at={since} />
        </p>
      )}
    </section>
  );
}
