// The way to the palette: Ctrl/⌘ K from anywhere, also while one types, and a button in the head.
import { ActionIcon } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../components/icon.tsx";
import { setting } from "../lib/settings.ts";
import { useShortcuts } from "./shortcuts.ts";

const Palette = lazy(async () => ({ default: (await import("./palette.tsx")).Palette }));

export function PaletteButton({ onHelp }: { onHelp(): void }) {
  const { t } = useTranslation("shell");
  const [isOpen, setOpen] = useState(false);
  // Only told to the help: with a modifier it works while one types too, so it listens by itself.
  useShortcuts([{ key: "Ctrl/⌘+K", label: t("search"), group: "everywhere", on: () => setOpen(true) }]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      if (!setting("shortcuts")) return;
      event.preventDefault();
      setOpen((was) => !was);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("search")} onClick={() => setOpen(true)}>
        <Icon name="search" size={18} />
      </ActionIcon>
      {isOpen && (
        <Suspense>
          <Palette onClose={() => setOpen(false)} onHelp={onHelp} />
        </Suspense>
      )}
    </>
  );
}
