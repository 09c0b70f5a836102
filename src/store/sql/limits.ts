// How long a database server may take, and how many connections it is asked for.

/** Connections of one process. A slow list never takes one from the beats and the recorder. */
export const sizes = { reads: 6, writes: 8 };
/** One more is for upkeep. */
export const connectionsAtMost = sizes.reads + sizes.writes + 1;

export const limits = {
  connectMs: 5000,
  /** One statement; the server ends it then. */
  statementMs: 15_000,
  /** No answer at all: the connection is given up. Longer than a statement may take. */
  answerMs: 20_000,
  /**
   * Waiting for a row that another transaction has locked, in one try. Shorter than half of `idleInTransactionMs`: what a
   * stopped scheduler has in line behind a transaction of its own is refused before that one ends, and inherits no lock.
   * (Half: in PostgreSQL the next in line for a row waits anew when it comes to be the first.)
   */
  lockMs: 1500,
  /** Tries of a transaction that meets a locked row. Together longer than a stopped scheduler keeps one. */
  lockTries: 4,
  /** A stopped scheduler's transaction keeps rows locked this long; then the server ends it. */
  idleInTransactionMs: 4000,
  /** One statement of the upkeep: the whole store is walked, or a table made anew. */
  upkeepMs: 600_000,
  /** Waiting for another scheduler that is migrating the schema. */
  migrationMs: 60_000,
  /** A connection that nobody uses is closed. */
  idleMs: 30_000,
};
