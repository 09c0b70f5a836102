// People with an account.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/call.ts";
import { useUser } from "../../api/session.ts";
import type { Page, UserView } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { Button, IconButton } from "../../components/button.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { Icon } from "../../components/icon.tsx";
import { MenuButton } from "../../components/menu-button.tsx";
import { onDemand } from "../../components/on-demand.tsx";
import { usePager } from "../../components/pager.ts";
import { AccountStateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useUserActions } from "./user-actions.ts";

const PasswordDialog = onDemand(async () => (await import("./password-dialog.tsx")).PasswordDialog);
const UserDialog = onDemand(async () => (await import("./user-dialog.tsx")).UserDialog);

type Dialog = { kind: "new" } | { kind: "edit" | "password"; user: UserView };

export function UserList() {
  const { t } = useTranslation("access");
  const me = useUser();
  const pager = usePager();
  const actions = useUserActions();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const query = { limit: pager.limit, cursor: pager.cursor };
  const users = useQuery({
    queryKey: ["access", "users", query],
    queryFn: ({ signal }) => api.get<Page<UserView>>("/users", { query, signal }),
    placeholderData: keepPreviousData,
  });
  const close = () => setDialog(null);
  return (
    <>
      <div className="dc-toolbar">
        <Button leftSection={<Icon name="plus" size={14} />} onClick={() => setDialog({ kind: "new" })}>
          {t("newUser")}
        </Button>
      </div>
      <DataTable
        label={t("users")}
        query={users}
        rowKey={(user) => user.id}
        rowName={(user) => user.name}
        onOpen={(user) => setDialog({ kind: "edit", user })}
        pager={pager}
        empty={<Empty title={t("noUsers")} />}
        columns={[
          {
            id: "name",
            header: t("column.user"),
            onCard: "title",
            cell: (user) => (
              <span className="dc-stack">
                <strong>
                  {user.displayName ?? user.name}
                  {user.name === me?.name && <span className="dc-soft"> {t("you")}</span>}
                </strong>
                {user.displayName !== null && <span className="dc-mono dc-soft">{user.name}</span>}
              </span>
            ),
          },
          { id: "role", header: t("column.role"), cell: (user) => t(`shell:role.${user.role}`) },
          {
            id: "state",
            header: t("column.state"),
            cell: (user) => <AccountStateBadge state={user.disabled ? "disabled" : "enabled"} />,
          },
          {
            id: "lastLogin",
            header: t("column.lastLogin"),
            cell: (user) =>
              user.lastLoginAt === null ? (
                <span className="dc-soft">{t("never")}</span>
              ) : (
                <Time at={user.lastLoginAt} relative dense />
              ),
          },
          {
            id: "created",
            header: t("column.created"),
            from: "lg",
            cell: (user) => (
              <span className="dc-stack">
                <Time at={user.createdAt} dense />
                <span className="dc-mono dc-soft">{user.createdBy}</span>
              </span>
            ),
          },
          {
            id: "actions",
            header: t("column.actions"),
            onCard: "end",
            cell: (user) => <UserMenu user={user} actions={actions} onDialog={setDialog} />,
          },
        ]}
      />
      {dialog?.kind === "new" && <UserDialog actions={actions} onClose={close} />}
      {dialog?.kind === "edit" && <UserDialog user={dialog.user} actions={actions} onClose={close} />}
      {dialog?.kind === "password" && <PasswordDialog user={dialog.user} actions={actions} onClose={close} />}
    </>
  );
}

interface MenuProps {
  user: UserView;
  actions: ReturnType<typeof useUserActions>;
  onDialog(dialog: Dialog): void;
}

function UserMenu({ user, actions, onDialog }: MenuProps) {
  const { t } = useTranslation("access");
  return (
    <MenuButton
      trigger={
        <IconButton color="gray" aria-label={t("moreOf", { name: user.name })}>
          <Icon name="more" />
        </IconButton>
      }
      entries={() => [
        { icon: "edit", label: t("edit"), onPick: () => onDialog({ kind: "edit", user }) },
        { icon: "access", label: t("setPassword"), onPick: () => onDialog({ kind: "password", user }) },
        {
          icon: user.disabled ? "power" : "pause",
          label: t(user.disabled ? "enable" : "disable"),
          onPick: () => void actions.setDisabled(user, !user.disabled),
        },
        {
          icon: "audit",
          label: t("itsChanges"),
          href: `/audit?actor=${encodeURIComponent(`user:${user.name}`)}`,
        },
        "line",
        { icon: "trash", label: t("delete"), danger: true, onPick: () => void actions.remove(user) },
      ]}
    />
  );
}
