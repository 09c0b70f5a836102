// Between asking for a run's end and its end: TERM was sent, and KILL comes when the grace is over.

import type { RunDetailView } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { useNow } from "../../lib/clock.ts";
import { formatCountdown } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";

export function Ending({ run }: { run: RunDetailView }) {
  const { t } = useTranslation("run");
  const now = useNow();
  const { cancelled, rules } = run;
  const killAt = cancelled && rules ? Date.parse(cancelled.at) + rules.killGraceMs : null;
  const words =
    run.state !== "running" || killAt === null
      ? t("ending.asked")
      : killAt > now
        ? t("ending.kill", { left: formatCountdown(killAt - now) })
        : t("ending.killing");
  return (
    <div className="dc-panel dc-ending" data-tone="warn" role="status">
      <Icon name="stop" />
      <span>
        {cancelled && t("ending.by", { by: cancelled.by })} {words}
      </span>
    </div>
  );
}
