// The ⋯ of a job: everything else that can be done with it.
import { Menu } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useCan } from "../../api/session.ts";
import type { JobView } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
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
  return (
    <>
      <Menu defaultOpened position="bottom-end" width={230}>
        <Menu.Target>
          <button type="button" className="dc-icon-button" aria-label={t("moreOf", { name: job.name })}>
            <Icon name="more" />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {mayOperate && (
            <>
              <Menu.Item leftSection={<Icon name="play" size={14} />} onClick={() => setDialog("run")}>
                {t("runWith")}
              </Menu.Item>
              <Menu.Item leftSection={<Icon name="pause" size={14} />} onClick={() => setDialog("disable")}>
                {t("disableUntil")}
              </Menu.Item>
              <Menu.Divider />
            </>
          )}
          {!onOwnPage && (
            <>
              <Menu.Item
                leftSection={<Icon name="runs" size={14} />}
                onClick={() => navigate(`${jobPath(job.name)}?tab=runs`)}
              >
                {t("itsRuns")}
              </Menu.Item>
              <Menu.Item
                leftSection={<Icon name="history" size={14} />}
                onClick={() => navigate(`${jobPath(job.name)}?tab=changes`)}
              >
                {t("itsVersions")}
              </Menu.Item>
            </>
          )}
          <Menu.Item leftSection={<Icon name="download" size={14} />} onClick={() => void exportJobs([job])}>
            {t("export")}
          </Menu.Item>
          {mayEdit && (
            <>
              <Menu.Divider />
              {!onOwnPage && (
                <Menu.Item
                  leftSection={<Icon name="edit" size={14} />}
                  onClick={() => navigate(`${jobPath(job.name)}/edit`)}
                >
                  {t("edit")}
                </Menu.Item>
              )}
              <Menu.Item
                leftSection={<Icon name="copy" size={14} />}
                onClick={() => navigate(`/jobs/new?from=${job.name}`)}
              >
                {t("duplicate")}
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<Icon name="trash" size={14} />}
                onClick={() => void actions.remove(job).then((gone) => gone && onGone?.())}
              >
                {t("delete")}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
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
