// Why did it run at an instant, or not? The server answers from the ledger, the versions and the audit.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "../../api/call.ts";
import type { JobView, WhyAnswer } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { TextInput } from "../../components/inputs.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { now } from "../../lib/clock.ts";
import { browserZone, formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";

/** An instant in ISO, "last" for the job's last tick, or nothing yet. */
const inAddress = { why: "" };

export function WhyForm({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const [{ why }, set] = useUrlState(inAddress);
  const asked = why !== "" && why !== "last" ? Date.parse(why) : Number.NaN;
  const [instant, setInstant] = useState(() => {
    const start = Number.isNaN(asked) ? Math.floor(now() / 60_000) * 60_000 : asked;
    return formatInstant(start).replace(" ", "T");
  });
  const chosen = new Date(instant).getTime();
  const answer = useQuery({
    queryKey: ["runs", "why", job.id, why],
    queryFn: ({ signal }) =>
      api.get<WhyAnswer>(`/jobs/${job.id}/why`, { query: why === "last" ? {} : { at: why }, signal }),
    enabled: why !== "",
  });
  return (
    <section className="dc-panel" aria-label={t("why.title")}>
      <h2>{t("why.title")}</h2>
      <form
        className="dc-why"
        onSubmit={(event) => {
          event.preventDefault();
          if (!Number.isNaN(chosen)) set({ why: new Date(chosen).toISOString() });
        }}
      >
        <TextInput
          type="datetime-local"
          step={1}
          size="xs"
          label={t("why.at", { zone: browserZone() })}
          value={instant}
          onChange={(event) => setInstant(event.currentTarget.value)}
        />
        <Button type="submit" disabled={Number.isNaN(chosen)}>
          {t("why.ask")}
        </Button>
        <Button variant="default" onClick={() => set({ why: "last" })}>
          {t("why.lastTick")}
        </Button>
      </form>
      {why !== "" && (
        <div aria-live="polite">
          <Loaded of={answer} lines={2}>
            {(found) => <Answer job={job} answer={found} />}
          </Loaded>
        </div>
      )}
    </section>
  );
}

function Answer({ job, answer: { at, run, rule } }: { job: JobView; answer: WhyAnswer }) {
  const { t, i18n } = useTranslation("job");
  const zone = String(job.effective.timezone);
  // Rules that made no run have sentences here, reasons of runs their titles.
  const keys = rule ? [`job:why.code.${rule.code}`, `reasons:${rule.code}.title`] : [];
  const known = keys.find((key) => i18n.exists(key));
  return (
    <dl className="dc-why-answer">
      <dt>
        <Time at={at} zone={zone} />
      </dt>
      <dd>
        {run ? (
          <p className="dc-plain">
            <Link href={`/runs/${run.id}`}>
              <StateBadge state={run.state} />
            </Link>{" "}
            {run.startedAt && (
              <>
                {t("why.startedAt")} <Time at={run.startedAt} zone={zone} />
              </>
            )}
            {known && ` · ${t(known as "reasons:exit_code.title")}`}
          </p>
        ) : (
          <p className="dc-plain">
            <strong>{known ? t(known as "job:why.code.disabled") : t("why.noRun")}</strong>
          </p>
        )}
        {rule && <p className="dc-plain dc-soft">{rule.message}</p>}
      </dd>
    </dl>
  );
}
