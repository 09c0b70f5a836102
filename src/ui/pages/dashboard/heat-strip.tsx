// The last day in quarters of an hour: how many runs ended how. Height and hatching tell it as well as colour does; each
// quarter is the way to its runs.
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { Timeline } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { useZone } from "../../components/time.tsx";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { ChartPanel, FigureTable } from "./chart-panel.tsx";
import { Roving } from "./roving.tsx";
import { bucketMs, type Tally, tallies } from "./use-past.ts";

/** From the bottom up. */
const parts = ["good", "late", "quiet", "bad"] as const;
const leastHeight = 4;

const toRuns = ({ at }: Tally) =>
  `/runs?from=${new Date(at).toISOString()}&to=${new Date(at + bucketMs).toISOString()}`;
const totalOf = (tally: Tally) => parts.reduce((sum, part) => sum + tally[part], 0);

export function HeatStrip({ past }: { past: UseQueryResult<Timeline> }) {
  const { t } = useTranslation("dashboard");
  const span = useSpanWords();
  const heads = [t("past.quarter"), t("past.good"), t("past.late"), t("past.bad"), t("past.quiet")];
  return (
    <ChartPanel
      title={t("past.title")}
      chart={<Loaded of={past}>{(data) => <Columns all={tallies(data)} />}</Loaded>}
      table={
        <Loaded of={past}>
          {(data) => (
            <FigureTable
              label={t("asTableOf", { title: t("past.title") })}
              heads={heads}
              rows={tallies(data)
                .filter((tally) => totalOf(tally) > 0)
                .reverse()}
              rowKey={({ at }) => at}
              cells={(tally) => [
                <Link key="at" href={toRuns(tally)}>
                  {span(tally.at)}
                </Link>,
                tally.good,
                tally.late,
                tally.bad,
                tally.quiet,
              ]}
              empty={t("past.none")}
            />
          )}
        </Loaded>
      }
    />
  );
}

/** "14:15–14:30", in the zone that is chosen. */
export function useSpanWords(): (at: number, lengthMs?: number) => string {
  const zone = useZone();
  const time = (ms: number) => formatInstant(ms, zone, { date: false, seconds: false });
  return (at, lengthMs = bucketMs) => `${time(at)}–${time(at + lengthMs)}`;
}

function Columns({ all }: { all: Tally[] }) {
  const { t } = useTranslation("dashboard");
  const span = useSpanWords();
  const [told, setTold] = useState<number | null>(null);
  const most = Math.max(1, ...all.map(totalOf));
  const words = (tally: Tally) =>
    `${span(tally.at)}: ${
      parts
        .filter((part) => tally[part] > 0)
        .map((part) => t(`past.told.${part}`, { count: tally[part] }))
        .join(", ") || t("past.nothing")
    }`;
  const shown = told === null ? undefined : all[told];
  return (
    <>
      <Roving label={t("past.title")} className="dash-columns">
        {all.map((tally, i) => (
          <Link
            key={tally.at}
            href={toRuns(tally)}
            className="dash-column"
            data-rove
            tabIndex={i === 0 ? 0 : -1}
            aria-label={words(tally)}
            onMouseEnter={() => setTold(i)}
            onFocus={() => setTold(i)}
            onMouseLeave={() => setTold(null)}
            onBlur={() => setTold(null)}
          >
            {parts.toReversed().map(
              (part) =>
                tally[part] > 0 && (
                  <span
                    key={part}
                    data-part={part}
                    style={{
                      flex: `${tally[part]} 0 ${leastHeight}px`,
                      maxHeight: `${heightOf(tally[part], most)}%`,
                    }}
                  />
                ),
            )}
          </Link>
        ))}
      </Roving>
      <HourAxis from={all[0]?.at ?? 0} to={(all.at(-1)?.at ?? 0) + bucketMs} />
      <p className="dash-told">{shown ? words(shown) : <Legend />}</p>
    </>
  );
}

const heightOf = (count: number, most: number) => Math.max(leastHeight, (count / most) * 100);

function Legend() {
  const { t } = useTranslation("dashboard");
  return (
    <span className="dash-legend">
      {parts.map((part) => (
        <span key={part}>
          <span className="dash-swatch" data-part={part} aria-hidden="true" />
          {t(`past.${part}`)}
        </span>
      ))}
    </span>
  );
}

/** Whole hours below a picture, as many as fit. */
export function HourAxis({ from, to }: { from: number; to: number }) {
  const zone = useZone();
  const spanMs = to - from;
  const stepMs =
    ([300_000, 600_000, 900_000, 3_600_000, 4 * 3_600_000] as const).find((step) => spanMs / step <= 7) ?? spanMs;
  const first = Math.ceil(from / stepMs) * stepMs;
  const marks = Array.from(
    { length: Math.max(0, Math.floor((to - first) / stepMs) + 1) },
    (_, i) => first + i * stepMs,
  );
  return (
    <div className="dash-axis" aria-hidden="true">
      {marks.map((at) => {
        const left = ((at - from) / spanMs) * 100;
        return left > 92 ? null : (
          <span key={at} className="dash-axis-mark" style={{ left: `${left}%` }}>
            {formatInstant(at, zone, { date: false, seconds: false })}
          </span>
        );
      })}
    </div>
  );
}
