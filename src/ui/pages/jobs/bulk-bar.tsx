// What can be done with the rows that are selected, or with everything that the filters match.
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useCan } from "../../api/session.ts";
import type { BulkAnswer, BulkBody } from "../../api/types.ts";
import { confirm } from "../../components/confirm.tsx";
import { Icon, type IconName } from "../../components/icon.tsx";
import { toastDone, toastError, toastWarning } from "../../components/toast.tsx";

type Action = BulkBody["action"];
const buttons: { action: Action; icon: IconName }[] = [
  { action: "run", icon: "play" },
  { action: "enable", icon: "power" },
  { action: "disable", icon: "pause" },
  { action: "delete", icon: "trash" },
];

interface Props {
  selected: ReadonlySet<string>;
  onClear(): void;
  /** The filters that are on; null: none, and "all that match" isn't offered. */
  filter: NonNullable<BulkBody["filter"]> | null;
}

export function BulkBar({ selected, onClear, filter }: Props) {
  const { t } = useTranslation("jobs");
  const mayEdit = useCan("editor");
  const bulk = useMutation({
    mutationFn: (body: BulkBody) => api.post<BulkAnswer>("/jobs/bulk", body),
    onError: toastError,
  });

  async function act(action: Action, target: Pick<BulkBody, "jobs" | "filter">) {
    // The server says which they are, so that the question names what the answer will do.
    const which = await bulk.mutateAsync({ action, ...target, dryRun: true }).catch(() => null);
    if (!which) return;
    if (which.matched === 0) return toastWarning(t("bulk.nothing"));
    const objects = which.results.map(({ name }) => name);
    const title = t(`confirm.${objects.length === 1 ? "one" : "many"}.${action}`, {
      count: objects.length,
      name: objects[0],
    });
    const text = t(action === "delete" ? "confirm.deleteText" : `confirm.${action}Text`);
    const danger = action === "delete";
    if (!(await confirm({ title, text, objects, action: t(`bulk.${action}`), danger }))) return;
    const jobs = which.results.map(({ id }) => id);
    const done = await bulk.mutateAsync({ action, jobs }).catch(() => null);
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
  return (
    <section className="dc-bulk" aria-label={t("bulk.label")}>
      <strong aria-live="polite">{t("bulk.selected", { count: selected.size })}</strong>
      {shown.map(({ action, icon }) => (
        <Button
          key={action}
          size="compact-xs"
          variant="default"
          loading={bulk.isPending}
          leftSection={<Icon name={icon} size={12} />}
          onClick={() => void act(action, { jobs: [...selected] })}
        >
          {t(`bulk.${action}`)}
        </Button>
      ))}
      <button type="button" className="dc-link" onClick={onClear}>
        {t("bulk.clear")}
      </button>
      {filter && (
        <span className="dc-bulk-all">
          {t("bulk.allMatching")}
          {shown.map(({ action }) => (
            <button key={action} type="button" className="dc-link" onClick={() => void act(action, { filter })}>
              {t(`bulk.${action}`)}
            </button>
          ))}
        </span>
      )}
    </section>
  );
}
