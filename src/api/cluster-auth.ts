// Who speaks for the cluster. Whoever knows its token may join and speak as a scheduler; a session's credential is made
// of that token and the session's id, so that every scheduler can check it and none has to remember it.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { createFailureLimit, type Identity } from "./access.ts";
import { roles } from "./contract/roles.ts";
import { HttpProblem } from "./errors.ts";

const mac = (token: string, text: string) => createHmac("sha256", token).update(text).digest("base64url");

/** Compares digests, so that neither content nor length shows in the time it takes. */
const same = (a: string, b: string) =>
  timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

/** What a session says it is by. It opens nothing once the session has ended: that is looked up, not part of it. */
export const credentialOf = (clusterToken: string, sessionId: string): string =>
  mac(clusterToken, `session:${sessionId}`);

// ── a request that a standby passes on ────────────────────────────────────────────────────────────────────────────

/** Carries who asked, as the standby found out, and binds that to one request. */
export const passedOnHeader = "distcron-passed-on";

// Schedulers of a newer version may say more of who asks.
const identity = z.looseObject({
  kind: z.string(),
  actor: z.string(),
  name: z.string(),
  role: z.enum(roles),
  scopes: z.array(z.string()),
  tokenId: z.string().nullable(),
  userId: z.string().nullable(),
  sessionId: z.string().nullable(),
  expiresAt: z.number().nullable(),
}) as unknown as z.ZodType<Identity>;
const Assertion = z.object({ who: identity, at: z.number(), target: z.string() });

/** Clocks of schedulers may differ by so much, and a request be under way for so long. */
const assertionHoldsMs = 60_000;
function targetOf({ method, url }: { method: string; url: string }) {
  // As a client writes it that follows the URL standard.
  const { pathname, search } = new URL(url, "http://any");
  return createHash("sha256").update(`${method} ${pathname}${search}`).digest("base64url");
}

/** The header's value: `who` asked for this, now. */
export function assertIdentity(
  clusterToken: string,
  request: { method: string; url: string },
  who: Identity,
  now: number,
): string {
  const text = JSON.stringify({ who, at: now, target: targetOf(request) });
  const payload = Buffer.from(text).toString("base64url");
  return `${payload}.${mac(clusterToken, `passed-on:${payload}`)}`;
}

/** null: not made with this token, not for this request, or not lately. */
export function readIdentity(
  clusterToken: string,
  request: { method: string; url: string },
  header: string,
  now: number,
): Identity | null {
  const [payload = "", signature = ""] = header.split(".");
  if (!same(signature, mac(clusterToken, `passed-on:${payload}`))) return null;
  const { data } = Assertion.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  if (!data || data.target !== targetOf(request) || Math.abs(now - data.at) > assertionHoldsMs) return null;
  return data.who;
}

// ── the gate ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ClusterGate {
  /** Throws HttpProblem 401, or 429 after too many failures from that address. */
  requireToken(authorization: string | undefined, address: string): void;
  requireCredential(authorization: string | undefined, sessionId: string, address: string): void;
  refuse(reason: string, detail: string, address: string): never;
}

const remembered = 10_000;

export function createClusterGate(deps: {
  token: string;
  clock: Pick<Clock, "monotonic">;
  onFailure(reason: string, address: string): void;
}): ClusterGate {
  const failures = createFailureLimit(deps.clock);
  /** Addresses that knew the token: never shut out by what others there get wrong. */
  const good = new Set<string>();

  function refuse(reason: string, detail: string, address: string): never {
    failures.count(address);
    deps.onFailure(reason, address);
    throw new HttpProblem(401, "unauthenticated", detail, {
      headers: { "www-authenticate": 'Bearer realm="distcron-cluster"' },
    });
  }
  function bearer(authorization: string | undefined, address: string): string {
    const found = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(authorization?.trim() ?? "")?.[1];
    return found ?? refuse("malformed", "expected Authorization: Bearer <secret>, got something else", address);
  }
  function mayTry(address: string) {
    const waitMs = failures.waitMs(address);
    if (waitMs > 0)
      throw new HttpProblem(429, "too_many_failures", "too many requests with a bad secret from this address", {
        headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
      });
  }

  return {
    refuse,
    requireToken(authorization, address) {
      // A token that people choose could be guessed: even a right one waits at an address that has guessed too often.
      if (!good.has(address)) mayTry(address);
      if (!same(bearer(authorization, address), deps.token)) {
        mayTry(address);
        refuse("cluster_token", "this is not the cluster's token; cluster.token must be the same everywhere", address);
      }
      good.add(address);
      if (good.size > remembered) good.delete(good.values().next().value as string);
    },
    requireCredential(authorization, sessionId, address) {
      if (same(bearer(authorization, address), credentialOf(deps.token, sessionId))) return;
      mayTry(address);
      refuse("session_credential", "this is not the credential of that session", address);
    },
  };
}
