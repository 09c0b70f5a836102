// Who may do what: tokens and the audit.
import { z } from "zod";
import { newId } from "../../lib/id.ts";
import { hashToken, type Identity, isAtLeast, newToken } from "../access.ts";
import { AuditPage, AuditQuery } from "../contract/audit.ts";
import type { Role } from "../contract/roles.ts";
import { TokenBody, TokenCreated, TokenPage, TokenQuery } from "../contract/tokens.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem, notFound } from "../errors.ts";
import { isoOrNull, presentAudit, presentToken } from "../present.ts";
import { type Declare, param } from "../route.ts";

const group = "access";
const validForMs = 90 * 86_400_000;

export function accessRoutes(route: Declare, { store, clock, random }: RouteDeps): void {
  const audit = (actor: string, via: string, action: string, of: { id: string; name: string; after: unknown }) => {
    const target = { targetType: "token", targetId: of.id, targetName: of.name };
    return store.appendAudit([{ at: clock.now(), actor, action, ...target, via, before: null, after: of.after }]);
  };

  route({
    at: "GET /tokens",
    access: "viewer",
    about: "Tokens, without their secrets: one's own; for an admin all",
    group,
    query: TokenQuery,
    answer: [200, TokenPage],
    async handler({ query: { mine, ...query }, who }) {
      const own = mine && who.userId !== null ? { ownerId: who.userId } : onlyOwn(who);
      const page = await store.listTokens({ ...query, ...own });
      return { items: page.items.map(presentToken), nextCursor: page.nextCursor };
    },
  });

  route({
    at: "POST /tokens",
    access: "viewer",
    about: "Make a token; its secret is shown this once",
    group,
    body: TokenBody,
    answer: [201, TokenCreated],
    async handler({ body, who, request }) {
      const { name, role, scopes, personal = who.userId !== null } = body;
      refuseBeyond(who, { role, personal });
      const now = clock.now();
      const expiresAt = body.expiresAt === undefined ? now + validForMs : body.expiresAt;
      if (expiresAt !== null && expiresAt <= now) {
        const message = "expected an instant in the future";
        throw new HttpProblem(422, "invalid", `expiresAt: ${message}`, { errors: [{ path: "expiresAt", message }] });
      }
      const token = newToken(random);
      const id = newId(clock, random);
      const row = {
        ...{ id, name, hash: hashToken(token), role, scopes, expiresAt },
        ...{ createdAt: now, createdBy: who.actor, lastUsedAt: null, revokedAt: null },
      };
      await store.createToken({ ...row, ownerId: personal ? who.userId : null });
      const after = { role, scopes, personal, expiresAt: isoOrNull(expiresAt) };
      await audit(who.actor, request.via, "token.create", { id, name, after });
      const made = await store.tokenByHash(row.hash);
      return { ...presentToken(made ?? { ...row, owner: null }), token };
    },
  });

  route({
    at: "DELETE /tokens/:token",
    access: "viewer",
    about: "Make a token worthless at once: one's own; for an admin any",
    group,
    params: z.object({ token: param }),
    answer: [204, null],
    async handler({ params, who, request }) {
      const { ownerId } = onlyOwn(who);
      const done = await store.revokeToken(params.token, clock.now(), ownerId);
      if (!done) throw notFound(`there is no valid token with the id ${JSON.stringify(params.token)}`);
      await audit(who.actor, request.via, "token.revoke", { id: done.id, name: done.name, after: null });
    },
  });

  route({
    at: "GET /audit",
    access: "operator",
    about: "Every change: who, what, when, through what; newest first",
    group,
    query: AuditQuery,
    answer: [200, AuditPage],
    async handler({ query: { target, ...query } }) {
      const page = await store.listAudit({ ...query, ...(target === undefined ? {} : { target }) });
      return { items: page.items.map(presentAudit), nextCursor: page.nextCursor };
    },
  });
}

/** Whose tokens the caller sees and revokes; {}: everybody's. Throws HttpProblem 403. */
function onlyOwn(who: Identity): { ownerId?: string } {
  if (who.role === "admin") return {};
  if (who.userId !== null) return { ownerId: who.userId };
  throw new HttpProblem(403, "forbidden", `other tokens are an admin's business; ${who.actor} is ${who.role}`);
}

/** Nobody gives what they haven't got, and no token gives itself a longer life. Throws HttpProblem 403. */
function refuseBeyond(who: Identity, asked: { role: Role; personal: boolean }) {
  if (who.role !== "admin" && who.kind !== "session")
    throw new HttpProblem(403, "forbidden", `tokens are made by people or by admins; ${who.actor} is neither`);
  if (!isAtLeast(who.role, asked.role))
    throw new HttpProblem(
      403,
      "forbidden",
      `a token of role ${asked.role} needs that role; ${who.actor} is ${who.role}`,
    );
  if (!asked.personal && who.role !== "admin")
    throw new HttpProblem(
      403,
      "forbidden",
      `a token that belongs to nobody needs the role admin; ${who.actor} is ${who.role}`,
    );
  if (asked.personal && who.userId === null)
    throw new HttpProblem(422, "invalid", `personal: ${who.actor} is nobody's account`, {
      errors: [{ path: "personal", message: "expected false: who asks is no person" }],
    });
}
