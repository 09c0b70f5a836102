// What a page shows stands in its address: filters, sorting, tab, cursor. So a link shares it and the back button undoes it.
import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

type Patch<K extends string> = Partial<Record<K, string | null>>;

/** Writes what differs from its default; null and the default leave the address. */
export function withQuery(search: string, defaults: Record<string, string>, patch: Patch<string>): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(patch))
    if (value === undefined) continue;
    else if (value === null || value === (defaults[name] ?? "")) params.delete(name);
    else params.set(name, value);
  const text = params.toString();
  return text ? `?${text}` : "";
}

/**
 * The query string as state. `defaults` must be a constant. Setting pushes an entry of history; `replace` doesn't, for
 * what changes with each key.
 */
export function useUrlState<K extends string>(
  defaults: Record<K, string>,
): [Record<K, string>, (patch: Patch<K>, options?: { replace?: boolean }) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const state = useMemo(() => {
    const params = new URLSearchParams(search);
    return Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [name, params.get(name) ?? value]),
    ) as Record<K, string>;
  }, [search, defaults]);
  const set = useCallback(
    (patch: Patch<K>, options: { replace?: boolean } = {}) => {
      // The address as it is by now: two changes of one moment don't undo each other.
      const { pathname, search: present } = window.location;
      navigate(pathname + withQuery(present, defaults, patch as Patch<string>), options);
    },
    [navigate, defaults],
  );
  return [state, set];
}
