// MariaDB for tests: one server a file, databases by name, emptied rather than made anew for each test.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import mysql, { type RowDataPacket } from "mysql2/promise";
import type { Certificates } from "./certificates.ts";
import { ownCopies, startDatabaseServer } from "./database-server.ts";
import { tables } from "./store-tables.ts";

export const mariadbPassword = "for tests";
const user = "distcron";

/** `tls`: it lets nobody in without then. */
export async function startMariadb({ tls }: { tls?: Certificates } = {}) {
  const server = await startDatabaseServer({
    user: "mysql",
    crash: "SIGKILL",
    install(dir, as) {
      const data = join(dir, "data");
      const args = ["--no-defaults", `--datadir=${data}`, "--skip-test-db", "--auth-root-authentication-method=normal"];
      execFileSync("mariadb-install-db", args, { ...as, stdio: "pipe" });
      if (tls) ownCopies(dir, { "server.pem": tls.cert, "server.key": tls.key, "ca.pem": tls.ca }, as);
      const init = [
        `create user if not exists ${user}@'127.0.0.1' identified by '${mariadbPassword}'`,
        `grant all privileges on *.* to ${user}@'127.0.0.1'`,
      ];
      const sqlFile = join(dir, "init.sql");
      writeFileSync(sqlFile, init.map((line) => `${line};\n`).join(""));
    },
    command: (dir, port) => [
      "mariadbd",
      "--no-defaults",
      `--datadir=${join(dir, "data")}`,
      `--socket=${join(dir, "socket")}`,
      `--pid-file=${join(dir, "pid")}`,
      `--init-file=${join(dir, "init.sql")}`,
      ...(tls ? ["--require-secure-transport=on"] : []),
      ...(tls ? ["cert=server.pem", "key=server.key", "ca=ca.pem"] : []).map((each) => {
        const [name, file] = each.split("=") as [string, string];
        return `--ssl-${name}=${join(dir, file)}`;
      }),
      ...["--bind-address=127.0.0.1", `--port=${port}`, "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M"],
      ...["--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0", "--innodb-flush-method=nosync"],
      ...["--skip-log-bin", "--performance-schema=off", "--skip-name-resolve"],
    ],
    ping: async (port) => (await connect(urlOf(port, ""))).end(),
  });

  async function connect(uri: string) {
    const ssl = tls ? { ssl: { rejectUnauthorized: false } } : {};
    const connection = await mysql.createConnection({ uri, multipleStatements: true, ...ssl });
    connection.on("error", () => {});
    return connection;
  }

  /** A connection past the store. */
  async function session(database = "") {
    const connection = await connect(urlOf(server.port, database));
    return {
      query: async (text: string) => (await connection.query<RowDataPacket[]>(text))[0] as Record<string, unknown>[],
      end: () => connection.end(),
    };
  }
  async function query(text: string, database?: string) {
    const own = await session(database);
    try {
      return await own.query(text);
    } finally {
      await own.end();
    }
  }

  return {
    ...server,
    session,
    query,
    urlOf: (database: string, port = server.port) => urlOf(port, database),
    async createDatabase(name: string) {
      // Another order on purpose: ours must not depend on it.
      await query(`create database ${name} character set latin1 collate latin1_swedish_ci`);
      return urlOf(server.port, name);
    },
    /** Far cheaper than a new database. */
    empty: (database: string) => query(tables.map((table) => `delete from ${table};`).join(" "), database),
  };
}

const urlOf = (port: number, database: string) =>
  `mysql://${user}:${encodeURIComponent(mariadbPassword)}@127.0.0.1:${port}/${database}`;
