// What PostgreSQL's refusals mean to callers of the store.
import pg from "pg";
import { ConnectionLostError, StoreRefusedError } from "../sql/server-errors.ts";
import type { DatabaseErrors, FailureKind } from "../sql/transactions.ts";
import { StoreUnavailableError } from "../store.ts";

const serialization = "40001";
const deadlock = "40P01";
const locked = "55P03";

/** SQLSTATEs (or their classes) under which the server can't at present. All of the transaction is undone. */
const hints: Record<string, string> = {
  [locked]: "another transaction keeps what was asked for locked",
  "57014": "the statement took too long and was ended",
  "53100": "the server's disk is full; free some space, it goes on by itself",
  "53300": "the server has no connection to spare; raise its max_connections",
  "53": "the server is short of something",
  "25006": "the server takes no writes: it is a standby, or set to read only",
  "58": "the server can't read or write its files",
};

/** SQLSTATEs with which a connection ends. */
const endings = ["08", "57P", "25P03", "25P04"];

const beginsWith = (code: string) => (start: string) => code.startsWith(start);

function kindOf(err: unknown): FailureKind {
  if (err instanceof ConnectionLostError) return "lost";
  if (!(err instanceof pg.DatabaseError) || err.code === undefined) return "other";
  if (err.code === serialization || err.code === deadlock) return "again";
  if (err.code === locked) return "locked";
  if (endings.some(beginsWith(err.code))) return "lost";
  return Object.keys(hints).some(beginsWith(err.code)) ? "refused" : "other";
}

/** `shown`: the URL without its password. */
export function postgresErrors(shown: string): DatabaseErrors {
  return {
    kindOf,
    translated(err) {
      const kind = kindOf(err);
      if (kind === "other") return err;
      const { message, code } = err as Error & { code?: string };
      const hint = Object.entries(hints).find(([start]) => code?.startsWith(start))?.[1];
      const what =
        kind === "lost"
          ? "the connection was lost, nothing was written"
          : kind === "again"
            ? "transactions stood in each other's way again and again, nothing was written"
            : `${hint}, nothing was written`;
      return new StoreUnavailableError(`${shown}: ${what} (${code ? `${code}: ` : ""}${message})`, { cause: err });
    },
  };
}

/** Why no connection came about, for whom it opens the store. */
export function connectError(err: unknown, shown: string): Error {
  const { message, code = "" } = err as Error & { code?: string };
  const cause = { cause: err };
  const refused = (what: string) => new StoreRefusedError(`${shown}: ${what} (${message})`, cause);
  if (code === "28P01") return refused("the server doesn't accept this user and password; see store.url");
  if (code === "28000" && /no encryption/.test(message))
    return refused("the server lets nobody in like this without TLS; say sslmode=verify-full in store.url");
  if (code === "28000")
    return refused("the server lets nobody in this way; see its pg_hba.conf, and sslmode in store.url");
  if (code === "3D000")
    return refused("there is no such database; create it first (createdb), with this user as its owner");
  if (code === "42501") return refused("the user may not do this; make it the owner of the database");
  if (/password must be a string/.test(message))
    return refused("the server asks for a password, and store.url has none");
  if (/does not support SSL/.test(message))
    return refused("the server knows no TLS, but sslmode in store.url asks for it");
  if (/certificate|self.signed|altnames|unable to verify/i.test(`${code} ${message}`))
    return refused("the server's certificate isn't accepted; see sslmode and sslrootcert in store.url");
  return new StoreUnavailableError(`can't reach the database at ${shown} (${reasonOf(err)})`, cause);
}

/** A host with several addresses fails with an error for each, and says nothing itself. */
function reasonOf(err: unknown): string {
  if (err instanceof AggregateError) return err.errors.map((each: Error) => each.message).join("; ");
  return (err as Error).message;
}
