// What MySQL's and MariaDB's refusals mean to callers of the store.
import { ConnectionLostError, StoreRefusedError } from "../sql/server-errors.ts";
import { StoreUrlError } from "../sql/store-url.ts";
import type { DatabaseErrors, FailureKind } from "../sql/transactions.ts";
import { StoreUnavailableError } from "../store.ts";

/** An answer of the server, less the statement that the driver puts into its errors: that may hold anything. */
export class ServerError extends Error {
  readonly errno: number;
  readonly code: string;
  constructor(err: Error & { errno?: number; code?: string }) {
    super(err.message, { cause: err.stack });
    this.errno = err.errno ?? 0;
    this.code = err.code ?? "";
  }
}

// Deadlock; and MariaDB's "record has changed since last read".
const again = new Set([1213, 1020]);
const locked = 1205;
// Shutting down, killed, given up for idling (each in either's numbers).
const endings = new Set([1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1927, 3169, 4031]);

/** Numbers under which the server can't at present. The transaction is rolled back then. */
const hints: Record<number, string> = {
  [locked]: "another transaction keeps what was asked for locked",
  1317: "the statement was interrupted",
  1969: "the statement took too long and was ended",
  3024: "the statement took too long and was ended",
  1021: "the server's disk is full; free some space, it goes on by itself",
  1114: "the server's disk or table space is full; free some space, it goes on by itself",
  1037: "the server is out of memory",
  1041: "the server is out of memory",
  1040: "the server has no connection to spare; raise its max_connections",
  1203: "the user has no connection to spare; raise its max_user_connections",
  1226: "the user has used up what the server allows it",
  1290: "the server takes no writes: it is a replica, or set to read only",
  1836: "the server takes no writes: it is a replica, or set to read only",
};

function kindOf(err: unknown): FailureKind {
  if (err instanceof ConnectionLostError) return "lost";
  if (!(err instanceof ServerError)) return "other";
  if (again.has(err.errno)) return "again";
  if (err.errno === locked) return "locked";
  if (endings.has(err.errno)) return "lost";
  return err.errno in hints ? "refused" : "other";
}

/** `shown`: the URL without its password. */
export function mysqlErrors(shown: string): DatabaseErrors {
  return {
    kindOf,
    translated(err) {
      const kind = kindOf(err);
      if (kind === "other") return err;
      const { message, errno } = err as Error & { errno?: number };
      const what =
        kind === "lost"
          ? "the connection was lost, nothing was written"
          : kind === "again"
            ? "transactions stood in each other's way again and again, nothing was written"
            : `${hints[errno as number]}, nothing was written`;
      return new StoreUnavailableError(`${shown}: ${what} (${errno ? `${errno}: ` : ""}${message})`, { cause: err });
    },
  };
}

/** Why no connection came about, for whom it opens the store. */
export function connectError(err: unknown, shown: string): Error {
  if (err instanceof StoreUrlError) return err;
  const { message, code = "", errno = 0 } = err as Error & { code?: string; errno?: number };
  // Not the error itself: it may hold the configuration.
  const cause = { cause: new Error(message) };
  const refused = (what: string) => new StoreRefusedError(`${shown}: ${what} (${message})`, cause);
  if (errno === 3159 || /insecure transport/i.test(message))
    return refused("the server lets nobody in without TLS; say ssl-mode=verify-full in store.url");
  if (errno === 1045 || errno === 1698)
    return refused("the server doesn't accept this user and password (or not without TLS); see store.url");
  if (errno === 1130) return refused("the server lets nobody in from this host");
  if (errno === 1049)
    return refused("there is no such database; create it first, with all privileges on it for this user");
  if (errno === 1044 || errno === 1142 || errno === 1227)
    return refused("the user may not do this; grant it all privileges on the database");
  if (code === "HANDSHAKE_NO_SSL_SUPPORT") return refused("the server knows no TLS, but store.url asks for it");
  if (code === "HANDSHAKE_SSL_ERROR" || /certificate|self.signed|altnames|unable to verify/i.test(`${code} ${message}`))
    return refused("the server's certificate isn't accepted; see ssl-mode and ssl-ca in store.url");
  if (/auth/i.test(code)) return refused("the server asks for a way to log in that isn't known here");
  return new StoreUnavailableError(`can't reach the database at ${shown} (${message || code})`, cause);
}
