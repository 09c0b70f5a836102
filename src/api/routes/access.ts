// Who may do what: the caller, tokens and the audit.
import { z } from "zod";
import { newId } from "../../lib/id.ts";
import type { TokenRow } from "../../store/store.ts";
import { hashToken, newToken } from "../access.ts";
import { AuditPage, AuditQuery, MeAnswer, PageQuery, TokenBody, TokenCreated, TokenPage } from "../contract.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem, notFound } from "../errors.ts";
import { iso, isoOrNull, presentAudit, presentToken } from "../present.ts";
import { type Declare, param } from "../route.ts";

const group = "access";
const validForMs = 90 * 86_400_000;

export function accessRoutes(route: Declare, { store, clock, random, version }: RouteDeps): void {
  const audit = (actor: string, via: string, action: string, id: string, name: string | null, after: unknown) =>
    store.appendAudit([
      { at: clock.now(), actor, action, targetType: "token", targetId: id, targetName: name, via, before: null, after },
    ]);

  route({
    at: "GET /auth/me",
    access: "viewer",
    about: "Who I am to this server",
    group,
    answer: [200, MeAnswer],
    handler: ({ who }) => ({
      user: {
        kind: who.kind,
        name: who.name,
        displayName: null,
        role: who.role,
        scopes: who.scopes,
        language: null,
        timezone: null,
        expiresAt: isoOrNull(who.expiresAt),
      },
      setup: false,
      csrfToken: null,
      version,
      now: iso(clock.now()),
    }),
  });

  route({
    at: "GET /tokens",
    access: "admin",
    about: "Tokens, without their secrets",
    group,
    query: PageQuery,
    answer: [200, TokenPage],
    async handler({ query }) {
      const page = await store.listTokens(query);
      return { items: page.items.map(presentToken), nextCursor: page.nextCursor };
    },
  });

  route({
    at: "POST /tokens",
    access: "admin",
    about: "Make a token; its secret is shown this once",
    group,
    body: TokenBody,
    answer: [201, TokenCreated],
    async handler({ body, who, request }) {
      const now = clock.now();
      const expiresAt = body.expiresAt === undefined ? now + validForMs : body.expiresAt;
      if (expiresAt !== null && expiresAt <= now) {
        const message = "expected an instant in the future";
        throw new HttpProblem(422, "invalid", `expiresAt: ${message}`, { errors: [{ path: "expiresAt", message }] });
      }
      const { name, role, scopes } = body;
      const token = newToken(random);
      const row: TokenRow = {
        owner: null,
        id: newId(clock, random),
        name,
        hash: hashToken(token),
        role,
        scopes,
        createdAt: now,
        createdBy: who.actor,
        expiresAt,
        lastUsedAt: null,
        revokedAt: null,
      };
      await store.createToken(row);
      await audit(who.actor, request.via, "token.create", row.id, name, {
        role,
        scopes,
        expiresAt: isoOrNull(expiresAt),
      });
      return { ...presentToken(row), token };
    },
  });

  route({
    at: "DELETE /tokens/:token",
    access: "admin",
    about: "Make a token worthless at once",
    group,
    params: z.object({ token: param }),
    answer: [204, null],
    async handler({ params, who, request }) {
      const done = await store.revokeToken(params.token, clock.now());
      if (!done) throw notFound(`there is no valid token with the id ${JSON.stringify(params.token)}`);
      await audit(who.actor, request.via, "token.revoke", params.token, null, null);
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
      const page = await store.listAudit({ ...query, ...(target === undefined ? {} : { targetId: target }) });
      return { items: page.items.map(presentAudit), nextCursor: page.nextCursor };
    },
  });
}
