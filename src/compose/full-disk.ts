// A start on a full disk fails wherever the first byte is written; what it says is always the same.

const codes = ["ENOSPC", "EDQUOT", "SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"];

/** An error with code disk_full in place of whatever failed for want of space; any other as it is. */
export function explainFullDisk(err: unknown, dataDir: string): unknown {
  const { code, message } = err as { code?: unknown; message?: unknown };
  // The store's errors have a code of their own, and name SQLite's in words.
  if (!codes.some((each) => code === each || String(message).includes(`(${each}:`))) return err;
  const words =
    `the disk of ${dataDir} is full: expected room for the database and the spool, and nothing could be started ` +
    `(${String(message)}). Free some space there, then start again`;
  return Object.assign(new Error(words, { cause: err }), { code: "disk_full" });
}
