// One connection to MySQL or MariaDB: how it is set up, and Kysely over it.
import { isIP } from "node:net";
import {
  type CompiledQuery,
  type DatabaseConnection,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryResult,
} from "kysely";
import mysql, { type ResultSetHeader, type RowDataPacket } from "mysql2/promise";
import { type Bound, bind } from "../sql/bind.ts";
import type { Db } from "../sql/context.ts";
import { limits } from "../sql/limits.ts";
import { kyselyOn, noStreams } from "../sql/one-connection.ts";
import { ConnectionLostError } from "../sql/server-errors.ts";
import { type StoreAddress, StoreUrlError } from "../sql/store-url.ts";
import type { Mode } from "../sql/transactions.ts";
import { ServerError } from "./errors.ts";

export interface Session {
  db: Db;
  ask(text: string): Promise<unknown>;
  /** The connection is over, from either side. */
  isOver(): boolean;
  /** At once, without a word. */
  destroy(): void;
}

const seconds = (ms: number) => Math.ceil(ms / 1000);

/** Throws the driver's errors: see connectError. */
export async function openSession(address: StoreAddress, mode: Mode): Promise<Session> {
  const connection = await mysql.createConnection({
    ...(address.socket === null ? { host: address.host, port: address.port } : { socketPath: address.socket }),
    user: address.user,
    ...(address.password === undefined ? {} : { password: address.password }),
    database: address.database,
    ...tlsOptions(address),
    charset: "UTF8MB4_BIN",
    connectTimeout: limits.connectMs,
    decimalNumbers: true,
    // Rows that an update finds are counted, though it sets them to what they were: as in the other databases.
    flags: ["FOUND_ROWS"],
  });
  let over = false;
  const markOver = () => {
    over = true;
  };
  // It may end at any moment, in use or not: whoever uses it learns by its next statement.
  connection.on("error", markOver);
  connection.on("end", markOver);
  const session = createSession(connection, mode === "upkeep" ? limits.upkeepMs + limits.connectMs : limits.answerMs);
  try {
    await setUp(session.ask, mode);
  } catch (err) {
    connection.destroy();
    throw err;
  }
  return { ...session, isOver: () => over, destroy: () => connection.destroy() };
}

async function setUp(ask: (text: string) => Promise<unknown>, mode: Mode) {
  const [{ version }] = (await ask("select version() as version")) as [{ version: string }];
  const isMariaDb = /mariadb/i.test(version);
  const statementMs = mode === "upkeep" ? limits.upkeepMs : limits.statementMs;
  const lockS = seconds(mode === "upkeep" ? limits.migrationMs : limits.lockMs);
  const variables = {
    sql_mode: "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    time_zone: "'+00:00'",
    // Of rows, and of whole tables.
    innodb_lock_wait_timeout: lockS,
    lock_wait_timeout: lockS,
    // How many of a statement's warnings are kept: see refuseWarnings.
    max_error_count: 1024,
    ...(isMariaDb
      ? {
          max_statement_time: seconds(statementMs),
          idle_transaction_timeout: seconds(limits.idleInTransactionMs),
          wait_timeout: 2 * seconds(limits.idleMs),
        }
      : {
          max_execution_time: statementMs,
          // It can't tell a transaction that stands still from a connection that nobody needs: idle ones are made anew.
          wait_timeout: seconds(limits.idleInTransactionMs),
        }),
  };
  const settings = Object.entries(variables).map(([name, value]) => `session ${name} = ${value}`);
  await ask(`set ${settings.join(", ")}`);
  // For writing, what a locking statement has waited for is read anew: so compare-and-set meets the present row.
  await ask(`set session transaction isolation level ${mode === "read" ? "repeatable read" : "read committed"}`);
}

const dialect = {
  createAdapter: () => new MysqlAdapter(),
  createQueryCompiler: () => new MysqlQueryCompiler(),
  createIntrospector: (db: ConstructorParameters<typeof MysqlIntrospector>[0]) => new MysqlIntrospector(db),
};

function createSession(connection: mysql.Connection, answerMs: number) {
  async function ask(sql: string, values: Bound[] = []): Promise<unknown> {
    try {
      const [result] = await connection.query({ sql, values, timeout: answerMs });
      return result;
    } catch (err) {
      const { errno, sqlState, message } = err as Error & { errno?: number; sqlState?: string };
      // Only the server's own answers have a state.
      if (errno && sqlState) throw new ServerError(err as Error);
      throw new ConnectionLostError(message, { cause: new Error(message) });
    }
  }

  /**
   * "insert ignore" is to leave out rows that are there already, and nothing else: it would also cut a text that is too
   * long. Those warnings are made the errors that they are without "ignore".
   */
  async function refuseWarnings() {
    const duplicate = 1062;
    const warnings = (await ask("show warnings")) as { Level: string; Code: number; Message: string }[];
    const other = warnings.find(({ Code }) => Code !== duplicate);
    if (other) throw new ServerError(Object.assign(new Error(other.Message), { errno: other.Code, code: other.Level }));
  }

  const connectionForKysely: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const result = (await ask(sql, parameters.map(bind))) as RowDataPacket[] | ResultSetHeader;
      if (Array.isArray(result)) return { rows: result as R[] };
      if (result.warningStatus > 0 && sql.startsWith("insert ignore")) await refuseWarnings();
      return { rows: [], numAffectedRows: BigInt(result.affectedRows) };
    },
    streamQuery: noStreams,
  };
  return { db: kyselyOn(connectionForKysely, dialect), ask: (text: string) => ask(text) };
}

function tlsOptions({ tls, host, shown }: StoreAddress): Pick<mysql.ConnectionOptions, "ssl"> {
  if (!tls) return {};
  const { mode, ca, cert, key } = tls;
  // The driver would take a certificate for "localhost" from whoever answers there.
  if (mode === "verify-full" && isIP(host))
    throw new StoreUrlError(
      `${shown}: a certificate can only be checked against a name: give the server's name instead of its address, or ` +
        "say ssl-mode=verify-ca",
    );
  const files = Object.fromEntries(Object.entries({ ca, cert, key }).filter(([, pem]) => pem !== undefined));
  return { ssl: { ...files, rejectUnauthorized: mode !== "require", verifyIdentity: mode === "verify-full" } };
}
