// What the database servers' own folders throw, each from its driver's codes.

/** A driver's failure that isn't the server's answer: the connection is gone, or no answer came in time. */
export class ConnectionLostError extends Error {}

/**
 * The server lets nobody in this way: wrong password, no such database, too few rights, too old. Trying again won't help.
 * `code` is "bad_config".
 */
export class StoreRefusedError extends Error {
  readonly code = "bad_config";
}
