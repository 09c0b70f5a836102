// `?`: what the keyboard can do on this page; and the keys that work everywhere.

import { useState } from "react";
import { useLocation } from "wouter";
import { onDemand } from "../components/on-demand.tsx";
import { Once } from "../components/once.tsx";
import { useTranslation } from "../lib/translation.tsx";
import { useNavigation } from "./navigation.tsx";
import { useShortcuts } from "./shortcuts.ts";

const KeyboardDialog = onDemand(async () => (await import("./keyboard-dialog.tsx")).KeyboardDialog);

export function KeyboardHelp({ opened, onToggle }: { opened: boolean; onToggle(open: boolean): void }) {
  const { t } = useTranslation("shell");
  const [, navigate] = useLocation();
  const pages = useNavigation().flat();
  useShortcuts([
    { key: "?", label: t("keys.help"), group: "everywhere", on: () => onToggle(true) },
    ...pages.map(({ to, key, label }) => ({
      key: `g ${key}`,
      label: t(`nav.${label}`),
      group: "everywhere" as const,
      on: () => navigate(to),
    })),
  ]);
  return (
    <Once when={opened}>
      <KeyboardDialog opened={opened} onToggle={onToggle} />
    </Once>
  );
}

/** Opens by itself nowhere: the shell holds whether it is open. */
export const useKeyboardHelp = () => useState(false);
