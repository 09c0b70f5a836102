// Keys of the keyboard: each part of the page that is shown says which it takes, and the help lists them. None works while
// one types or a dialog is open, and all can be switched off.
import { useEffect, useRef, useSyncExternalStore } from "react";
import { now } from "../lib/clock.ts";
import { setting } from "../lib/settings.ts";

export interface Shortcut {
  /** One key, or two in a row: "g j". */
  key: string;
  label: string;
  group: "everywhere" | "list" | "page";
  on(): unknown;
}

type Held = { current: Shortcut[] };
const held = new Set<Held>();
const watchers = new Set<() => void>();
let listed: Shortcut[] = [];
let first: { key: string; at: number } | null = null;
const togetherMs = 1200;

function changed() {
  listed = [...held].flatMap(({ current }) => current);
  for (const watcher of watchers) watcher();
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !/^(checkbox|radio|button)$/.test((target as HTMLInputElement).type);
// Enter and Space belong to what has the focus.
const isPressed = (event: KeyboardEvent) =>
  (event.key === "Enter" || event.key === " ") &&
  event.target instanceof Element &&
  event.target.closest("a, button, summary, input, select, [role=menuitem], [role=option]") !== null;

function onKeyDown(event: KeyboardEvent) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!setting("shortcuts") || isTyping(event.target) || isPressed(event)) return;
  if (document.querySelector('[role="dialog"], [role="menu"]')) return;
  const pair = first && now() - first.at < togetherMs ? `${first.key} ${event.key}` : null;
  first = { key: event.key, at: now() };
  // The part that came last stands on top.
  const found =
    listed.findLast(({ key }) => key === pair) ?? listed.findLast(({ key }) => key === event.key && !isSecond(pair));
  if (!found) return;
  event.preventDefault();
  first = null;
  found.on();
}

/** Whether a pair was begun that has another end: `g x` isn't `x`. */
const isSecond = (pair: string | null) =>
  pair !== null && listed.some(({ key }) => key.startsWith(`${pair.split(" ")[0]} `));

/** Takes keys for as long as the part is shown. */
export function useShortcuts(shortcuts: Shortcut[]): void {
  const mine = useRef(shortcuts);
  mine.current = shortcuts;
  const names = shortcuts.map(({ key, label }) => `${key} ${label}`).join();
  useEffect(() => {
    // What a key does is looked up when it is pressed: the list is made anew only when keys come or go.
    const entry: Held = {
      current: mine.current.map((shortcut, i) => ({ ...shortcut, on: () => mine.current[i]?.on() })),
    };
    void names;
    held.add(entry);
    changed();
    return () => {
      held.delete(entry);
      changed();
    };
  }, [names]);
}

export function listenForShortcuts(): () => void {
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}

export function useListedShortcuts(): Shortcut[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => listed,
  );
}
