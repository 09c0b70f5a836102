// What every refusal looks like: RFC 9457, with a code.
import { z } from "zod";
import { anyJson, called } from "./pieces.ts";

export const Problem = called(
  "Problem",
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string().meta({ description: "stable; programs go by it" }),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    requestId: z.string(),
    current: anyJson.optional().meta({ description: "409 on a job: the document as it is now" }),
  }),
);
export type Problem = z.output<typeof Problem>;
