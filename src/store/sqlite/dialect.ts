// One SQLite connection under Kysely. Whoever uses it takes care that transactions don't mix; here is no lock.
import type { Database as Sqlite, Statement } from "better-sqlite3";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type LimitNode,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Db } from "../sql/context.ts";
import { kyselyOn, noStreams } from "../sql/one-connection.ts";

/** Preparing a statement costs more than running it, so the last ones are kept: more than a busy scheduler has shapes. */
const statementsKept = 256;

export function kyselyOver(sqlite: Sqlite): Db {
  return kyselyOn(createConnection(sqlite), {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new QueryCompiler(),
  });
}

/**
 * SQLite plans a statement whose limit is a bare parameter anew each time that another value is bound, and better-sqlite3
 * binds each time: short ones took ten times as long as they do with a limit that is an expression.
 */
class QueryCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    this.append("limit cast(");
    this.visitNode(node.limit);
    this.append(" as integer)");
  }
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
    streamQuery: noStreams,
  };
}
