// What differs between a thing before and after: by the paths of its parts.
export interface Change {
  /** "retry.limit"; empty: the whole. */
  path: string;
  /** As text; null: it wasn't there. */
  before: string | null;
  after: string | null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === "string" ? value : JSON.stringify(value);

export function changesBetween(before: unknown, after: unknown, path = ""): Change[] {
  const [a, b] = [isObject(before) ? before : null, isObject(after) ? after : null];
  // One of them may not have been there at all.
  if ((a || before == null) && (b || after == null) && (a || b))
    return [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].flatMap((name) =>
      changesBetween(a?.[name], b?.[name], path ? `${path}.${name}` : name),
    );
  const change = { path, before: text(before), after: text(after) };
  return change.before === change.after ? [] : [change];
}
