// A button with a menu behind it. The menu is loaded when it is pointed at, and made when it is opened: a list has hundreds.
import { cloneElement, type ReactElement, type ReactNode, useCallback, useEffect, useState } from "react";
import type { IconName } from "./icon.tsx";
import { onDemand } from "./on-demand.tsx";
import { toastError } from "./toast.tsx";

export interface MenuChoice {
  label: string;
  icon?: IconName;
  /** At its right end. */
  detail?: ReactNode;
  href?: string;
  /** Set: it is one of several, or, as a "checkbox", on or off by itself. */
  checked?: boolean;
  kind?: "checkbox";
  danger?: boolean;
  lang?: string;
  onPick?(): void;
}
/** "line" parts what isn't alike; a heading tells what follows. */
export type MenuEntry = MenuChoice | "line" | { heading: string };

export interface PanelProps {
  trigger: ReactElement<Record<string, unknown>>;
  entries: MenuEntry[];
  width: number;
}

const MenuPanel = onDemand<PanelProps>(async () => (await import("./mantine/menu-panel.tsx")).MenuPanel);

// Whatever goes wrong shows when it is opened.
const load = () => void MenuPanel.load().catch(() => {});

interface Props {
  /** The button, with its name. */
  trigger: ReactElement<Record<string, unknown>>;
  entries(): MenuEntry[];
  width?: number;
  defaultOpened?: boolean;
}

export function MenuButton({ trigger, entries, width = 220, defaultOpened = false }: Props) {
  const [isUsed, setUsed] = useState(false);
  const use = useCallback(() => void MenuPanel.load().then(() => setUsed(true), toastError), []);
  useEffect(() => {
    if (defaultOpened) use();
  }, [defaultOpened, use]);
  if (isUsed) return <MenuPanel trigger={trigger} entries={entries()} width={width} />;
  return cloneElement(trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: load,
    onFocus: load,
    onClick: use,
  });
}
