// At the head's right end: how things look, and who I am. Loaded when one is wanted: shell/on-demand.tsx stands in till then.
import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { logout, useUser } from "../api/session.ts";
import { Icon, type IconName } from "../components/icon.tsx";
import { toastError } from "../components/toast.tsx";
import { type Language, languages, setLanguage } from "../i18n.ts";
import { useSetting } from "../lib/settings.ts";

const themes: [name: MantineColorScheme, icon: IconName][] = [
  ["light", "sun"],
  ["dark", "moon"],
  ["auto", "screen"],
];
const zones = ["local", "utc", "schedule"] as const;
export function ViewMenu({ defaultOpened }: { defaultOpened: boolean }) {
  const { t, i18n } = useTranslation("shell");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [time, setTime] = useSetting("time");
  const [density, setDensity] = useSetting("density");
  return (
    <Menu width={220} position="bottom-end" defaultOpened={defaultOpened}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("view.label")}>
          <Icon name="screen" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("view.theme")}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
          {themes.map(([name, icon]) => (
            <Menu.RadioItem key={name} value={name} rightSection={<Icon name={icon} />} closeMenuOnClick>
              {t(`view.${name}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t("view.language")}</Menu.Label>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(value) => void setLanguage(value as Language).catch(toastError)}
        >
          {Object.entries(languages).map(([name, label]) => (
            <Menu.RadioItem key={name} value={name} lang={name} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t("view.time")}</Menu.Label>
        <Menu.RadioGroup value={time} onChange={(value) => setTime(value as (typeof zones)[number])}>
          {zones.map((name) => (
            <Menu.RadioItem key={name} value={name} closeMenuOnClick>
              {t(`view.zone.${name}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.CheckboxItem
          checked={density === "roomy"}
          onChange={(roomy) => setDensity(roomy ? "roomy" : "dense")}
          closeMenuOnClick
        >
          {t("view.roomy")}
        </Menu.CheckboxItem>
      </Menu.Dropdown>
    </Menu>
  );
}

export function UserMenu({ defaultOpened }: { defaultOpened: boolean }) {
  const { t } = useTranslation("shell");
  const user = useUser();
  const [, navigate] = useLocation();
  if (!user) return null;
  return (
    <Menu width={220} position="bottom-end" defaultOpened={defaultOpened}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("user.label", { name: user.name })}>
          <Icon name="user" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.displayName ?? user.name} · {t(`role.${user.role}`)}
        </Menu.Label>
        <Menu.Item leftSection={<Icon name="user" />} onClick={() => navigate("/profile")}>
          {t("user.profile")}
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
