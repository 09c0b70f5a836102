// Not built yet.
import { useTranslation } from "react-i18next";
import { PageHeader } from "../../components/page-header.tsx";

export function NewJobPage() {
  const { t } = useTranslation("shell");
  return <PageHeader title={t("nav.jobs")} />;
}

export function EditJobPage() {
  return <NewJobPage />;
}
