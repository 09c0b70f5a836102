// What SQLite's refusals mean to callers of the store.
import { StoreUnavailableError } from "../store.ts";

/** The file is damaged, or is not ours. `code` is "store_corrupt". */
export class StoreCorruptError extends Error {
  readonly code = "store_corrupt";
}

const hints: Record<string, string> = {
  SQLITE_FULL: "the disk is full; free some space, it goes on by itself",
  SQLITE_CANTOPEN: "the file can't be opened; see that its directory exists and may be written",
  SQLITE_READONLY: "the file can't be written; see its owner and mode",
  SQLITE_BUSY: "another program keeps the database locked",
  // Memory shared by readers and writer is a file too.
  SQLITE_IOERR_SHMSIZE: "the disk is full; free some space, it goes on by itself",
  SQLITE_IOERR: "reading or writing the disk failed",
  SQLITE_NOMEM: "out of memory",
};

/** The error to throw for one of better-sqlite3; others are answered as they are. */
export function translated(err: unknown, file: string): unknown {
  const code = (err as { code?: unknown }).code;
  if (typeof code !== "string" || !code.startsWith("SQLITE_")) return err;
  const message = (err as Error).message;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return new StoreCorruptError(
      `${file} is not a sound SQLite database (${message}). Put a backup in its place ("distcron backup" makes them), ` +
        "or move it and its -wal and -shm files away to begin with an empty store.",
      { cause: err },
    );
  // Extended codes begin with the plain one: SQLITE_IOERR_WRITE.
  const hint = Object.entries(hints).find(([plain]) => code === plain || code.startsWith(`${plain}_`))?.[1];
  return hint ? new StoreUnavailableError(`${file}: ${hint} (${code}: ${message})`, { cause: err }) : err;
}
