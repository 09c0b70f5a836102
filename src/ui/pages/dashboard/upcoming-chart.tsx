// The rows of what is to come. A mark of one job leads to it; a mark of several, or a busy minute, opens the list of what
// starts then. Hovering and focusing tell of a mark below the rows.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { part } from "../../api/call.ts";
import type { Forecast } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { useZone } from "../../components/time.tsx";
import { useNow } from "../../lib/clock.ts";
import { formatDuration, formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import type { DueSpan } from "./due-dialog.tsx";
import { HourAxis } from "./heat-strip.tsx";
import { Roving } from "./roving.tsx";
import type { Usual } from "./use-usual.ts";

type Row = Forecast["rows"][number];
type Mark = Row["marks"][number];

interface Props {
  forecast: Forecast;
  usual: Usual;
  onWidth(px: number): void;
  onDue(span: DueSpan): void;
}

/** In steps, so that dragging a window's edge doesn't ask for each of its widths. */
export const widthStep = (px: number) => Math.floor(px / 80) * 80;

export function UpcomingChart({ forecast, usual, onWidth, onDue }: Props) {
  const { t } = useTranslation("dashboard");
  const [told, setTold] = useState<string | null>(null);
  const track = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const target = track.current;
    if (!target) return;
    const observer = new ResizeObserver(() => onWidth(widthStep(target.clientWidth)));
    observer.observe(target);
    return () => observer.disconnect();
  }, [onWidth]);
  const from = Date.parse(forecast.from);
  const to = Date.parse(forecast.to);
  return (
    <div className="dash-upcoming">
      <div className="dash-row dash-row-all">
        <span className="dash-row-name">
          {t("upcoming.all", { count: forecast.jobs })}
          <span className="dc-soft">{t("upcoming.startsOf", { count: forecast.ticks })}</span>
        </span>
        <div className="dash-track" ref={track}>
          <Density forecast={forecast} />
          <Busy forecast={forecast} onDue={onDue} onTell={setTold} />
          <NowLine from={from} to={to} />
        </div>
      </div>
      {forecast.rows.map((row) => (
        <div key={row.job?.id ?? `#${row.tag}`} className="dash-row">
          <RowName row={row} />
          <div className="dash-track">
            <Marks row={row} forecast={forecast} usual={usual} onDue={onDue} onTell={setTold} />
            <NowLine from={from} to={to} />
          </div>
        </div>
      ))}
      {forecast.rows.length === 0 && <p className="dc-plain dc-soft">{t("upcoming.none")}</p>}
      <div className="dash-row">
        <span />
        <HourAxis from={from} to={to} />
      </div>
      <p className="dash-told">
        {told ?? (forecast.moreRows > 0 ? t("upcoming.more", { count: forecast.moreRows }) : t("upcoming.hint"))}
      </p>
    </div>
  );
}

function RowName({ row: { job, tag, jobs } }: { row: Row }) {
  const { t } = useTranslation("dashboard");
  if (job)
    return (
      <Link className="dash-row-name" href={`/jobs/${part(job.name)}`}>
        {job.name}
      </Link>
    );
  return (
    <span className="dash-row-name">
      {tag === null ? t("upcoming.untagged") : <Link href={`/jobs?tag=${part(tag)}`}>{tag}</Link>}
      <span className="dc-soft">{t("upcoming.jobs", { count: jobs })}</span>
    </span>
  );
}

/** A mark's number takes so many slots of 8 px. */
const labelSlots = 4;
/** So many percent of the width has a marker to itself. */
const busyApart = 2;

/** Of markers that would cover each other, the busiest. */
function spaced(forecast: Forecast): Forecast["busy"] {
  const shown: Forecast["busy"] = [];
  for (const each of forecast.busy) {
    const last = shown.at(-1);
    if (!last || percentOf(Date.parse(each.at) - Date.parse(last.at), forecast) >= busyApart) shown.push(each);
    else if (each.ticks > last.ticks) shown[shown.length - 1] = each;
  }
  return shown;
}

const percentOf = (ms: number, forecast: Forecast) =>
  (ms / (Date.parse(forecast.to) - Date.parse(forecast.from))) * 100;

/** The end of the slot that a mark is in. */
const slotEnd = ([second]: Mark, { slotMs }: Forecast) => (Math.floor((second * 1000) / slotMs) + 1) * slotMs;

interface MarksProps {
  row: Row;
  forecast: Forecast;
  usual: Usual;
  onDue(span: DueSpan): void;
  onTell(words: string | null): void;
}

