// Nodes as rows of a table: many at once, to compare.

import { Link } from "wouter";
import type { NodeView } from "../../api/types.ts";
import type { Column } from "../../components/data-table.tsx";
import { NodeStateBadge } from "../../components/state-badge.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { type NodeActions, nodePath } from "../node/node-actions.ts";
import { NodeButtons } from "../node/node-buttons.tsx";
import {
  Beat,
  ClockOffset,
  Disks,
  DrainLeft,
  Labels,
  Load,
  Memory,
  Ratio,
  slotsOf,
  Version,
  Waiting,
} from "./node-parts.tsx";
import { Sparkline } from "./sparkline.tsx";
import type { Curves } from "./use-loads.ts";

export function useNodeColumns(
  actions: NodeActions,
  curvesOf: (node: NodeView) => Curves | undefined,
): Column<NodeView>[] {
  const { t } = useTranslation("nodes");
  return [
    {
      id: "name",
      header: t("fact.name"),
      onCard: "title",
      cell: (node) => (
        <span className="dc-inline">
          <Link href={nodePath(node.id)} className="dc-strong">
            {node.name}
          </Link>
          <NodeStateBadge state={node.state} />
          <span className="dc-soft dc-small">
            <Version version={node.version} /> <DrainLeft node={node} />
          </span>
        </span>
      ),
    },
    {
      id: "cpu",
      header: t("fact.cpu"),
      cell: (node) => (
        <span className="dc-stack">
          <Ratio of={node.cpu} />
          <Sparkline of="cpu" values={curvesOf(node)?.cpu} most={1} />
        </span>
      ),
    },
    {
      id: "memory",
      header: t("fact.memory"),
      cell: (node) => (
        <span className="dc-stack">
          <Memory node={node} />
          <Sparkline of="memory" values={curvesOf(node)?.memory} most={1} />
        </span>
      ),
    },
    {
      id: "slots",
      header: t("fact.slots"),
      cell: (node) => (
        <span className="dc-stack">
          <span>{slotsOf(node)}</span>
          <Sparkline of="running" values={curvesOf(node)?.running} most={node.slots ?? 1} />
        </span>
      ),
    },
    { id: "waiting", header: t("fact.waiting"), cell: (node) => <Waiting node={node} /> },
    { id: "load", header: t("fact.load"), from: "md", cell: (node) => <Load node={node} /> },
    { id: "disks", header: t("fact.disks"), from: "lg", onCard: "none", cell: (node) => <Disks node={node} /> },
    { id: "beat", header: t("fact.beat"), cell: (node) => <Beat node={node} /> },
    { id: "clock", header: t("fact.clock"), from: "lg", cell: (node) => <ClockOffset node={node} /> },
    {
      id: "labels",
      header: t("fact.labels"),
      from: "xl",
      onCard: "none",
      cell: (node) => <Labels labels={node.labels} />,
    },
    {
      id: "actions",
      header: t("fact.actions"),
      cell: (node) => (
        <span className="dc-row-actions">
          <NodeButtons node={node} actions={actions} many />
        </span>
      ),
    },
  ];
}
