// What one may do about a run: end it, do it again, or take it elsewhere as a link or a command.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, part } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useCan } from "../../api/session.ts";
import type { JobView, RunDetailView } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm.tsx";
import { Icon } from "../../components/icon.tsx";
import { MenuButton } from "../../components/menu-button.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { RunDialog } from "../job/dialogs.ts";
import { useJobActions } from "../job/job-actions.ts";
import { isOver } from "./is-over.ts";

const refresh = () =>
  Promise.all(["runs", "jobs", "stats"].map((topic) => queryClient.invalidateQueries({ queryKey: [topic] })));

export function RunButtons({ run }: { run: RunDetailView }) {
  const { t } = useTranslation("run");
  const mayOperate = useCan("operator");
  const [isDialog, setDialog] = useState(false);
  const over = isOver(run);
  const cancel = useMutation({
    mutationFn: () => api.post<RunDetailView & { settled: boolean }>(`/runs/${part(run.id)}/cancel`),
    onSuccess: ({ settled }) => toastDone(t(settled ? "done.cancelled" : "done.asked")),
    onError: toastError,
    onSettled: refresh,
  });
  const retry = useMutation({
    mutationFn: () => api.post<RunDetailView>(`/runs/${part(run.id)}/retry`),
    onSuccess: (made) => toastDone(t("done.retried"), { to: `/runs/${made.id}`, label: t("done.toRun") }),
    onError: toastError,
    onSettled: refresh,
  });
  const askCancel = async () => {
    const grace = formatDuration(run.rules?.killGraceMs ?? 10_000);
    const text = run.state === "running" ? t("confirm.running", { grace }) : t("confirm.waiting");
    const title = t("confirm.title", { name: run.job.name });
    if (await confirm({ title, text, action: t("confirm.action"), danger: true })) cancel.mutate();
  };
  const copy = (text: string) =>
    void navigator.clipboard.writeText(text).then(() => toastDone(t("common:copied")), toastError);
  useShortcuts(mayOperate && over ? [{ key: "r", label: t("retry"), group: "page", on: () => retry.mutate() }] : []);
  return (
    <>
      {mayOperate && !over && (
        <Button
          variant="default"
          className="dc-danger"
          leftSection={<Icon name="stop" size={12} />}
          loading={cancel.isPending}
          disabled={run.cancelRequested}
          onClick={() => void askCancel()}
        >
          {t("cancel")}
        </Button>
      )}
      {mayOperate && over && (
        <Button leftSection={<Icon name="retry" size={13} />} loading={retry.isPending} onClick={() => retry.mutate()}>
          {t("retry")}
        </Button>
      )}
      {mayOperate && (
        <Button variant="default" leftSection={<Icon name="edit" size={13} />} onClick={() => setDialog(true)}>
          {t("again")}
        </Button>
      )}
      <MenuButton
        width={260}
        trigger={
          <Button variant="default" leftSection={<Icon name="copy" size={13} />}>
            {t("copy.label")}
          </Button>
        }
        entries={() => [
          { icon: "copy", label: t("copy.link"), onPick: () => copy(window.location.href) },
          { icon: "copy", label: t("copy.logs"), onPick: () => copy(`distcron run logs ${run.id}`) },
          { icon: "copy", label: t("copy.id"), onPick: () => copy(run.id) },
        ]}
      />
      {isDialog && <Again run={run} onClose={() => setDialog(false)} />}
    </>
  );
}

/** The job as it is now, with what this run was started with. */
function Again({ run, onClose }: { run: RunDetailView; onClose(): void }) {
  const actions = useJobActions();
  const job = useQuery({
    queryKey: ["jobs", "one", run.job.id],
    queryFn: ({ signal }) => api.get<JobView>(`/jobs/${part(run.job.id)}`, { signal }),
  });
  if (job.error) {
    toastError(job.error);
    onClose();
  }
  if (!job.data) return null;
  return <RunDialog job={job.data} actions={actions} initial={run.overrides ?? {}} onClose={onClose} />;
}
