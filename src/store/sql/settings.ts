// Small facts by name, the pause of all planning among them.
import type { PauseState, Store } from "../store.ts";
import { type Db, leaderWrite, type SqlContext } from "./context.ts";

const pauseKey = "scheduler.pause";

export function settingsMethods(ctx: SqlContext): Pick<Store, "getSetting" | "setSetting" | "getPause" | "setPause"> {
  async function get(db: Db, name: string): Promise<string | null> {
    const row = await db.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
    return row?.value ?? null;
  }
  async function set(trx: Db, name: string, value: string) {
    const insert = trx.insertInto("settings").values({ name, value });
    const upsert =
      ctx.dialect === "mysql"
        ? insert.onDuplicateKeyUpdate({ value })
        : insert.onConflict((oc) => oc.column("name").doUpdateSet({ value }));
    await upsert.execute();
  }

  return {
    getSetting: (key) => ctx.read((db) => get(db, key)),
    setSetting: (key, value) => ctx.write((trx) => set(trx, key, value)),
    async getPause() {
      const text = await ctx.read((db) => get(db, pauseKey));
      return text === null ? null : (JSON.parse(text) as PauseState | null);
    },
    setPause: (term, pause) => leaderWrite(ctx, term, (trx) => set(trx, pauseKey, JSON.stringify(pause))),
  };
}
