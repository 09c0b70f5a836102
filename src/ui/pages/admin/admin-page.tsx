// Who may do what: people with an account, and the tokens of programs.

import { Tabs } from "../../components/choices.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { TokenList } from "./token-list.tsx";
import { UserList } from "./user-list.tsx";

const inAddress = { tab: "users", cursor: "" };

export function AdminPage() {
  const { t } = useTranslation("access");
  const [{ tab }, set] = useUrlState(inAddress);
  return (
    <>
      <PageHeader title={t("shell:nav.admin")} />
      <Tabs
        value={tab === "tokens" ? "tokens" : "users"}
        tabs={[
          { value: "users", label: t("users") },
          { value: "tokens", label: t("tokens") },
        ]}
        onChange={(next) => set({ tab: next, cursor: null })}
      >
        {tab === "tokens" ? <TokenList /> : <UserList />}
      </Tabs>
    </>
  );
}
