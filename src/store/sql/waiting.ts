// The planned runs that may be handed out next.
import type { Db, SqlContext } from "./context.ts";
import { waitingColumns } from "./rows.ts";
import { statement } from "./statement.ts";

const priorities = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

/**
 * Planned runs parked under `parked` ("": not parked) that nobody is revoking or cancelling: the first `limit` of each
 * priority by due instant. One short walk along the index for each priority, however many wait.
 */
export async function firstOfEachPriority(ctx: Pick<SqlContext, "dialect">, db: Db, given: Given) {
  return (await firstOfEach(ctx, db, given)).rows;
}

interface Given {
  parked: string;
  dueBefore?: number;
  limit: number;
}

const firstOfEach = statement((db, { parked, dueBefore, limit }: Given) => {
  const first = (priority: number) => {
    let rows = db
      .selectFrom("runs")
      .select(waitingColumns)
      .where("finished_at", "is", null)
      .where("state", "=", "planned")
      .where("parked", "=", parked)
      .where("priority", "=", priority)
      .where("revoking", "=", 0)
      .where("cancel_requested", "=", 0)
      .orderBy("due_at")
      .limit(limit);
    if (dueBefore !== undefined) rows = rows.where("due_at", "<=", dueBefore);
    // A limited part of a union has to be a table of its own.
    return db.selectFrom(rows.as("first")).select(waitingColumns);
  };
  const [highest, ...others] = priorities.map(first);
  return others.reduce((all, part) => all.unionAll(part), highest!);
});
