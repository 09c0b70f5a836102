// What the frame shows only when it is asked for is loaded then: menus, the drawer. A page's first load stays small.
import { ActionIcon } from "@mantine/core";
import { type ComponentType, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "../api/session.ts";
import { Icon, type IconName } from "../components/icon.tsx";

const load = () => import("./menus.tsx");
const View = lazy(async () => ({ default: (await load()).ViewMenu }));
const User = lazy(async () => ({ default: (await load()).UserMenu }));

interface Props {
  label: string;
  icon: IconName;
  menu: ComponentType<{ defaultOpened: boolean }>;
}

/** Looks like the menu's own button, which takes its place, open, once it is there. */
function OnDemand({ label, icon, menu: Menu }: Props) {
  const [isWanted, setWanted] = useState(false);
  const standIn = (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    >
      <Icon name={icon} size={18} />
    </ActionIcon>
  );
  return isWanted ? (
    <Suspense fallback={standIn}>
      <Menu defaultOpened />
    </Suspense>
  ) : (
    standIn
  );
}

export function ViewMenu() {
  const { t } = useTranslation("shell");
  return <OnDemand label={t("view.label")} icon="screen" menu={View} />;
}

export function UserMenu() {
  const { t } = useTranslation("shell");
  const user = useUser();
  return user && <OnDemand label={t("user.label", { name: user.name })} icon="user" menu={User} />;
}
