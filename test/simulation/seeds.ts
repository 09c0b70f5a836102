// Days by seed. A seed that fails prints the command that repeats it exactly.
import { describe, expect, it } from "vitest";
import { check } from "./checker.ts";
import { simulate } from "./world.ts";

/** Seeds from 1 on; `npm run test:days` takes many more than every change waits for. */
const days = Number(process.env.DAYS ?? 24);
const parts = 4;

/** A file's share of the seeds, for the files run beside each other. */
export function describeSeeds(part: number): void {
  describe("a day on one machine, with crashes at random steps, clock steps and slow spells", () => {
    for (let seed = part; seed <= days; seed += parts) it(`seed ${seed}`, () => oneDay(seed));
  });
}

export async function oneDay(seed: number): Promise<void> {
  const outcome = await simulate({ seed, hours: 24 });
  const repeat = `to repeat: SEED=${seed} npx vitest run --project simulation test/simulation/one-seed.test.ts`;
  expect(check(outcome).slice(0, 10), repeat).toEqual([]);
  expect(outcome.errors.slice(0, 3), repeat).toEqual([]);
  // Not vacuous: enough ticks, enough starts, and every crash bit.
  expect(outcome.runs.length, repeat).toBeGreaterThan(1000);
  expect(outcome.starts, repeat).toBeGreaterThan(800);
  expect(outcome.crashes, repeat).toBe(4);
}
