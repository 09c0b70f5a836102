// One job: how it is, its runs, its definition and what became of it.
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams } from "wouter";
import { ApiError, api, part } from "../../api/call.ts";
import { useCan } from "../../api/session.ts";
import type { JobView } from "../../api/types.ts";
import { Empty, Loaded } from "../../components/async.tsx";
import { Tabs } from "../../components/choices.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { RunList } from "../runs/run-list.tsx";
import { ChangesTab } from "./changes-tab.tsx";
import { ConfigTab } from "./config-tab.tsx";
import "./job.css";
import { jobPath, useJobActions } from "./job-actions.ts";
import { JobHeader } from "./job-header.tsx";
import { OverviewTab } from "./overview-tab.tsx";

const tabs = ["overview", "runs", "config", "changes"] as const;
const inAddress = { tab: "overview" };

export function JobPage() {
  const name = useParams<{ job: string }>().job;
  const job = useQuery({
    queryKey: ["jobs", "one", name],
    queryFn: ({ signal }) => api.get<JobView>(`/jobs/${part(name)}`, { signal }),
    refetchInterval: 60_000,
  });
  if (job.error instanceof ApiError && job.error.status === 404) return <NoSuchJob name={name} />;
  return <Loaded of={job}>{(found) => <Job key={found.id} job={found} />}</Loaded>;
}

function NoSuchJob({ name }: { name: string }) {
  const { t } = useTranslation("job");
  return (
    <Empty title={t("noSuchJob", { name })}>
      <p className="dc-plain">{t("noSuchJobText")}</p>
      <Link href="/jobs">{t("toJobs")}</Link>
    </Empty>
  );
}

function Job({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const [, navigate] = useLocation();
  const [address] = useUrlState(inAddress);
  const actions = useJobActions();
  const mayOperate = useCan("operator");
  const mayEdit = useCan("editor");
  const tab = tabs.find((each) => each === address.tab) ?? "overview";
  useShortcuts([
    ...(mayOperate
      ? [
          { key: "r", label: t("jobs:runNow"), group: "page" as const, on: () => actions.run.mutate({ job }) },
          {
            key: "p",
            label: t("jobs:toggle"),
            group: "page" as const,
            on: () => actions.setEnabled(job, !job.enabled),
          },
        ]
      : []),
    ...(mayEdit
      ? [
          {
            key: "e",
            label: t("jobs:edit"),
            group: "page" as const,
            on: () => navigate(`${jobPath(job.name)}/edit`),
          },
        ]
      : []),
  ]);
  // What one tab keeps in the address (filters, a cursor) isn't meant for another.
  const show = (next: string) => navigate(jobPath(job.name) + (next === "overview" ? "" : `?tab=${next}`));
  return (
    <>
      <JobHeader job={job} actions={actions} />
      <Tabs value={tab} tabs={tabs.map((value) => ({ value, label: t(`tab.${value}`) }))} onChange={show}>
        {tab === "overview" && <OverviewTab job={job} />}
        {tab === "runs" && <RunList job={job.id} range="all" />}
        {tab === "config" && <ConfigTab job={job} />}
        {tab === "changes" && <ChangesTab job={job} />}
      </Tabs>
    </>
  );
}
