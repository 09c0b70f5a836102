// The known word that somebody probably meant.
import { distance } from "fastest-levenshtein";

/** null when nothing is near enough to be worth suggesting. */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.ceil(word.length / 2)) + 1;
  for (const candidate of known) {
    const last = candidate.split(".").at(-1) as string;
    const d = Math.min(distance(wanted, candidate.toLowerCase()), distance(wanted, last.toLowerCase()) + 1);
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}
