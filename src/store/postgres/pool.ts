// Connections to PostgreSQL: made when needed, each with Kysely over it and with limits that the server itself enforces.
import {
  type CompiledQuery,
  type DatabaseConnection,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import pg from "pg";
import { bind } from "../sql/bind.ts";
import { connectionsAtMost, limits } from "../sql/limits.ts";
import { kyselyOn, noStreams } from "../sql/one-connection.ts";
import { ConnectionLostError } from "../sql/server-errors.ts";
import type { StoreAddress, Tls } from "../sql/store-url.ts";
import type { Connection, Mode } from "../sql/transactions.ts";
import { connectError } from "./errors.ts";

const int8 = 20;
const numeric = 1700;
/** Instants, counts and sums fit a double; pg would give them as text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === int8 || oid === numeric ? Number : pg.types.getTypeParser(oid, format as "text")) as never,
};

const begins: Record<Mode, string> = {
  read: "begin isolation level repeatable read read only",
  // What a locking statement waited for is read anew: so compare-and-set meets the present row.
  write: "begin isolation level read committed read write",
  upkeep:
    "begin isolation level read committed read write;" +
    `set local statement_timeout = ${limits.upkeepMs}; set local lock_timeout = ${limits.migrationMs}`,
};
const answerMs: Record<Mode, number> = {
  read: limits.answerMs,
  write: limits.answerMs,
  upkeep: limits.upkeepMs + limits.connectMs,
};

export interface PostgresPool {
  /** Throws StoreRefusedError or StoreUnavailableError. */
  acquire(mode: Mode): Promise<Connection>;
  end(): Promise<void>;
}

export function createPostgresPool(address: StoreAddress): PostgresPool {
  const pool = new pg.Pool({
    host: address.socket ?? address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    ssl: tlsOptions(address.tls),
    types,
    application_name: "distcron",
    // Nothing reads a time in the server's zone; this makes what people see in its log ours.
    options: "-c timezone=UTC",
    max: connectionsAtMost,
    connectionTimeoutMillis: limits.connectMs,
    idleTimeoutMillis: limits.idleMs,
    keepAlive: true,
    statement_timeout: limits.statementMs,
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
  });
  // A connection may end at any moment, in use or not: whoever uses it learns by its next statement.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const kept = new WeakMap<pg.PoolClient, ReturnType<typeof createSession>>();

  return {
    async acquire(mode) {
      const client = await pool.connect().catch((err: unknown) => {
        throw connectError(err, address.shown);
      });
      let session = kept.get(client);
      if (!session) {
        session = createSession(client);
        kept.set(client, session);
      }
      const { db, ask } = session;
      session.answerMs = answerMs[mode];
      return {
        db,
        begin: async () => void (await ask(begins[mode])),
        rollback: async () => void (await ask("rollback")),
        async commit() {
          const { command } = await ask("commit");
          // So it answers when a statement had failed and nobody was told.
          if (command !== "COMMIT") throw new Error(`expected COMMIT for an answer, got ${command}`);
        },
        release: (broken) => client.release(broken),
      };
    },
    end: () => pool.end(),
  };
}

const postgres = {
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createIntrospector: (db: ConstructorParameters<typeof PostgresIntrospector>[0]) => new PostgresIntrospector(db),
};

/** What goes with a connection for as long as it lives. */
function createSession(client: pg.PoolClient) {
  async function ask(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    try {
      const query = { text, values, query_timeout: session.answerMs };
      return await client.query(query as pg.QueryConfig);
    } catch (err) {
      if (err instanceof pg.DatabaseError) throw err;
      throw new ConnectionLostError((err as Error).message, { cause: err });
    }
  }
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, rowCount, command } = await ask(sql, parameters.map(toPostgres));
      return command === "SELECT" ? { rows } : { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    },
    streamQuery: noStreams,
  };
  const session = { db: kyselyOn(connection, postgres), ask, answerMs: limits.answerMs };
  return session;
}

/** Its text can hold any character but this one; a command may well print it in an error. */
const toPostgres = (value: unknown) => {
  const bound = bind(value);
  return typeof bound === "string" && bound.includes("\0") ? bound.replaceAll("\0", "\uFFFD") : bound;
};

function tlsOptions(tls: Tls | null): pg.PoolConfig["ssl"] {
  if (!tls) return false;
  const { mode, ca, cert, key } = tls;
  return {
    ca,
    cert,
    key,
    rejectUnauthorized: mode !== "require",
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
  };
}
