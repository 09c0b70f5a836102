// What the audit says of a job: who did what, and what it changed.
import { useInfiniteQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { AuditEntry, JobView, Page } from "../../api/types.ts";
import { Bones, ErrorPanel } from "../../components/async.tsx";
import { Time } from "../../components/time.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import "../audit/audit.css";
import { ChangeList } from "../audit/change-list.tsx";

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
  const { t, i18n } = useTranslation("audit");
  const { action } = entry;
  return (
    <li>
      <span>
        <Time at={entry.at} zone={zone} dense /> · <strong className="dc-mono">{entry.actor}</strong> ·{" "}
        {i18n.exists(`audit:action.${action}`) ? t(`action.${action}`) : <code>{action}</code>}
        {entry.via && <span className="dc-soft dc-mono"> · {entry.via}</span>}
      </span>
      <ChangeList entry={entry} />
    </li>
  );
}
