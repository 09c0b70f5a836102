// An address that no page has.

import { Link } from "wouter";
import { Empty } from "../components/async.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { useTranslation } from "../lib/translation.tsx";

export function NotFoundPage() {
  const { t } = useTranslation("errors");
  return (
    <>
      <PageHeader title={t("notFound")} />
      <Empty title={t("notFoundText")}>
        <Link href="/">{t("toDashboard")}</Link>
      </Empty>
    </>
  );
}
