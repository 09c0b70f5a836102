// What a schedule means: its ticks, and why there was a run or none.
import { z } from "zod";
import { expected } from "../../model/job-fields.ts";
import { count, instant, instantIn } from "./pieces.ts";
import { Reason, RunView } from "./runs.ts";

export const CountQuery = z.strictObject({ count: count(1000, 10) });
export const PreviewBody = z.strictObject({
  schedule: z.union(
    [z.string(), z.array(z.string()).min(1).max(100)],
    expected("a schedule such as 0 3 * * *, or a list of them"),
  ),
  timezone: z.string().optional(),
  count: z.int().min(1).max(1000).default(10),
  from: instantIn.optional(),
  startAt: instantIn.optional(),
  endAt: instantIn.optional(),
});
export const PreviewAnswer = z.object({
  ticks: z.array(z.object({ at: instant, local: z.string(), dst: z.enum(["gap", "overlap"]).optional() })),
  description: z.string(),
  warnings: z.array(z.string()),
});
export const WhyQuery = z.strictObject({ at: instantIn.optional().meta({ description: "absent: the last tick" }) });
export const WhyAnswer = z.object({ at: instant, run: RunView.nullable(), rule: Reason.nullable() });
