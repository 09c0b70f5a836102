// What is to come: a row for each job or tag, ticks closer than 8 px as one mark with their number, how long they usually
// take, and the minutes in which too many begin.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, part } from "../../api/call.ts";
import type { Forecast } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { onDemand } from "../../components/on-demand.tsx";
import { useZone } from "../../components/time.tsx";
import { useNow } from "../../lib/clock.ts";
import { formatDuration, formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { ChartPanel, FigureTable } from "./chart-panel.tsx";
import { Choice } from "./choice.tsx";
import type { DueSpan } from "./due-dialog.tsx";
import { UpcomingChart, widthStep } from "./upcoming-chart.tsx";
import { useUsual } from "./use-usual.ts";

const DueDialog = onDemand(async () => (await import("./due-dialog.tsx")).DueDialog);

const spans = { "1h": 3_600_000, "6h": 6 * 3_600_000, "24h": 24 * 3_600_000 } as const;
type Span = keyof typeof spans;
const inAddress = { span: "1h", by: "job" };
/** A mark is at least so far from the next. */
const markPx = 8;
const rowsShown = 20;

/** Of the chart before it is there to be measured: mostly right, and then what is asked for first is what is shown. */
function guessedWidth(): number {
  const { clientWidth } = document.documentElement;
  const isNarrow = clientWidth < 768;
  const page = isNarrow ? clientWidth : Math.min(clientWidth - 196, 1680);
  return Math.max(0, widthStep(page - (isNarrow ? 168 : 264)));
}

export function UpcomingPanel() {
  const { t } = useTranslation("dashboard");
  const [{ span, by }, set] = useUrlState(inAddress);
  const spanMs = spans[span as Span] ?? spans["1h"];
  const [width, setWidth] = useState(guessedWidth);
  const [due, setDue] = useState<DueSpan | null>(null);
  const minute = useNow(60_000);
  // A little of what has just been shows where now is.
  const from = Math.floor((minute - spanMs / 24) / 60_000) * 60_000;
  const query = {
    from: new Date(from).toISOString(),
    to: new Date(from + spanMs).toISOString(),
    by: by === "tag" ? "tag" : "job",
    slots: Math.max(20, Math.min(300, Math.floor(width / markPx))),
    limit: rowsShown,
  };
  const forecast = useQuery({
    queryKey: ["plan", "forecast", query],
    queryFn: ({ signal }) => api.get<Forecast>("/stats/forecast", { query, signal }),
    placeholderData: keepPreviousData,
  });
  const usual = useUsual((forecast.data?.rows ?? []).flatMap(({ job }) => (job ? [job.id] : [])));
  return (
    <>
      <ChartPanel
        title={t("upcoming.title")}
        controls={
          <>
            <Choice
              label={t("upcoming.span")}
              value={span in spans ? span : "1h"}
              options={(["1h", "6h", "24h"] as const).map((value) => [value, t(`upcoming.${value}`)])}
              onChoose={(value) => set({ span: value })}
            />
            <Choice
              label={t("upcoming.rows")}
              value={query.by}
              options={(["job", "tag"] as const).map((value) => [value, t(`upcoming.by.${value}`)])}
              onChoose={(value) => set({ by: value })}
            />
          </>
        }
        chart={
          <Loaded of={forecast} lines={8}>
            {(data) => <UpcomingChart forecast={data} usual={usual} onWidth={setWidth} onDue={setDue} />}
          </Loaded>
        }
        table={<Loaded of={forecast}>{(data) => <UpcomingTable forecast={data} usual={usual} />}</Loaded>}
      />
      {due && <DueDialog span={due} onClose={() => setDue(null)} />}
    </>
  );
}

function UpcomingTable({ forecast, usual }: { forecast: Forecast; usual: ReturnType<typeof useUsual> }) {
  const { t } = useTranslation("dashboard");
  const zone = useZone();
  const from = Date.parse(forecast.from);
  const time = (second: number | undefined) =>
    second === undefined ? "–" : formatInstant(from + second * 1000, zone, { date: false });
  return (
    <FigureTable
      label={t("asTableOf", { title: t("upcoming.title") })}
      heads={[t("upcoming.row"), t("upcoming.first"), t("upcoming.last"), t("upcoming.starts"), t("upcoming.usually")]}
      rows={forecast.rows}
      rowKey={({ job, tag }) => job?.id ?? `#${tag}`}
      cells={({ job, tag, marks, ticks }) => [
        job ? (
          <Link key="job" href={`/jobs/${part(job.name)}`}>
            {job.name}
          </Link>
        ) : (
          (tag ?? t("upcoming.untagged"))
        ),
        time(marks[0]?.[0]),
        time(marks.at(-1)?.[0]),
        ticks,
        usual.has(job?.id ?? "") ? formatDuration(usual.get(job?.id ?? "")?.p50 ?? 0) : "–",
      ]}
      empty={t("upcoming.none")}
    />
  );
}
