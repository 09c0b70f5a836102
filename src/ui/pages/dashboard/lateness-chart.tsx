// How late runs began over the last day: half of them, nearly all, the latest. The scale is logarithmic, for calm is
// milliseconds and trouble is minutes; the three lines differ by dashes too.
import type { UseQueryResult } from "@tanstack/react-query";
import { type MouseEvent, useState } from "react";
import type { Timeline } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { ChartPanel, FigureTable } from "./chart-panel.tsx";
import { HourAxis, useSpanWords } from "./heat-strip.tsx";
import { bucketMs, type Tally, tallies } from "./use-past.ts";

const lines = ["p50", "p95", "max"] as const;
const levels = [1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000];
const leastTop = 1000;
const height = 100;

export function LatenessChart({ past }: { past: UseQueryResult<Timeline> }) {
  const { t } = useTranslation("dashboard");
  const span = useSpanWords();
  return (
    <ChartPanel
      title={t("lateness.title")}
      chart={<Loaded of={past}>{(data) => <Lines all={tallies(data)} />}</Loaded>}
      table={
        <Loaded of={past}>
          {(data) => (
            <FigureTable
              label={t("asTableOf", { title: t("lateness.title") })}
              heads={[t("past.quarter"), ...lines.map((line) => t(`lateness.${line}`))]}
              rows={tallies(data)
                .filter(({ latenessMs }) => latenessMs !== null)
                .reverse()}
              rowKey={({ at }) => at}
              cells={({ at, latenessMs }) => [
                span(at),
                ...lines.map((line) => formatDuration(latenessMs?.[line] ?? 0)),
              ]}
              empty={t("lateness.none")}
            />
          )}
        </Loaded>
      }
    />
  );
}

function Lines({ all }: { all: Tally[] }) {
  const { t } = useTranslation("dashboard");
  const span = useSpanWords();
  const [told, setTold] = useState<number | null>(null);
  const known = all.filter(({ latenessMs }) => latenessMs !== null);
  if (known.length === 0) return <p className="dc-plain dc-soft">{t("lateness.none")}</p>;
  const highest = Math.max(leastTop, ...known.map(({ latenessMs }) => latenessMs?.max ?? 0));
  const top = levels.find((level) => level >= highest) ?? highest;
  const y = (ms: number) => height * (1 - Math.log(Math.max(1, ms)) / Math.log(top));
  const words = (tally: Tally | undefined) =>
    tally?.latenessMs
      ? `${span(tally.at)}: ${lines.map((line) => `${t(`lateness.${line}`)} ${formatDuration(tally.latenessMs?.[line] ?? 0)}`).join(" · ")}`
      : tally && `${span(tally.at)}: ${t("past.nothing")}`;
  const onMove = (event: MouseEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setTold(Math.max(0, Math.min(all.length - 1, Math.floor(((event.clientX - left) / width) * all.length))));
  };
  return (
    <>
      <div className="dash-lateness">
        <div className="dash-levels" aria-hidden="true">
          {levels
            .filter((level) => level <= top)
            .map((level) => (
              <span key={level} style={{ top: `${y(level)}%` }}>
                {formatDuration(level)}
              </span>
            ))}
        </div>
        <svg
          viewBox={`0 0 ${all.length} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t("lateness.summary", {
            p50: formatDuration(Math.max(...known.map(({ latenessMs }) => latenessMs?.p50 ?? 0))),
            max: formatDuration(Math.max(...known.map(({ latenessMs }) => latenessMs?.max ?? 0))),
          })}
          onMouseMove={onMove}
          onMouseLeave={() => setTold(null)}
        >
          {levels
            .filter((level) => level <= top)
            .map((level) => (
              <path key={level} className="dash-level" d={`M0 ${y(level)}H${all.length}`} />
            ))}
          {told !== null && <path className="dash-cursor" d={`M${told + 0.5} 0V${height}`} />}
          {lines.map((line) => (
            <path key={line} className="dash-line" data-line={line} d={pathOf(all, line, y)} />
          ))}
        </svg>
      </div>
      <div className="dash-lateness-axis">
        <HourAxis from={all[0]?.at ?? 0} to={(all.at(-1)?.at ?? 0) + bucketMs} />
      </div>
      <p className="dash-told">
        {told === null ? (
          <span className="dash-legend">
            {lines.map((line) => (
              <span key={line}>
                <svg className="dash-swatch-line" viewBox="0 0 24 8" aria-hidden="true">
                  <path className="dash-line" data-line={line} d="M0 4H24" />
                </svg>
                {t(`lateness.${line}`)}
              </span>
            ))}
          </span>
        ) : (
          words(all[told])
        )}
      </p>
    </>
  );
}

/** A gap where nothing started; a point alone is a line without length, which round ends make a dot. */
function pathOf(all: Tally[], line: (typeof lines)[number], y: (ms: number) => number): string {
  let d = "";
  let isDown = false;
  for (const [i, { latenessMs }] of all.entries()) {
    if (latenessMs === null) {
      isDown = false;
      continue;
    }
    d += `${isDown ? "L" : "M"}${i + 0.5} ${y(latenessMs[line]).toFixed(2)}${isDown ? "" : "h0"}`;
    isDown = true;
  }
  return d;
}
