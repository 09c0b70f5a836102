// Durations as people write them: "500ms", "30s", "5m", "1h30m", "7d". Inside the program they are milliseconds.

const units: [string, number][] = [
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];
const perUnit = new Map(units);
const shape = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/;

/** Milliseconds. Throws with what was expected and what came. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  if (!shape.test(trimmed)) {
    const hint = /^\d+(\.\d+)?$/.test(trimmed) ? `; a unit is missing: ${trimmed}s?` : "";
    throw new Error(`expected a duration such as 30s, 5m or 1h30m, got ${JSON.stringify(text)}${hint}`);
  }
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g))
    total += Number(amount) * (perUnit.get(unit as string) as number);
  if (total > 100 * 365 * 86_400_000) throw new Error(`expected a duration of at most 100 years, got ${text}`);
  return Math.round(total);
}

/** The shortest text that parses to the same. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  if (rest === 0) return "0s";
  let text = "";
  for (const [unit, size] of units) {
    if (unit === "w") continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
