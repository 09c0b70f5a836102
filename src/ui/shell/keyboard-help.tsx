// `?`: what the keyboard can do on this page, and switching it off.
import { Kbd, Modal, Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useSetting } from "../lib/settings.ts";
import { useNavigation } from "./navigation.tsx";
import { useListedShortcuts, useShortcuts } from "./shortcuts.ts";

const groups = ["page", "list", "everywhere"] as const;

export function KeyboardHelp({ opened, onToggle }: { opened: boolean; onToggle(open: boolean): void }) {
  const { t } = useTranslation("shell");
  const [, navigate] = useLocation();
  const [isOn, setOn] = useSetting("shortcuts");
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
  const shortcuts = useListedShortcuts();
  return (
    <Modal
      opened={opened}
      onClose={() => onToggle(false)}
      title={t("keys.title")}
      closeButtonProps={{ "aria-label": t("common:close") }}
      size="lg"
    >
      <Switch
        checked={isOn}
        onChange={(event) => setOn(event.currentTarget.checked)}
        label={t("keys.on")}
        mb="md"
        size="sm"
      />
      <div className="dc-keys">
        {groups.map((group) => {
          const mine = shortcuts.filter((each) => each.group === group);
          if (mine.length === 0) return null;
          return (
            <section key={group}>
              <h2>{t(`keys.${group}`)}</h2>
              <dl>
                {mine.map(({ key, label }) => (
                  <div key={`${key} ${label}`}>
                    <dt>
                      {key.split(" ").map((each) => (
                        <Kbd key={each}>{each}</Kbd>
                      ))}
                    </dt>
                    <dd>{label}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Modal>
  );
}

/** Opens by itself nowhere: the shell holds whether it is open. */
export const useKeyboardHelp = () => useState(false);
