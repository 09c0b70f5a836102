// Sizes as people write them: "1MiB", "64KiB", "500kB", "1024". Inside the program they are bytes.

const units: Record<string, number> = {
  "": 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
};

/** Bytes. Throws with what was expected and what came. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b?)$/i.exec(text.trim());
  const unit = match ? units[(match[2] as string).toLowerCase()] : undefined;
  if (!match || unit === undefined)
    throw new Error(`expected a size such as 64KiB or 1MiB, got ${JSON.stringify(text)}`);
  return Math.round(Number(match[1]) * unit);
}

/** A text that parses to the same, in the largest unit that needs no fraction. */
export function formatSize(bytes: number): string {
  const whole = (["GiB", "MiB", "KiB"] as const).find(
    (unit) => bytes > 0 && bytes % (units[unit.toLowerCase()] as number) === 0,
  );
  return whole ? `${bytes / (units[whole.toLowerCase()] as number)}${whole}` : String(bytes);
}
