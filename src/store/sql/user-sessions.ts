// Sessions of people who signed in: only hashes of their secrets are here. How long one lasts is decided elsewhere.
import type { Selectable } from "kysely";
import type { Store, UserSessionRow } from "../store.ts";
import { locked, type SqlContext } from "./context.ts";
import type { UserSessionsTable } from "./schema.ts";
import { readUser } from "./users.ts";

const mostShown = 500;

const toSession = (row: Selectable<UserSessionsTable>): UserSessionRow => ({
  id: row.id,
  hash: row.hash,
  userId: row.user_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastSeenAt: row.last_seen_at,
  address: row.address,
  agent: row.agent,
});

export function userSessionsMethods(
  ctx: SqlContext,
): Pick<
  Store,
  | "createUserSession"
  | "userSessionByHash"
  | "touchUserSession"
  | "listUserSessions"
  | "endUserSessions"
  | "pruneUserSessions"
> {
  return {
    createUserSession: (session, ifPasswordHash) =>
      ctx.write(async (trx) => {
        // Held until the commit, so that a session can't slip in behind the end of all of a user's.
        const user = await locked(ctx, trx.selectFrom("users").select(["disabled", "password_hash"]))
          .where("id", "=", session.userId)
          .executeTakeFirst();
        if (!user || user.disabled === 1 || user.password_hash !== ifPasswordHash) return false;
        await trx
          .insertInto("user_sessions")
          .values({
            id: session.id,
            hash: session.hash,
            user_id: session.userId,
            created_at: session.createdAt,
            expires_at: session.expiresAt,
            last_seen_at: session.lastSeenAt,
            address: session.address,
            agent: session.agent,
          })
          .execute();
        await trx
          .updateTable("users")
          .set({ last_login_at: session.createdAt })
          .where("id", "=", session.userId)
          .execute();
        return true;
      }),

    userSessionByHash: (hash) =>
      ctx.read(async (db) => {
        const row = await db.selectFrom("user_sessions").selectAll().where("hash", "=", hash).executeTakeFirst();
        const user = row && (await readUser(db, row.user_id));
        return row && user ? { session: toSession(row), user } : null;
      }),

    touchUserSession: (id, { at, expiresAt }) =>
      ctx.write(async (trx) => {
        await trx
          .updateTable("user_sessions")
          .set({ last_seen_at: at, expires_at: expiresAt })
          .where("id", "=", id)
          .execute();
      }),

    listUserSessions: (userId, now) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom("user_sessions")
          .selectAll()
          .where("user_id", "=", userId)
          .where("expires_at", ">", now)
          .orderBy("id", "desc")
          .limit(mostShown)
          .execute();
        return rows.map(toSession);
      }),

    endUserSessions: (userId, which) =>
      ctx.write(async (trx) => {
        let end = trx.deleteFrom("user_sessions").where("user_id", "=", userId);
        if ("only" in which) end = end.where("id", "=", which.only);
        else if (which.except !== null) end = end.where("id", "!=", which.except);
        return Number((await end.executeTakeFirst()).numDeletedRows);
      }),

    pruneUserSessions: (now) =>
      ctx.write(async (trx) => {
        const gone = await trx.deleteFrom("user_sessions").where("expires_at", "<=", now).executeTakeFirst();
        return Number(gone.numDeletedRows);
      }),
  };
}
