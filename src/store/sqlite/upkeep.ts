// Backup and the check of soundness. Both use a connection of their own, so that ordinary reads and writes don't wait for
// a transaction of theirs.
import { closeSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import SqliteDatabase, { type Database as Sqlite } from "better-sqlite3";
import type { SqlContext } from "../sql/context.ts";
import { findOrphans } from "../sql/integrity.ts";
import { currentSchema, knownSchema } from "../sql/migrations.ts";
import type { StoreUpkeep } from "../sql/sql-store.ts";
import { ConflictError } from "../store.ts";

/** 2 MiB at a time: other work has its turn in between. */
const pagesAtOneGo = 512;

export function upkeepMethods(
  ctx: SqlContext,
  options: { file: string; reader: Sqlite; translate: (err: unknown) => unknown },
): Omit<StoreUpkeep, "close"> {
  const { file, reader, translate } = options;

  /** Runs `fn` on a fresh connection; in memory there is only the one. */
  async function apart<T>(fn: (sqlite: Sqlite) => Promise<T>): Promise<T> {
    if (file === ":memory:") return fn(reader);
    const sqlite = new SqliteDatabase(file, { readonly: true, timeout: 5000 });
    try {
      return await fn(sqlite);
    } finally {
      sqlite.close();
    }
  }

  return {
    schemaVersion: () => ctx.read(async (db) => ({ current: await currentSchema(db), known: knownSchema })),

    async checkIntegrity() {
      const rows = await apart(async (sqlite) => sqlite.pragma("integrity_check(20)") as { integrity_check: string }[]);
      const problems = rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
      // In a damaged file the rows prove nothing more.
      if (problems.length > 0) return problems;
      return ctx.read(findOrphans);
    },

    async backup(target) {
      try {
        closeSync(openSync(target, "wx", 0o600));
      } catch (err) {
        if ((err as { code?: unknown }).code === "EEXIST")
          throw new ConflictError("file_exists", `${target} exists; a backup doesn't overwrite: choose another name`);
        throw err;
      }
      try {
        await apart(async (sqlite) => {
          // One snapshot for the whole copy: else every write in between would make it start over.
          if (sqlite !== reader) sqlite.exec("begin; select version from migrations");
          await sqlite.backup(target, { progress: () => pagesAtOneGo });
        });
      } catch (err) {
        await rm(target, { force: true });
        throw translate(err);
      }
    },
  };
}
