// The first page of every list, with each filter that the OpenAPI document names, goes along an index: SQLite says so of
// every statement that a request runs. A new list or filter is asked for by itself.
import SqliteDatabase, { type Statement } from "better-sqlite3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type ApiScene, openApiScene, putRun } from "../support/api-scene.ts";
import { type DescribedRoute, describedRoutes, readOpenApi } from "../support/openapi.ts";
import { addUser, type Browser, signIn } from "../support/sign-in.ts";

/** They grow with time. Jobs, their tags, nodes, users and tokens are as many as people have made: a list may look at each. */
const big = ["runs", "attempts", "output_chunks", "audit", "job_versions", "sessions", "user_sessions"];

/** Walks in the list's own order, which end with the page: no row on the way is left out. */
const inTheListsOrder: Record<string, string> = {
  "GET /api/v1/runs": "runs_by_time",
  "GET /api/v1/audit": "audit_by_time",
};

/** Indexes of open runs alone, which are never many. */
const ofOpenRuns = /^runs_(open|open_of_job|of_session|of_limit|waiting|overdue|start_by)$/;

const common: Record<string, string[]> = {
  limit: ["2"],
  tag: ["nightly"],
  enabled: ["true", "false"],
  job: ["backup"],
  node: ["web-1"],
  from: ["2026-01-05T00:00:00Z"],
  to: ["2026-01-06T00:00:00Z"],
  trigger: ["manual", "schedule", "manual,schedule"],
  mine: ["true"],
  target: ["backup"],
  actor: ["ann", "user:ann"],
  action: ["job.create"],
  count: ["5"],
  at: ["2026-01-05T12:00:00Z"],
  stream: ["stdout"],
  tail: ["10"],
  bucket: ["1m"],
  by: ["tag"],
  slots: ["4"],
  busyFrom: ["10"],
  jobs: ["backup,other"],
  runs: ["10"],
  recent: ["5"],
  sort: ["name", "nextRun", "lastRun", "failures"].flatMap((by) => [by, `-${by}`]),
};
const ofRoute: Record<string, string[]> = {
  "/api/v1/jobs state": ["ok", "failing", "running", "never-run", "disabled"],
  "/api/v1/runs state": ["running", "failed,lost", "succeeded", "planned,assigned", "skipped"],
  // Names of jobs, and starts of runs' ids.
  "/api/v1/runs q": ["back", "no-such-job", "01jabcdef"],
  "/api/v1/jobs q": ["back"],
  "/api/v1/nodes q": ["web"],
  "/api/v1/stats/nodes q": ["web"],
};
/** Events come from memory; the check of soundness reads everything, and says so. */
const noLists = ["GET /api/v1/events", "GET /api/v1/scheduler/integrity", "GET /metrics"];

const aNode = {
  nodeId: "id-1",
  name: "web-1",
  labels: {},
  slots: 1,
  executors: ["cmd" as const],
  version: "1",
  host: "h",
  pid: 1,
  startedAt: 0,
};

let scene: ApiScene;
let ann: Browser;
let routes: DescribedRoute[];
let plan: string[] = [];

beforeAll(async () => {
  watchStatements();
  scene = await openApiScene();
  await scene.addJob({ name: "backup", tags: ["nightly"] });
  const job = await scene.addJob({ name: "other" });
  await putRun(scene, job, { id: "run-1" });
  await scene.store.registerSession({ sessionId: "session-1", info: aNode, former: null, graceMs: 600_000 });
  await addUser(scene, "ann", { role: "admin" });
  ann = await signIn(scene, "ann");
  routes = describedRoutes(await readOpenApi(scene)).filter(
    ({ method, at }) => method === "GET" && !noLists.includes(at),
  );
});
afterAll(async () => {
  await scene.close();
  vi.restoreAllMocks();
});

/** Whatever is read, `plan` says how. */
function watchStatements() {
  const prepare = SqliteDatabase.prototype.prepare;
  vi.spyOn(SqliteDatabase.prototype, "prepare").mockImplementation(function (
    this: SqliteDatabase.Database,
    text: string,
  ) {
    const statement: Statement<unknown[]> = prepare.call(this, text);
    if (!/^\s*(select|with)\b/i.test(text)) return statement;
    const explain: Statement<unknown[]> = prepare.call(this, `explain query plan ${text}`);
    const all = statement.all.bind(statement);
    statement.all = (...given) => {
      for (const { detail } of explain.all(...given) as { detail: string }[]) plan.push(detail);
      return all(...given);
    };
    return statement;
  } as typeof prepare);
}

async function planOf(url: string): Promise<string[]> {
  plan = [];
  const answer = await ann.ask("GET", `/${url}`);
  expect([url, answer.status], answer.text).toEqual([url, 200]);
  return plan;
}

/** Steps that walk through all of a table, or all of an index of it. */
function walks(steps: string[], allowed: string | undefined): string[] {
  return steps.filter((step) => {
    const [, table, index] = /^SCAN (\w+)(?:.* INDEX (\w+))?/.exec(step) ?? [];
    if (table === undefined || !big.includes(table)) return false;
    return index === undefined || (index !== allowed && !ofOpenRuns.test(index));
  });
}

const addressOf = ({ path }: DescribedRoute) =>
  path
    .replace("{job}", "backup")
    .replace("{run}", "run-1")
    .replace("{user}", "ann")
    .replace(/\{\w+\}/, "web-1");

it("every list begins at once, however long the history", async () => {
  for (const route of routes) {
    const required = route.parameters.filter((one) => one.in === "query" && one.required);
    const query = required.map(({ name }) => `${name}=${common[name]?.[0]}`).join("&");
    const steps = await planOf(`${addressOf(route)}?${query}`);
    expect({ [route.at]: walks(steps, inTheListsOrder[route.at]) }).toEqual({ [route.at]: [] });
  }
});

it("every filter of every list, too", async () => {
  const found: Record<string, string[]> = {};
  let asked = 0;
  for (const route of routes) {
    for (const { name } of route.parameters.filter((one) => one.in === "query" && one.name !== "cursor")) {
      const values = ofRoute[`${route.path} ${name}`] ?? common[name];
      expect(values, `a value for ${name} of ${route.at}: add one above`).toBeDefined();
      for (const value of values ?? []) {
        const needed = route.parameters.filter((one) => one.required && one.in === "query" && one.name !== name);
        const query = [...needed.map((one) => [one.name, common[one.name]?.[0]]), [name, value]]
          .map(([key, given]) => `${key}=${encodeURIComponent(String(given))}`)
          .join("&");
        const allowed = name === "limit" ? inTheListsOrder[route.at] : undefined;
        const bad = walks(await planOf(`${addressOf(route)}?${query}`), allowed);
        if (bad.length > 0) found[`${route.at}?${query}`] = bad;
        asked++;
      }
    }
  }
  expect(found).toEqual({});
  expect(asked).toBeGreaterThan(50);
});
