// What can be done with the rows that are selected, or with everything that the filters match.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useCan } from "../../api/session.ts";
import type { BulkAnswer, BulkBody } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm.tsx";
import { Icon, type IconName } from "../../components/icon.tsx";
import { toastDone, toastError, toastWarning } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { DisableDialog } from "../job/dialogs.ts";
import type { Disabling } from "../job/disable-dialog.tsx";
import { exportJobs, fetchJobs } from "../job/export-jobs.ts";

type Action = BulkBody["action"];
type Filter = NonNullable<BulkBody["filter"]>;
type Target = { jobs: string[] } | { filter: Filter };
const buttons: { action: Action | "export"; icon: IconName }[] = [
  { action: "run", icon: "play" },
  { action: "enable", icon: "power" },
  { action: "disable", icon: "pause" },
  { action: "export", icon: "download" },
  { action: "delete", icon: "trash" },
];
/** From here on the number has to be typed, whatever is done. */
const many = 20;

interface Props {
  selected: ReadonlySet<string>;
  onClear(): void;
  /** The filters that are on; null: none, and "all that match" isn't offered. */
  filter: Filter | null;
}

export function BulkBar({ selected, onClear, filter }: Props) {
  const { t } = useTranslation("jobs");
  const mayEdit = useCan("editor");
  const [disabling, setDisabling] = useState<BulkAnswer | null>(null);
  const bulk = useMutation({
    mutationFn: (body: BulkBody) => api.post<BulkAnswer>("/jobs/bulk", body),
    onError: toastError,
  });
  const exporting = useMutation({
    mutationFn: async (target: Target) => exportJobs(await fetchJobs(target)),
    onError: toastError,
  });
  const titleOf = (action: Action, { results }: BulkAnswer) =>
    t(`confirm.${results.length === 1 ? "one" : "many"}.${action}`, {
      count: results.length,
      name: results[0]?.name,
    });

  async function begin(action: Action | "export", target: Target) {
    if (action === "export") return exporting.mutate(target);
    // The server says which they are, so that the question names what the answer will do.
    const which = await bulk.mutateAsync({ action, ...target, dryRun: true }).catch(() => null);
    if (!which) return;
    if (which.matched === 0) return toastWarning(t("bulk.nothing"));
    if (action === "disable") return setDisabling(which);
    if (await isMeant(action, which)) await act(action, which);
  }

  const isMeant = (action: Action, which: BulkAnswer) =>
    confirm({
      title: titleOf(action, which),
      text: t(action === "delete" ? "confirm.deleteText" : `confirm.${action}Text`),
      objects: which.results.map(({ name }) => name),
      action: t(`bulk.${action}`),
      danger: action === "delete",
    });

  async function disable(which: BulkAnswer, { until, reason }: Disabling) {
    setDisabling(null);
    if (which.results.length >= many && !(await isMeant("disable", which))) return;
    await act("disable", which, { until, ...(reason ? { reason } : {}) });
  }

  async function act(action: Action, which: BulkAnswer, how: Pick<BulkBody, "until" | "reason"> = {}) {
    const jobs = which.results.map(({ id }) => id);
    const done = await bulk.mutateAsync({ action, jobs, ...how }).catch(() => null);
    await Promise.all(["jobs", "runs", "stats"].map((topic) => queryClient.invalidateQueries({ queryKey: [topic] })));
    if (!done) return;
    const failed = done.results.filter(({ error }) => error !== null);
    const count = done.results.length - failed.length;
    if (count > 0) toastDone(t(`bulk.done.${action}`, { count }));
    for (const { name, error } of failed.slice(0, 3)) toastWarning(`${name}: ${error?.message}`);
    if (failed.length > 3) toastWarning(t("bulk.moreFailed", { count: failed.length - 3 }));
    onClear();
  }

  const shown = buttons.filter(({ action }) => action !== "delete" || mayEdit);
  const isBusy = bulk.isPending || exporting.isPending;
  return (
    <section className="dc-bulk" aria-label={t("bulk.label")}>
      {selected.size > 0 && (
        <>
          <strong aria-live="polite">{t("bulk.selected", { count: selected.size })}</strong>
          {shown.map(({ action, icon }) => (
            <Button
              key={action}
              size="compact-xs"
              variant="default"
              loading={isBusy}
              leftSection={<Icon name={icon} size={12} />}
              onClick={() => void begin(action, { jobs: [...selected] })}
            >
              {t(`bulk.${action}`)}
            </Button>
          ))}
          <button type="button" className="dc-link" onClick={onClear}>
            {t("bulk.clear")}
          </button>
        </>
      )}
      {filter && (
        <fieldset className="dc-bulk-all" aria-label={t("bulk.allMatching")}>
          <span aria-hidden="true">{t("bulk.allMatching")}</span>
          {shown.map(({ action }) => (
            <button
              key={action}
              type="button"
              className="dc-link"
              disabled={isBusy}
              onClick={() => void begin(action, { filter })}
            >
              {t(`bulk.${action}`)}
            </button>
          ))}
        </fieldset>
      )}
      {disabling && (
        <DisableDialog
          title={titleOf("disable", disabling)}
          isPending={bulk.isPending}
          onDisable={(how) => void disable(disabling, how)}
          onClose={() => setDisabling(null)}
        />
      )}
    </section>
  );
}
