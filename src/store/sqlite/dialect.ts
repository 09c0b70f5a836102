// One SQLite connection under Kysely. Whoever uses it takes care that transactions don't mix; here is no lock.
import type { Database as Sqlite, Statement } from "better-sqlite3";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Database } from "../sql/schema.ts";

/** Preparing a statement costs more than running it, so the last ones are kept. */
const statementsKept = 128;

export function kyselyOver(sqlite: Sqlite): Kysely<Database> {
  const connection = createConnection(sqlite);
  const notHere = async () => {
    throw new Error("transactions are the group commit's doing");
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: notHere,
    commitTransaction: notHere,
    rollbackTransaction: notHere,
    destroy: async () => {},
  };
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

function createConnection(sqlite: Sqlite): DatabaseConnection {
  const kept = new Map<string, Statement>();
  function prepared(text: string): Statement {
    let statement = kept.get(text);
    if (statement) kept.delete(text);
    else {
      statement = sqlite.prepare(text);
      if (kept.size >= statementsKept) kept.delete(kept.keys().next().value as string);
    }
    kept.set(text, statement);
    return statement;
  }
  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const statement = prepared(sql);
      if (statement.reader) return { rows: statement.all(parameters) as R[] };
      const { changes } = statement.run(parameters);
      return { rows: [], numAffectedRows: BigInt(changes) };
    },
    streamQuery() {
      throw new Error("answers are never streamed: every list has a limit");
    },
  };
}
