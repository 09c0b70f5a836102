// Cancelling or retrying the runs that are selected, or all that the filters match.
import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import type { RunsBulkAnswer, RunsBulkBody } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm.tsx";
import { Icon } from "../../components/icon.tsx";
import { toastDone, toastError, toastWarning } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { isOver } from "../run/is-over.ts";

type Action = RunsBulkBody["action"];
type Result = RunsBulkAnswer["results"][number];
const actions: Action[] = ["cancel", "retry"];

/** What an action can be done to at all. */
const isFor = (action: Action, run: Result) => isOver(run) === (action === "retry");

interface Props {
  selected: ReadonlySet<string>;
  onClear(): void;
  /** The filters that are on; null: none, and "all that match" isn't offered. */
  filter: NonNullable<RunsBulkBody["filter"]> | null;
}

export function RunsBulkBar({ selected, onClear, filter }: Props) {
  const { t } = useTranslation("runs");
  const bulk = useMutation({
    mutationFn: (body: RunsBulkBody) => api.post<RunsBulkAnswer>("/runs/bulk", body),
    onError: toastError,
  });

  async function act(action: Action, target: Pick<RunsBulkBody, "runs" | "filter">) {
    // The server says which they are, so that the question names what the answer will do.
    const dry = await bulk.mutateAsync({ action, ...target, dryRun: true }).catch(() => null);
    if (!dry) return;
    const which = dry.results.filter((each) => isFor(action, each));
    if (which.length === 0) return toastWarning(t(`bulk.nothing.${action}`));
    const agreed = await confirm({
      title: t(`confirm.${action}`, { count: which.length }),
      text: t(`confirm.${action}Text`),
      objects: which.map(({ job, id }) => `${job.name} · ${id}`),
      action: t(`bulk.${action}`),
      danger: action === "cancel",
    });
    if (!agreed) return;
    const done = await bulk.mutateAsync({ action, runs: which.map(({ id }) => id) }).catch(() => null);
    await Promise.all(["runs", "jobs", "stats"].map((topic) => queryClient.invalidateQueries({ queryKey: [topic] })));
    if (!done) return;
    const failed = done.results.filter(({ error }) => error !== null);
    const count = done.results.length - failed.length;
    if (count > 0) toastDone(t(`bulk.done.${action}`, { count }));
    for (const { job, error } of failed.slice(0, 3)) toastWarning(`${job.name}: ${error?.message}`);
    if (failed.length > 3) toastWarning(t("bulk.moreFailed", { count: failed.length - 3 }));
    onClear();
  }

  return (
    <section className="dc-bulk" aria-label={t("bulk.label")}>
      <strong aria-live="polite">{t("bulk.selected", { count: selected.size })}</strong>
      {actions.map((action) => (
        <Button
          key={action}
          size="compact-xs"
          variant="default"
          loading={bulk.isPending}
          leftSection={<Icon name={action === "cancel" ? "stop" : "retry"} size={12} />}
          onClick={() => void act(action, { runs: [...selected] })}
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
          {actions.map((action) => (
            <button key={action} type="button" className="dc-link" onClick={() => void act(action, { filter })}>
              {t(`bulk.${action}`)}
            </button>
          ))}
        </span>
      )}
    </section>
  );
}
