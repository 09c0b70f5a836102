// The schedulers and what they keep: who leads, pausing, configuration, upkeep of the store.
import { z } from "zod";
import { anyJson, instant, instantIn, maybeInstant } from "./pieces.ts";

export const PauseBody = z.strictObject({
  reason: z.string().trim().min(1, "expected a reason").max(500),
  until: instantIn.nullish(),
});
export const pauseShape = { reason: z.string(), by: z.string(), since: instant, until: maybeInstant };
export const PauseAnswer = z.object({ paused: z.object(pauseShape).nullable() });
export const SchedulersAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      url: z.string(),
      version: z.string(),
      startedAt: instant,
      leader: z.boolean(),
      self: z.boolean().meta({ description: "the one that answers" }),
    }),
  ),
  nextCursor: z.null(),
  term: z.number().nullable().meta({ description: "of the leader; null: nobody leads at the moment" }),
  leadingSince: maybeInstant,
  lagMs: z.number().meta({ description: "how long the oldest due run has been waiting to be handed out" }),
  coordinator: z.object({ kind: z.enum(["in-process", "etcd"]), endpoints: z.array(z.string()) }),
  store: z.enum(["sqlite", "postgres", "mysql"]),
  paused: z.object(pauseShape).nullable(),
  now: instant,
});
export const ConfigAnswer = z.object({
  scheduler: z.string().meta({ description: "whose it is: each scheduler has its own" }),
  version: z.string(),
  items: z.array(
    z.object({
      key: z.string(),
      value: anyJson.meta({ description: "as it would be written in the file; secrets masked" }),
      origin: z.string().meta({ description: "default, file <path>:<line>, environment <NAME>, or flag" }),
      secret: z.boolean(),
      about: z.string().meta({ description: "in English, or in the language of Accept-Language" }),
    }),
  ),
  nextCursor: z.null(),
});
export const BackupBody = z.strictObject({ file: z.string().min(1) });
export const BackupAnswer = z.object({ file: z.string() });
export const IntegrityAnswer = z.object({ problems: z.array(z.string()) });
