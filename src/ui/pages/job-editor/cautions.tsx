// What the rest of the cluster has to say to a schedule: much is due in the same minute, or the job takes longer than
// from one tick to the next.
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { Forecast, Preview } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { formatDuration, formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useUsual } from "../dashboard/use-usual.ts";

const minuteMs = 60_000;
/** Of a job with fewer runs nobody can say what is usual. */
const runsToJudgeBy = 3;

export function Cautions({ ticks, jobId, zone }: { ticks: Preview["ticks"]; jobId: string | null; zone: string }) {
  const { t } = useTranslation("job-editor");
  const instants = ticks.map(({ at }) => Date.parse(at));
  const [first] = instants;
  const minute = first === undefined ? null : Math.floor(first / minuteMs) * minuteMs;
  const forecast = useQuery({
    queryKey: ["plan", "minute", minute],
    queryFn: ({ signal }) => {
      const from = minute as number;
      const query = {
        from: new Date(from).toISOString(),
        to: new Date(from + minuteMs).toISOString(),
        slots: 1,
        limit: 1,
      };
      return api.get<Forecast>("/stats/forecast", { query, signal });
    },
    enabled: minute !== null,
    staleTime: minuteMs,
  });
  const usual = useUsual(jobId === null ? [] : [jobId]).get(jobId ?? "");
  const p95 = usual && usual.count >= runsToJudgeBy ? usual.p95 : undefined;
  const gap = Math.min(...instants.slice(1).map((at, i) => at - (instants[i] as number)));
  const busiest = forecast.data?.busy[0];
  return (
    <>
      {busiest && (
        <Caution>
          {t("preview.busy", {
            count: busiest.ticks,
            at: formatInstant(Date.parse(busiest.at), zone, { seconds: false }),
          })}
        </Caution>
      )}
      {p95 !== undefined && gap < p95 && (
        <Caution>{t("preview.often", { gap: formatDuration(gap), p95: formatDuration(p95) })}</Caution>
      )}
    </>
  );
}

function Caution({ children }: { children: string }) {
  return (
    <p className="je-warning">
      <Icon name="warning" size={14} />
      {children}
    </p>
  );
}
