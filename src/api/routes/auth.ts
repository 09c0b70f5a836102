// Signing in and out, the first account, and what people may change about themselves. Needs the store alone, so any
// scheduler of a cluster will do.
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { newId } from "../../lib/id.ts";
import type { UserRow } from "../../store/store.ts";
import type { Identity } from "../access.ts";
import { auditUsers, checkPassword, checkZone, meOf, programOf, sameAsBefore } from "../accounts.ts";
import { LoginBody, MeAnswer, PasswordBody, ProfileBody, SetupBody, UserSessionsAnswer } from "../contract/accounts.ts";
import { EmptyBody } from "../contract/pieces.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem, notFound } from "../errors.ts";
import { isSetupToken } from "../first-run.ts";
import { iso } from "../present.ts";
import { type Declare, param } from "../route.ts";

const group = "sign-in";
/** They hold a password and little else. */
const bodyLimit = 16 * 1024;

const badCredentials = (status: number) =>
  new HttpProblem(status, "bad_credentials", "the name or the password is wrong, or the account is disabled");

export function authRoutes(route: Declare, deps: RouteDeps): void {
  const { store, clock, random, metrics, logger, accounts } = deps;
  const { signIns, passwords, throttle } = accounts;
  const audit = auditUsers(deps);
  const about = () => ({ version: deps.version, now: clock.now() });

  /** The user whose password it is; throws HttpProblem 429, or what `refusal` makes. */
  async function prove(request: FastifyRequest, name: string, password: string, refusal: () => HttpProblem) {
    const wasRight = throttle.begin(request.ip, name);
    const user = await store.getUser(name);
    const { right, outdated } = await passwords.verify(password, user?.passwordHash ?? null);
    if (!user || !right || user.disabled) {
      const reason = !user ? "unknown_user" : !right ? "wrong_password" : "disabled_user";
      metrics.authFailed(reason);
      // A name that nobody has may be a password in the wrong field.
      logger.warn({ reason, address: request.ip, ...(user ? { user: user.name } : {}) }, "a sign-in was refused");
      throw refusal();
    }
    wasRight();
    return outdated ? { ...user, passwordHash: await renewHash(user, password) } : user;
  }

  /** The parameters have grown since. */
  async function renewHash({ id, passwordHash: before }: UserRow, password: string) {
    const passwordHash = await passwords.hash(password);
    return (await store.changeUser(id, { passwordHash }, { ifPasswordHash: before })) ? passwordHash : before;
  }

  async function signIn(user: UserRow, request: FastifyRequest, reply: FastifyReply) {
    const found = await signIns.begin(user, request, reply);
    if (!found) throw badCredentials(401);
    return meOf(found, about());
  }

  route({
    at: "GET /auth/me",
    access: "public",
    about: "Who I am to this server; for nobody, whether the first account is still to be made",
    group,
    answer: [200, MeAnswer],
    async handler({ request, reply }) {
      if (request.headers.authorization !== undefined) return programOf(await accounts.byToken(request), about());
      const found = await signIns.find(request);
      if (found) return meOf(found, about());
      signIns.takeCookieBack(request, reply);
      const setup = !(await store.hasUsers());
      return { user: null, setup, csrfToken: null, version: null, now: iso(clock.now()) };
    },
  });

  route({
    at: "POST /auth/login",
    access: "public",
    about: "Sign in: sets the session's cookie",
    group,
    body: LoginBody,
    bodyLimit,
    answer: [200, MeAnswer],
    async handler({ body, request, reply }) {
      const user = await prove(request, body.name, body.password, () => badCredentials(401));
      const me = await signIn(user, request, reply);
      await audit({ actor: `user:${user.name}`, action: "user.login", via: "ui" }, user);
      return me;
    },
  });

  route({
    at: "POST /auth/logout",
    access: "public",
    about: "Sign out",
    group,
    body: EmptyBody,
    answer: [204, null],
    async handler({ request, reply }) {
      const found = await signIns.find(request);
      if (found) {
        signIns.checkCsrf(request, found);
        await store.endUserSessions(found.user.id, { only: found.session.id });
        signIns.forget();
      }
      signIns.takeCookieBack(request, reply);
    },
  });

  route({
    at: "POST /auth/setup",
    access: "public",
    about: "Make the first account, an admin's, with the token of the link in the server's log",
    group,
    body: SetupBody,
    bodyLimit,
    answer: [200, MeAnswer],
    async handler({ body, request, reply }) {
      if (await store.hasUsers())
        throw new HttpProblem(409, "setup_done", "the first account has been made: sign in, or ask an admin for one");
      const wasRight = throttle.begin(request.ip, "set-up link");
      if (!(await isSetupToken(store, body.token))) {
        metrics.authFailed("setup_token");
        throw new HttpProblem(
          403,
          "bad_setup_token",
          "this is not the token of a set-up link that a scheduler has logged; the newest link stands in its log",
        );
      }
      wasRight();
      checkZone(body.timezone);
      checkPassword(body.password, body.name);
      const user: UserRow = {
        id: newId(clock, random),
        name: body.name,
        displayName: body.displayName || null,
        role: "admin",
        language: body.language ?? null,
        timezone: body.timezone ?? null,
        disabled: false,
        passwordHash: await passwords.hash(body.password),
        createdAt: clock.now(),
        createdBy: "set-up link",
        lastLoginAt: null,
      };
      await store.createUser(user, { onlyFirst: true });
      accounts.onMade();
      await audit({ actor: "set-up link", action: "user.create", via: "ui", after: { role: user.role } }, user);
      logger.info({ user: user.name }, "the first account was made");
      return signIn(user, request, reply);
    },
  });

  route({
    at: "PATCH /auth/me",
    access: "viewer",
    about: "Change one's own name to show, language and time zone",
    group,
    body: ProfileBody,
    answer: [200, MeAnswer],
    async handler({ body, who, request }) {
      const userId = person(who);
      checkZone(body.timezone);
      const change = { ...body, ...(body.displayName === "" ? { displayName: null } : {}) };
      if (!(await store.changeUser(userId, change))) throw notFound("this account is gone");
      signIns.forget();
      const found = await signIns.find(request);
      if (!found) throw notFound("this account is gone");
      await audit({ actor: who.actor, action: "user.update", via: request.via, after: change }, found.user);
      return meOf(found, about());
    },
  });

  route({
    at: "POST /auth/password",
    access: "viewer",
    about: "Change one's own password: ends all of one's sessions and begins another",
    group,
    body: PasswordBody,
    bodyLimit,
    answer: [200, MeAnswer],
    async handler({ body, who, request, reply }) {
      const userId = person(who);
      const user = await prove(request, who.name, body.current, () => badCredentials(403));
      checkPassword(body.next, user.name, "next");
      if (body.next === body.current) throw sameAsBefore("next");
      const passwordHash = await passwords.hash(body.next);
      const how = { ifPasswordHash: user.passwordHash, endSessions: true };
      const changed = await store.changeUser(userId, { passwordHash }, how);
      signIns.forget();
      if (!changed) throw badCredentials(403);
      await audit({ actor: who.actor, action: "user.password", via: request.via }, user);
      return signIn(changed, request, reply);
    },
  });

  route({
    at: "GET /auth/sessions",
    access: "viewer",
    about: "Where I am signed in",
    group,
    answer: [200, UserSessionsAnswer],
    async handler({ who }) {
      const sessions = await store.listUserSessions(person(who), clock.now());
      const items = sessions.map(({ id, address, agent, ...at }) => ({
        ...{ id, address, agent, current: id === who.sessionId },
        ...{ createdAt: iso(at.createdAt), lastSeenAt: iso(at.lastSeenAt), expiresAt: iso(at.expiresAt) },
      }));
      return { items, nextCursor: null };
    },
  });

  route({
    at: "DELETE /auth/sessions/:session",
    access: "viewer",
    about: "End one of my sessions",
    group,
    params: z.object({ session: param }),
    answer: [204, null],
    async handler({ params, who, request, reply }) {
      const ended = await store.endUserSessions(person(who), { only: params.session });
      signIns.forget();
      if (ended === 0) throw notFound(`you have no session with the id ${JSON.stringify(params.session)}`);
      if (params.session === who.sessionId) signIns.takeCookieBack(request, reply);
    },
  });

  route({
    at: "DELETE /auth/sessions",
    access: "viewer",
    about: "End all my sessions but this one",
    group,
    answer: [204, null],
    async handler({ who }) {
      await store.endUserSessions(person(who), { except: who.sessionId });
      signIns.forget();
    },
  });
}

/** The user behind a session. Throws HttpProblem 403: programs have no password, no settings and no sessions. */
function person(who: Identity): string {
  if (who.kind === "session" && who.userId !== null) return who.userId;
  throw new HttpProblem(403, "not_signed_in", `this is for people who signed in; ${who.actor} is a token`);
}
