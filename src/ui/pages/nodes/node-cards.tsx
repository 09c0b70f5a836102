// Nodes as cards: how each is at a glance, with the curves of its last hour.

import { Link } from "wouter";
import type { NodeView } from "../../api/types.ts";
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

interface Props {
  nodes: NodeView[];
  marked: number;
  actions: NodeActions;
  curvesOf(node: NodeView): Curves | undefined;
}

export function NodeCards({ nodes, marked, actions, curvesOf }: Props) {
  const { t } = useTranslation("nodes");
  return (
    <ul className="dc-node-cards" aria-label={t("title")}>
      {nodes.map((node, i) => (
        <li key={node.id} data-marked={i === marked}>
          <NodeCard node={node} actions={actions} curves={curvesOf(node)} />
        </li>
      ))}
    </ul>
  );
}

function NodeCard({ node, actions, curves }: { node: NodeView; actions: NodeActions; curves: Curves | undefined }) {
  const { t } = useTranslation("nodes");
  const isDown = node.state === "down";
  return (
    <article className="dc-panel dc-node-card" aria-label={node.name}>
      <header>
        <h2>
          <Link href={nodePath(node.id)}>{node.name}</Link>
        </h2>
        <NodeStateBadge state={node.state} />
        <span className="dc-soft dc-small">
          <DrainLeft node={node} />
        </span>
      </header>
      {!isDown && (
        <dl className="dc-node-load">
          <div>
            <dt>{t("fact.cpu")}</dt>
            <dd>
              <Ratio of={node.cpu} />
            </dd>
            <dd>
              <Sparkline of="cpu" values={curves?.cpu} most={1} />
            </dd>
          </div>
          <div>
            <dt>{t("fact.memory")}</dt>
            <dd>
              <Memory node={node} />
            </dd>
            <dd>
              <Sparkline of="memory" values={curves?.memory} most={1} />
            </dd>
          </div>
          <div>
            <dt>{t("fact.slots")}</dt>
            <dd>{slotsOf(node)}</dd>
            <dd>
              <Sparkline of="running" values={curves?.running} most={node.slots ?? 1} />
            </dd>
          </div>
        </dl>
      )}
      <dl className="dc-node-facts">
        {!isDown && (
          <>
            <div>
              <dt>{t("fact.waiting")}</dt>
              <dd>
                <Waiting node={node} />
              </dd>
            </div>
            <div>
              <dt>{t("fact.load")}</dt>
              <dd>
                <Load node={node} />
              </dd>
            </div>
            <div>
              <dt>{t("fact.clock")}</dt>
              <dd>
                <ClockOffset node={node} />
              </dd>
            </div>
          </>
        )}
        <div>
          <dt>{t("fact.beat")}</dt>
          <dd>
            <Beat node={node} />
          </dd>
        </div>
        <div>
          <dt>{t("fact.version")}</dt>
          <dd>
            <Version version={node.version} />
          </dd>
        </div>
        <div>
          <dt>{t("fact.executors")}</dt>
          <dd className="dc-mono">{node.executors.join(", ") || "–"}</dd>
        </div>
        <div className="dc-wide-fact">
          <dt>{t("fact.labels")}</dt>
          <dd>
            <Labels labels={node.labels} />
          </dd>
        </div>
        {!isDown && (
          <div className="dc-wide-fact">
            <dt>{t("fact.disks")}</dt>
            <dd>
              <Disks node={node} />
            </dd>
          </div>
        )}
      </dl>
      <footer className="dc-actions">
        <NodeButtons node={node} actions={actions} many />
      </footer>
    </article>
  );
}
