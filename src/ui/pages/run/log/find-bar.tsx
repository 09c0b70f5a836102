// Looking for something in the output: what, how many lines have it, and from one to the next.
import { useEffect, useRef, useState } from "react";
import { IconButton } from "../../../components/button.tsx";
import { Icon } from "../../../components/icon.tsx";
import { TextInput } from "../../../components/inputs.tsx";
import { later } from "../../../lib/clock.ts";
import { useTranslation } from "../../../lib/translation.tsx";
import { useShortcuts } from "../../../shell/shortcuts.ts";
import type { Found } from "./log-search.ts";

const restMs = 250;

interface Props {
  text: string;
  isRegex: boolean;
  found: Found;
  /** Of the lines found; -1: none. */
  current: number;
  onFind(text: string): void;
  onRegex(on: boolean): void;
  onStep(by: 1 | -1): void;
}

export function FindBar({ text, isRegex, found, current, onFind, onRegex, onStep }: Props) {
  const { t, i18n } = useTranslation("run");
  const [typed, setTyped] = useState(text);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(onFind);
  latest.current = onFind;
  useEffect(() => setTyped(text), [text]);
  useEffect(() => (typed === text ? undefined : later(restMs, () => latest.current(typed))), [typed, text]);
  useShortcuts([{ key: "/", label: t("log.find"), group: "page", on: () => input.current?.focus() }]);
  const count = found.lines.length;
  const words = found.problem
    ? t(`log.${found.problem}`)
    : current >= 0
      ? t("log.foundAt", { at: (current + 1).toLocaleString(i18n.language), of: count.toLocaleString(i18n.language) })
      : t("log.found", { count, shown: count.toLocaleString(i18n.language) });
  return (
    <search className="dc-log-find">
      <TextInput
        ref={input}
        type="search"
        size="xs"
        aria-label={t("log.find")}
        placeholder={t("log.find")}
        value={typed}
        error={found.problem !== null}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <IconButton
        tip={t("log.regex")}
        variant={isRegex ? "light" : "subtle"}
        aria-label={t("log.regex")}
        aria-pressed={isRegex}
        onClick={() => onRegex(!isRegex)}
      >
        <span className="dc-mono" aria-hidden="true">
          .*
        </span>
      </IconButton>

      {text && (
        <>
          <span aria-live="polite" className="dc-small dc-soft dc-log-count">
            {words}
          </span>
          <IconButton variant="subtle" aria-label={t("log.previousMatch")} onClick={() => onStep(-1)}>
            <Icon name="back" size={13} className="dc-turned" />
          </IconButton>
          <IconButton variant="subtle" aria-label={t("log.nextMatch")} onClick={() => onStep(1)}>
            <Icon name="down" size={13} />
          </IconButton>
        </>
      )}
    </search>
  );
}
