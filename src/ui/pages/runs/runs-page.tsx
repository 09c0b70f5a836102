// All runs: what ran, what runs, and what waits.

import { PageHeader } from "../../components/page-header.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { RunList } from "./run-list.tsx";

export function RunsPage() {
  const { t } = useTranslation("runs");
  return (
    <>
      <PageHeader title={t("title")} />
      <RunList />
    </>
  );
}
