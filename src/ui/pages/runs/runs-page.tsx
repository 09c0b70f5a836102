// All runs: what ran, what runs, and what waits.
import { useTranslation } from "react-i18next";
import { PageHeader } from "../../components/page-header.tsx";
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
