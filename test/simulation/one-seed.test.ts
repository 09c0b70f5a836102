// Repeats one day: SEED=17 npx vitest run --project simulation test/simulation/one-seed.test.ts
import { it } from "vitest";
import { oneDay } from "./seeds.ts";

const seed = Number(process.env.SEED);
it.runIf(process.env.SEED)(`seed ${seed}`, () => oneDay(seed));
