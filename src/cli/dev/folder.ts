// Where a cluster on this machine keeps everything: a temporary folder, or one that stays.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CliError, exitCodes } from "../exit.ts";

export interface ClusterFolder {
  path: string;
  kept: boolean;
  file(...parts: string[]): string;
  /** Only its owner reads it. Written unless it is there already; its path. */
  secret(name: string, content: () => string): string;
  logFile(name: string): string;
  /** Removes it, or what says that it is in use. */
  leave(): void;
}

/** `keep`: the folder that stays, made if it is missing; another cluster in it is refused. */
export function openFolder(keep: string | undefined): ClusterFolder {
  const path = keep ? resolve(keep) : mkdtempSync(join(tmpdir(), "distcron-dev-"));
  const file = (...parts: string[]) => join(path, ...parts);
  mkdirSync(file("logs"), { recursive: true });
  // A database server that isn't root passes through; what is secret in here has modes of its own.
  chmodSync(path, 0o711);
  const pidFile = file("pid");
  const other = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : null;
  if (other !== null && isAlive(other))
    throw new CliError(
      exitCodes.conflict,
      `${path} is in use by the cluster of process ${other}: stop that one first, or remove ${pidFile} if it is something else`,
    );
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    path,
    kept: keep !== undefined,
    file,
    secret(name, content) {
      if (!existsSync(file(name))) writeFileSync(file(name), `${content()}\n`, { mode: 0o600 });
      return file(name);
    },
    logFile: (name) => file("logs", `${name}.log`),
    leave() {
      if (keep) rmSync(pidFile, { force: true });
      else rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === "EPERM";
  }
}
