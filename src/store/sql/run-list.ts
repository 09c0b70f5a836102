// Lists of runs, newest first, at once however long the ledger is. A filter on several jobs, states or triggers is split
// into branches of one each; every branch walks an index in the list's own order for no more rows than a page shows, and
// the branches are merged. Which index a branch walks is chosen here: no database can know that a page is all we want.
import { sql } from "kysely";
import { isOpen, type RunState, type Trigger } from "../../model/run.ts";
import type { RunQuery } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";
import { contains, lastIdFrom } from "./like.ts";
import { decodeCursor, pageSize } from "./paging.ts";
import type { RunRow } from "./rows.ts";

/** With more jobs than these, a list goes by time: so many have runs among the newest. */
const jobsAtMost = 32;
/** A run's id is looked for from this length on: shorter starts are common to days of runs. */
const idStartLength = 6;

interface Branch {
  jobId?: string;
  nodeId?: string;
  state?: RunState;
  trigger?: Trigger;
  idStart?: string;
}

type Driver = "job_id" | "node_id" | "state" | "trigger_kind" | "scheduled_for" | "id";

/** The first pageSize(limit) + 1 rows after the cursor. */
export async function findRuns(ctx: SqlContext, db: Db, query: RunQuery): Promise<RunRow[]> {
  const size = pageSize(query.limit) + 1;
  let found: RunRow[] = [];
  for (const branch of await branchesOf(db, query)) {
    // A full page found so far says how far back the next branch has to look.
    const since = found.length < size ? undefined : found.at(-1)?.scheduled_for;
    const rows = await runBranch(ctx, db, { ...query, from: Math.max(query.from ?? 0, since ?? 0) }, branch);
    const merged = new Map([...found, ...rows].map((row) => [row.id, row]));
    found = [...merged.values()]
      .sort((a, b) => b.scheduled_for - a.scheduled_for || (a.id < b.id ? 1 : -1))
      .slice(0, size);
  }
  return found;
}

async function branchesOf(db: Db, query: RunQuery): Promise<Branch[]> {
  let branches: Branch[] = [{}];
  const split = (parts: Branch[]) => {
    branches = branches.flatMap((branch) => parts.map((part) => ({ ...branch, ...part })));
  };
  if (query.state) split([...new Set(query.state)].map((state) => ({ state })));
  if (query.trigger) split([...new Set(query.trigger)].map((trigger) => ({ trigger })));
  if (query.node !== undefined) split((await nodesCalled(db, query.node)).map((nodeId) => ({ nodeId })));
  const byId = branches.map((branch) => ({ ...branch, idStart: query.q?.toLowerCase() ?? "" }));
  if (query.job !== undefined || query.q) {
    const jobs = (
      await jobsMeant(db, query)
        .select("id")
        .limit(jobsAtMost + 1)
        .execute()
    ).map(({ id }) => id);
    branches = branches.flatMap((branch) => {
      const asOne = jobs.length > jobsAtMost || (jobs.length > 1 && isRare(branch.state));
      return asOne ? [branch] : jobs.map((jobId) => ({ ...branch, jobId }));
    });
  }
  return query.q && query.q.length >= idStartLength ? [...branches, ...byId] : branches;
}

async function runBranch(ctx: SqlContext, db: Db, query: RunQuery, branch: Branch): Promise<RunRow[]> {
  const { jobId, nodeId, state, trigger, idStart } = branch;
  const driver = driverOf(branch);
  // SQLite counts an index on a column behind "+" out; the others weigh what they know of the rows.
  const column = (name: Driver) =>
    ctx.dialect === "sqlite" && name !== driver ? sql<never>`+${sql.ref(name)}` : sql<never>`${sql.ref(name)}`;
  const { ref, val } = { ref: column, val: (value: unknown) => sql<never>`${value}` };

  let select = db
    .selectFrom("runs")
    .selectAll()
    .orderBy("scheduled_for", "desc")
    .orderBy("id", "desc")
    .limit(pageSize(query.limit) + 1);
  if (jobId !== undefined) select = select.where(ref("job_id"), "=", val(jobId));
  else if (query.job !== undefined || (query.q && idStart === undefined)) {
    const meant = idStart === undefined ? query : { job: query.job };
    select = select.where(ref("job_id"), "in", jobsMeant(db, meant).select("id") as never);
  }
  if (nodeId !== undefined) select = select.where(ref("node_id"), "=", val(nodeId));
  if (trigger !== undefined) select = select.where(ref("trigger_kind"), "=", val(trigger));
  if (idStart !== undefined)
    select = select.where(ref("id"), ">=", val(idStart)).where(ref("id"), "<=", val(lastIdFrom(idStart)));
  if (state !== undefined) {
    select = select.where(ref("state"), "=", val(state));
    // "finished_at is null" is what the index of open rows goes by.
    if (isOpen(state)) select = select.where("finished_at", "is", null);
  } else
    select = select.where((eb) =>
      eb.or([eb("finished_at", "is not", null), eb("state", "=", "running"), eb("due_at", "<=", query.now)]),
    );
  if (query.from) select = select.where("scheduled_for", ">=", query.from);
  if (query.to !== undefined) select = select.where("scheduled_for", "<", query.to);
  const after = decodeCursor<[number, string]>(query.cursor, ["number", "string"]);
  if (after) {
    const [at, id] = after;
    select = select
      .where("scheduled_for", "<=", at)
      .where((eb) => eb.or([eb("scheduled_for", "<", at), eb(ref("id"), "<", val(id))]));
  }
  return select.execute();
}

/** The filter that leaves least to walk past: few are open or went wrong, nearly all ticks are of the schedule. */
function driverOf({ jobId, nodeId, state, trigger, idStart }: Branch): Driver {
  if (idStart !== undefined) return "id";
  if (jobId !== undefined) return "job_id";
  if (isRare(state)) return "state";
  if (trigger !== undefined && trigger !== "schedule") return "trigger_kind";
  if (nodeId !== undefined) return "node_id";
  if (state !== undefined) return "state";
  return trigger !== undefined ? "trigger_kind" : "scheduled_for";
}

const isRare = (state: RunState | undefined) =>
  state !== undefined && state !== "succeeded" && state !== "skipped" && state !== "missed";

/** The job with that id, or the present and the deleted ones of that name; of these, the ones with `q` in their names. */
function jobsMeant(db: Db, { job, q }: Pick<RunQuery, "job" | "q">) {
  let jobs = db.selectFrom("jobs");
  if (job !== undefined) jobs = jobs.where((eb) => eb.or([eb("id", "=", job), eb("name", "=", job)]));
  if (q) jobs = jobs.where((eb) => contains(eb.ref("name"), q.toLowerCase()));
  return jobs;
}

/** A node that was deleted is found by its id alone. */
async function nodesCalled(db: Db, idOrName: string): Promise<string[]> {
  const rows = await db.selectFrom("nodes").select("id").where("name", "=", idOrName).execute();
  return [...new Set([idOrName, ...rows.map((row) => row.id)])];
}
