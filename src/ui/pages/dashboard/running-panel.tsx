// What runs at this moment: for how long, until when as far as one can tell, and the way to its output and its end.
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, part } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useCan } from "../../api/session.ts";
import type { Page, RunView } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm.tsx";
import { Elapsed } from "../../components/duration.tsx";
import { Icon } from "../../components/icon.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { useNow } from "../../lib/clock.ts";
import { formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useSummary } from "../../shell/banners.tsx";
import { type Usual, useUsual } from "./use-usual.ts";

const atMost = 8;

export function RunningPanel() {
  const { t } = useTranslation("dashboard");
  const query = { state: "running", limit: atMost };
  const runs = useQuery({
    queryKey: ["runs", "running", query],
    queryFn: ({ signal }) => api.get<Page<RunView>>("/runs", { query, signal }),
  });
  const total = useSummary().data?.runs.running ?? 0;
  const usual = useUsual((runs.data?.items ?? []).map(({ job }) => job.id));
  return (
    <section className="dc-panel dash-panel" aria-label={t("running.title")}>
      <div className="dash-panel-head">
        <h2>{t("running.title")}</h2>
        {runs.data?.nextCursor && (
          <Link href="/runs?state=running&range=all">{t("running.all", { count: Math.max(total, atMost) })}</Link>
        )}
      </div>
      <Loaded of={runs} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="dc-plain dc-soft">{t("running.none")}</p>
          ) : (
            <RunTable runs={items} usual={usual} />
          )
        }
      </Loaded>
    </section>
  );
}

function RunTable({ runs, usual }: { runs: RunView[]; usual: Usual }) {
  const { t } = useTranslation("dashboard");
  const mayOperate = useCan("operator");
  const cancel = useCancel();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls here, by keyboard too
    <section className="dc-table-box" tabIndex={0} aria-label={t("asTableOf", { title: t("running.title") })}>
      <table className="dc-table">
        <thead>
          <tr>
            <th scope="col">{t("running.job")}</th>
            <th scope="col" data-from="md">
              {t("running.node")}
            </th>
            <th scope="col" data-right>
              {t("running.elapsed")}
            </th>
            <th scope="col">{t("running.end")}</th>
            <th scope="col">{t("running.output")}</th>
            {mayOperate && <th scope="col">{t("running.actions")}</th>}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td className="dash-run-name">
                <Link href={`/jobs/${part(run.job.name)}`}>{run.job.name}</Link>
              </td>
              <td data-from="md">
                {run.node ? <Link href={`/nodes/${part(run.node.name)}`}>{run.node.name}</Link> : "–"}
              </td>
              <td data-right>{run.startedAt ? <Elapsed since={run.startedAt} /> : "–"}</td>
              <td>
                <ExpectedEnd since={run.startedAt} usualMs={usual.get(run.job.id)?.p50} />
              </td>
              <td>
                <Link href={`/runs/${run.id}`} aria-label={t("running.outputOf", { name: run.job.name })}>
                  {t("running.output")}
                </Link>
              </td>
              {mayOperate && (
                <td>
                  <Button
                    size="compact-xs"
                    variant="default"
                    disabled={run.cancelRequested || cancel.isPending}
                    leftSection={<Icon name="stop" size={11} />}
                    {...(run.cancelRequested ? {} : { "aria-label": t("running.cancelOf", { name: run.job.name }) })}
                    onClick={() => void cancel.ask(run)}
                  >
                    {run.cancelRequested ? t("running.ending") : t("running.cancel")}
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function useCancel() {
  const { t } = useTranslation("dashboard");
  const cancel = useMutation({
    mutationFn: (run: RunView) => api.post<RunView>(`/runs/${part(run.id)}/cancel`),
    onSuccess: ({ job }) => toastDone(t("running.cancelled", { name: job.name })),
    onError: toastError,
    onSettled: () => Promise.all(["runs", "stats"].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
  return {
    isPending: cancel.isPending,
    async ask(run: RunView) {
      const title = t("running.confirm", { name: run.job.name });
      if (await confirm({ title, text: t("running.confirmText"), action: t("running.cancel"), danger: true }))
        cancel.mutate(run);
    },
  };
}

/** By what the job usually takes; a bar shows how far that is. */
function ExpectedEnd({ since, usualMs }: { since: string | null; usualMs: number | undefined }) {
  const { t } = useTranslation("dashboard");
  const now = useNow();
  if (since === null || usualMs === undefined) return <span className="dc-none">{t("running.unknown")}</span>;
  const elapsed = now - Date.parse(since);
  const left = usualMs - elapsed;
  const isOver = left < 0;
  return (
    <span className="dash-expected" data-over={isOver}>
      <span className="dash-expected-bar" aria-hidden="true">
        <span
          className="dash-expected-fill"
          style={{ width: `${Math.min(100, (elapsed / Math.max(1, usualMs)) * 100)}%` }}
        />
      </span>
      {isOver
        ? t("running.over", { by: formatDuration(-left) })
        : t("running.left", { left: formatDuration(Math.ceil(left / 1000) * 1000) })}
    </span>
  );
}
