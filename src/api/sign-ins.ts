// Sessions of people in their browsers: a cookie with 256 random bits, of which the store has the SHA-256, and a token
// against requests forged by other sites, made of the same secret. Both hold on every scheduler of the cluster.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock.ts";
import { newId } from "../lib/id.ts";
import type { Random } from "../random.ts";
import type { Store, UserRow, UserSessionRow } from "../store/store.ts";
import { hashToken, type Identity } from "./access.ts";
import type { ApiConfig } from "./deps.ts";
import { HttpProblem } from "./errors.ts";

export const sessionCookie = "distcron_session";
/** Without a request, and in any case. */
export const idleMs = 12 * 3_600_000;
export const longestMs = 30 * 86_400_000;
const touchEveryMs = 60_000;
/** Another scheduler may have ended a session: it is heard of this late at most. */
const believedMs = 3000;
const mostBelieved = 2000;

export interface SignIn {
  session: UserSessionRow;
  user: UserRow;
  csrfToken: string;
}

export interface SignIns {
  /** Whose the request's cookie is; null: it has none, or one that is over. */
  find(request: FastifyRequest): Promise<SignIn | null>;
  /** The same for routes that need somebody. Throws HttpProblem 401, and 403 for a write without the CSRF token. */
  identify(request: FastifyRequest, reply: FastifyReply): Promise<Identity>;
  /** Throws HttpProblem 403. */
  checkCsrf(request: FastifyRequest, found: SignIn): void;
  /** Begins a session and sets its cookie; null: the user was disabled, or got another password, just now. */
  begin(user: UserRow, request: FastifyRequest, reply: FastifyReply): Promise<SignIn | null>;
  takeCookieBack(request: FastifyRequest, reply: FastifyReply): void;
  /** What is believed is looked up again: something about users or sessions has changed. */
  forget(): void;
}

type Known = Pick<SignIn, "session" | "user">;

export function createSignIns(deps: {
  store: Pick<Store, "userSessionByHash" | "touchUserSession" | "createUserSession" | "pruneUserSessions">;
  clock: Clock;
  random: Random;
  config: Pick<ApiConfig, "tls" | "publicUrl">;
  onError(err: unknown): void;
}): SignIns {
  const { store, clock, random, config } = deps;
  const believed = new Map<string, Known & { at: number }>();
  let changes = 0;

  const secretOf = (request: FastifyRequest) => {
    const secret = request.cookies?.[sessionCookie];
    return secret && /^[\w-]{43}$/.test(secret) ? secret : null;
  };
  const cookieOptions = (request: FastifyRequest) => ({
    path: "/",
    httpOnly: true,
    sameSite: "lax" as const,
    secure: config.tls !== null || cameThroughTls(request, config.publicUrl),
  });

  async function look(hash: string): Promise<Known | null> {
    const known = believed.get(hash);
    if (known && clock.monotonic() - known.at < believedMs) return known;
    const before = changes;
    const found = await store.userSessionByHash(hash);
    believed.delete(hash);
    // What was read before a change may be what was changed.
    if (!found || before !== changes) return found;
    believed.set(hash, { ...found, at: clock.monotonic() });
    if (believed.size > mostBelieved) believed.delete(believed.keys().next().value as string);
    return found;
  }

  /** Each use makes it last longer; a write for each would cost more than the request. */
  function touch({ session }: Known) {
    const now = clock.now();
    if (now - session.lastSeenAt < touchEveryMs) return;
    session.lastSeenAt = now;
    session.expiresAt = Math.min(now + idleMs, session.createdAt + longestMs);
    store.touchUserSession(session.id, { at: now, expiresAt: session.expiresAt }).catch(deps.onError);
  }

  async function find(request: FastifyRequest): Promise<SignIn | null> {
    const secret = secretOf(request);
    if (secret === null) return null;
    const found = await look(hashToken(secret));
    if (!found || found.user.disabled || found.session.expiresAt <= clock.now()) return null;
    touch(found);
    return { session: found.session, user: found.user, csrfToken: csrfOf(secret) };
  }

  function checkCsrf(request: FastifyRequest, { csrfToken }: SignIn) {
    const given = request.headers["x-csrf-token"];
    if (typeof given === "string" && same(given, csrfToken)) return;
    throw new HttpProblem(
      403,
      "bad_csrf_token",
      "a change by cookie needs the header X-CSRF-Token with the csrfToken that GET /auth/me answers",
    );
  }

  return {
    find,
    checkCsrf,
    async identify(request, reply) {
      const found = await find(request);
      if (!found) {
        reply.clearCookie(sessionCookie, cookieOptions(request));
        throw new HttpProblem(401, "unauthenticated", "this session is over: sign in again", {
          headers: { "www-authenticate": 'Bearer realm="distcron"' },
        });
      }
      if (request.method !== "GET" && request.method !== "HEAD") checkCsrf(request, found);
      return identityOf(found);
    },
    async begin(user, request, reply) {
      const now = clock.now();
      const secret = Buffer.from(random.bytes(32)).toString("base64url");
      const session: UserSessionRow = {
        id: newId(clock, random),
        hash: hashToken(secret),
        userId: user.id,
        createdAt: now,
        expiresAt: now + idleMs,
        lastSeenAt: now,
        address: request.ip,
        agent: request.headers["user-agent"]?.slice(0, 300) ?? null,
      };
      if (!(await store.createUserSession(session, user.passwordHash))) return null;
      store.pruneUserSessions(now).catch(deps.onError);
      reply.setCookie(sessionCookie, secret, { ...cookieOptions(request), maxAge: longestMs / 1000 });
      return { session, user: { ...user, lastLoginAt: now }, csrfToken: csrfOf(secret) };
    },
    takeCookieBack(request, reply) {
      if (request.cookies?.[sessionCookie] !== undefined) reply.clearCookie(sessionCookie, cookieOptions(request));
    },
    forget() {
      changes++;
      believed.clear();
    },
  };
}

export const identityOf = ({ session, user }: Pick<SignIn, "session" | "user">): Identity => ({
  kind: "session",
  actor: `user:${user.name}`,
  name: user.name,
  role: user.role,
  scopes: [],
  tokenId: null,
  userId: user.id,
  sessionId: session.id,
  expiresAt: session.expiresAt,
});

const csrfOf = (secret: string) => createHmac("sha256", secret).update("csrf").digest("base64url");
const same = (given: string, wanted: string) =>
  given.length === wanted.length && timingSafeEqual(Buffer.from(given, "latin1"), Buffer.from(wanted, "latin1"));

/** TLS ends at a proxy: then a cookie for the public address must not travel without it either. */
const cameThroughTls = ({ headers }: FastifyRequest, publicUrl: string | null) =>
  publicUrl !== null && /^https:/i.test(publicUrl) && new URL(publicUrl).host === headers.host?.toLowerCase();
