// What people do to jobs, from the list and from a job's own page: each says what it did, and asks before what can't be undone.
import { type QueryKey, useMutation } from "@tanstack/react-query";
import { api, part } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import type { JobChanged, JobView, Page, RunBody, RunDetailView } from "../../api/types.ts";
import { confirm } from "../../components/confirm.tsx";
import { toastDone, toastError, toastWarning } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";

export const jobPath = (name: string): string => `/jobs/${part(name)}`;
export const jobTitle = (job: JobView): string => (typeof job.spec.title === "string" ? job.spec.title : job.name);

const refresh = () =>
  Promise.all(["jobs", "runs", "stats"].map((topic) => queryClient.invalidateQueries({ queryKey: [topic] })));

/** The switch moves at once, in every list that shows the job; where the server refuses, it moves back. */
function showEnabled(job: JobView, enabled: boolean): [QueryKey, unknown][] {
  const before = queryClient.getQueriesData({ queryKey: ["jobs"] });
  const change = (each: JobView) => (each.id === job.id ? { ...each, enabled } : each);
  queryClient.setQueriesData<Page<JobView> | JobView>({ queryKey: ["jobs"] }, (held) => {
    if (!held) return held;
    if ("items" in held) return "version" in (held.items[0] ?? {}) ? { ...held, items: held.items.map(change) } : held;
    return "spec" in held ? change(held) : held;
  });
  return before;
}

export function useJobActions() {
  const { t } = useTranslation("jobs");

  const toggle = useMutation({
    mutationFn: ({ job, enabled }: { job: JobView; enabled: boolean }) =>
      api.post<JobChanged>(`/jobs/${job.id}/${enabled ? "enable" : "disable"}`),
    onMutate: ({ job, enabled }) => showEnabled(job, enabled),
    onError(error, _, before) {
      for (const [key, data] of before ?? []) queryClient.setQueryData(key, data);
      toastError(error);
    },
    onSuccess: ({ warnings }) => warnings.forEach(toastWarning),
    onSettled: refresh,
  });

  const disable = useMutation({
    mutationFn: ({ job, until, reason }: { job: JobView; until: string | null; reason: string }) =>
      api.post<JobChanged>(`/jobs/${job.id}/disable`, { until, ...(reason ? { reason } : {}) }),
    onSuccess: ({ name }) => toastDone(t("done.disabled", { name })),
    onError: toastError,
    onSettled: refresh,
  });

  const run = useMutation({
    mutationFn: ({ job, body }: { job: JobView; body?: RunBody }) =>
      api.post<RunDetailView>(`/jobs/${job.id}/run`, body ?? {}),
    onSuccess: (made) =>
      toastDone(t("done.run", { name: made.job.name }), { to: `/runs/${made.id}`, label: t("done.toRun") }),
    onError: toastError,
    onSettled: refresh,
  });

  const remove = useMutation({
    mutationFn: (job: JobView) => api.delete<{ name: string }>(`/jobs/${job.id}`, { ifMatch: job.version }),
    onSuccess: ({ name }) => toastDone(t("done.deleted", { name })),
    onError: toastError,
    onSettled: refresh,
  });

  return {
    setEnabled: (job: JobView, enabled: boolean) => toggle.mutate({ job, enabled }),
    disable,
    run,
    /** Asks first; answers whether it was done. */
    async remove(job: JobView): Promise<boolean> {
      const title = t("confirm.one.delete", { name: job.name });
      const question = { title, text: t("confirm.deleteText"), typed: job.name, action: t("delete"), danger: true };
      if (!(await confirm(question))) return false;
      return remove.mutateAsync(job).then(
        () => true,
        () => false,
      );
    },
  };
}
