// Expressions that are looked for in output: case doesn't matter, and nothing is no match.

/** null: it isn't an expression. */
export function toPattern(text: string, isRegex: boolean): RegExp | null {
  try {
    return new RegExp(isRegex ? text : text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "giu");
  } catch {
    return null;
  }
}

/** Where a line matches. */
export function rangesIn(text: string, pattern: RegExp): [number, number][] {
  const ranges: [number, number][] = [];
  for (const match of text.matchAll(pattern)) {
    if (match[0] !== "") ranges.push([match.index, match.index + match[0].length]);
    if (ranges.length >= 1000) break;
  }
  return ranges;
}
