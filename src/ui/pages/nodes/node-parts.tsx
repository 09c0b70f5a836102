// What is told of a node in more than one place: cards, table, its own page.

import { useMe } from "../../api/session.ts";
import type { NodeView } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { Time } from "../../components/time.tsx";
import { useNow } from "../../lib/clock.ts";
import { formatBytes, formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { percent } from "./sparkline.tsx";

/** Nodes beat every two seconds, and the page asks every five. */
const staleMs = 15_000;
const clockWarnMs = 500;
const fullRatio = 0.9;

function Mark({ text }: { text: string }) {
  return (
    <span className="dc-mark">
      <Icon name="warning" size={12} />
      {text}
    </span>
  );
}

/** How much of something is used: a figure, and a bar beside it. What can be filled up is marked when it nearly is. */
export function Meter({ ratio, text, fills }: { ratio: number | null; text?: string; fills?: boolean }) {
  if (ratio === null) return <span className="dc-none">–</span>;
  return (
    <span className="dc-meter">
      <span>{text ?? percent(ratio)}</span>
      <span className="dc-meter-bar" aria-hidden="true">
        <span style={{ width: `${Math.min(100, Math.round(ratio * 100))}%` }} />
      </span>
      {fills && <Full ratio={ratio} />}
    </span>
  );
}

export function Full({ ratio }: { ratio: number | null }) {
  const { t } = useTranslation("nodes");
  return ratio !== null && ratio >= fullRatio ? <Mark text={t("almostFull")} /> : null;
}

export const Ratio = ({ of }: { of: number | null }) =>
  of === null ? <span className="dc-none">–</span> : percent(of);

export const slotsOf = ({ running, slots }: NodeView): string =>
  slots === null ? `${running}` : `${running} / ${slots}`;

/** Runs that are there or on their way, but don't run. */
export function Waiting({ node }: { node: NodeView }) {
  const { t } = useTranslation("nodes");
  return (
    <span className="dc-inline">
      <span>{t("queued", { count: node.queued })}</span>
      <span>{t("assigned", { count: node.assigned })}</span>
    </span>
  );
}

export function Beat({ node }: { node: NodeView }) {
  const { t } = useTranslation("nodes");
  const now = useNow();
  if (node.lastBeatAt === null) return <span className="dc-none">–</span>;
  const age = now - Date.parse(node.lastBeatAt);
  return (
    <span className="dc-inline">
      <Time at={node.lastBeatAt} relative dense />
      {node.state !== "down" && age > staleMs && <Mark text={t("silent")} />}
    </span>
  );
}

export function ClockOffset({ node }: { node: NodeView }) {
  const { t } = useTranslation("nodes");
  const { clockOffsetMs: offset } = node;
  if (offset === null) return <span className="dc-none">–</span>;
  // What a scheduler's clock is ahead by, the node's is behind.
  const text = t(offset >= 0 ? "clock.behind" : "clock.ahead", { by: formatDuration(Math.abs(offset)) });
  return (
    <span className="dc-inline">
      {Math.abs(offset) < 1 ? t("clock.same") : text}
      {Math.abs(offset) > clockWarnMs && <Mark text={t("clock.off")} />}
    </span>
  );
}

export function Load({ node }: { node: NodeView }) {
  const { t } = useTranslation("nodes");
  const { load1, cores } = node;
  if (load1 === null) return <span className="dc-none">–</span>;
  return <>{cores === null ? load1.toFixed(2) : t("loadOf", { load: load1.toFixed(2), count: cores })}</>;
}

export function Memory({ node }: { node: NodeView }) {
  const { t } = useTranslation("nodes");
  const { memory, memoryBytes } = node;
  if (memory === null) return <span className="dc-none">–</span>;
  return (
    <span className="dc-inline">
      {memoryBytes === null ? percent(memory) : t("of", { used: percent(memory), all: formatBytes(memoryBytes) })}
      <Full ratio={memory} />
    </span>
  );
}

export function Disks({ node }: { node: NodeView }) {
  const { t } = useTranslation("nodes");
  if (node.disks.length === 0) return <span className="dc-none">–</span>;
  return (
    <ul className="dc-disks">
      {node.disks.map(({ mount, used, bytes }) => (
        <li key={mount}>
          <span className="dc-mono dc-disk-name" title={mount}>
            {mount}
          </span>
          <Meter fills ratio={used} text={t("of", { used: percent(used), all: formatBytes(bytes) })} />
        </li>
      ))}
    </ul>
  );
}

export function Labels({ labels }: { labels: NodeView["labels"] }) {
  const all = Object.entries(labels);
  if (all.length === 0) return <span className="dc-none">–</span>;
  return (
    <span className="dc-labels">
      {all.map(([name, value]) => (
        <code key={name} className="dc-label">
          {name}={value}
        </code>
      ))}
    </span>
  );
}

/** Which version it runs, marked where that isn't this server's. */
export function Version({ version }: { version: string | null }) {
  const { t } = useTranslation("nodes");
  const mine = useMe().data?.version ?? null;
  if (version === null) return <span className="dc-none">–</span>;
  return (
    <span className="dc-inline">
      {version}
      {mine !== null && mine !== version && <Mark text={t("otherVersion", { version: mine })} />}
    </span>
  );
}

/** What is left of it, in words, while it drains. */
export function DrainLeft({ node }: { node: NodeView }) {
  const { t } = useTranslation("nodes");
  if (node.state !== "draining") return null;
  return <>{node.running === 0 ? t("drain.empty") : t("drain.left", { count: node.running })}</>;
}
