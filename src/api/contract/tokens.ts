// Tokens, with which programs sign in.
import { z } from "zod";
import { called, flag, instant, instantIn, maybeInstant, page, paging } from "./pieces.ts";
import { roles, scopes } from "./roles.ts";

export const TokenBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(roles).default("viewer").meta({ description: "at most the maker's own" }),
  scopes: z.array(z.enum(scopes)).default([]).meta({ description: "none: whatever the role may do" }),
  expiresAt: instantIn.nullish().meta({ description: "absent: in 90 days; null: never" }),
  personal: z
    .boolean()
    .optional()
    .meta({
      description:
        "true (what people make, if nothing is said): can do no more than its maker and ends with their account; " +
        "false: belongs to nobody, which takes an admin",
    }),
});
export const TokenView = called(
  "Token",
  z.object({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    scopes: z.array(z.string()),
    createdAt: instant,
    createdBy: z.string(),
    owner: z.string().nullable().meta({ description: "whose personal token it is" }),
    expiresAt: maybeInstant,
    lastUsedAt: maybeInstant,
    revokedAt: maybeInstant,
  }),
);
export const TokenQuery = z.strictObject({
  ...paging,
  mine: flag.optional().meta({ description: "true: one's own alone, for an admin too" }),
});
export const TokenPage = page(TokenView);
export const TokenCreated = z.object({
  ...TokenView.shape,
  token: z.string().meta({ description: "shown this once" }),
});
