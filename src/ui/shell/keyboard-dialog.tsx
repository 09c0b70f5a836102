// What the keyboard can do on this page, and switching it off.
import { Kbd, Modal, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSetting } from "../lib/settings.ts";
import { useListedShortcuts } from "./shortcuts.ts";

const groups = ["page", "list", "everywhere"] as const;

export function KeyboardDialog({ opened, onToggle }: { opened: boolean; onToggle(open: boolean): void }) {
  const { t } = useTranslation("shell");
  const [isOn, setOn] = useSetting("shortcuts");
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
