// What the schedule means, by the server's own reckoning while one types: in words, what to be careful about, and the next
// ticks in the job's zone, in UTC and in the reader's.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { Preview } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { useNow } from "../../lib/clock.ts";
import { browserZone, formatInstant, formatRelative, zoneOffset } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { Cautions } from "./cautions.tsx";
import type { Doc } from "./document.ts";
import { useEditor, useRested } from "./editor-state.ts";
import { useJobZone } from "./instant-field.tsx";

const isInstant = (value: unknown) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value));

/** What to ask for; null: nothing is written yet. */
function questionOf({ schedule, timezone, startAt, endAt }: Doc): string | null {
  const patterns = [schedule].flat();
  if (patterns.length === 0 || !patterns.every((each) => typeof each === "string" && each.trim() !== "")) return null;
  return JSON.stringify({
    schedule,
    count: 10,
    ...(typeof timezone === "string" ? { timezone } : {}),
    ...(isInstant(startAt) ? { startAt } : {}),
    ...(isInstant(endAt) ? { endAt } : {}),
  });
}

export function SchedulePreview() {
  const { t } = useTranslation("job-editor");
  const { doc, base } = useEditor();
  const zone = useJobZone();
  const question = useRested(questionOf(doc));
  // Asked by its question: an answer that comes late belongs to another, and isn't shown.
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["schedules", "preview", question],
    queryFn: () => api.post<Preview>("/schedules/preview", JSON.parse(question as string)),
    enabled: question !== null,
    placeholderData: keepPreviousData,
    staleTime: 20_000,
    refetchInterval: ({ state }) => (state.error ? false : 30_000),
    retry: false,
  });
  const shown = question === null || error ? undefined : data;
  return (
    <aside className="je-preview" aria-label={t("preview.title")} data-dim={isPlaceholderData}>
      <h3>{t("preview.title")}</h3>
      <p className="je-words" aria-live="polite">
        {shown ? shown.description : question === null ? t("preview.empty") : error ? t("preview.invalid") : "…"}
      </p>
      {shown?.warnings.map((warning) => (
        <p key={warning} className="je-warning">
          <Icon name="warning" size={14} />
          {warning}
        </p>
      ))}
      {shown && <Cautions ticks={shown.ticks} jobId={base?.id ?? null} zone={zone} />}
      {shown &&
        (shown.ticks.length > 0 ? <Ticks ticks={shown.ticks} zone={zone} /> : <NoTicks schedule={doc.schedule} />)}
    </aside>
  );
}

function NoTicks({ schedule }: { schedule: unknown }) {
  const { t } = useTranslation("job-editor");
  const isManual = [schedule].flat().every((each) => String(each).trim() === "@manual");
  return <p className="je-hint">{t(isManual ? "preview.manual" : "preview.noTicks")}</p>;
}

function Ticks({ ticks, zone }: { ticks: Preview["ticks"]; zone: string }) {
  const { t, i18n } = useTranslation("job-editor");
  const now = useNow(10_000);
  const here = browserZone();
  const zones = [...new Set([zone, "UTC", here])];
  // Seconds where there are any to tell.
  const seconds = ticks.some(({ at }) => Date.parse(at) % 60_000 !== 0);
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: zone });
  const title = (each: string, i: number) =>
    i === 0 ? t("preview.inJobZone", { zone: each }) : each === "UTC" ? "UTC" : t("preview.here", { zone: each });
  return (
    <table className="je-ticks">
      <caption className="dc-hidden">{t("preview.ticks")}</caption>
      <thead>
        <tr>
          {zones.map((each, i) => (
            <th key={each} scope="col">
              {title(each, i)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ticks.map(({ at, dst }) => {
          const ms = Date.parse(at);
          return (
            <tr key={at}>
              {zones.map((each, i) => (
                <td key={each} data-label={title(each, i)}>
                  <time dateTime={at} data-zone={zone} className="dc-time">
                    {i === 0 && `${weekday.format(ms)} `}
                    {formatInstant(ms, each, { seconds })}
                    {i === 0 && each !== "UTC" && ` ${zoneOffset(ms, each)}`}
                  </time>
                  {i === 0 && <span className="dc-soft dc-small"> {formatRelative(ms - now, i18n.language)}</span>}
                  {i === 0 && dst && <span className="je-dst">{t(`preview.${dst}`)}</span>}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
