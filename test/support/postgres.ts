// PostgreSQL for tests: one server a file, databases by name, emptied rather than made anew for each test.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import type { Certificates } from "./certificates.ts";
import { ownCopies, startDatabaseServer } from "./database-server.ts";
import { tables } from "./store-tables.ts";

export const postgresPassword = "for tests";

/** `tls`: it lets nobody in without then. */
export async function startPostgres({ tls }: { tls?: Certificates } = {}) {
  const bin = binaries();
  const server = await startDatabaseServer({
    user: "postgres",
    crash: "SIGQUIT",
    install(dir, as) {
      const pwfile = join(dir, "password");
      writeFileSync(pwfile, postgresPassword, { mode: 0o644 });
      const args = ["-D", join(dir, "data"), "-U", "postgres", "-A", "password", "--pwfile", pwfile];
      // Another language's order on purpose: ours must not depend on it.
      const more = ["--no-sync", "-E", "UTF8", "--locale", "C.UTF-8", "--locale-provider=icu", "--icu-locale=en"];
      execFileSync(join(bin, "initdb"), [...args, ...more], { ...as, stdio: "pipe" });
      if (tls) ownCopies(dir, { "server.pem": tls.cert, "server.key": tls.key, "ca.pem": tls.ca }, as);
      if (tls) writeFileSync(join(dir, "data", "pg_hba.conf"), "hostssl all all 127.0.0.1/32 password\n");
    },
    command: (dir, port) => [
      join(bin, "postgres"),
      ...["-D", join(dir, "data"), "-p", String(port), "-c", "listen_addresses=127.0.0.1"],
      ...["fsync=off", "full_page_writes=off", "unix_socket_directories="].flatMap((set) => ["-c", set]),
      ...(tls ? tlsSettings(dir) : []),
      ...["-c", "shared_buffers=32MB", "-c", "max_wal_size=256MB"],
    ],
    ping: async (port) => (await connect(urlOf(port, "postgres"))).end(),
  });

  async function connect(connectionString: string) {
    const client = new pg.Client({ connectionString, ssl: tls ? { rejectUnauthorized: false } : false });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** A connection past the store, as the database's owner. */
  async function session(database = "postgres") {
    const client = await connect(urlOf(server.port, database));
    return {
      async query<R = Record<string, unknown>>(text: string): Promise<R[]> {
        const answer: unknown = await client.query(text);
        return (Array.isArray(answer) ? [] : (answer as pg.QueryResult).rows) as R[];
      },
      end: () => client.end(),
    };
  }
  async function query<R = Record<string, unknown>>(text: string, database?: string): Promise<R[]> {
    const own = await session(database);
    try {
      return await own.query<R>(text);
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
      await query(`create database ${name}`);
      return urlOf(server.port, name);
    },
    /** As pg_dump writes it; answers how to go back to it. */
    async backUp(database: string, file: string) {
      const from = (name: string) => ["--dbname", urlOf(server.port, name), "--file", file, "--quiet"];
      execFileSync(join(bin, "pg_dump"), from(database).slice(0, -1), { stdio: "pipe" });
      return async () => {
        await query(`drop database ${database}`);
        await query(`create database ${database}`);
        execFileSync(join(bin, "psql"), ["-v", "ON_ERROR_STOP=1", ...from(database)], { stdio: "pipe" });
      };
    },
    /** Far cheaper than a new database. */
    empty: (database: string) => query(tables.map((table) => `delete from ${table};`).join(" "), database),
  };
}

const urlOf = (port: number, database: string) =>
  `postgres://postgres:${encodeURIComponent(postgresPassword)}@127.0.0.1:${port}/${database}`;

/** Debian keeps them out of the path. */
function binaries(): string {
  const versions = "/usr/lib/postgresql";
  const newest = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  if (newest === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  return join(versions, newest, "bin");
}

function tlsSettings(dir: string): string[] {
  const set = (name: string, value: string) => ["-c", `${name}=${value}`];
  return [
    ...set("ssl", "on"),
    ...set("ssl_cert_file", join(dir, "server.pem")),
    ...set("ssl_key_file", join(dir, "server.key")),
    ...set("ssl_ca_file", join(dir, "ca.pem")),
  ];
}
