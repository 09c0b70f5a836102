// Randomness as a parameter: systemRandom in production, seededRandom wherever a run must repeat exactly.
import { randomBytes, randomFillSync } from "node:crypto";

export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** `count` bytes; from the operating system's generator in production, so fit for secrets. */
  bytes(count: number): Uint8Array;
}

/** Filled all at once: a call into the system's generator for each number would cost more than the rest of a draw. */
const words = new Uint32Array(256);
let drawn = words.length;

export const systemRandom: Random = {
  next() {
    if (drawn === words.length) {
      randomFillSync(words);
      drawn = 0;
    }
    return (words[drawn++] as number) / 2 ** 32;
  },
  bytes: (count) => randomBytes(count),
};

/** A repeatable source (mulberry32). Never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
}
