// At the head's right end: how things look, and who I am.

import { logout, useUser } from "../api/session.ts";
import { Icon, type IconName } from "../components/icon.tsx";
import { MenuButton, type MenuEntry } from "../components/menu-button.tsx";
import { toastError } from "../components/toast.tsx";
import { type Language, languages, setLanguage } from "../i18n.ts";
import { chooseScheme, type SchemeChoice, useSchemeChoice } from "../lib/color-scheme.ts";
import { useSetting } from "../lib/settings.ts";
import { useTranslation } from "../lib/translation.tsx";
import { HeadButton } from "./head-button.tsx";

const themes: [name: SchemeChoice, icon: IconName][] = [
  ["light", "sun"],
  ["dark", "moon"],
  ["auto", "screen"],
];
const zones = ["local", "utc", "schedule"] as const;

export function ViewMenu() {
  const { t, i18n } = useTranslation("shell");
  const scheme = useSchemeChoice();
  const [time, setTime] = useSetting("time");
  const [density, setDensity] = useSetting("density");
  const entries = (): MenuEntry[] => [
    { heading: t("view.theme") },
    ...themes.map(([name, icon]) => ({
      label: t(`view.${name}`),
      detail: <Icon name={icon} />,
      checked: name === scheme,
      onPick: () => chooseScheme(name),
    })),
    "line",
    { heading: t("view.language") },
    ...Object.entries(languages).map(([name, label]) => ({
      label,
      lang: name,
      checked: name === i18n.language,
      onPick: () => void setLanguage(name as Language).catch(toastError),
    })),
    "line",
    { heading: t("view.time") },
    ...zones.map((name) => ({
      label: t(`view.zone.${name}`),
      checked: name === time,
      onPick: () => setTime(name),
    })),
    "line",
    {
      label: t("view.roomy"),
      kind: "checkbox",
      checked: density === "roomy",
      onPick: () => setDensity(density === "roomy" ? "dense" : "roomy"),
    },
  ];
  return <MenuButton trigger={<HeadButton label={t("view.label")} icon="screen" />} entries={entries} />;
}

export function UserMenu() {
  const { t } = useTranslation("shell");
  const user = useUser();
  if (!user) return null;
  const entries = (): MenuEntry[] => [
    { heading: `${user.displayName ?? user.name} · ${t(`role.${user.role}`)}` },
    { icon: "user", label: t("user.profile"), href: "/profile" },
    ...(user.kind === "session"
      ? [{ icon: "power" as const, label: t("user.logout"), onPick: () => void logout().catch(toastError) }]
      : []),
  ];
  return (
    <MenuButton trigger={<HeadButton label={t("user.label", { name: user.name })} icon="user" />} entries={entries} />
  );
}
