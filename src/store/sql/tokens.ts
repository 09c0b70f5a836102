// Tokens of the API. Only hashes are here; what they allow is decided elsewhere.
import type { Selectable } from "kysely";
import type { Store, TokenRow, UserRow } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";
import { decodeCursor, pageSize, toPage } from "./paging.ts";
import type { Flag, TokensTable } from "./schema.ts";

export function tokensMethods(
  ctx: SqlContext,
): Pick<Store, "createToken" | "tokenByHash" | "touchToken" | "listTokens" | "revokeToken"> {
  return {
    createToken: (token) =>
      ctx.write(async (trx) => {
        const row = {
          id: token.id,
          name: token.name,
          hash: token.hash,
          role: token.role,
          scopes: JSON.stringify(token.scopes),
          created_at: token.createdAt,
          created_by: token.createdBy,
          owner_id: token.ownerId ?? null,
          expires_at: token.expiresAt,
          last_used_at: token.lastUsedAt,
          revoked_at: token.revokedAt,
        };
        await trx.insertInto("tokens").values(row).execute();
      }),

    tokenByHash: (hash) =>
      ctx.read(async (db) => {
        const row = await selectTokens(db).where("tokens.hash", "=", hash).executeTakeFirst();
        return row ? toToken(row) : null;
      }),

    touchToken: (id, at) =>
      ctx.write(async (trx) => {
        await trx.updateTable("tokens").set({ last_used_at: at }).where("id", "=", id).execute();
      }),

    /** In the order of their making. */
    listTokens: (query) =>
      ctx.read(async (db) => {
        const after = decodeCursor<[string]>(query.cursor, ["string"]);
        let select = selectTokens(db)
          .orderBy("tokens.id")
          .limit(pageSize(query.limit) + 1);
        if (query.ownerId !== undefined) select = select.where("tokens.owner_id", "=", query.ownerId);
        if (after) select = select.where("tokens.id", ">", after[0]);
        return toPage(await select.execute(), query.limit, toToken, (row) => [row.id]);
      }),

    revokeToken: (id, at, ownerId) =>
      ctx.write(async (trx) => {
        let revoke = trx
          .updateTable("tokens")
          .set({ revoked_at: at })
          .where("id", "=", id)
          .where("revoked_at", "is", null);
        if (ownerId !== undefined) revoke = revoke.where("owner_id", "=", ownerId);
        if ((await revoke.executeTakeFirst()).numUpdatedRows === 0n) return null;
        const row = await selectTokens(trx).where("tokens.id", "=", id).executeTakeFirst();
        return row ? toToken(row) : null;
      }),
  };
}

const selectTokens = (db: Db) =>
  db
    .selectFrom("tokens")
    .leftJoin("users", "users.id", "tokens.owner_id")
    .selectAll("tokens")
    .select(["users.name as owner_name", "users.role as owner_role", "users.disabled as owner_disabled"]);
type Owner = { owner_name: string | null; owner_role: UserRow["role"] | null; owner_disabled: Flag | null };

const toToken = (row: Selectable<TokensTable> & Owner): TokenRow => ({
  id: row.id,
  name: row.name,
  hash: row.hash,
  role: row.role,
  scopes: JSON.parse(row.scopes),
  createdAt: row.created_at,
  createdBy: row.created_by,
  owner: row.owner_id === null ? null : ownerOf(row.owner_id, row),
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});

const ownerOf = (id: string, { owner_name, owner_role, owner_disabled }: Owner) => ({
  id,
  name: owner_name ?? id,
  role: owner_role ?? "viewer",
  disabled: owner_disabled !== 0,
});
