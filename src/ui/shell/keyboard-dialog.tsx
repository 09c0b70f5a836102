// What the keyboard can do on this page, and switching it off.

import { Switch } from "../components/choices.tsx";
import { Dialog } from "../components/mantine/dialog.tsx";
import { useSetting } from "../lib/settings.ts";
import { useTranslation } from "../lib/translation.tsx";
import { useListedShortcuts } from "./shortcuts.ts";

const groups = ["page", "list", "everywhere"] as const;

export function KeyboardDialog({ opened, onToggle }: { opened: boolean; onToggle(open: boolean): void }) {
  const { t } = useTranslation("shell");
  const [isOn, setOn] = useSetting("shortcuts");
  const shortcuts = useListedShortcuts();
  return (
    <Dialog opened={opened} onClose={() => onToggle(false)} title={t("keys.title")} size="lg">
      <Switch checked={isOn} onChange={(event) => setOn(event.currentTarget.checked)} label={t("keys.on")} />
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
                        <kbd key={each}>{each}</kbd>
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
    </Dialog>
  );
}
