// What a node has in its hands: runs that run there or wait there, each with its way to the output and its end.
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, part } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useCan } from "../../api/session.ts";
import type { Page, RunDetailView, RunView } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { Elapsed } from "../../components/duration.tsx";
import { Icon } from "../../components/icon.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";

const atMost = 50;

export function RunningNow({ nodeId }: { nodeId: string }) {
  const { t } = useTranslation("nodes");
  const query = { node: nodeId, state: "running,assigned", limit: atMost };
  const runs = useQuery({
    queryKey: ["runs", "of-node", query],
    queryFn: ({ signal }) => api.get<Page<RunView>>("/runs", { query, signal }),
    refetchInterval: 10_000,
  });
  const columns = useRunColumns();
  return (
    <section aria-label={t("runningNow")} className="dc-section">
      <h2>{t("runningNow")}</h2>
      <DataTable
        label={t("runningNow")}
        columns={columns}
        query={runs}
        rowKey={(run) => run.id}
        rowName={(run) => run.job.name}
        keyless
        empty={<p className="dc-soft dc-plain">{t("nothingRuns")}</p>}
      />
      {runs.data?.nextCursor && <Link href={`/runs?node=${part(nodeId)}&state=running`}>{t("allRunning")}</Link>}
    </section>
  );
}

function useRunColumns(): Column<RunView>[] {
  const { t } = useTranslation("nodes");
  const mayOperate = useCan("operator");
  const cancel = useMutation({
    mutationFn: (run: RunView) => api.post<RunDetailView & { settled: boolean }>(`/runs/${part(run.id)}/cancel`),
    onSuccess: ({ job, settled }) => toastDone(t(settled ? "done.cancelled" : "done.cancelling", { name: job.name })),
    onError: toastError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["runs"] }),
  });
  async function ask(run: RunView) {
    const title = t("confirm.cancel", { name: run.job.name });
    if (await confirm({ title, text: t("confirm.cancelText"), action: t("action.cancelRun"), danger: true }))
      cancel.mutate(run);
  }
  const columns: Column<RunView>[] = [
    {
      id: "state",
      header: t("run.state"),
      onCard: "title",
      cell: (run) => (
        <Link href={`/runs/${run.id}`}>
          <StateBadge state={run.state} />
        </Link>
      ),
    },
    {
      id: "job",
      header: t("run.job"),
      onCard: "title",
      cell: (run) => <Link href={`/jobs/${part(run.job.name)}`}>{run.job.name}</Link>,
    },
    { id: "started", header: t("run.started"), cell: (run) => <Time at={run.startedAt} short dense /> },
    {
      id: "elapsed",
      header: t("run.elapsed"),
      right: true,
      cell: (run) => (run.startedAt ? <Elapsed since={run.startedAt} /> : <span className="dc-none">–</span>),
    },
    { id: "attempt", header: t("run.attempt"), right: true, from: "md", cell: (run) => run.attempt || "–" },
    {
      id: "log",
      header: t("run.output"),
      cell: (run) => (
        <Link href={`/runs/${run.id}`} aria-label={t("run.outputOf", { name: run.job.name })}>
          {t("run.output")}
        </Link>
      ),
    },
  ];
  if (mayOperate)
    columns.push({
      id: "cancel",
      header: t("fact.actions"),
      onCard: "end",
      cell: (run) => (
        <Button
          size="compact-xs"
          variant="default"
          disabled={run.cancelRequested || cancel.isPending}
          leftSection={<Icon name="stop" size={11} />}
          aria-label={t("actionOf.cancelRun", { name: run.job.name })}
          onClick={() => void ask(run)}
        >
          {run.cancelRequested ? t("run.ending") : t("action.cancelRun")}
        </Button>
      ),
    });
  return columns;
}
