// The figures at the top; each is the way to the list that it counts.
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "../../api/call.ts";
import type { Schedulers, Timeline } from "../../api/types.ts";
import { ErrorPanel } from "../../components/async.tsx";
import { Icon, type IconName } from "../../components/icon.tsx";
import { useNow } from "../../lib/clock.ts";
import { formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useSummary } from "../../shell/banners.tsx";
import { tallyOf } from "./use-past.ts";

const wentWrong = "failed,timed_out,lost,missed";

interface Figure {
  label: string;
  value: string | null;
  hint?: string;
  to: string;
  icon?: IconName;
  tone?: "bad" | "warn" | "busy";
}

const useSchedulers = () =>
  useQuery({
    queryKey: ["schedulers", "status"],
    queryFn: ({ signal }) => api.get<Schedulers>("/schedulers", { signal }),
    // The lag grows without an event that tells of it.
    refetchInterval: 10_000,
  });

export function Strip({ past }: { past: Timeline | undefined }) {
  const { t, i18n } = useTranslation("dashboard");
  const summary = useSummary();
  const schedulers = useSchedulers().data;
  const minute = useNow(60_000);
  if (!summary.data && summary.error)
    return <ErrorPanel error={summary.error} onRetry={() => void summary.refetch()} />;
  const { jobs, runs, nodes } = summary.data ?? {};
  const number = (value: number | undefined) => value?.toLocaleString(i18n.language) ?? null;
  const failed = past?.items.reduce((sum, item) => sum + tallyOf(item).bad, 0);
  const up = nodes?.live;
  const leader = schedulers?.items.find((each) => each.leader);
  const lag = schedulers?.lagMs ?? 0;
  const figures: Figure[] = [
    { label: t("strip.enabled"), value: number(jobs?.enabled), to: "/jobs" },
    { label: t("strip.disabled"), value: number(jobs?.disabled), to: "/jobs?state=disabled" },
    {
      label: t("strip.failing"),
      value: number(jobs?.failing),
      to: "/jobs?state=failing",
      ...(jobs?.failing ? { icon: "cross", tone: "bad" } : {}),
    },
    {
      label: t("strip.running"),
      value: number(runs?.running),
      to: "/runs?state=running&range=all",
      ...(runs?.running ? { icon: "play", tone: "busy" } : {}),
    },
    {
      label: t("strip.waiting"),
      value: number(runs?.waiting),
      to: `/runs?state=planned&to=${new Date(minute + 60_000).toISOString()}`,
      ...(runs?.waiting ? { icon: "half", tone: "warn" } : {}),
    },
    {
      label: t("strip.failed"),
      value: number(failed),
      to: `/runs?state=${wentWrong}${past ? `&from=${past.from}` : ""}`,
      ...(failed ? { icon: "cross", tone: "bad" } : {}),
    },
    {
      label: t("strip.nodes"),
      value: nodes ? `${number(up)} / ${number(nodes.total)}` : null,
      ...(nodes?.draining ? { hint: t("strip.draining", { count: nodes.draining }) } : {}),
      to: "/nodes",
      ...(nodes && nodes.live < nodes.total ? { icon: "warning", tone: "bad" } : {}),
    },
    {
      label: t("strip.leader"),
      value: schedulers ? (leader ? hostOf(leader.url) : t("strip.nobody")) : null,
      hint: schedulers ? t("strip.lag", { lag: formatDuration(lag) }) : "",
      to: "/schedulers",
      ...(schedulers && !leader ? { icon: "warning", tone: "bad" } : {}),
    },
  ];
  return (
    <ul className="dash-strip" aria-label={t("strip.label")} aria-busy={!summary.data}>
      {figures.map((figure) => (
        <li key={figure.to.split("?to=")[0]}>
          <Tile {...figure} />
        </li>
      ))}
    </ul>
  );
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url);

function Tile({ label, value, hint, to, icon, tone }: Figure) {
  return (
    <Link href={to} className="dash-tile" data-mark={tone}>
      <span className="dash-tile-label">{label}</span>
      <span className="dash-tile-value">
        {icon && <Icon name={icon} size={15} />}
        <span className="dash-tile-number" title={value ?? ""}>
          {value ?? "–"}
        </span>
      </span>
      {hint && <span className="dash-tile-hint">{hint}</span>}
    </Link>
  );
}
