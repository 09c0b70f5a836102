// How a person likes to look at things, kept in this browser: never what they look at, which is in the address.
import { useSyncExternalStore } from "react";

const defaults = {
  /** The zone that instants are shown in. */
  time: "local" as "local" | "utc" | "schedule",
  pageSize: 50 as 25 | 50 | 100 | 200,
  density: "dense" as "dense" | "roomy",
  shortcuts: true as boolean,
  nodes: "cards" as "cards" | "table",
};
type Settings = typeof defaults;

const key = "distcron.view";
const watchers = new Set<() => void>();
let current: Settings = { ...defaults, ...read() };

function read(): Partial<Settings> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Settings>;
  } catch {
    // Storage that is closed or damaged costs a preference, not the page.
    return {};
  }
}

function set<K extends keyof Settings>(name: K, value: Settings[K]) {
  current = { ...current, [name]: value };
  try {
    localStorage.setItem(key, JSON.stringify(current));
  } catch {}
  for (const watcher of watchers) watcher();
}

export const setting = <K extends keyof Settings>(name: K): Settings[K] => current[name];

export function useSetting<K extends keyof Settings>(name: K): [Settings[K], (value: Settings[K]) => void] {
  const value = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => current[name],
  );
  return [value, (next) => set(name, next)];
}
