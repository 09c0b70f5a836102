// Accounts of people, for admins.
import { z } from "zod";
import { newId } from "../../lib/id.ts";
import type { UserChange, UserRow } from "../../store/store.ts";
import { auditUsers, checkPassword, checkZone } from "../accounts.ts";
import { UserBody, UserPage, UserPatch, UserView } from "../contract/accounts.ts";
import { PageQuery } from "../contract/pieces.ts";
import type { RouteDeps } from "../deps.ts";
import { notFound } from "../errors.ts";
import { presentUser } from "../present.ts";
import { type Declare, param } from "../route.ts";

const group = "users";
const params = z.object({ user: param });

export function userRoutes(route: Declare, deps: RouteDeps): void {
  const { store, clock, random, accounts } = deps;
  const { passwords, signIns } = accounts;
  const audit = auditUsers(deps);

  async function find(name: string): Promise<UserRow> {
    const user = await store.getUser(name);
    if (user) return user;
    throw notFound(`there is no user named ${JSON.stringify(name)}`);
  }

  route({
    at: "GET /users",
    access: "admin",
    about: "People with an account, by name",
    group,
    query: PageQuery,
    answer: [200, UserPage],
    async handler({ query }) {
      const page = await store.listUsers(query);
      return { items: page.items.map(presentUser), nextCursor: page.nextCursor };
    },
  });

  route({
    at: "POST /users",
    access: "admin",
    about: "Make an account",
    group,
    body: UserBody,
    answer: [201, UserView],
    async handler({ body, who, request }) {
      checkZone(body.timezone);
      checkPassword(body.password, body.name);
      const user: UserRow = {
        id: newId(clock, random),
        name: body.name,
        displayName: body.displayName || null,
        role: body.role,
        language: body.language ?? null,
        timezone: body.timezone ?? null,
        disabled: false,
        passwordHash: await passwords.hash(body.password),
        createdAt: clock.now(),
        createdBy: who.actor,
        lastLoginAt: null,
      };
      await store.createUser(user);
      accounts.onMade();
      await audit({ actor: who.actor, action: "user.create", via: request.via, after: shown(user) }, user);
      return presentUser(user);
    },
  });

  route({
    at: "GET /users/:user",
    access: "admin",
    about: "One account",
    group,
    params,
    answer: [200, UserView],
    handler: async ({ params }) => presentUser(await find(params.user)),
  });

  route({
    at: "PATCH /users/:user",
    access: "admin",
    about: "Change an account; a new password, or disabling it, ends its sessions",
    group,
    params,
    body: UserPatch,
    answer: [200, UserView],
    async handler({ params, body: { password, ...rest }, who, request }) {
      const user = await find(params.user);
      checkZone(rest.timezone);
      if (password !== undefined) checkPassword(password, user.name);
      const change: UserChange = {
        ...rest,
        ...(rest.displayName === "" ? { displayName: null } : {}),
        ...(password === undefined ? {} : { passwordHash: await passwords.hash(password) }),
      };
      const endSessions = password !== undefined || rest.disabled === true;
      const changed = await store.changeUser(user.id, change, { endSessions });
      signIns.forget();
      if (!changed) throw notFound(`there is no user named ${JSON.stringify(params.user)} any more`);
      const by = { actor: who.actor, via: request.via };
      if (password !== undefined) await audit({ ...by, action: "user.password" }, user);
      if (Object.keys(rest).length > 0) {
        const action = rest.disabled === undefined ? "user.update" : rest.disabled ? "user.disable" : "user.enable";
        await audit({ ...by, action, before: shown(user), after: shown(changed) }, user);
      }
      return presentUser(changed);
    },
  });

  route({
    at: "DELETE /users/:user",
    access: "admin",
    about: "Delete an account with its sessions; its tokens are revoked",
    group,
    params,
    answer: [204, null],
    async handler({ params, who, request }) {
      const user = await find(params.user);
      const deleted = await store.deleteUser(user.id, clock.now());
      signIns.forget();
      if (!deleted) throw notFound(`there is no user named ${JSON.stringify(params.user)} any more`);
      await audit({ actor: who.actor, action: "user.delete", via: request.via, before: shown(user) }, user);
    },
  });
}

/** What the audit tells of an account. */
const shown = ({ role, displayName, language, timezone, disabled }: UserRow) => ({
  ...{ role, displayName, language, timezone, disabled },
});
