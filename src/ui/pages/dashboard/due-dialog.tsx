// Which jobs start in a stretch of time: behind a mark of several, or a busy minute.
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, part } from "../../api/call.ts";
import type { Forecast } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { Dialog } from "../../components/mantine/dialog.tsx";
import { useZone } from "../../components/time.tsx";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { FigureTable } from "./chart-panel.tsx";
import { useSpanWords } from "./heat-strip.tsx";

export interface DueSpan {
  from: number;
  to: number;
  tag: string | null;
}

export function DueDialog({ span: { from, to, tag }, onClose }: { span: DueSpan; onClose(): void }) {
  const { t } = useTranslation("dashboard");
  const zone = useZone();
  const words = useSpanWords();
  const query = {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    limit: 100,
    slots: 1,
    ...(tag === null ? {} : { tag }),
  };
  const due = useQuery({
    queryKey: ["plan", "due", query],
    queryFn: ({ signal }) => api.get<Forecast>("/stats/forecast", { query, signal }),
  });
  const title = t("due.title", { span: words(from, to - from), tag: tag ?? "" });
  return (
    <Dialog onClose={onClose} title={title}>
      <Loaded of={due}>
        {({ rows, moreRows, from: first }) => (
          <>
            <FigureTable
              label={title}
              heads={[t("running.job"), t("upcoming.first"), t("upcoming.starts")]}
              rows={rows}
              rowKey={({ job }) => job?.id ?? ""}
              cells={({ job, marks, ticks }) => [
                <Link key="job" href={`/jobs/${part(job?.name ?? "")}`} onClick={onClose}>
                  {job?.name}
                </Link>,
                formatInstant(Date.parse(first) + (marks[0]?.[0] ?? 0) * 1000, zone, { date: false }),
                ticks,
              ]}
              empty={t("upcoming.none")}
            />
            {moreRows > 0 && <p className="dc-plain dc-soft">{t("common:andMore", { count: moreRows })}</p>}
          </>
        )}
      </Loaded>
    </Dialog>
  );
}
