// What wants somebody's eyes, the most pressing first; each line says why and leads to it.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { api, part } from "../../api/call.ts";
import type { Attention } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { Elapsed } from "../../components/duration.tsx";
import { Icon, type IconName } from "../../components/icon.tsx";
import { Time } from "../../components/time.tsx";
import { formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";

const shownOfEach = 8;

interface Line {
  key: string;
  tone: "bad" | "warn" | "busy";
  icon: IconName;
  mark: string;
  name: string;
  to: string;
  text: ReactNode;
}

export function AttentionPanel() {
  const { t } = useTranslation("dashboard");
  const attention = useQuery({
    queryKey: ["trends", "attention"],
    queryFn: ({ signal }) => api.get<Attention>("/stats/attention", { query: { limit: shownOfEach }, signal }),
    // Time alone makes a run late or long.
    refetchInterval: 15_000,
  });
  return (
    <section className="dc-panel dash-panel" aria-label={t("attention.title")}>
      <div className="dash-panel-head">
        <h2>{t("attention.title")}</h2>
      </div>
      <Loaded of={attention} lines={4}>
        {(data) => <Lines data={data} />}
      </Loaded>
    </section>
  );
}

function Lines({ data }: { data: Attention }) {
  const { t } = useTranslation("dashboard");
  const lines = useLines(data);
  if (lines.length === 0)
    return (
      <p className="dash-fine">
        <span className="dc-state" data-tone="good">
          <Icon name="check" size={12} />
          {t("attention.fine")}
        </span>{" "}
        {t("attention.fineText")}
      </p>
    );
  const more = [
    { is: data.failing.more, to: "/jobs?state=failing", text: t("attention.moreFailing") },
    { is: data.waiting.more, to: "/runs?state=planned,assigned&range=all", text: t("attention.moreWaiting") },
    { is: data.long.more, to: "/runs?state=running&range=all", text: t("attention.moreLong") },
    { is: data.nodes.more, to: "/nodes", text: t("attention.moreNodes") },
  ].filter(({ is }) => is);
  return (
    <>
      <ul className="dash-lines">
        {lines.map((line) => (
          <li key={line.key}>
            <span className="dc-state" data-tone={line.tone}>
              <Icon name={line.icon} size={12} />
              {line.mark}
            </span>
            <Link href={line.to} className="dash-line-name">
              {line.name}
            </Link>
            <span className="dc-soft dash-line-text">{line.text}</span>
          </li>
        ))}
      </ul>
      {more.length > 0 && (
        <p className="dash-more">
          {more.map(({ to, text }) => (
            <Link key={to} href={to}>
              {text}
            </Link>
          ))}
        </p>
      )}
    </>
  );
}

function useLines(data: Attention): Line[] {
  const { t } = useTranslation("dashboard");
  const toJob = (name: string) => `/jobs/${part(name)}`;
  return [
    ...data.overdue.items.map(
      ({ job, dueAt }): Line => ({
        key: `overdue ${job.id}`,
        ...{ tone: "bad", icon: "clock", mark: t("attention.overdue") },
        name: job.name,
        to: toJob(job.name),
        text: (
          <>
            {t("attention.overdueText")} <Time at={dueAt} relative dense />
          </>
        ),
      }),
    ),
    ...data.nodes.items.map(
      ({ node, problem, since, value, mount }): Line => ({
        key: `node ${node.id} ${problem} ${mount}`,
        ...{ tone: problem === "down" ? "bad" : "warn", icon: "nodes", mark: t(`attention.node.${problem}`) },
        name: node.name,
        to: `/nodes/${part(node.name)}`,
        text:
          problem === "down" ? (
            since ? (
              <>
                {t("attention.lastSeen")} <Time at={since} relative dense />
              </>
            ) : (
              t("attention.neverSeen")
            )
          ) : problem === "clock" ? (
            t("attention.clockText", { off: formatDuration(value ?? 0) })
          ) : (
            t(`attention.${problem}Text`, { percent: Math.round((value ?? 0) * 100), mount })
          ),
      }),
    ),
    ...data.failing.items.map(
      ({ job, failures, lastRun, enabled }): Line => ({
        key: `failing ${job.id}`,
        ...{ tone: "bad", icon: "cross", mark: t("attention.failing") },
        name: job.name,
        to: toJob(job.name),
        text: (
          <>
            {t("attention.failures", { count: failures })}
            {lastRun && (
              <>
                {" · "}
                <Link href={`/runs/${lastRun.id}`}>
                  {t(`states:run.${lastRun.state}`)} <Time at={lastRun.finishedAt} relative dense />
                </Link>
              </>
            )}
            {!enabled && ` · ${t("attention.isDisabled")}`}
          </>
        ),
      }),
    ),
    ...data.waiting.items.map(
      ({ job, run, dueAt, reason, runs }): Line => ({
        key: `waiting ${job.id}`,
        ...{ tone: "warn", icon: "half", mark: t("attention.waiting") },
        name: job.name,
        to: `/runs/${run}`,
        text: (
          <>
            {t("attention.dueFor")} <Elapsed since={dueAt} />
            {runs > 1 && ` · ${t("attention.runs", { count: runs })}`}
            {reason && ` · ${t(`reason.${reason.code}`, { defaultValue: reason.message })}`}
          </>
        ),
      }),
    ),
    ...data.long.items.map(
      ({ job, run, node, startedAt, p95Ms }): Line => ({
        key: `long ${run}`,
        ...{ tone: "warn", icon: "timer", mark: t("attention.long") },
        name: job.name,
        to: `/runs/${run}`,
        text: (
          <>
            {t("attention.runsFor")} <Elapsed since={startedAt} /> ·{" "}
            {t("attention.usually", { p95: formatDuration(p95Ms) })}
            {node && ` · ${node.name}`}
          </>
        ),
      }),
    ),
  ];
}
