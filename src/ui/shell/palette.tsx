// Ctrl/⌘ K: pages, jobs, runs, nodes and what one can do, found by typing. What there is many of is searched by the server.
// Loaded when it is first opened.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { api } from "../api/call.ts";
import type { JobView, NodeView, Page, RunView } from "../api/types.ts";
import { Icon, type IconName } from "../components/icon.tsx";
import { BareDialog } from "../components/mantine/dialog.tsx";
import { NodeStateBadge, StateBadge } from "../components/state-badge.tsx";
import { Time } from "../components/time.tsx";
import { later } from "../lib/clock.ts";
import { useTranslation } from "../lib/translation.tsx";
import { jobPath, jobTitle } from "../pages/job/job-actions.ts";
import { nodePath } from "../pages/node/node-actions.ts";
import "./palette.css";
import { type Go, useCommands } from "./palette-commands.ts";

const restMs = 150;
const atMost = 5;
const groups = ["pages", "actions", "jobs", "nodes", "runs"] as const;

interface Hit {
  group: (typeof groups)[number];
  key: string;
  icon: IconName;
  label: string;
  detail?: ReactNode;
  go: Go;
}

export function Palette({ onClose, onHelp }: { onClose(): void; onHelp(): void }) {
  const { t } = useTranslation("palette");
  const id = useId();
  const [text, setText] = useState("");
  const [marked, setMarked] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const { hits, isSearching } = useHits(text, onHelp);
  const at = Math.min(marked, hits.length - 1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text, another list
  useEffect(() => setMarked(0), [text]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });
  const take = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    hit.go();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) setMarked((at + by + hits.length) % Math.max(1, hits.length));
    else if (event.key === "Enter") take(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    <BareDialog label={t("title")} onClose={onClose}>
      <input
        className="dc-palette-input"
        role="combobox"
        aria-label={t("title")}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={t("placeholder")}
        value={text}
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div className="dc-palette-list" id={`${id}-list`} role="listbox" aria-label={t("title")} ref={list}>
        {groups.map((group) => {
          const mine = hits.flatMap((hit, i) => (hit.group === group ? [{ hit, i }] : []));
          if (mine.length === 0) return null;
          return (
            // biome-ignore lint/a11y/useSemanticElements: options of a listbox are grouped by role
            <div key={group} role="group" aria-label={t(`group.${group}`)}>
              <div className="dc-palette-group" aria-hidden="true">
                {t(`group.${group}`)}
              </div>
              {mine.map(({ hit, i }) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, as of any combobox
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input
                <div
                  key={hit.key}
                  id={`${id}-${i}`}
                  role="option"
                  aria-selected={i === at}
                  className="dc-palette-hit"
                  onClick={() => take(hit)}
                  onPointerMove={() => setMarked(i)}
                >
                  <Icon name={hit.icon} size={15} />
                  <span className="dc-palette-label">{hit.label}</span>
                  {hit.detail && <span className="dc-soft dc-small">{hit.detail}</span>}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      <p className="dc-palette-foot dc-soft dc-small" aria-live="polite">
        {hits.length > 0 ? t("keys") : isSearching ? t("common:loading") : t("nothing", { text })}
      </p>
    </BareDialog>
  );
}

/** In the order in which they are drawn. */
function useHits(text: string, onHelp: () => void): { hits: Hit[]; isSearching: boolean } {
  const wanted = text.trim().toLowerCase();
  const commands = useCommands(onHelp);
  const { navigate } = commands;
  const found = useSearch(text.trim());
  const matches = ({ label, also = "" }: { label: string; also?: string }) =>
    `${label} ${also}`.toLowerCase().includes(wanted);
  const hits: Hit[] = [
    ...commands.pages.filter(matches).map((each) => ({ ...each, group: "pages" as const })),
    ...commands.actions.filter(matches).map((each) => ({ ...each, group: "actions" as const })),
  ];
  const { jobs = [], nodes = [], runs = [] } = found.data ?? {};
  for (const job of jobs) {
    const title = jobTitle(job);
    const detail = title === job.name ? {} : { detail: <span className="dc-mono">{job.name}</span> };
    hits.push({
      group: "jobs",
      key: job.id,
      icon: "jobs",
      label: title,
      ...detail,
      go: () => navigate(jobPath(job.name)),
    });
    if (job === jobs[0] && commands.runJob) hits.push({ ...commands.runJob(job), group: "jobs" });
  }
  for (const node of nodes) {
    const detail = <NodeStateBadge state={node.state} />;
    hits.push({
      group: "nodes",
      key: node.id,
      icon: "nodes",
      label: node.name,
      detail,
      go: () => navigate(nodePath(node.id)),
    });
  }
  for (const run of runs) {
    const at = run.startedAt ?? run.scheduledFor;
    const detail = (
      <>
        <StateBadge state={run.state} /> <Time at={at} short dense />{" "}
        <span className="dc-mono">{run.id.slice(0, 10)}</span>
      </>
    );
    hits.push({
      group: "runs",
      key: run.id,
      icon: "runs",
      label: run.job.name,
      detail,
      go: () => navigate(`/runs/${run.id}`),
    });
  }
  return { hits, isSearching: found.isFetching };
}

/** A moment after the last key; nothing while nothing was typed. */
function useSearch(text: string) {
  const [q, setQ] = useState("");
  useEffect(() => later(restMs, () => setQ(text)), [text]);
  return useQuery({
    queryKey: ["palette", q],
    enabled: q !== "",
    placeholderData: q === "" ? undefined : keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { q, limit: atMost };
      const [jobs, nodes, runs] = await Promise.all([
        api.get<Page<JobView>>("/jobs", { query, signal }),
        api.get<Page<NodeView>>("/nodes", { query, signal }),
        api.get<Page<RunView>>("/runs", { query, signal }),
      ]);
      return { jobs: jobs.items, nodes: nodes.items, runs: runs.items };
    },
  });
}