function Marks({ row, forecast, usual, onDue, onTell }: MarksProps) {
  const { t } = useTranslation("dashboard");
  const zone = useZone();
  const now = useNow(60_000);
  const { job, tag, marks } = row;
  const from = Date.parse(forecast.from);
  const usualMs = usual.get(job?.id ?? "")?.p50 ?? 0;
  const name = job?.name ?? tag ?? t("upcoming.untagged");
  const time = (ms: number) => formatInstant(from + ms, zone, { date: false, seconds: ms % 60_000 !== 0 });
  if (marks.length === 0) return null;
  return (
    <Roving label={t("upcoming.ticksOf", { name })} className="dash-marks">
      {marks.map((mark, i) => {
        const [second, count] = mark;
        const ms = second * 1000;
        const end = slotEnd(mark, forecast);
        const words = [
          count === 1
            ? t("upcoming.one", { name, at: time(ms) })
            : t("upcoming.several", { name, count, from: time(ms), to: time(end) }),
          ...(usualMs > 0 ? [t("upcoming.takes", { duration: formatDuration(usualMs) })] : []),
        ].join(" · ");
        const next = marks[i + 1];
        const about = {
          "data-rove": true,
          tabIndex: i === 0 ? 0 : -1,
          className: "dash-mark",
          "data-many": count > 1,
          "data-past": from + ms < now,
          "aria-label": words,
          style: { left: `${percentOf(ms, forecast)}%` },
          onMouseEnter: () => onTell(words),
          onFocus: () => onTell(words),
          onMouseLeave: () => onTell(null),
          onBlur: () => onTell(null),
        };
        // The number where there is room for it.
        const label =
          count > 1 && (next ? next[0] * 1000 : Infinity) - ms > labelSlots * forecast.slotMs ? `×${count}` : "";
        const bar = Math.min(usualMs, (next ? next[0] * 1000 : Infinity) - ms, Date.parse(forecast.to) - from - ms);
        return (
          <span key={second}>
            {usualMs > 0 && (
              <span
                className="dash-bar"
                aria-hidden="true"
                style={{ left: `${percentOf(ms, forecast)}%`, width: `${percentOf(bar, forecast)}%` }}
              />
            )}
            {job ? (
              <Link {...about} href={`/jobs/${part(job.name)}`}>
                {label}
              </Link>
            ) : (
              <button type="button" {...about} onClick={() => onDue({ from: from + ms, to: from + end, tag })}>
                {label}
              </button>
            )}
          </span>
        );
      })}
    </Roving>
  );
}

/** All ticks together, as heights. */
function Density({ forecast }: { forecast: Forecast }) {
  const most = Math.max(1, ...forecast.density.map(([, count]) => count));
  const width = percentOf(forecast.slotMs, forecast);
  return (
    <div className="dash-density" aria-hidden="true">
      {forecast.density.map((mark) => (
        <span
          key={mark[0]}
          className="dash-density-bar"
          style={{
            left: `${percentOf(slotEnd(mark, forecast) - forecast.slotMs, forecast)}%`,
            width: `calc(${width}% - 1px)`,
            height: `${Math.max(6, (mark[1] / most) * 100)}%`,
          }}
        />
      ))}
    </div>
  );
}

function Busy({ forecast, onDue, onTell }: Pick<MarksProps, "forecast" | "onDue" | "onTell">) {
  const { t } = useTranslation("dashboard");
  const zone = useZone();
  if (forecast.busy.length === 0) return null;
  return (
    <Roving label={t("upcoming.busy")} className="dash-marks">
      {spaced(forecast).map(({ at, ticks }, i): ReactNode => {
        const ms = Date.parse(at);
        const time = formatInstant(ms, zone, { date: false, seconds: false });
        const words = t("upcoming.busyAt", { at: time, count: ticks, limit: forecast.busyFrom });
        return (
          <button
            key={at}
            type="button"
            className="dash-busy"
            data-rove
            tabIndex={i === 0 ? 0 : -1}
            aria-label={words}
            style={{ left: `${percentOf(ms - Date.parse(forecast.from), forecast)}%` }}
            onMouseEnter={() => onTell(words)}
            onFocus={() => onTell(words)}
            onMouseLeave={() => onTell(null)}
            onBlur={() => onTell(null)}
            onClick={() => onDue({ from: ms, to: ms + 60_000, tag: null })}
          >
            <Icon name="warning" size={12} />
          </button>
        );
      })}
    </Roving>
  );
}

function NowLine({ from, to }: { from: number; to: number }) {
  const now = useNow(10_000);
  if (now < from || now > to) return null;
  return <span className="dash-now" aria-hidden="true" style={{ left: `${((now - from) / (to - from)) * 100}%` }} />;
}
