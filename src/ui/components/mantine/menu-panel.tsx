// The menu behind a button, once it was asked for.
import { Menu } from "@mantine/core";
import { cloneElement, Fragment, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { Icon } from "../icon.tsx";
import type { MenuEntry, PanelProps } from "../menu-button.tsx";
import { Mantine } from "./provider.tsx";

export function MenuPanel({ trigger, entries, width }: PanelProps) {
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  // It took the place of the button that was pressed: the focus comes back to it.
  useEffect(() => {
    button.current?.focus();
    setOpened(true);
  }, []);
  return (
    <Mantine>
      <Menu opened={opened} onChange={setOpened} position="bottom-end" width={width}>
        <Menu.Target>{cloneElement(trigger, { ref: button })}</Menu.Target>
        <Menu.Dropdown>
          {entries.map((entry, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries keep their places while it is open
            <Fragment key={i}>{entryOf(entry)}</Fragment>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Mantine>
  );
}

function entryOf(entry: MenuEntry) {
  if (entry === "line") return <Menu.Divider />;
  if ("heading" in entry) return <Menu.Label>{entry.heading}</Menu.Label>;
  const { label, icon, detail, href, checked, danger, lang, onPick } = entry;
  const look = {
    ...(icon ? { leftSection: <Icon name={icon} size={14} /> } : {}),
    ...(detail ? { rightSection: detail } : {}),
    ...(danger ? { color: "red" } : {}),
    ...(onPick ? { onClick: onPick } : {}),
    ...(lang ? { lang } : {}),
  };
  if (href !== undefined)
    return (
      <Menu.Item component={Link} href={href} {...look}>
        {label}
      </Menu.Item>
    );
  if (checked === undefined) return <Menu.Item {...look}>{label}</Menu.Item>;
  const { onClick: _, ...rest } = look as typeof look & { onClick?: () => void };
  return entry.kind === "checkbox" ? (
    <Menu.CheckboxItem {...rest} checked={checked} onChange={() => onPick?.()} closeMenuOnClick>
      {label}
    </Menu.CheckboxItem>
  ) : (
    <Menu.RadioItem {...rest} value={label} checked={checked} onChange={() => onPick?.()} closeMenuOnClick>
      {label}
    </Menu.RadioItem>
  );
}
