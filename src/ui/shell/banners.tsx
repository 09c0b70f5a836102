// What holds for every page: planning is paused, the server can't be reached, what is shown may be old.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError, api } from "../api/call.ts";
import { useLiveState } from "../api/live.ts";
import { queryClient } from "../api/query-client.ts";
import { useMe } from "../api/session.ts";
import type { Summary } from "../api/types.ts";
import { Icon } from "../components/icon.tsx";
import { Time } from "../components/time.tsx";
import { later, now as present, useNow } from "../lib/clock.ts";
import { useTranslation } from "../lib/translation.tsx";

const againMs = 5000;

/** The figures of the whole cluster; shared with the dashboard. */
export const useSummary = () =>
  useQuery({ queryKey: ["stats", "summary"], queryFn: ({ signal }) => api.get<Summary>("/stats/summary", { signal }) });

export function Banners() {
  return (
    <>
      <Offline />
      <Paused />
    </>
  );
}

/** Asks every five seconds until the server answers again, then everything anew. */
function Offline() {
  const { t } = useTranslation("shell");
  const { error, refetch } = useMe();
  const live = useLiveState();
  const summary = useSummary();
  const isAway = [error, live === "live" ? null : summary.error].some(
    (err) => err instanceof ApiError && err.status === 0,
  );
  const [nextAt, setNextAt] = useState(0);
  const now = useNow();
  useEffect(() => {
    if (!isAway) return;
    let stop = () => {};
    const wait = () => {
      setNextAt(present() + againMs);
      stop = later(
        againMs,
        () => void refetch().then(({ error: again }) => (again ? wait() : queryClient.invalidateQueries())),
      );
    };
    wait();
    return () => stop();
  }, [isAway, refetch]);
  if (!isAway) return null;
  return (
    <div className="dc-banner" data-tone="bad" role="alert">
      <Icon name="warning" />
      <span>{t("offline", { seconds: Math.max(0, Math.ceil((nextAt - now) / 1000)) })}</span>
      <button type="button" className="dc-button" onClick={() => void queryClient.invalidateQueries()}>
        {t("errors:retry")}
      </button>
    </div>
  );
}

function Paused() {
  const { t } = useTranslation("shell");
  const paused = useSummary().data?.paused;
  if (!paused) return null;
  return (
    <div className="dc-banner" data-tone="warn" role="status">
      <Icon name="pause" />
      <span>
        {t("paused", { by: paused.by, reason: paused.reason })}{" "}
        {paused.until && (
          <>
            {t("pausedUntil")} <Time at={paused.until} />
          </>
        )}
      </span>
    </div>
  );
}

/** In the head: whether what is shown follows what happens. */
export function LiveBadge() {
  const { t } = useTranslation("shell");
  const live = useLiveState();
  if (live !== "stale") return null;
  return (
    <output className="dc-stale" title={t("staleHint")}>
      <Icon name="history" size={13} />
      {t("stale")}
    </output>
  );
}
