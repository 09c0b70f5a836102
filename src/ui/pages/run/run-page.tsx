// One run: what became of it and why, its attempts, its output, and what one may still do about it.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "wouter";
import { ApiError, api, part } from "../../api/call.ts";
import type { RunDetailView } from "../../api/types.ts";
import { Empty, Loaded } from "../../components/async.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { Attempts } from "./attempts.tsx";
import { Ending } from "./ending.tsx";
import { isOver } from "./is-over.ts";
import { LogView } from "./log/log-view.tsx";
import { RunButtons } from "./run-buttons.tsx";
import { RunFacts } from "./run-facts.tsx";
import { Why } from "./why.tsx";
import "./run.css";

export function RunPage() {
  const { t } = useTranslation("run");
  const { run: id } = useParams<{ run: string }>();
  const run = useQuery({
    queryKey: ["runs", "one", id],
    queryFn: ({ signal }) => api.get<RunDetailView>(`/runs/${part(id)}`, { signal }),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 10_000),
  });
  if (run.error instanceof ApiError && run.error.status === 404)
    return (
      <>
        <PageHeader title={t("gone.title")} back={{ to: "/runs", label: t("runs:title") }} />
        <Empty title={t("gone.text")} />
      </>
    );
  return <Loaded of={run}>{(data) => <One key={data.id} run={data} />}</Loaded>;
}

function One({ run }: { run: RunDetailView }) {
  const { t } = useTranslation("run");
  const at = formatInstant(Date.parse(run.scheduledFor));
  // Between two attempts: the last is over, the run isn't.
  const last = run.attempts.at(-1);
  const retrying = run.state === "running" && last !== undefined && last.finishedAt !== null;
  const hasStarted = run.attempt > 0 || run.output.bytes > 0;
  return (
    <>
      <PageHeader
        title={t("title", { job: run.job.name, at })}
        marks={<StateBadge state={run.state} retrying={retrying} />}
        back={{ to: "/runs", label: t("runs:title") }}
        lead={<code className="dc-mono">{run.id}</code>}
      >
        <RunButtons run={run} />
      </PageHeader>
      <div className="dc-run">
        {run.cancelRequested && !isOver(run) && <Ending run={run} />}
        {run.reason && <Why run={run} reason={run.reason} />}
        {run.lateReport && <p className="dc-run-note dc-panel">{t("lateReport")}</p>}
        <RunFacts run={run} />
        {run.attempts.length > 0 && <Attempts run={run} />}
        {hasStarted ? (
          <LogView run={run} />
        ) : (
          <section className="dc-panel" aria-labelledby="no-output">
            <h2 id="no-output">{t("log.title")}</h2>
            <p className="dc-plain dc-soft">{isOver(run) ? t("log.neverStarted") : t("log.notStarted")}</p>
          </section>
        )}
      </div>
    </>
  );
}
