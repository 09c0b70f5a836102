// People: signing in, their sessions, their accounts.
import { z } from "zod";
import { called, instant, maybeInstant, page } from "./pieces.ts";
import { roles } from "./roles.ts";

/** Languages that the web app speaks. */
export const languages = ["en", "zh-CN"] as const;
const language = z.enum(languages).nullable().meta({ description: "null: the browser's" });
const timezone = z.string().nullable().meta({ description: "IANA name in which times are shown; null: the browser's" });
const timezoneIn = z
  .string()
  .max(100)
  .nullable()
  .meta({ description: "IANA name in which times are shown; null: the browser's" });
/** What people sign in with; unique whatever its case. */
export const userNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/;
const userName = z
  .string()
  .trim()
  .regex(userNamePattern, "expected 1–100 of A–Z a–z 0–9 . _ @ -, the first a letter or a digit");
export const leastPasswordLength = 10;
const newPassword = z
  .string()
  .min(leastPasswordLength, `expected at least ${leastPasswordLength} characters`)
  .max(500, "expected at most 500 characters")
  .meta({ format: "password" });
/** What is compared, not chosen: only its size is looked at. */
const anyPassword = z.string().min(1).max(500).meta({ format: "password" });
const displayName = z.string().trim().max(200).nullable();

export const MeAnswer = called(
  "Me",
  z.object({
    user: z
      .object({
        kind: z.enum(["local", "token", "session"]).meta({
          description: "session: a person who signed in; token: a program; local: this machine's own token",
        }),
        name: z.string(),
        displayName: z.string().nullable(),
        role: z.enum(roles),
        scopes: z.array(z.string()),
        language,
        timezone,
        expiresAt: maybeInstant.meta({ description: "of the token or session; null: never" }),
      })
      .nullable()
      .meta({ description: "null: not signed in" }),
    setup: z.boolean().meta({ description: "nobody has an account yet: the link in the server's log makes the first" }),
    csrfToken: z
      .string()
      .nullable()
      .meta({ description: "of a session: goes into the header X-CSRF-Token of every request but GET and HEAD" }),
    version: z.string().nullable().meta({ description: "null: not signed in" }),
    now: instant,
  }),
);
export type MeAnswer = z.output<typeof MeAnswer>;
export const LoginBody = z.strictObject({ name: z.string().trim().min(1).max(200), password: anyPassword });
export const SetupBody = z.strictObject({
  token: z.string().trim().min(1).max(200).meta({ description: "what stands behind # in the set-up link" }),
  name: userName,
  password: newPassword,
  displayName: displayName.optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
});
export const PasswordBody = z.strictObject({ current: anyPassword, next: newPassword });
export const ProfileBody = z.strictObject({
  displayName: displayName.optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
});
export const UserSessionView = called(
  "UserSession",
  z.object({
    id: z.string(),
    createdAt: instant,
    lastSeenAt: instant,
    expiresAt: instant.meta({ description: "unless it is used before" }),
    address: z.string().nullable(),
    agent: z.string().nullable().meta({ description: "the browser, as it calls itself" }),
    current: z.boolean().meta({ description: "the one that asks" }),
  }),
);
export type UserSessionView = z.output<typeof UserSessionView>;
export const UserSessionsAnswer = z.object({ items: z.array(UserSessionView), nextCursor: z.null() });

export const UserView = called(
  "User",
  z.object({
    id: z.string(),
    name: z.string(),
    displayName: z.string().nullable(),
    role: z.enum(roles),
    language,
    timezone,
    disabled: z.boolean(),
    createdAt: instant,
    createdBy: z.string(),
    lastLoginAt: maybeInstant,
  }),
);
export type UserView = z.output<typeof UserView>;
export const UserPage = page(UserView);
export const UserBody = z.strictObject({
  name: userName,
  password: newPassword,
  role: z.enum(roles).default("viewer"),
  displayName: displayName.optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
});
export const UserPatch = z.strictObject({
  displayName: displayName.optional(),
  role: z.enum(roles).optional(),
  language: language.optional(),
  timezone: timezoneIn.optional(),
  disabled: z.boolean().optional().meta({ description: "true ends the user's sessions and stops their tokens" }),
  password: newPassword.optional().meta({ description: "a new one, without the old; ends the user's sessions" }),
});
