// One process to a data directory. The lock is SQLite's own on an empty database: the kernel drops it with the process,
// however that ends, so there is never a stale one to clear away.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";

/** `code` is "data_dir_locked". */
export class DataDirectoryLockedError extends Error {
  readonly code = "data_dir_locked";
}

export interface DirectoryLock {
  /** Safe to repeat. */
  release(): void;
}

/** Throws DataDirectoryLockedError naming the process that holds it. The directory has to exist. */
export function lockDataDirectory(dir: string): DirectoryLock {
  const file = join(dir, "lock");
  const pidFile = join(dir, "lock.pid");
  const sqlite = new SqliteDatabase(file, { timeout: 0 });
  try {
    sqlite.exec("begin exclusive");
  } catch (err) {
    sqlite.close();
    if ((err as { code?: unknown }).code !== "SQLITE_BUSY") throw err;
    throw new DataDirectoryLockedError(
      `${dir} is in use by another DistCron process (${holderOf(pidFile)}). ` +
        "Stop that one first, or give this one another directory (--data-dir).",
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      rmSync(pidFile, { force: true });
      sqlite.exec("rollback");
      sqlite.close();
    },
  };
}

function holderOf(pidFile: string): string {
  try {
    return `pid ${readFileSync(pidFile, "utf8").trim()}`;
  } catch {
    return "pid unknown";
  }
}
