// Days by seed. A seed that fails prints the command that repeats it exactly.
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/random.ts";
import { check } from "./checker.ts";
import { dayOfJobs, drawSome } from "./jobs.ts";
import { simulate } from "./world.ts";

/** Seeds from 1 on; `npm run test:days` takes many more than every change waits for. */
const days = Number(process.env.DAYS ?? 100);
const parts = 4;

/** A file's share of the seeds, for the files run beside each other. */
export function describeSeeds(part: number): void {
  describe("a day on one machine, with crashes at random steps, clock steps and slow spells", () => {
    for (let seed = part; seed <= days; seed += parts) it(`seed ${seed}`, () => oneDay(seed));
  });
}

/** Every ninth seed has the whole mix of jobs, the others have a few of them. */
export async function oneDay(seed: number): Promise<void> {
  const jobs = seed % 9 === 1 ? dayOfJobs : drawSome(seededRandom(seed + 2));
  const whole = jobs === dayOfJobs;
  const outcome = await simulate({ seed, hours: 24, jobs });
  const repeat = `to repeat: SEED=${seed} npx vitest run --project simulation test/simulation/one-seed.test.ts`;
  expect(check(outcome).slice(0, 10), repeat).toEqual([]);
  expect(outcome.errors.slice(0, 3), repeat).toEqual([]);
  // Not vacuous: enough ticks, enough starts, and every crash bit.
  expect(outcome.runs.length, repeat).toBeGreaterThan(whole ? 1000 : 20);
  expect(outcome.starts, repeat).toBeGreaterThan(whole ? 800 : 10);
  expect(outcome.crashes, repeat).toBe(4);
}
