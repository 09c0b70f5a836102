// What this is, and where more about it stands.

import { useMe } from "../../api/session.ts";
import { Icon } from "../../components/icon.tsx";
import { useTranslation } from "../../lib/translation.tsx";

const links = { docs: "/docs", openapi: "/api/v1/openapi.json", ready: "/readyz" } as const;

export function About() {
  const { t } = useTranslation("settings");
  const version = useMe().data?.version ?? null;
  return (
    <section className="dc-panel" aria-label={t("about.title")}>
      <h2>{t("about.title")}</h2>
      <p className="dc-plain">{t("about.what")}</p>
      <dl className="dc-facts">
        <div>
          <dt>{t("about.version")}</dt>
          <dd>
            <code>{version ?? "–"}</code>
          </dd>
        </div>
        <div>
          <dt>{t("about.server")}</dt>
          <dd>
            <code>{window.location.origin}</code>
          </dd>
        </div>
        <div>
          <dt>{t("about.license")}</dt>
          <dd>
            <code>MIT</code>
          </dd>
        </div>
      </dl>
      <ul className="dc-plain-links">
        {(Object.keys(links) as (keyof typeof links)[]).map((name) => (
          <li key={name}>
            {/* Pages of the server, not of this app. */}
            <a href={links[name]} target="_blank" rel="noreferrer">
              {t(`about.${name}`)} <Icon name="external" size={12} />
              <span className="dc-hidden">{t("about.newTab")}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
