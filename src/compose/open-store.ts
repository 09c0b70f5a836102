// The store that store.url names. A database's driver is loaded only where it is used.
import { join, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../random.ts";
import { openSqliteStore } from "../store/sqlite/sqlite-store.ts";
import type { Store } from "../store/store.ts";
import { storeKind } from "./config-rules.ts";

/** `sqlite:` alone is a file in the data directory; `sqlite:/path` names one. */
export const databaseFile = (url: string, dataDir: string) => {
  const path = url.replace(/^sqlite:(\/\/)?/, "");
  return path === "" ? join(dataDir, "distcron.db") : resolve(path);
};

export async function openStore(
  config: Config,
  given: { dataDir: string; clock: Clock; random: Random; log: Log; onFatal: (err: Error) => void },
): Promise<Store> {
  const { clock, random, log } = given;
  const url = config["store.url"];
  switch (storeKind(config)) {
    case "postgres":
      return (await import("../store/postgres/open-postgres.ts")).openPostgresStore({
        url,
        clock,
        random,
        logger: log,
      });
    case "mysql":
      return (await import("../store/mysql/open-mysql.ts")).openMysqlStore({ url, clock, random, logger: log });
    default:
      return openSqliteStore({ file: databaseFile(url, given.dataDir), clock, onDeath: given.onFatal });
  }
}
