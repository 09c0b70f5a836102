// How draining goes on: what still runs of what ran when it began, and what was given to others.

import type { NodeDetail } from "../../api/types.ts";
import { Time } from "../../components/time.tsx";
import { useTranslation } from "../../lib/translation.tsx";

export function DrainPanel({ node }: { node: NodeDetail }) {
  const { t } = useTranslation("nodes");
  const { drain, running, assigned } = node;
  if (!node.draining) return null;
  const left = running + assigned;
  const all = Math.max(drain?.running ?? 0, left);
  const done = all - left;
  return (
    <section className="dc-panel dc-drain" aria-label={t("drain.title")}>
      <h2>{left === 0 ? t("drain.isEmpty") : t("drain.title")}</h2>
      {drain && (
        <p className="dc-plain dc-soft">
          {t("drain.by", { by: drain.by })} <Time at={drain.since} relative />
        </p>
      )}
      {all > 0 && (
        <div
          className="dc-progress"
          role="progressbar"
          aria-label={t("drain.title")}
          aria-valuemin={0}
          aria-valuemax={all}
          aria-valuenow={done}
          aria-valuetext={t("drain.doneOf", { done, all })}
        >
          <span style={{ width: `${(done / all) * 100}%` }} />
        </div>
      )}
      <ul className="dc-plain-list" aria-live="polite">
        <li>{left === 0 ? t("drain.stopIt") : t("drain.left", { count: left })}</li>
        {all > 0 && <li>{t("drain.doneOf", { done, all })}</li>}
        {drain && drain.moved > 0 && <li>{t("drain.moved", { count: drain.moved })}</li>}
      </ul>
    </section>
  );
}
