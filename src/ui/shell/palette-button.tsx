// The way to the palette: Ctrl/⌘ K from anywhere, also while one types, and a button in the head.

import { useEffect, useState } from "react";
import { onDemand } from "../components/on-demand.tsx";
import { setting } from "../lib/settings.ts";
import { useTranslation } from "../lib/translation.tsx";
import { HeadButton } from "./head-button.tsx";
import { useShortcuts } from "./shortcuts.ts";

const Palette = onDemand(async () => (await import("./palette.tsx")).Palette);

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
      <HeadButton label={t("search")} icon="search" onClick={() => setOpen(true)} />
      {isOpen && <Palette onClose={() => setOpen(false)} onHelp={onHelp} />}
    </>
  );
}
