// Lists of the API, page by page.
import type { Context } from "./context.ts";
import { CliError, exitCodes } from "./exit.ts";

/** Pages through a list: all of it, or up to `limit` items, and says on stderr when that isn't all. */
export async function collect<T>(
  { api, out }: Pick<Context, "api" | "out">,
  url: string,
  query: Record<string, unknown>,
  limit?: string,
): Promise<T[]> {
  const wanted = limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber(limit, "limit");
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await api.get<{ items: T[]; nextCursor: string | null }>(url, {
      ...query,
      limit: Math.min(500, wanted - items.length),
      cursor,
    });
    items.push(...page.items);
    if (!page.nextCursor) return items;
    if (items.length >= wanted) {
      out.note(`there is more than these ${items.length}; for more: --limit ${items.length * 10}`);
      return items;
    }
    cursor = page.nextCursor;
  }
}

export function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new CliError(exitCodes.usage, `--${name}: expected a whole number from 1, got ${text}`);
  return value;
}
