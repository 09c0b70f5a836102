// The audit: who changed what.
import { z } from "zod";
import { anyJson, instant, instantIn, page, paging } from "./pieces.ts";

export const AuditQuery = z.strictObject({
  ...paging,
  target: z.string().optional().meta({ description: "id or name of what was changed" }),
  actor: z.string().optional().meta({ description: "user:ann; or ann, whatever its kind" }),
  action: z.string().optional(),
  from: instantIn.optional(),
  to: instantIn.optional(),
});
export const AuditPage = page(
  z.object({
    id: z.string(),
    at: instant,
    actor: z.string(),
    action: z.string(),
    target: z.object({ type: z.string(), id: z.string(), name: z.string().nullable() }),
    via: z.string().nullable(),
    before: anyJson,
    after: anyJson,
  }),
);
