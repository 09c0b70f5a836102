// The programs of others that a cluster on this machine needs: where they are, or what to install.
import { execFileSync, spawn } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../clock.ts";
import { CliError, exitCodes } from "../exit.ts";

/** Where administrators' programs stand on Debian, which a user's PATH leaves out. */
const alsoIn = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

export function findProgram(name: string, env: NodeJS.ProcessEnv, also: string[] = alsoIn): string | null {
  const folders = [...(env.PATH ?? "").split(delimiter).filter(Boolean), ...also];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function requireEtcd(env: NodeJS.ProcessEnv): string {
  const found = findProgram("etcd", env, []);
  if (found) return found;
  throw new CliError(
    exitCodes.failed,
    "etcd is not in PATH: a cluster needs it. Debian and Ubuntu: apt-get install etcd-server; macOS: brew install etcd",
  );
}

/** The folder with PostgreSQL's own programs, the newest version's; Debian keeps them out of PATH. */
export function findPostgres(env: NodeJS.ProcessEnv): string | null {
  const versions = "/usr/lib/postgresql";
  const debian = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(versions, version, "bin"))
    : [];
  const inPath = findProgram("initdb", env);
  return (
    [...debian, ...(inPath ? [dirname(inPath)] : [])].find((folder) => isExecutable(join(folder, "initdb"))) ?? null
  );
}

/** This program as a file that Node can run: the build stands beside bin/. */
export function ownProgram(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, "bin/distcron.js");
    if (existsSync(file)) return file;
  }
  throw new CliError(exitCodes.failed, "bin/distcron.js is not beside this build: install or build DistCron again");
}

/** A new database's folder takes seconds, on a slow disk many. */
const longestMs = 120_000;

export type RunAs = { uid: number; gid: number };

/** Database servers refuse to run as root: then they get the user that their package made, or nobody. */
export function unprivileged(user: string): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of [user, "nobody"])
    try {
      const idOf = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: idOf("-u"), gid: idOf("-g") };
    } catch {
      // No such user here.
    }
  throw new CliError(
    exitCodes.failed,
    `this is root, and neither the user ${user} nor nobody exists to run a database`,
  );
}

/**
 * Runs a program to its end; rejects with what it said. The signal, or that it takes too long, kills it and whatever it
 * started: they are gone then.
 */
export function runProgram(
  file: string,
  args: string[],
  options: {
    clock: Pick<Clock, "after">;
    env?: NodeJS.ProcessEnv;
    as?: RunAs | undefined;
    cwd?: string;
    signal?: AbortSignal;
  },
): Promise<void> {
  const { as, signal, clock, ...more } = options;
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error) => reject(new Error(`${file} failed: ${why.trim()}`, { cause }));
    if (signal?.aborted) return fail("stopped");
    let said = "";
    let isTooLong = false;
    // A group of its own, because such programs start others, which would go on writing.
    const child = spawn(file, args, { ...more, ...as, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const kill = () => {
      try {
        process.kill(-(child.pid as number), "SIGKILL");
      } catch {
        // It has ended, or never started.
      }
    };
    const cancelTimeout = clock.after(longestMs, () => {
      isTooLong = true;
      kill();
    });
    const forget = () => {
      cancelTimeout();
      signal?.removeEventListener("abort", kill);
      process.off("exit", kill);
    };
    child.once("error", (err) => {
      forget();
      fail(err.message, err);
    });
    child.once("close", (code, how) => {
      forget();
      if (code === 0) resolve();
      else if (isTooLong) fail(`still running after ${longestMs / 1000} s; it had said: ${said}`);
      else fail(said || (how ? `ended by ${how}` : `ended with code ${code}`));
    });
    signal?.addEventListener("abort", kill, { once: true });
    process.once("exit", kill);
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-3000);
      });
  });
}
