// Small facts by name, the pause of all planning among them.
import type { PauseState, Store } from "../store.ts";
import { type Db, leaderWrite, type SqlContext } from "./context.ts";
import { statement } from "./statement.ts";

const pauseKey = "scheduler.pause";

const settingOf = statement((db, { name }: { name: string }) =>
  db.selectFrom("settings").select("value").where("name", "=", name),
);

export function settingsMethods(ctx: SqlContext): Pick<Store, "getSetting" | "setSetting" | "getPause" | "setPause"> {
  async function get(db: Db, name: string): Promise<string | null> {
    return (await settingOf(ctx, db, { name })).rows[0]?.value ?? null;
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
