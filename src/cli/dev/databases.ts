// A database server of a cluster on this machine: its data in a folder of the cluster's, listening on loopback alone, with a
// password of its own, run from the binaries that the system's packages brought.
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { CliError, exitCodes } from "../exit.ts";
import type { PartSpec } from "./part.ts";
import { findPostgres, findProgram, type RunAs, runProgram, unprivileged } from "./programs.ts";

export type DatabaseKind = "postgres" | "mariadb";

export interface DevDatabase {
  /** With user and password. */
  url: string;
  part: Omit<PartSpec, "name" | "logFile">;
}

interface Given {
  clock: Pick<Clock, "after">;
  /** The cluster's folder. */
  folder: string;
  port: number;
  env: NodeJS.ProcessEnv;
  newPassword: () => string;
  /** Gives up. */
  signal: AbortSignal;
}

/** Makes the server's data the first time; it isn't started yet. `kind` null: what is installed. */
export async function prepareDatabase(kind: DatabaseKind | null, given: Given): Promise<DevDatabase> {
  const { env } = given;
  const postgres = kind === "mariadb" ? null : findPostgres(env);
  if (postgres) return preparePostgres(postgres, given);
  const mariadb = kind === "postgres" ? null : (findProgram("mariadbd", env) ?? null);
  const install = mariadb && findProgram("mariadb-install-db", env);
  if (mariadb && install) return prepareMariadb({ server: mariadb, install }, given);
  throw new CliError(
    exitCodes.failed,
    "two schedulers need a database server, and neither PostgreSQL nor MariaDB is installed. Debian and Ubuntu: " +
      "apt-get install postgresql (or mariadb-server); macOS: brew install postgresql. Or name one that runs " +
      "(--store postgres://user:password@host/database), or try one scheduler with SQLite (--schedulers 1)",
  );
}

/** The data's folder and the password in it, kept for the next start. */
function dataFolder(kind: DatabaseKind, as: RunAs | undefined, { folder, newPassword }: Given) {
  const home = join(folder, kind);
  const passwordFile = join(folder, `${kind}-password`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (as) chownSync(home, as.uid, as.gid);
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, newPassword(), { mode: 0o600 });
  return { home, data: join(home, "data"), password: readFileSync(passwordFile, "utf8") };
}

/** Makes the data's folder unless it is there: under another name first, so that a half-made one is never taken for it. */
async function makeOnce(data: string, folder: string, make: (made: string) => Promise<void>): Promise<void> {
  if (existsSync(data)) return;
  const made = `${data}-new`;
  rmSync(made, { recursive: true, force: true, maxRetries: 5 });
  try {
    await make(made);
  } catch (err) {
    const hint = `\nThe database runs as another user than root: it must be able to enter ${folder}`;
    throw new CliError(exitCodes.failed, `${(err as Error).message}${process.getuid?.() === 0 ? hint : ""}`);
  }
  renameSync(made, data);
}

async function preparePostgres(bin: string, given: Given): Promise<DevDatabase> {
  const { folder, port, env, clock, signal } = given;
  const as = unprivileged("postgres");
  const { home, data, password } = dataFolder("postgres", as, given);
  await makeOnce(data, folder, async (made) => {
    const pwfile = join(home, "password");
    writeFileSync(pwfile, password, { mode: 0o600 });
    if (as) chownSync(pwfile, as.uid, as.gid);
    const args = ["-D", made, "-U", "distcron", "-A", "scram-sha-256", "--pwfile", pwfile, "-E", "UTF8", "--no-locale"];
    await runProgram(join(bin, "initdb"), args, { clock, env, as, cwd: home, signal }).finally(() =>
      rmSync(pwfile, { force: true }),
    );
  });
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories="].flatMap((each) => ["-c", each]);
  return {
    url: `postgres://distcron:${password}@127.0.0.1:${port}/postgres`,
    part: {
      command: join(bin, "postgres"),
      args: ["-D", data, "-p", String(port), ...settings],
      env,
      as,
      address: `postgres://distcron@127.0.0.1:${port}/postgres`,
      // Fast, then as it is.
      stop: [
        ["SIGINT", 8000],
        ["SIGQUIT", 2000],
      ],
      isReady: async () => {
        await runProgram(join(bin, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)], { clock, env });
        return true;
      },
    },
  };
}

async function prepareMariadb(programs: { server: string; install: string }, given: Given): Promise<DevDatabase> {
  const { folder, port, env, clock, signal } = given;
  const as = unprivileged("mysql");
  const { home, data, password } = dataFolder("mariadb", as, given);
  const initFile = join(home, "init.sql");
  await makeOnce(data, folder, (made) =>
    runProgram(
      programs.install,
      ["--no-defaults", `--datadir=${made}`, "--skip-test-db", "--auth-root-authentication-method=normal"],
      { clock, env, as, cwd: home, signal },
    ),
  );
  const user = "distcron@'127.0.0.1'";
  const statements = [
    "alter user if exists root@localhost account lock",
    "create database if not exists distcron",
    `create user if not exists ${user} identified by '${password}'`,
    `grant all privileges on distcron.* to ${user}`,
  ];
  writeFileSync(initFile, statements.map((each) => `${each};\n`).join(""), { mode: 0o600 });
  if (as) chownSync(initFile, as.uid, as.gid);
  const admin = findProgram("mariadb-admin", env) ?? "mariadb-admin";
  return {
    url: `mysql://distcron:${password}@127.0.0.1:${port}/distcron`,
    part: {
      command: programs.server,
      args: [
        ...["--no-defaults", `--datadir=${data}`, `--init-file=${initFile}`, `--pid-file=${join(home, "pid")}`],
        ...[`--socket=${join(home, "socket")}`, "--bind-address=127.0.0.1", `--port=${port}`],
        ...["--skip-log-bin", "--skip-name-resolve"],
      ],
      env,
      as,
      address: `mysql://distcron@127.0.0.1:${port}/distcron`,
      stop: [["SIGTERM", 10_000]],
      isReady: async () => {
        const args = [
          "--no-defaults",
          "-h127.0.0.1",
          `-P${port}`,
          "--protocol=tcp",
          "--connect-timeout=2",
          "-udistcron",
          "ping",
        ];
        await runProgram(admin, args, { clock, env: { ...env, MYSQL_PWD: password } });
        return true;
      },
    },
  };
}
