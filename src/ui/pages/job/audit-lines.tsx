// What the audit says of a job: who did what, and what it changed.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/call.ts";
import type { AuditEntry, JobView, Page } from "../../api/types.ts";
import { Bones, ErrorPanel } from "../../components/async.tsx";
import { Time } from "../../components/time.tsx";
import { SpecDiff } from "./versions.tsx";

export function AuditLines({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const audit = useInfiniteQuery({
    queryKey: ["jobs", "audit", job.id],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<AuditEntry>>("/audit", { query: { target: job.id, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
  const lines = audit.data?.pages.flatMap(({ items }) => items);
  return (
    <section className="dc-panel" aria-label={t("audit.title")}>
      <h2>{t("audit.title")}</h2>
      {!lines &&
        (audit.error ? <ErrorPanel error={audit.error} onRetry={() => void audit.refetch()} /> : <Bones lines={4} />)}
      {lines && (
        <ul className="dc-audit">
          {lines.map((entry) => (
            <Line key={entry.id} entry={entry} zone={String(job.effective.timezone)} />
          ))}
        </ul>
      )}
      {audit.hasNextPage && (
        <button type="button" className="dc-link" onClick={() => void audit.fetchNextPage()}>
          {t("changes.older")}
        </button>
      )}
    </section>
  );
}

function Line({ entry, zone }: { entry: AuditEntry; zone: string }) {
  const { t, i18n } = useTranslation("job");
  const [isOpen, setOpen] = useState(false);
  const key = `job:audit.action.${entry.action}`;
  const what = i18n.exists(key) ? t(key as "job:audit.action.other") : entry.action;
  const hasMore = entry.before !== null || entry.after !== null;
  return (
    <li>
      <span>
        <Time at={entry.at} zone={zone} dense /> · <strong>{entry.actor}</strong> · {what}
        {entry.via && <span className="dc-soft"> · {entry.via}</span>}
      </span>
      {hasMore && (
        <details className="dc-details" onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{t("audit.details")}</summary>
          {isOpen && <SpecDiff before={entry.before} after={entry.after} />}
        </details>
      )}
    </li>
  );
}
