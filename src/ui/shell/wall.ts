// The dashboard on a screen that nobody sits at: `/?kiosk=1`. No ways elsewhere, larger type, and a new version of the
// server is loaded without being asked.
import { useEffect, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import { useMe } from "../api/session.ts";

export const wallPath = "/?kiosk=1";

export function useIsWall(): boolean {
  const [location] = useLocation();
  return new URLSearchParams(useSearch()).get("kiosk") === "1" && location === "/";
}

/** While it is one, the root says so: sizes are relative to it. */
export function useWall(isWall: boolean): void {
  const version = useMe().data?.version;
  const first = useRef(version);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-wall", isWall);
    return () => document.documentElement.removeAttribute("data-wall");
  }, [isWall]);
  useEffect(() => {
    if (isWall && first.current !== undefined && version !== undefined && version !== first.current)
      window.location.reload();
    first.current ??= version;
  }, [isWall, version]);
}
