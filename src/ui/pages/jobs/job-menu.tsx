// The ⋯ of a job: everything else that can be done with it.
import { useState } from "react";
import { useLocation } from "wouter";
import { useCan } from "../../api/session.ts";
import type { JobView } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { MenuButton, type MenuEntry } from "../../components/menu-button.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { DisableDialog, RunDialog } from "../job/dialogs.ts";
import { exportJobs } from "../job/export-jobs.ts";
import { jobPath, useJobActions } from "../job/job-actions.ts";

interface Props {
  job: JobView;
  /** Without the ways to it. */
  onOwnPage?: boolean;
  /** After it was deleted. */
  onGone?: () => void;
}

/** A list has hundreds of them: only the one that is opened is more than a button. */
export function JobMenu(props: Props) {
  const { t } = useTranslation("jobs");
  const [isUsed, setUsed] = useState(false);
  if (isUsed) return <OpenedMenu {...props} />;
  return (
    <button
      type="button"
      className="dc-icon-button"
      aria-haspopup="menu"
      aria-label={t("moreOf", { name: props.job.name })}
      onClick={() => setUsed(true)}
    >
      <Icon name="more" />
    </button>
  );
}

function OpenedMenu({ job, onOwnPage = false, onGone }: Props) {
  const actions = useJobActions();
  const { t } = useTranslation("jobs");
  const [, navigate] = useLocation();
  const [dialog, setDialog] = useState<"run" | "disable" | null>(null);
  const mayOperate = useCan("operator");
  const mayEdit = useCan("editor");
  const entries = (): MenuEntry[] => [
    ...(mayOperate
      ? ([
          { icon: "play", label: t("runWith"), onPick: () => setDialog("run") },
          { icon: "pause", label: t("disableUntil"), onPick: () => setDialog("disable") },
          "line",
        ] as const)
      : []),
    ...(onOwnPage
      ? []
      : ([
          { icon: "runs", label: t("itsRuns"), onPick: () => navigate(`${jobPath(job.name)}?tab=runs`) },
          { icon: "history", label: t("itsVersions"), onPick: () => navigate(`${jobPath(job.name)}?tab=changes`) },
        ] as const)),
    { icon: "download", label: t("export"), onPick: () => void exportJobs([job]) },
    ...(mayEdit
      ? ([
          "line",
          ...(onOwnPage
            ? []
            : ([{ icon: "edit", label: t("edit"), onPick: () => navigate(`${jobPath(job.name)}/edit`) }] as const)),
          { icon: "copy", label: t("duplicate"), onPick: () => navigate(`/jobs/new?from=${job.name}`) },
          {
            icon: "trash",
            label: t("delete"),
            danger: true,
            onPick: () => void actions.remove(job).then((gone) => gone && onGone?.()),
          },
        ] as const)
      : []),
  ];
  return (
    <>
      <MenuButton
        defaultOpened
        width={230}
        trigger={
          <button type="button" className="dc-icon-button" aria-label={t("moreOf", { name: job.name })}>
            <Icon name="more" />
          </button>
        }
        entries={entries}
      />
      {dialog === "run" && <RunDialog job={job} actions={actions} onClose={() => setDialog(null)} />}
      {dialog === "disable" && (
        <DisableDialog
          title={t("disable.title", { name: job.name })}
          isPending={actions.disable.isPending}
          onDisable={(how) => actions.disable.mutate({ job, ...how }, { onSuccess: () => setDialog(null) })}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}
