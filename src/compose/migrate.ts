// A store brought up to date, or copied into another one, while no server works on it: what holds the data directory is
// refused by its lock, schedulers on other machines by what etcd says of them.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { type Config, ConfigError } from "../config.ts";
import { silentLog } from "../lib/log.ts";
import { type Random, systemRandom } from "../random.ts";
import type { SqlContext } from "../store/sql/context.ts";
import { type CopyProgress, copyStore } from "../store/sql/copy.ts";
import { knownSchema } from "../store/sql/migrations.ts";
import { mysqlWords, postgresWords, readStoreUrl } from "../store/sql/store-url.ts";
import { lockDataDirectory } from "../store/sqlite/lock.ts";
import { isCluster, storeKind } from "./config-rules.ts";
import { openCoordinator } from "./open-coordinator.ts";
import { databaseFile } from "./open-store.ts";

/** A store's database, open and with the newest schema. `shown` names it without its password. */
interface OpenTables {
  ctx: SqlContext;
  schemaBefore: number;
  shown: string;
  close(): Promise<void>;
}

const given = { clock: systemClock as Clock, random: systemRandom as Random };
const etcdAnswersWithinMs = 10_000;

/** Makes or updates the schema of the configured store. Versions: 0 is an empty database. Throws as the stores do. */
export async function migrateSchema(config: Config): Promise<{ store: string; before: number; now: number }> {
  const locked = lockIfThere(config);
  try {
    const { shown, schemaBefore, close } = await openTables(config["store.url"], config, { mayBeNew: false });
    await close();
    return { store: shown, before: schemaBefore, now: knownSchema };
  } finally {
    locked.release();
  }
}

/**
 * Copies the configured store into the one of the URL and compares both. Throws ConfigError while a scheduler is up, and
 * as copyStore does. Whatever fails, the configured store is as it was.
 */
export async function copyToStore(
  config: Config,
  options: { to: string; onProgress?: (progress: CopyProgress) => void; signal?: AbortSignal },
): Promise<{ from: string; to: string; rows: Record<string, number> }> {
  const { to: url, ...more } = options;
  if (storeKind({ "store.url": url }) === null)
    throw new ConfigError([`--to: expected sqlite:/path, postgres://… or mysql://…, got ${url.split(":")[0]}:…`]);
  const locked = lockIfThere(config);
  const opened: OpenTables[] = [];
  try {
    await refuseLiveSchedulers(config);
    const from = await openTables(config["store.url"], config, { mayBeNew: false });
    opened.push(from);
    const to = await openTables(url, config, { mayBeNew: true });
    opened.push(to);
    const rows = await copyStore({ from: from.ctx, to: to.ctx, ...more });
    return { from: from.shown, to: to.shown, rows };
  } finally {
    for (const each of opened) await each.close();
    locked.release();
  }
}

/** An operator of a database server's store may have no data directory where this runs. */
function lockIfThere(config: Config): { release(): void } {
  const dataDir = resolve(config.dataDir);
  return existsSync(dataDir) ? lockDataDirectory(dataDir) : { release() {} };
}

async function openTables(url: string, config: Config, { mayBeNew }: { mayBeNew: boolean }): Promise<OpenTables> {
  switch (storeKind({ "store.url": url })) {
    case "postgres": {
      const { openPostgres } = await import("../store/postgres/open-postgres.ts");
      return { ...(await openPostgres({ url, ...given })), shown: readStoreUrl(url, postgresWords).shown };
    }
    case "mysql": {
      const { openMysql } = await import("../store/mysql/open-mysql.ts");
      return { ...(await openMysql({ url, ...given })), shown: readStoreUrl(url, mysqlWords).shown };
    }
    default: {
      const file = databaseFile(url, resolve(config.dataDir));
      if (!mayBeNew && !existsSync(file))
        throw new ConfigError([
          `store.url: there is no database at ${file}; a server makes it at its first start. ` +
            "Name the server's configuration (--config) or its folder (--data-dir)",
        ]);
      const { openSqliteFile } = await import("../store/sqlite/open-sqlite.ts");
      const { ctx, schemaBefore, upkeep } = await openSqliteFile({ file, ...given });
      return { ctx, schemaBefore, shown: file, close: upkeep.close };
    }
  }
}

/** The lock keeps off a scheduler of this machine; others are known to etcd. */
async function refuseLiveSchedulers(config: Config) {
  if (!isCluster(config)) return;
  const coordinator = await openCoordinator(config, { ...given, log: silentLog });
  const late = new AbortController();
  try {
    const schedulers = await Promise.race([
      coordinator.schedulers(),
      given.clock.sleep(etcdAnswersWithinMs, late.signal).then(() => Promise.reject(new Error("no answer"))),
    ]).catch((err: Error) => {
      throw new ConfigError([
        `coordinator.etcd.endpoints: etcd can't say whether schedulers are up (${err.message}); start it, or take the key ` +
          "out of the configuration for this command when you know that all are stopped",
      ]);
    });
    if (schedulers.length === 0) return;
    const named = schedulers.map(({ url, id }) => url || id).join(", ");
    throw new ConfigError([
      `schedulers are up: ${named}; stop every one before the store is copied (one that was killed is forgotten after ` +
        "coordinator.leaderTtl)",
    ]);
  } finally {
    late.abort();
    await coordinator.close();
  }
}
