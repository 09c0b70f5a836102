// What everybody who draws relies on, of the system's generator and of the one that repeats itself.
import { describe, expect, it } from "vitest";
import { type Random, seededRandom, systemRandom } from "../../src/random.ts";

describe.each<[string, () => Random]>([
  ["the system's", () => systemRandom],
  ["a seeded one", () => seededRandom(42)],
])("%s", (_, open) => {
  it("draws from [0, 1), spread over all of it", () => {
    const random = open();
    const tenths = Array(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const drawn = random.next();
      expect(drawn >= 0 && drawn < 1).toBe(true);
      tenths[Math.floor(drawn * 10)]++;
    }
    // 1000 each; a fair generator is further off than this once in many thousand years of test runs.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(250);
  });

  it("gives as many bytes as asked for, of every value", () => {
    const random = open();
    expect(random.bytes(0)).toHaveLength(0);
    expect(random.bytes(17)).toHaveLength(17);
    expect(new Set(random.bytes(20_000)).size).toBe(256);
  });

  it("hands out each bytes once: what came before isn't changed by what comes after", () => {
    const random = open();
    const first = random.bytes(16);
    const kept = Buffer.from(first);
    const second = random.bytes(16);
    expect(Buffer.from(first)).toEqual(kept);
    expect(Buffer.from(second)).not.toEqual(kept);
  });
});

it("a seed repeats itself, another one doesn't", () => {
  const drawn = (seed: number) => {
    const random = seededRandom(seed);
    return [random.next(), random.next(), [...random.bytes(8)], random.next()];
  };
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

it("the system's doesn't repeat itself", () => {
  const drawn = () => Array.from({ length: 600 }, () => systemRandom.next());
  expect(new Set([...drawn(), ...drawn()]).size).toBeGreaterThan(1190);
});
