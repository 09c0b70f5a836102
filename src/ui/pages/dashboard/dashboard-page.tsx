// The first page: what is wrong, what runs, what was and what comes, at a glance.

import { useCan } from "../../api/session.ts";
import { Empty } from "../../components/async.tsx";
import { ButtonLink } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { PlanningSwitch } from "../../components/planning-switch.tsx";
import { useNow } from "../../lib/clock.ts";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { LiveBadge, useSummary } from "../../shell/banners.tsx";
import { useIsWall, wallPath } from "../../shell/wall.ts";
import { AttentionPanel } from "./attention-panel.tsx";
import { HeatStrip } from "./heat-strip.tsx";
import { LatenessChart } from "./lateness-chart.tsx";
import { RunningPanel } from "./running-panel.tsx";
import { Strip } from "./strip.tsx";
import { UpcomingPanel } from "./upcoming-panel.tsx";
import { usePast } from "./use-past.ts";
import "./dashboard.css";

export function DashboardPage() {
  const { t } = useTranslation("dashboard");
  const summary = useSummary();
  const past = usePast();
  const isWall = useIsWall();
  return (
    <>
      {isWall ? (
        <WallHeader />
      ) : (
        <PageHeader title={t("title")}>
          <ButtonLink
            className="dc-wide"
            href={wallPath}
            variant="default"
            leftSection={<Icon name="expand" size={14} />}
          >
            {t("wall.enter")}
          </ButtonLink>
          {summary.data && <PlanningSwitch isPaused={summary.data.paused !== null} />}
        </PageHeader>
      )}
      <Strip past={past.data} />
      {summary.data?.jobs.total === 0 && <NoJobs />}
      <div className="dash-grid">
        <AttentionPanel />
        <RunningPanel />
        <div className="dash-wide">
          <UpcomingPanel />
        </div>
        <HeatStrip past={past} />
        <LatenessChart past={past} />
      </div>
    </>
  );
}

/** What day and time it is, and whether all this is as it is now: nobody is there to look elsewhere. */
function WallHeader() {
  const { t } = useTranslation("dashboard");
  const now = useNow();
  return (
    <PageHeader title={t("title")} marks={<LiveBadge />}>
      <time className="dash-clock">{formatInstant(now)}</time>
      <ButtonLink href="/" variant="default" leftSection={<Icon name="close" size={14} />}>
        {t("wall.leave")}
      </ButtonLink>
    </PageHeader>
  );
}

function NoJobs() {
  const { t } = useTranslation("dashboard");
  const mayEdit = useCan("editor");
  return (
    <div className="dash-empty">
      <Empty title={t("empty.title")}>
        <p className="dc-plain">{t("empty.text")}</p>
        {mayEdit && (
          <ButtonLink href="/jobs/new" leftSection={<Icon name="plus" size={14} />}>
            {t("empty.create")}
          </ButtonLink>
        )}
        <p className="dc-plain">
          <code className="dc-mono">distcron apply -f jobs.yaml</code>
        </p>
      </Empty>
    </div>
  );
}
