// Pages of a list that the server hands out by cursor: where we are stands in the address; the way back is remembered here.
import { useRef } from "react";
import { useSetting } from "../lib/settings.ts";
import { useUrlState } from "../lib/url-state.ts";

export interface Pager {
  limit: number;
  /** undefined: the first page. */
  cursor: string | undefined;
  isFirst: boolean;
  toFirst(): void;
  previous(): void;
  next(cursor: string): void;
}

const place = { cursor: "" };

export function usePager(): Pager {
  const [limit] = useSetting("pageSize");
  const [{ cursor }, set] = useUrlState(place);
  const before = useRef<string[]>([]);
  return {
    limit,
    cursor: cursor || undefined,
    isFirst: cursor === "",
    toFirst() {
      before.current = [];
      set({ cursor: null });
    },
    // A page that was opened by its address knows no way back but to the first.
    previous: () => set({ cursor: before.current.pop() ?? null }),
    next(to) {
      before.current.push(cursor);
      set({ cursor: to });
    },
  };
}
