// The list of jobs: filtered, in the order asked for, a page at a time. Which jobs a page shows is found out first, by what
// narrow rows say; their definitions are read for those alone. What an order has no value for (no next run, no run yet)
// comes last, whichever way it goes; jobs alike go by name.
import { sql } from "kysely";
import type { JobQuery, JobRow, Page } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";
import { selectJobs, toJobRows } from "./job-rows.ts";
import { contains } from "./like.ts";
import { decodeCursor, encodeCursor, pageSize } from "./paging.ts";
import { flag } from "./rows.ts";

type Order = NonNullable<JobQuery["order"]>;
const byName: Order = { by: "name", descending: false, now: 0 };

export async function listJobs(ctx: SqlContext, query: JobQuery): Promise<Page<JobRow>> {
  const { order = byName, limit } = query;
  const size = pageSize(limit);
  return ctx.read(async (db) => {
    const found = await (order.by === "name" ? inOrderOfNames(db, query, order) : inOrderOfKeys(db, query, order));
    const shown = found.slice(0, size);
    const last = shown.at(-1);
    if (!last) return { items: [], nextCursor: null };
    const rows = await selectJobs(db)
      .selectAll("jobs")
      .select(["job_versions.spec", "job_versions.effective"])
      .where(
        "jobs.id",
        "in",
        shown.map(({ id }) => id),
      )
      .execute();
    const byId = new Map((await toJobRows(db, rows)).map((job) => [job.id, job]));
    return {
      items: shown.map(({ id }) => byId.get(id)).filter((job) => job !== undefined),
      nextCursor: found.length > size ? encodeCursor(last.key) : null,
    };
  });
}

interface Found {
  id: string;
  /** Its place in the list. */
  key: (string | number)[];
}

/** Along the index of names. */
async function inOrderOfNames(db: Db, query: JobQuery, { descending }: Order): Promise<Found[]> {
  const after = decodeCursor<[string]>(query.cursor, ["string"]);
  let select = filtered(db, query)
    .select(["jobs.id", "jobs.name_key"])
    .orderBy("jobs.name_key", descending ? "desc" : "asc")
    .limit(pageSize(query.limit) + 1);
  if (after) select = select.where("jobs.name_key", descending ? "<" : ">", after[0]);
  return (await select.execute()).map(({ id, name_key }) => ({ id, key: [name_key] }));
}

async function inOrderOfKeys(db: Db, query: JobQuery, order: Order): Promise<Found[]> {
  const { descending } = order;
  const after = decodeCursor<[number, string]>(query.cursor, ["number", "string"]);
  const none = descending ? -1 : Number.MAX_SAFE_INTEGER;
  let select = db
    .selectFrom(order.by === "nextRun" ? withNextRun(db, query, order.now, none) : withPast(db, query, order.by, none))
    .selectAll()
    .orderBy("sort_key", descending ? "desc" : "asc")
    .orderBy("name_key")
    .limit(pageSize(query.limit) + 1);
  if (after) {
    const [key, name] = after;
    select = select.where((eb) =>
      eb.or([
        eb("sort_key", descending ? "<" : ">", key),
        eb.and([eb("sort_key", "=", key), eb("name_key", ">", name)]),
      ]),
    );
  }
  const rows = await select.execute();
  return rows.map(({ id, sort_key, name_key }) => ({ id, key: [Number(sort_key), name_key] }));
}

/** A job that is planned ahead has its next tick in the ledger; its cursor stands behind that. */
function withNextRun(db: Db, query: JobQuery, now: number, none: number) {
  const planned = db
    .selectFrom("runs")
    .select(["runs.job_id", (eb) => eb.fn.min("runs.scheduled_for").as("at")])
    .where("runs.finished_at", "is", null)
    .where("runs.trigger_kind", "=", "schedule")
    .where("runs.scheduled_for", ">", now)
    .groupBy("runs.job_id")
    .as("planned");
  const next = sql<number>`case when jobs.enabled = 1 then coalesce(planned.at, jobs.next_nominal, ${sql.lit(none)})
    else ${sql.lit(none)} end`;
  return filtered(db, query)
    .leftJoin(planned, (join) => join.onRef("planned.job_id", "=", "jobs.id"))
    .select(["jobs.id", "jobs.name_key", next.as("sort_key")])
    .as("keyed");
}

function withPast(db: Db, query: JobQuery, by: Order["by"], none: number) {
  const last = sql`select finished_at from runs where runs.id = jobs.last_run_id`;
  const key = by === "lastRun" ? sql<number>`coalesce((${last}), ${sql.lit(none)})` : sql<number>`consecutive_failures`;
  return filtered(db, query)
    .select(["jobs.id", "jobs.name_key", key.as("sort_key")])
    .as("keyed");
}

function filtered(db: Db, query: JobQuery) {
  let select = db.selectFrom("jobs").where("jobs.deleted_at", "is", null);
  if (query.q) select = select.where((eb) => contains(eb.ref("jobs.search"), query.q!.toLowerCase()));
  if (query.enabled !== undefined) select = select.where("jobs.enabled", "=", flag(query.enabled));
  if (query.tag !== undefined)
    select = select.where("jobs.id", "in", (eb) =>
      eb.selectFrom("job_tags").select("job_tags.job_id").where("job_tags.tag", "=", query.tag!),
    );
  switch (query.state) {
    case "ok":
      return select.where("jobs.last_run_id", "is not", null).where("jobs.consecutive_failures", "=", 0);
    case "failing":
      return select.where("jobs.consecutive_failures", ">", 0);
    case "never-run":
      return select.where("jobs.last_run_id", "is", null);
    case "disabled":
      return select.where("jobs.enabled", "=", 0);
    case "running":
      return select.where("jobs.id", "in", (eb) =>
        eb
          .selectFrom("runs")
          .select("runs.job_id")
          .where("runs.finished_at", "is", null)
          .where("runs.state", "=", "running"),
      );
    default:
      return select;
  }
}
