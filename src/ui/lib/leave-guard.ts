// Keeps somebody from losing what they haven't saved: by a link, a key, the back button, or closing the tab. One part of
// the page at a time guards. Loaded with the app's beginning, for its listener must hear of the back button before the
// router does.
import { useLayoutEffect } from "react";
import type { AroundNavHandler } from "wouter";

interface Guard {
  /** Where it stands: path, and with query. */
  path: string;
  address: string;
  ask(): Promise<boolean>;
}
let guard: Guard | null = null;

/** While `isOn`, leaving the page's path asks; it goes on where the answer is true. */
export function useLeaveGuard(isOn: boolean, ask: () => Promise<boolean>): void {
  // Gone before anything that is drawn instead of the page can navigate: a session that is over asks nobody.
  useLayoutEffect(() => {
    if (!isOn) return;
    const { pathname, search } = window.location;
    const mine: Guard = { path: pathname, address: pathname + search, ask };
    guard = mine;
    return () => {
      if (guard === mine) guard = null;
    };
  }, [isOn, ask]);
}

/** The page is about to be left on purpose: its work is saved. */
export function leaveFreely(): void {
  guard = null;
}

/** For the router: every navigation within the app comes through here. */
export const guardedNavigation: AroundNavHandler = (navigate, to, options) => {
  const target = new URL(to, window.location.href).pathname;
  if (!guard || target === guard.path) return navigate(to, options);
  void leave(guard, () => navigate(to, options));
};

async function leave(from: Guard, go: () => void) {
  if (!(await from.ask())) return;
  guard = null;
  go();
}

window.addEventListener("beforeunload", (event) => {
  if (guard) event.preventDefault();
});
window.addEventListener("popstate", (event) => {
  if (!guard || window.location.pathname === guard.path) return;
  event.stopImmediatePropagation();
  // The entry that was left is put back, and left again once the answer is yes.
  window.history.pushState(null, "", guard.address);
  void leave(guard, () => window.history.back());
});
