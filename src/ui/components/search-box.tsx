// Searching a list: what is typed goes into the address a moment after the last key. `/` leads here.
import { useEffect, useRef, useState } from "react";
import { later } from "../lib/clock.ts";
import { useTranslation } from "../lib/translation.tsx";
import { useShortcuts } from "../shell/shortcuts.ts";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { TextInput } from "./inputs.tsx";

const restMs = 250;

export function SearchBox({ value, label, onSearch }: { value: string; label: string; onSearch(text: string): void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(onSearch);
  latest.current = onSearch;
  // The address changed by other means: the back button, cleared filters.
  useEffect(() => setText(value), [value]);
  useEffect(() => (text === value ? undefined : later(restMs, () => latest.current(text))), [text, value]);
  useShortcuts([{ key: "/", label: t("keys.search"), group: "list", on: () => input.current?.focus() }]);
  return (
    <TextInput
      ref={input}
      type="search"
      size="xs"
      className="dc-search"
      aria-label={label}
      placeholder={label}
      value={text}
      leftSection={<Icon name="search" size={14} />}
      rightSection={
        text && (
          <IconButton size="sm" color="gray" aria-label={t("clear")} onClick={() => setText("")}>
            <Icon name="close" size={12} />
          </IconButton>
        )
      }
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
    />
  );
}
