// One's own account: how one likes to see things, the password, where one is signed in, and one's tokens.

import { useUser } from "../../api/session.ts";
import { Empty } from "../../components/async.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { TokenList } from "../admin/token-list.tsx";
import { OwnPassword } from "./own-password.tsx";
import { OwnSettingsForm } from "./own-settings-form.tsx";
import "./profile.css";
import { Sessions } from "./sessions.tsx";

export function ProfilePage() {
  const { t } = useTranslation("access");
  const user = useUser();
  if (!user) return null;
  return (
    <>
      <PageHeader title={t("profile")} lead={`${user.name} · ${t(`shell:role.${user.role}`)}`} />
      {user.kind === "session" ? (
        <>
          <div className="dc-profile">
            <section className="dc-panel" aria-labelledby="about-me">
              <h2 id="about-me">{t("aboutMe")}</h2>
              <OwnSettingsForm user={user} />
            </section>
            <section className="dc-panel" aria-labelledby="my-password">
              <h2 id="my-password">{t("changePassword")}</h2>
              <OwnPassword />
            </section>
          </div>
          <section className="dc-profile-part" aria-labelledby="my-sessions">
            <h2 id="my-sessions">{t("sessions")}</h2>
            <Sessions />
          </section>
          <section className="dc-profile-part" aria-labelledby="my-tokens">
            <h2 id="my-tokens">{t("myTokens")}</h2>
            <TokenList mine />
          </section>
        </>
      ) : (
        <Empty title={t("noPerson")} />
      )}
    </>
  );
}
