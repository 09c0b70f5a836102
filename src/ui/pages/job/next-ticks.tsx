// The next ticks of a job, as the server's own timetable has them, with what daylight saving does to them.
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { JobView, Preview } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { Icon } from "../../components/icon.tsx";
import { Countdown, Time } from "../../components/time.tsx";
import { formatInstant, zoneOffset } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";

export function NextTicks({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const zone = String(job.effective.timezone);
  const next = useQuery({
    queryKey: ["jobs", "next", job.id, job.version, job.enabled],
    queryFn: ({ signal }) => api.get<Preview>(`/jobs/${job.id}/next`, { query: { count: 10 }, signal }),
    refetchInterval: 60_000,
  });
  return (
    <section className="dc-panel" aria-label={t("next.title")}>
      <h2>{t("next.title")}</h2>
      <Loaded of={next} lines={6}>
        {({ ticks }) =>
          ticks.length === 0 ? (
            <p className="dc-plain dc-soft">{t(job.enabled ? "next.none" : "next.disabled")}</p>
          ) : (
            <table className="dc-table dc-bare-table">
              <thead>
                <tr>
                  <th scope="col">{t("next.local", { zone })}</th>
                  <th scope="col">UTC</th>
                  <th scope="col" data-right="true">
                    {t("next.in")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {ticks.map(({ at, dst }) => (
                  <tr key={at}>
                    <td>
                      <span className="dc-time">{formatInstant(Date.parse(at), zone)}</span>{" "}
                      <span className="dc-soft dc-small">{zoneOffset(Date.parse(at), zone)}</span>
                      {dst && (
                        <span className="dc-dst" title={t(`next.${dst}Text`)}>
                          <Icon name="warning" size={11} /> {t(`next.${dst}`)}
                        </span>
                      )}
                    </td>
                    <td>
                      <span className="dc-time">{formatInstant(Date.parse(at), "UTC")}</span>
                    </td>
                    <td data-right="true">
                      <Countdown at={at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
      {job.enableAt && !job.enabled && (
        <p className="dc-plain">
          {t("jobs:disabledUntil")} <Time at={job.enableAt} zone={zone} />
        </p>
      )}
    </section>
  );
}
