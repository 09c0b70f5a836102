// What the routes of sign-in and of users share: a user's line in the audit, what makes a user valid, and the words for
// the caller about themselves.
import type { FastifyRequest } from "fastify";
import type { Clock } from "../clock.ts";
import { checkTimezone } from "../schedule/zone.ts";
import type { Store, UserRow } from "../store/store.ts";
import type { Identity } from "./access.ts";
import type { MeAnswer } from "./contract/accounts.ts";
import { HttpProblem } from "./errors.ts";
import type { LoginThrottle } from "./login-throttle.ts";
import type { Passwords } from "./passwords.ts";
import { iso, isoOrNull } from "./present.ts";
import type { SignIn, SignIns } from "./sign-ins.ts";

/** Made once a server, given to routes. */
export interface Accounts {
  signIns: SignIns;
  passwords: Passwords;
  throttle: LoginThrottle;
  /** Who asks by a token, on a route that everybody may ask. Throws HttpProblem. */
  byToken(request: FastifyRequest): Promise<Identity>;
  /** An account was made. */
  onMade(): void;
}

export function auditUsers(deps: { store: Pick<Store, "appendAudit">; clock: Clock }) {
  return (
    entry: { actor: string; action: string; via: string; before?: unknown; after?: unknown },
    { id, name }: Pick<UserRow, "id" | "name">,
  ) => {
    const target = { targetType: "user", targetId: id, targetName: name };
    return deps.store.appendAudit([{ at: deps.clock.now(), before: null, after: null, ...entry, ...target }]);
  };
}

const invalid = (path: string, message: string) =>
  new HttpProblem(422, "invalid", `${path}: ${message}`, { errors: [{ path, message }] });

/** Throws HttpProblem 422. */
export function checkZone(timezone: string | null | undefined): void {
  const problem = timezone == null ? null : checkTimezone(timezone);
  if (problem !== null) throw invalid("timezone", problem);
}

/** Throws HttpProblem 422. `path`: the password's in the request. */
export function checkPassword(password: string, name: string, path = "password"): void {
  if (password.trim().toLowerCase() === name.toLowerCase()) throw invalid(path, "must not be the name");
}

export const sameAsBefore = (path: string) => invalid(path, "is the password that it was before");

export function meOf(found: SignIn, about: { version: string; now: number }): MeAnswer {
  const { user, session, csrfToken } = found;
  return {
    user: {
      kind: "session",
      name: user.name,
      displayName: user.displayName,
      role: user.role,
      scopes: [],
      language: user.language as "en" | "zh-CN" | null,
      timezone: user.timezone,
      expiresAt: iso(session.expiresAt),
    },
    setup: false,
    csrfToken,
    version: about.version,
    now: iso(about.now),
  };
}

export function programOf(who: Identity, about: { version: string; now: number }): MeAnswer {
  const { kind, name, role, scopes, expiresAt } = who;
  const user = { kind, name, role, scopes, displayName: null, language: null, timezone: null };
  return {
    user: { ...user, expiresAt: isoOrNull(expiresAt) },
    setup: false,
    csrfToken: null,
    version: about.version,
    now: iso(about.now),
  };
}
