// Terms: who took the last one may write as leader.
import type { Store } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";
import { insertRows } from "./insert.ts";

export function leadershipMethods(ctx: SqlContext): Pick<Store, "takeTerm" | "lastTerm"> {
  const take = async (trx: Db, holder: string, nonce: string) => {
    const takenAt = await ctx.storeNow(trx);
    const result = await trx
      .updateTable("leadership")
      .set((eb) => ({ term: eb("term", "+", 1), holder, nonce, taken_at: takenAt }))
      .where("id", "=", 1)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  };

  return {
    takeTerm: (holder, nonce) =>
      ctx.write(async (trx) => {
        if (!(await take(trx, holder, nonce))) {
          const row = { id: 1, term: 0, holder: "", nonce: "", taken_at: 0, checked: 0 };
          await insertRows(ctx, trx, { into: "leadership", rows: [row], skipExisting: true });
          await take(trx, holder, nonce);
        }
        const row = await trx.selectFrom("leadership").select("term").where("id", "=", 1).executeTakeFirstOrThrow();
        return row.term;
      }),

    lastTerm: () =>
      ctx.read(async (db) => {
        const row = await db.selectFrom("leadership").selectAll().where("id", "=", 1).executeTakeFirst();
        return row && row.term > 0 ? { term: row.term, holder: row.holder, takenAt: row.taken_at } : null;
      }),
  };
}
