import { expect, it } from "vitest";
import { check } from "./checker.ts";
import { simulate } from "./world.ts";

const seed = Number(process.env.SEED ?? 1);
it(`seed ${seed}`, async () => {
  const t = performance.now();
  const outcome = await simulate({
    seed,
    hours: Number(process.env.HOURS ?? 24),
    crashes: Number(process.env.CRASHES ?? 4),
    clockSteps: Number(process.env.STEPS ?? 1),
    slowSpells: Number(process.env.SLOW ?? 2),
  });
  const states: Record<string, number> = {};
  for (const run of outcome.runs) states[run.state] = (states[run.state] ?? 0) + 1;
  console.log(
    seed,
    Math.round(performance.now() - t),
    "ms",
    outcome.runs.length,
    "runs",
    outcome.starts,
    "starts",
    JSON.stringify(states),
    outcome.errors.slice(0, 3),
  );
  expect(check(outcome).slice(0, 10)).toEqual([]);
});
