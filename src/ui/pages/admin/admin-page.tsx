// Who may do what: people with an account, and the tokens of programs.
import { Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PageHeader } from "../../components/page-header.tsx";
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
      <Tabs value={tab} onChange={(next) => set({ tab: next, cursor: null })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="users">{t("users")}</Tabs.Tab>
          <Tabs.Tab value="tokens">{t("tokens")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <UserList />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <TokenList />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
