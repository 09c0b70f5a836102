// A database's URL, taken apart: where it is, as whom, and how the connection is protected. In libpq's words (sslmode,
// sslrootcert, sslcert, sslkey) or MySQL's (ssl-mode, ssl-ca, ssl-cert, ssl-key). A URL with its password goes no further.
import { readFileSync } from "node:fs";

/** The URL can't be used as it is. `code` is "bad_config". */
export class StoreUrlError extends Error {
  readonly code = "bad_config";
}

/**
 * - disable: no TLS. require: encrypted, the server is taken at its word.
 * - verify-ca: its certificate must be of a known authority. verify-full: and name the host.
 */
export type TlsMode = "disable" | "require" | "verify-ca" | "verify-full";

export interface Tls {
  mode: Exclude<TlsMode, "disable">;
  /** PEM. */
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

export interface StoreAddress {
  host: string;
  port: number;
  /** A directory (PostgreSQL: ?host=/run/postgresql) or a file (MySQL: ?socket=/run/mysqld/mysqld.sock), instead of a host. */
  socket: string | null;
  user: string;
  password: string | undefined;
  database: string;
  tls: Tls | null;
  /** For messages: without the password. */
  shown: string;
}

const modes: Record<string, TlsMode> = {
  disable: "disable",
  disabled: "disable",
  require: "require",
  required: "require",
  "verify-ca": "verify-ca",
  "verify-full": "verify-full",
  "verify-identity": "verify-full",
};

/** The words of one kind of database for the same things. */
export interface UrlWords {
  schemes: string[];
  defaultPort: number;
  /** Where the socket is. */
  socket: string;
  mode: string;
  ca: string;
  cert: string;
  key: string;
}

export const postgresWords: UrlWords = {
  schemes: ["postgres:", "postgresql:"],
  defaultPort: 5432,
  socket: "host",
  mode: "sslmode",
  ca: "sslrootcert",
  cert: "sslcert",
  key: "sslkey",
};

export const mysqlWords: UrlWords = {
  schemes: ["mysql:", "mariadb:"],
  defaultPort: 3306,
  socket: "socket",
  mode: "ssl-mode",
  ca: "ssl-ca",
  cert: "ssl-cert",
  key: "ssl-key",
};

/** Throws StoreUrlError, in words that never hold the password. */
export function readStoreUrl(url: string, words: UrlWords): StoreAddress {
  const scheme = words.schemes[0];
  const example = `${scheme}//user:password@host:${words.defaultPort}/database`;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !words.schemes.includes(parsed.protocol))
    throw new StoreUrlError(
      `the store's URL can't be read: expected ${example}; in a user name or password, write / @ : ? # % as %XX`,
    );
  const query = readQuery(parsed.searchParams, words);
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw new StoreUrlError("the store's URL holds a % that begins no %XX; write % itself as %25");
    }
  };
  const database = decoded(parsed.pathname.slice(1));
  const socket = query.get("socket") ?? null;
  const user = decoded(parsed.username);
  const host = parsed.hostname.replace(/^\[|\]$/g, "") || "localhost";
  const port = Number(parsed.port || words.defaultPort);
  const where = socket ?? `${parsed.hostname || host}:${port}`;
  if (database === "" || database.includes("/"))
    throw new StoreUrlError(`the store's URL names no database: expected ${example}`);
  if (user === "") throw new StoreUrlError(`the store's URL names no user: expected ${example}`);
  return {
    host,
    port,
    socket,
    user,
    password: parsed.password === "" ? undefined : decoded(parsed.password),
    database,
    tls: socket === null ? readTls(query, words) : null,
    shown: `${scheme}//${user}@${where}/${database}`,
  };
}

/** By our own names; libpq's words are understood for every database. */
function readQuery(parameters: URLSearchParams, words: UrlWords): Map<string, string> {
  const known = new Map<string, string>();
  for (const from of [postgresWords, words])
    for (const to of ["mode", "ca", "cert", "key"] as const) known.set(from[to], to);
  known.set(words.socket, "socket");
  const query = new Map<string, string>();
  for (const [name, value] of parameters) {
    const meaning = known.get(name);
    if (!meaning)
      throw new StoreUrlError(`the store's URL has an unknown "${name}"; known are ${[...known.keys()].join(", ")}`);
    query.set(meaning, value);
  }
  return query;
}

function readTls(query: Map<string, string>, words: UrlWords): Tls | null {
  const given = query.get("mode");
  const ca = readPem(query.get("ca"), words.ca);
  const mode = given === undefined ? "disable" : modes[given.toLowerCase().replaceAll("_", "-")];
  if (!mode)
    throw new StoreUrlError(
      `the store's URL says ${words.mode}=${given}; expected disable, require, verify-ca or verify-full ` +
        "(one that falls back to plain text when asked to protects nothing)",
    );
  const [cert, key] = [readPem(query.get("cert"), words.cert), readPem(query.get("key"), words.key)];
  if (mode === "disable") {
    if (ca ?? cert ?? key)
      throw new StoreUrlError(`the store's URL has certificates but no ${words.mode}; say ${words.mode}=verify-full`);
    return null;
  }
  if ((cert === undefined) !== (key === undefined))
    throw new StoreUrlError(`the store's URL has only one of ${words.cert} and ${words.key}; they go together`);
  // As libpq does: who names an authority wants it to be asked.
  return { mode: mode === "require" && ca ? "verify-ca" : mode, ca, cert, key };
}

function readPem(file: string | undefined, name: string): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (err) {
    throw new StoreUrlError(`${name} of the store's URL can't be read: ${(err as Error).message}`, { cause: err });
  }
}
