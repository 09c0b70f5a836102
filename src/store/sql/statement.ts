// Statements that are asked again and again. Kysely builds and compiles one in about the time that SQLite needs to answer
// ten, so those of a busy scheduler are compiled once and filled with each call's values.
import type { Compilable, CompiledQuery, QueryResult } from "kysely";
import type { Db, SqlContext } from "./context.ts";

/** Stands in a statement for a value, or for an item of a list. */
class Gap {
  readonly name: string;
  readonly at: number | null;
  constructor(name: string, at: number | null) {
    this.name = name;
    this.at = at;
  }
}

/**
 * A statement by how it is built. `build` is called once for each dialect, set of names and length of lists, and must put
 * the values where parameters may stand without looking at them: they are stand-ins. What is undefined is left as it is.
 */
export function statement<Values extends object, Row>(
  build: (db: Db, values: Values, ctx: Pick<SqlContext, "dialect">) => Compilable<Row>,
) {
  const compiled = new Map<string, CompiledQuery<Row>>();

  return function run(ctx: Pick<SqlContext, "dialect">, db: Db, values: Values): Promise<QueryResult<Row>> {
    const given = values as Record<string, unknown>;
    let shape: string = ctx.dialect;
    for (const name in given) {
      const value = given[name];
      if (value !== undefined) shape += Array.isArray(value) ? ` ${name}*${value.length}` : ` ${name}`;
    }
    let query = compiled.get(shape);
    if (!query) {
      query = build(db, gapsFor(given) as Values, ctx).compile();
      compiled.set(shape, query);
    }
    const parameters = query.parameters.map((each) => (each instanceof Gap ? filled(each, given) : each));
    return db.executeQuery({ ...query, parameters });
  };
}

function gapsFor(given: Record<string, unknown>) {
  const gaps: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given))
    if (value !== undefined)
      gaps[name] = Array.isArray(value) ? value.map((_, at) => new Gap(name, at)) : new Gap(name, null);
  return gaps;
}

function filled({ name, at }: Gap, given: Record<string, unknown>): unknown {
  return at === null ? given[name] : (given[name] as unknown[])[at];
}
