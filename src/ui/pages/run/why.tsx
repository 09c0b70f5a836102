// Why a run is not a success, or what it waits for: in words, with what to do about it, and the server's own sentence.
import { Fragment } from "react";
import { Link } from "wouter";
import type { RunDetailView } from "../../api/types.ts";
import { toneOf } from "../../components/state-badge.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { isOver } from "./is-over.ts";

interface Props {
  run: RunDetailView;
  reason: NonNullable<RunDetailView["reason"]>;
}

export function Why({ run, reason }: Props) {
  const { t, i18n } = useTranslation("run");
  const known = i18n.exists(`${reason.code}.what`, { ns: "reasons" });
  const say = (key: "title" | "what" | "todo") => t(`reasons:${reason.code}.${key}` as "reasons:exit_code.title");
  const neverRan = isOver(run) && run.attempt === 0;
  const heading = neverRan ? t("why.notRun") : isOver(run) ? t("why.ended") : t("why.waits");
  return (
    <section className="dc-panel dc-why" data-tone={toneOf(run.state)} aria-labelledby="why">
      <h2 id="why">
        {heading}: {known ? say("title") : reason.code}
      </h2>
      {known && <p className="dc-plain">{say("what")}</p>}
      <p className="dc-plain">
        <WithRuns text={reason.message} />
      </p>
      {known && (
        <p className="dc-plain">
          <strong>{t("why.todo")}</strong> {say("todo")}
        </p>
      )}
      {run.covers && <p className="dc-plain">{t("why.covers", { count: run.covers.count })}</p>}
    </section>
  );
}

const idPattern = /\b([0-9a-hjkmnp-tv-z]{26}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/gi;

/** A sentence in which other runs that it names can be followed. */
function WithRuns({ text }: { text: string }) {
  return text.split(idPattern).map((each, i) =>
    i % 2 === 1 ? (
      <Link key={each} href={`/runs/${each}`}>
        {each}
      </Link>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence have no other name
      <Fragment key={i}>{each}</Fragment>
    ),
  );
}
