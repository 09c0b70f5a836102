// The page of what was changed.
import { part } from "../../api/call.ts";

const pages: Record<string, (id: string) => string> = {
  job: (id) => `/jobs/${part(id)}`,
  run: (id) => `/runs/${part(id)}`,
  node: (id) => `/nodes/${part(id)}`,
  scheduler: () => "/schedulers",
  user: () => "/admin",
  token: () => "/admin?tab=tokens",
};

/** null: it has none. */
export const targetLink = ({ type, id }: { type: string; id: string }): string | null => pages[type]?.(id) ?? null;
