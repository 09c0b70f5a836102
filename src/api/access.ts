// Who is asking and what they may do. Tokens are 256 random bits, kept as their SHA-256: a stolen database opens nothing.
// The local admin token never enters the store: it lives in a file that only the server's own user can read.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Store } from "../store/store.ts";
import { type Role, roles } from "./contract/roles.ts";
import { HttpProblem } from "./errors.ts";

export interface Identity {
  kind: "local" | "token" | "session";
  /** Recorded with every change: "local", "user:<name>", "token:<name>", of a personal token "token:<owner>/<name>". */
  actor: string;
  name: string;
  role: Role;
  /** Empty: whatever the role may do; else only these. */
  scopes: string[];
  tokenId: string | null;
  /** Of whoever signed in, and of a personal token's owner. */
  userId: string | null;
  sessionId: string | null;
  expiresAt: number | null;
}

/** What a route asks for. `public`: nothing. `metrics`: the scope, where it isn't asked from the machine itself. */
export type Access = Role | "public" | "metrics";

export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");
export const newToken = (random: Pick<Random, "bytes">): string =>
  `dct_${Buffer.from(random.bytes(32)).toString("base64url")}`;

/** Whether a role may do what another may. */
export const isAtLeast = (role: Role, wanted: Role): boolean => roles.indexOf(role) >= roles.indexOf(wanted);

/** Compares digests, so that neither content nor length shows in the time it takes. */
const same = (a: string, b: string) =>
  timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

export interface Gate {
  /** Throws HttpProblem 401 (nobody known), 429 (too many failures from that address), or what the store throws. */
  identify(authorization: string | undefined, address: string): Promise<Identity>;
}

/** A write for each use of a token would double the work of reading: once a minute says enough. */
const touchEveryMs = 60_000;
const remembered = 1000;

export function createGate(deps: {
  store: Pick<Store, "tokenByHash" | "touchToken">;
  clock: Clock;
  localToken: string;
  onFailure(reason: string, address: string): void;
  onError(err: unknown): void;
}): Gate {
  const { store, clock } = deps;
  const failures = createFailureLimit(clock);
  /** Hashes that were good lately, and when their use was last written down. */
  const used = new Map<string, number>();

  function refuse(reason: string, detail: string, address: string): never {
    failures.count(address);
    deps.onFailure(reason, address);
    throw new HttpProblem(401, "unauthenticated", detail, {
      headers: { "www-authenticate": 'Bearer realm="distcron"' },
    });
  }

  function remember(hash: string, tokenId: string) {
    const now = clock.monotonic();
    const before = used.get(hash);
    if (before !== undefined && now - before < touchEveryMs) return;
    used.delete(hash);
    used.set(hash, now);
    if (used.size > remembered) used.delete(used.keys().next().value as string);
    store.touchToken(tokenId, clock.now()).catch(deps.onError);
  }

  return {
    async identify(authorization, address) {
      if (authorization === undefined)
        throw new HttpProblem(401, "unauthenticated", "expected Authorization: Bearer <token>, got none", {
          headers: { "www-authenticate": 'Bearer realm="distcron"' },
        });
      const token = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization.trim())?.[1];
      if (token !== undefined && same(token, deps.localToken))
        return {
          kind: "local",
          actor: "local",
          name: "local",
          role: "admin",
          scopes: [],
          tokenId: null,
          userId: null,
          sessionId: null,
          expiresAt: null,
        };
      const hash = token === undefined ? "" : hashToken(token);
      // Guessing is stopped by address, but never those from there whose token was good a moment ago.
      const waitMs = used.has(hash) ? 0 : failures.waitMs(address);
      if (waitMs > 0)
        throw new HttpProblem(429, "too_many_failures", "too many requests with a bad token from this address", {
          headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
        });
      if (token === undefined)
        refuse("malformed", "expected Authorization: Bearer <token>, got something else", address);
      const row = await store.tokenByHash(hash);
      if (!row) refuse("unknown", "this token is not known here", address);
      if (row.revokedAt !== null) {
        used.delete(hash);
        refuse("revoked", "this token was revoked", address);
      }
      if (row.expiresAt !== null && row.expiresAt <= clock.now()) {
        used.delete(hash);
        refuse("expired", `this token expired at ${new Date(row.expiresAt).toISOString()}`, address);
      }
      const { name, scopes, id, expiresAt, owner } = row;
      if (owner?.disabled) {
        used.delete(hash);
        refuse("owner_disabled", `the account of ${owner.name}, whose token this is, is disabled or gone`, address);
      }
      remember(hash, row.id);
      // A personal token never outgrows what its owner may do by now.
      const role = owner && !isAtLeast(owner.role, row.role) ? owner.role : row.role;
      const actor = owner ? `token:${owner.name}/${name}` : `token:${name}`;
      return {
        kind: "token",
        ...{ actor, name, role, scopes, expiresAt },
        ...{ tokenId: id, userId: owner?.id ?? null, sessionId: null },
      };
    },
  };
}

/** Throws HttpProblem 403, naming what is missing. */
export function authorize(who: Identity, access: Exclude<Access, "public">): void {
  if (access === "metrics") {
    if (who.scopes.length > 0 && !who.scopes.includes("metrics"))
      throw new HttpProblem(
        403,
        "forbidden",
        `this needs a token of scope metrics; ${who.actor} has ${who.scopes.join(", ")}`,
      );
    return;
  }
  if (who.scopes.length > 0)
    throw new HttpProblem(403, "forbidden", `${who.actor} is limited to scope ${who.scopes.join(", ")}`);
  if (!isAtLeast(who.role, access))
    throw new HttpProblem(403, "forbidden", `this needs the role ${access}; ${who.actor} is ${who.role}`);
}

const windowMs = 60_000;
const allowed = 20;

/** Counts failures by address: `allowed` in a window, then the rest of it is refused. */
export function createFailureLimit(clock: Pick<Clock, "monotonic">) {
  const windows = new Map<string, { since: number; count: number }>();
  const current = (address: string) => {
    const found = windows.get(address);
    return found && clock.monotonic() - found.since < windowMs ? found : null;
  };
  return {
    count(address: string): void {
      const window = current(address) ?? { since: clock.monotonic(), count: 0 };
      window.count++;
      windows.delete(address);
      windows.set(address, window);
      if (windows.size > 10_000) windows.delete(windows.keys().next().value as string);
    },
    /** 0: may try. */
    waitMs(address: string): number {
      const window = current(address);
      return window && window.count >= allowed ? Math.max(1, window.since + windowMs - clock.monotonic()) : 0;
    },
  };
}
