// At the head's right end: how things look, and who I am.
import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { logout, useUser } from "../api/session.ts";
import { Icon, type IconName } from "../components/icon.tsx";
import { toastError } from "../components/toast.tsx";
import { type Language, languages, setLanguage } from "../i18n.ts";
import { useSetting } from "../lib/settings.ts";

const themes: [name: "light" | "dark" | "auto", icon: IconName][] = [
  ["light", "sun"],
  ["dark", "moon"],
  ["auto", "screen"],
];
const zones = ["local", "utc", "schedule"] as const;
/** The choice that holds now. */
const chosen = (is: boolean) => ({
  role: "menuitemradio",
  "aria-checked": is,
  rightSection: is ? <Icon name="check" size={14} /> : null,
});

export function ViewMenu() {
  const { t, i18n } = useTranslation("shell");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [time, setTime] = useSetting("time");
  const [density, setDensity] = useSetting("density");
  return (
    <Menu width={220} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("view.label")}>
          <Icon name="screen" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("view.theme")}</Menu.Label>
        {themes.map(([name, icon]) => (
          <Menu.Item
            key={name}
            leftSection={<Icon name={icon} />}
            onClick={() => setColorScheme(name)}
            {...chosen(colorScheme === name)}
          >
            {t(`view.${name}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("view.language")}</Menu.Label>
        {(Object.entries(languages) as [Language, string][]).map(([name, label]) => (
          <Menu.Item
            key={name}
            lang={name}
            leftSection={<Icon name="language" />}
            onClick={() => void setLanguage(name).catch(toastError)}
            {...chosen(i18n.language === name)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("view.time")}</Menu.Label>
        {zones.map((name) => (
          <Menu.Item
            key={name}
            leftSection={<Icon name="clock" />}
            onClick={() => setTime(name)}
            {...chosen(time === name)}
          >
            {t(`view.zone.${name}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<Icon name="menu" />}
          onClick={() => setDensity(density === "dense" ? "roomy" : "dense")}
          role="menuitemcheckbox"
          aria-checked={density === "roomy"}
          rightSection={density === "roomy" ? <Icon name="check" size={14} /> : null}
        >
          {t("view.roomy")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function UserMenu() {
  const { t } = useTranslation("shell");
  const user = useUser();
  const [, navigate] = useLocation();
  if (!user) return null;
  return (
    <Menu width={220} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("user.label", { name: user.name })}>
          <Icon name="user" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.displayName ?? user.name} · {t(`role.${user.role}`)}
        </Menu.Label>
        <Menu.Item leftSection={<Icon name="settings" />} onClick={() => navigate("/settings")}>
          {t("user.settings")}
        </Menu.Item>
        {user.kind === "session" && (
          <Menu.Item leftSection={<Icon name="power" />} onClick={() => void logout().catch(toastError)}>
            {t("user.logout")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
