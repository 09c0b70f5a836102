// The part of the address behind #.
import { useSyncExternalStore } from "react";

const watch = (watcher: () => void) => {
  window.addEventListener("hashchange", watcher);
  return () => window.removeEventListener("hashchange", watcher);
};

export const useHash = (): string => useSyncExternalStore(watch, () => window.location.hash);
