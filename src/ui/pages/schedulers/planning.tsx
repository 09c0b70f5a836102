// Whether anything is planned at all, stopping that for everybody, and going on.

import type { Schedulers } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { PlanningSwitch } from "../../components/planning-switch.tsx";
import { Time } from "../../components/time.tsx";
import { useTranslation } from "../../lib/translation.tsx";

export function Planning({ paused }: { paused: Schedulers["paused"] }) {
  const { t } = useTranslation("schedulers");
  return (
    <section className="dc-panel dc-section dc-planning" aria-label={t("planning.title")}>
      <span className="dc-state" data-tone={paused ? "warn" : "good"} data-dashed={paused ? true : undefined}>
        <Icon name={paused ? "pause" : "check"} size={12} />
        {t(paused ? "planning.paused" : "planning.goesOn")}
      </span>
      {paused && (
        <span>
          {t("planning.by", { by: paused.by, reason: paused.reason })} <Time at={paused.since} relative />
          {paused.until ? (
            <>
              {t("planning.until")} <Time at={paused.until} />
            </>
          ) : (
            t("planning.forGood")
          )}
        </span>
      )}
      <PlanningSwitch isPaused={paused !== null} />
    </section>
  );
}
