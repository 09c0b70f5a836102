// The head of a job's page: what it is, when it runs next, and what can be done with it.
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useCan } from "../../api/session.ts";
import type { JobView } from "../../api/types.ts";
import { Button, ButtonLink } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { JobStateBadge } from "../../components/state-badge.tsx";
import { Countdown, Time } from "../../components/time.tsx";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { JobMenu } from "../jobs/job-menu.tsx";
import { jobStateOf } from "../jobs/job-state.ts";
import { DisableDialog } from "./dialogs.ts";
import { jobPath, jobTitle, type useJobActions } from "./job-actions.ts";

interface Props {
  job: JobView;
  actions: ReturnType<typeof useJobActions>;
}

export function JobHeader({ job, actions }: Props) {
  const { t } = useTranslation("job");
  const [, navigate] = useLocation();
  const [isDisabling, setDisabling] = useState(false);
  const mayOperate = useCan("operator");
  const mayEdit = useCan("editor");
  const { description, owner, tags, runbook } = job.effective as Record<string, string | undefined> & {
    tags?: string[];
  };
  const title = jobTitle(job);
  const lead = (
    <span className="dc-job-lead">
      {title !== job.name && <code className="dc-mono">{job.name}</code>}
      {owner && <span>{t("owner", { owner })}</span>}
      {tags?.map((tag) => (
        <Link key={tag} href={`/jobs?tag=${encodeURIComponent(tag)}`} className="dc-tag">
          {tag}
        </Link>
      ))}
      {description && <span className="dc-job-text">{description}</span>}
      {runbook && <Runbook text={runbook} />}
    </span>
  );
  return (
    <>
      <PageHeader
        title={title}
        back={{ to: "/jobs", label: t("toJobs") }}
        marks={<JobStateBadge state={jobStateOf(job)} />}
        lead={lead}
      >
        {mayOperate && (
          <>
            <Button
              leftSection={<Icon name="play" size={12} />}
              loading={actions.run.isPending}
              onClick={() => actions.run.mutate({ job })}
            >
              {t("jobs:runNow")}
            </Button>
            {job.enabled ? (
              <Button
                variant="default"
                leftSection={<Icon name="pause" size={12} />}
                onClick={() => setDisabling(true)}
              >
                {t("disable")}
              </Button>
            ) : (
              <Button
                variant="default"
                leftSection={<Icon name="power" size={12} />}
                onClick={() => actions.setEnabled(job, true)}
              >
                {t("enable")}
              </Button>
            )}
          </>
        )}
        {mayEdit && (
          <ButtonLink href={`${jobPath(job.name)}/edit`} variant="default" leftSection={<Icon name="edit" size={12} />}>
            {t("jobs:edit")}
          </ButtonLink>
        )}
        <JobMenu job={job} onOwnPage onGone={() => navigate("/jobs")} />
      </PageHeader>
      <Next job={job} />
      {isDisabling && (
        <DisableDialog
          title={t("jobs:disable.title", { name: job.name })}
          isPending={actions.disable.isPending}
          onDisable={(how) => actions.disable.mutate({ job, ...how }, { onSuccess: () => setDisabling(false) })}
          onClose={() => setDisabling(false)}
        />
      )}
    </>
  );
}

/** A link where it is one, text where it isn't. */
function Runbook({ text }: { text: string }) {
  const { t } = useTranslation("job");
  return /^https?:\/\/\S+$/.test(text) ? (
    <a href={text} target="_blank" rel="noreferrer">
      {t("runbook")} <Icon name="external" size={11} />
    </a>
  ) : (
    <span className="dc-job-text">{text}</span>
  );
}

function Next({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const zone = String(job.effective.timezone);
  const schedules = [job.effective.schedule].flat().map(String);
  return (
    <dl className="dc-facts dc-panel dc-job-facts">
      <div>
        <dt>{t("facts.schedule")}</dt>
        <dd>
          <code className="dc-mono">{schedules.join(" · ")}</code>
          <br />
          <span className="dc-soft">{job.scheduleInWords}</span>
        </dd>
      </div>
      <div>
        <dt>{t("facts.next", { zone })}</dt>
        <dd>
          {job.nextRunAt ? (
            <>
              {/* In the schedule's own zone, whatever the rest of the page shows. */}
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the other zones are told on focus */}
              <time className="dc-time" dateTime={job.nextRunAt} data-zone={zone} tabIndex={0}>
                {formatInstant(Date.parse(job.nextRunAt), zone)}
              </time>
              <br />
              <span className="dc-soft">
                {t("facts.in")} <Countdown at={job.nextRunAt} />
              </span>
            </>
          ) : job.enabled ? (
            t("facts.noNext")
          ) : (
            <span>
              {t("facts.disabled")}
              {job.enableAt && (
                <>
                  <br />
                  {t("jobs:disabledUntil")} <Time at={job.enableAt} zone={zone} />
                </>
              )}
              {job.disabledReason && (
                <>
                  <br />
                  <span className="dc-soft">{job.disabledReason}</span>
                </>
              )}
            </span>
          )}
        </dd>
      </div>
      <div>
        <dt>{t("facts.running")}</dt>
        <dd>{job.running}</dd>
      </div>
      <div>
        <dt>{t("facts.lastSuccess")}</dt>
        <dd>
          <Time at={job.lastSuccessAt} zone={zone} />
        </dd>
      </div>
      <div>
        <dt>{t("facts.version")}</dt>
        <dd>
          <Link href={`${jobPath(job.name)}?tab=changes`}>{t("facts.versionOf", { version: job.version })}</Link>
          <br />
          <span className="dc-soft">
            {job.updatedBy} · <Time at={job.updatedAt} relative />
          </span>
        </dd>
      </div>
    </dl>
  );
}
