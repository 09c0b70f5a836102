// Light or dark: what was chosen in this browser, or as the system has it. index.html does the same before anything is drawn.
import { useSyncExternalStore } from "react";

export type Scheme = "light" | "dark";
export const schemeChoices = ["light", "dark", "auto"] as const;
export type SchemeChoice = (typeof schemeChoices)[number];

/** index.html reads it too. */
const key = "distcron.theme";
const attribute = "data-mantine-color-scheme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const watchers = new Set<() => void>();
let choice = read();

function read(): SchemeChoice {
  try {
    return schemeChoices.find((each) => each === localStorage.getItem(key)) ?? "auto";
  } catch {
    return "auto";
  }
}

const shown = (): Scheme => (choice === "auto" ? (system.matches ? "dark" : "light") : choice);

function show() {
  document.documentElement.setAttribute(attribute, shown());
  for (const watcher of watchers) watcher();
}

export function chooseScheme(next: SchemeChoice): void {
  choice = next;
  try {
    localStorage.setItem(key, next);
  } catch {}
  show();
}

system.addEventListener("change", show);
// Chosen in another tab.
window.addEventListener("storage", (event) => {
  if (event.key !== key) return;
  choice = read();
  show();
});

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

export const useSchemeChoice = (): SchemeChoice => useSyncExternalStore(watch, () => choice);
export const useScheme = (): Scheme => useSyncExternalStore(watch, shown);
