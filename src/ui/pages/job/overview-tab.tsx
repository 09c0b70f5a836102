// How a job is: a sentence, its last runs, how long they took and how late they were, what comes next, and why it didn't run.
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "../../api/call.ts";
import type { JobStats, JobView, Page, RunView } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { RunStrip } from "../../components/run-strip.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { Health } from "./health.tsx";
import { jobPath } from "./job-actions.ts";
import { NextTicks } from "./next-ticks.tsx";
import { RunCharts } from "./run-charts.tsx";
import { WhyForm } from "./why-form.tsx";

const shown = 100;

export function OverviewTab({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const runs = useQuery({
    queryKey: ["runs", "of-job", job.id],
    queryFn: ({ signal }) => api.get<Page<RunView>>("/runs", { query: { job: job.id, limit: shown }, signal }),
  });
  const stats = useQuery({
    queryKey: ["stats", "job", job.id],
    queryFn: ({ signal }) =>
      api.get<{ items: JobStats[] }>("/stats/jobs", { query: { jobs: job.id, recent: shown }, signal }),
  });
  const zone = String(job.effective.timezone);
  return (
    <div className="dc-job-overview">
      <Loaded of={runs} lines={8}>
        {({ items }) => (
          <>
            <section className="dc-panel" aria-label={t("health.title")}>
              <h2>{t("health.title")}</h2>
              <Health job={job} runs={items} stats={stats.data?.items[0]} />
              {items.length > 0 && (
                <>
                  <RunStrip linked runs={stats.data?.items[0]?.recent ?? []} zone={zone} />
                  <p className="dc-plain">
                    <Link href={`${jobPath(job.name)}?tab=runs`}>{t("allRuns")}</Link>
                  </p>
                </>
              )}
            </section>
            <RunCharts job={job} runs={items} stats={stats.data?.items[0]} />
          </>
        )}
      </Loaded>
      <div className="dc-job-pair">
        <NextTicks job={job} />
        <WhyForm job={job} />
      </div>
    </div>
  );
}
