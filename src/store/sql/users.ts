// People who may sign in. That there is a first one only once, and always an enabled admin, is decided one at a time:
// every write that could break it takes the same row first.
import type { Selectable } from "kysely";
import { ConflictError, type Store, type UserChange, type UserRow } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";
import { isUniqueViolation, upsertRows } from "./insert.ts";
import { decodeCursor, pageSize, toPage } from "./paging.ts";
import { flag } from "./rows.ts";
import type { UsersTable } from "./schema.ts";

export const toUser = (row: Selectable<UsersTable>): UserRow => ({
  id: row.id,
  name: row.name,
  displayName: row.display_name,
  role: row.role,
  language: row.language,
  timezone: row.zone,
  disabled: row.disabled === 1,
  passwordHash: row.password_hash,
  createdAt: row.created_at,
  createdBy: row.created_by,
  lastLoginAt: row.last_login_at,
});

const keyOf = (name: string) => name.toLowerCase();

export async function readUser(db: Db, id: string): Promise<UserRow | null> {
  const row = await db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst();
  return row ? toUser(row) : null;
}

export function usersMethods(
  ctx: SqlContext,
): Pick<Store, "createUser" | "hasUsers" | "getUser" | "listUsers" | "changeUser" | "deleteUser"> {
  const lock = (trx: Db) =>
    upsertRows(ctx, trx, {
      into: "settings",
      rows: [{ name: "users.lock", value: "" }],
      key: ["name"],
      set: ["value"],
    });
  const anybody = async (db: Db) =>
    (await db.selectFrom("users").select("id").limit(1).executeTakeFirst()) !== undefined;

  return {
    async createUser(user, how) {
      try {
        await ctx.write(async (trx) => {
          await lock(trx);
          if (how?.onlyFirst && (await anybody(trx)))
            throw new ConflictError("setup_done", "the first account has been made: sign in, or ask an admin for one");
          await trx
            .insertInto("users")
            .values({
              id: user.id,
              name: user.name,
              name_key: keyOf(user.name),
              display_name: user.displayName,
              role: user.role,
              language: user.language,
              zone: user.timezone,
              disabled: flag(user.disabled),
              password_hash: user.passwordHash,
              created_at: user.createdAt,
              created_by: user.createdBy,
              last_login_at: user.lastLoginAt,
            })
            .execute();
        });
      } catch (err) {
        if (!isUniqueViolation(err)) throw err;
        throw new ConflictError(
          "name_taken",
          `there is a user named ${JSON.stringify(user.name)} already; choose another name`,
        );
      }
    },

    hasUsers: () => ctx.read(anybody),

    getUser: (name) =>
      ctx.read(async (db) => {
        const row = await db.selectFrom("users").selectAll().where("name_key", "=", keyOf(name)).executeTakeFirst();
        return row ? toUser(row) : null;
      }),

    /** In the order of their names. */
    listUsers: (query) =>
      ctx.read(async (db) => {
        const after = decodeCursor<[string]>(query.cursor, ["string"]);
        let select = db
          .selectFrom("users")
          .selectAll()
          .orderBy("name_key")
          .limit(pageSize(query.limit) + 1);
        if (after) select = select.where("name_key", ">", after[0]);
        return toPage(await select.execute(), query.limit, toUser, (row) => [row.name_key]);
      }),

    changeUser: (id, change, how = {}) =>
      ctx.write(async (trx) => {
        await lock(trx);
        const user = await readUser(trx, id);
        if (!user || (how.ifPasswordHash !== undefined && how.ifPasswordHash !== user.passwordHash)) return null;
        const changed = { ...user, ...change };
        if (isAdmin(user) && !isAdmin(changed)) await refuseLastAdmin(trx, user);
        const columns = columnsOf(change);
        if (Object.keys(columns).length > 0) await trx.updateTable("users").set(columns).where("id", "=", id).execute();
        if (how.endSessions) await trx.deleteFrom("user_sessions").where("user_id", "=", id).execute();
        return changed;
      }),

    deleteUser: (id, at) =>
      ctx.write(async (trx) => {
        await lock(trx);
        const user = await readUser(trx, id);
        if (!user) return false;
        if (isAdmin(user)) await refuseLastAdmin(trx, user);
        await trx.deleteFrom("users").where("id", "=", id).execute();
        await trx.deleteFrom("user_sessions").where("user_id", "=", id).execute();
        await trx
          .updateTable("tokens")
          .set({ revoked_at: at })
          .where("owner_id", "=", id)
          .where("revoked_at", "is", null)
          .execute();
        return true;
      }),
  };
}

const isAdmin = (user: UserRow) => user.role === "admin" && !user.disabled;

async function refuseLastAdmin(trx: Db, user: UserRow) {
  const other = await trx
    .selectFrom("users")
    .select("id")
    .where("role", "=", "admin")
    .where("disabled", "=", 0)
    .where("id", "!=", user.id)
    .limit(1)
    .executeTakeFirst();
  if (other) return;
  throw new ConflictError(
    "last_admin",
    `${user.name} is the only admin who can sign in; make another user admin first`,
  );
}

function columnsOf(change: UserChange) {
  const { displayName, role, language, timezone, disabled, passwordHash } = change;
  return {
    ...(displayName === undefined ? {} : { display_name: displayName }),
    ...(role === undefined ? {} : { role }),
    ...(language === undefined ? {} : { language }),
    ...(timezone === undefined ? {} : { zone: timezone }),
    ...(disabled === undefined ? {} : { disabled: flag(disabled) }),
    ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
  };
}
