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

/** More branches than these are asked as one, by time: so many jobs have runs among the newest. */
const branchesAtMost = 64;
/** A run's id is looked for from this length on: shorter starts are common to days of runs. */
const idStartLength = 6;

interface Branch {
  jobId?: string;
  nodeId?: string;
  state?: RunState;
  trigger?: Trigger;
  /** Only with too many jobs for a branch each. */
  jobIds?: string[];
  idStart?: string;
}

type Driver = "job_id" | "node_id" | "state" | "trigger_kind" | "scheduled_for" | "id";

/** The first pageSize(limit) + 1 rows after the cursor. */
export async function findRuns(ctx: SqlContext, db: Db, query: RunQuery): Promise<RunRow[]> {
  const found = new Map<string, RunRow>();
  for (const branch of await branchesOf(db, query))
    for (const row of await runBranch(ctx, db, query, branch)) found.set(row.id, row);
  return [...found.values()]
    .sort((a, b) => b.scheduled_for - a.scheduled_for || (a.id < b.id ? 1 : -1))
    .slice(0, pageSize(query.limit) + 1);
}

async function branchesOf(db: Db, query: RunQuery): Promise<Branch[]> {
  let branches: Branch[] = [{}];
  const split = (parts: Branch[]) => {
    branches = branches.flatMap((branch) => parts.map((part) => ({ ...branch, ...part })));
  };
  if (query.state) split([...new Set(query.state)].map((state) => ({ state })));
  if (query.trigger) split([...new Set(query.trigger)].map((trigger) => ({ trigger })));
  if (query.node !== undefined) split((await nodesCalled(db, query.node)).map((nodeId) => ({ nodeId })));
  if (query.job !== undefined) split(asBranches(await jobsCalled(db, query.job), branches.length));
  if (query.q) {
    const jobs = await jobsLike(db, query.q);
    const idStart = query.q.length >= idStartLength ? [{ idStart: query.q.toLowerCase() }] : [];
    // With `job` given as well, that one is the narrower.
    const byJob = query.job === undefined ? asBranches(jobs, branches.length) : [{ jobIds: jobs }];
    split([...byJob.filter((part) => part.jobId !== undefined || part.jobIds?.length), ...idStart]);
  }
  return branches;
}

const asBranches = (jobIds: string[], times: number): Branch[] =>
  jobIds.length * times > branchesAtMost ? [{ jobIds }] : jobIds.map((jobId) => ({ jobId }));

async function runBranch(ctx: SqlContext, db: Db, query: RunQuery, branch: Branch): Promise<RunRow[]> {
  const { jobId, nodeId, state, trigger, jobIds, idStart } = branch;
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
  if (jobIds !== undefined) select = select.where(ref("job_id"), "in", jobIds as never);
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
  if (query.from !== undefined) select = select.where("scheduled_for", ">=", query.from);
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
  const isRare = state !== undefined && !["succeeded", "skipped", "missed"].includes(state);
  if (isRare) return "state";
  if (trigger !== undefined && trigger !== "schedule") return "trigger_kind";
  if (nodeId !== undefined) return "node_id";
  return state !== undefined ? "state" : "scheduled_for";
}

/** Present and deleted jobs of that name, or the one with that id. */
async function jobsCalled(db: Db, idOrName: string): Promise<string[]> {
  const rows = await db
    .selectFrom("jobs")
    .select("id")
    .where((eb) => eb.or([eb("id", "=", idOrName), eb("name", "=", idOrName)]))
    .execute();
  return rows.some((row) => row.id === idOrName) ? [idOrName] : rows.map((row) => row.id);
}

async function jobsLike(db: Db, part: string): Promise<string[]> {
  const rows = await db
    .selectFrom("jobs")
    .select("id")
    .where((eb) => contains(eb.ref("name"), part.toLowerCase()))
    .execute();
  return rows.map((row) => row.id);
}

/** A node that was deleted is found by its id alone. */
async function nodesCalled(db: Db, idOrName: string): Promise<string[]> {
  const rows = await db.selectFrom("nodes").select("id").where("name", "=", idOrName).execute();
  return [...new Set([idOrName, ...rows.map((row) => row.id)])];
}
