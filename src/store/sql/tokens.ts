// Tokens of the API. Only hashes are here; what they allow is decided elsewhere.
import type { Selectable } from "kysely";
import type { Store, TokenRow } from "../store.ts";
import type { SqlContext } from "./context.ts";
import { decodeCursor, pageSize, toPage } from "./paging.ts";
import type { TokensTable } from "./schema.ts";

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
          expires_at: token.expiresAt,
          last_used_at: token.lastUsedAt,
          revoked_at: token.revokedAt,
        };
        await trx.insertInto("tokens").values(row).execute();
      }),

    tokenByHash: (hash) =>
      ctx.read(async (db) => {
        const row = await db.selectFrom("tokens").selectAll().where("hash", "=", hash).executeTakeFirst();
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
        let select = db
          .selectFrom("tokens")
          .selectAll()
          .orderBy("id")
          .limit(pageSize(query.limit) + 1);
        if (after) select = select.where("id", ">", after[0]);
        return toPage(await select.execute(), query.limit, toToken, (row) => [row.id]);
      }),

    revokeToken: (id, at) =>
      ctx.write(async (trx) => {
        const result = await trx
          .updateTable("tokens")
          .set({ revoked_at: at })
          .where("id", "=", id)
          .where("revoked_at", "is", null)
          .executeTakeFirst();
        return result.numUpdatedRows > 0n;
      }),
  };
}

const toToken = (row: Selectable<TokensTable>): TokenRow => ({
  id: row.id,
  name: row.name,
  hash: row.hash,
  role: row.role,
  scopes: JSON.parse(row.scopes),
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});
