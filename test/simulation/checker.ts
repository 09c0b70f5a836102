// The checker: matches every tick against what happened. Each invariant answers its violations in words; none means it held.
import type { History } from "./history.ts";
import { atOnce } from "./invariants/at-once.ts";
import { fences } from "./invariants/fences.ts";
import { lateness } from "./invariants/lateness.ts";
import { starts } from "./invariants/starts.ts";
import { ticks } from "./invariants/ticks.ts";
import { truth } from "./invariants/truth.ts";
import { verdicts } from "./invariants/verdicts.ts";

export function check(history: History): string[] {
  const invariants = [ticks, verdicts, starts, lateness, truth, fences, atOnce];
  return invariants.flatMap((invariant) => invariant(history));
}
