// How a person likes to look at things, what the server runs with, and what this is.

import { useCan } from "../../api/session.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { About } from "./about.tsx";
import { InForce } from "./in-force.tsx";
import "./settings.css";
import { ViewOptions } from "./view-options.tsx";

export function SettingsPage() {
  const { t } = useTranslation("settings");
  const isAdmin = useCan("admin");
  return (
    <>
      <PageHeader title={t("title")} />
      <div className="dc-settings">
        <ViewOptions />
        <About />
      </div>
      {isAdmin && <InForce />}
    </>
  );
}
