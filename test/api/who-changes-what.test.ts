// Who can change what, tried: every route of the OpenAPI document, on things that are there, with a request that would do
// something. Whoever's role is too small leaves the whole database as it was. A new route that isn't told what to send here
// makes these tests fail, and so does one that the document doesn't name.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Role, roles } from "../../src/api/contract/roles.ts";
import { type ApiScene, openApiScene, putRun, theTerm } from "../support/api-scene.ts";
import { load } from "../support/scene.ts";
import { addUser, type Browser, passwordOf, signIn } from "../support/sign-in.ts";

let scene: ApiScene;
let folder: string;
let all: Route[];
/** What parts of addresses stand for. */
let ids: Record<string, string>;
const browsers = {} as Record<Role, Browser>;
const tokens = {} as Record<Role, string>;

interface Route {
  /** "POST /jobs/{job}/run" */
  at: string;
  method: string;
  path: string;
  access: string;
}

const job = (name: string, more: object = {}) => ({ name, schedule: "0 3 * * *", cmd: "true", ...more });
/** What to send, for each route that takes something. */
const bodies: Record<string, () => unknown> = {
  "POST /jobs": () => job("new"),
  "PUT /jobs/{job}": () => job("backup", { priority: 8 }),
  "PATCH /jobs/{job}": () => ({ priority: 9 }),
  "POST /jobs/{job}/disable": () => ({ reason: "because" }),
  "POST /jobs/{job}/rollback": () => ({ version: 1 }),
  "POST /jobs/apply": () => ({ jobs: [job("applied")] }),
  "POST /jobs/bulk": () => ({ action: "run", jobs: ["backup"] }),
  "POST /jobs/check": () => ({ document: job("looked-at") }),
  "POST /runs/bulk": () => ({ action: "retry", runs: [ids.over] }),
  "POST /schedules/preview": () => ({ schedule: "@daily" }),
  "POST /scheduler/pause": () => ({ reason: "because" }),
  "POST /scheduler/backup": () => ({ file: join(folder, "taken.db") }),
  "POST /users": () => ({ name: "new-user", password: "a long password", role: "admin" }),
  "PATCH /users/{user}": () => ({ role: "admin", displayName: "Somebody" }),
  "POST /tokens": () => ({ name: "mine", role: "viewer" }),
  "PATCH /auth/me": () => ({ displayName: "Me" }),
  "POST /auth/login": () => ({ name: "bystander", password: "not theirs" }),
  "POST /auth/setup": () => ({ token: "guessed", name: "eve", password: "a long password" }),
};
/** What has to be asked for, where a route asks what. */
const queries: Record<string, string> = { "GET /stats/jobs": "?jobs=backup" };
/** What everybody may change: what is their own. Nothing else that a viewer may ask for changes anything. */
const own = ["DELETE /auth/sessions", "PATCH /auth/me", "POST /auth/logout", "POST /auth/password", "POST /tokens"];
/** An admin isn't let in either: on this machine alone, somebody else's, or done long ago. */
const refusedToAll = [
  "DELETE /auth/sessions/{session}",
  "POST /auth/login",
  "POST /auth/setup",
  "POST /scheduler/backup",
];

async function readRoutes(): Promise<Route[]> {
  const { body } = await scene.ask("GET", "/openapi.json", { token: null });
  return Object.entries(body.paths as Record<string, Record<string, { "x-access": string }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, route]) => {
        const below = path.startsWith("/api/v1") ? path.slice("/api/v1".length) : `/${path}`;
        return {
          at: `${method.toUpperCase()} ${below}`,
          method: method.toUpperCase(),
          path: below,
          access: route["x-access"],
        };
      }),
  );
}

/** Jobs, runs, nodes, accounts, tokens and sessions to change, in every state that a route asks for. */
async function fill() {
  await scene.addJob();
  await scene.ask("PATCH", "/jobs/backup", { body: { priority: 6 } });
  const standing = await scene.addJob({ name: "standing", place: { node: "nowhere" } });
  const open = await putRun(scene, standing, { requestedBy: "a" });
  const over = await putRun(scene, standing, { requestedBy: "b" });
  const cancelled = { code: "cancelled_by_user" as const, message: "" };
  const to = { state: "cancelled" as const, reason: cancelled, raiseFloor: false };
  const at = scene.clock.now();
  await scene.store.transition(theTerm, [{ runId: over.id, ifState: ["planned"], ifFence: 0, to, at }]);
  for (const name of ["live", "gone"]) {
    const info = {
      nodeId: `id-${name}`,
      name,
      labels: {},
      slots: 1,
      executors: ["cmd" as const],
      version: "1",
      host: "h",
      pid: 1,
      startedAt: 0,
    };
    await scene.store.registerSession({ sessionId: `session-${name}`, info, former: null, graceMs: 600_000 });
    await scene.store.beat(`session-${name}`, load, 600_000);
  }
  await scene.store.closeSession("session-gone");
  await addUser(scene, "bystander", { role: "editor" });
  const theirs = await signIn(scene, "bystander");
  const [session] = (await theirs.ask("GET", "/auth/sessions")).body.items;
  const token = (await theirs.ask("POST", "/tokens", { body: { name: "theirs" } })).body;
  for (const role of roles) {
    await addUser(scene, role, { role });
    browsers[role] = await signIn(scene, role);
    tokens[role] = await scene.tokenOf(role);
  }
  ids = {
    job: "backup",
    run: open.id,
    over: over.id,
    node: "live",
    gone: "gone",
    user: "bystander",
    session: session.id,
    token: token.id,
  };
}

/** The address with what is there; a name that nobody knows here is a mistake of the test. */
function urlOf({ at, path }: Route): string {
  const instead: Record<string, string> = { "POST /runs/{run}/retry": "over", "DELETE /nodes/{node}": "gone" };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[instead[at] ?? name];
    if (id === undefined) throw new Error(`${at}: what does {${name}} stand for?`);
    return id;
  });
  return filled + (queries[at] ?? "");
}

const send = (route: Route, who: { role: Role; by: string }, body = bodies[route.at]?.()) =>
  who.by === "token"
    ? scene.ask(route.method, urlOf(route), { token: tokens[who.role], body })
    : browsers[who.role].ask(route.method, urlOf(route), { body });

const isWrite = ({ method }: Route) => method !== "GET" && method !== "HEAD";
const isBelow = (role: Role, access: string) => roles.indexOf(role) < roles.indexOf(access as Role);
const callers = (role: Role) => ["token", "session"].map((by) => ({ role, by }));

let dumps = 0;
/** The whole database but when tokens and sessions were last used; `but`: rows that are left out. */
async function dump(but: (table: string, row: Record<string, unknown>) => boolean = () => false) {
  const file = join(folder, `${dumps++}.db`);
  await scene.store.backup(file);
  const db = new Database(file, { readonly: true });
  try {
    const tables = db
      .prepare("select name from sqlite_master where type = 'table' order by name")
      .pluck()
      .all() as string[];
    return Object.fromEntries(
      tables.map((table) => {
        const rows = db.prepare(`select * from ${table}`).all() as Record<string, unknown>[];
        for (const row of rows) for (const name of ["last_used_at", "last_seen_at"]) delete row[name];
        return [table, rows.filter((row) => !but(table, row)).map((row) => JSON.stringify(row))];
      }),
    );
  } finally {
    db.close();
    rmSync(file);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "distcron-who-"));
  scene = await openApiScene();
  await fill();
  all = await readRoutes();
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the OpenAPI document", () => {
  it("names every route but pages and itself", () => {
    const open: string[] = [];
    const registered: string[] = [];
    for (const line of scene.api.app.printRoutes({ commonPrefix: false }).split("\n")) {
      const match = /^(.*?)[├└]── (\S+) \((.*)\)$/.exec(line);
      if (!match) continue;
      const [, indent = "", part = "", methods = ""] = match;
      const depth = indent.length / 4;
      open.length = depth;
      open[depth] = part;
      for (const method of methods.split(", ")) registered.push(`${method} ${open.join("").replace("//", "/")}`);
    }
    const documented = new Set(
      all.map(({ method, path }) =>
        `${method} ${path.startsWith("//") ? path.slice(1) : `/api/v1${path}`}`.replace(/\{(\w+)\}/g, ":$1"),
      ),
    );
    const hidden = registered.filter((route) => !route.startsWith("HEAD ") && !documented.has(route));
    expect(hidden.sort()).toEqual([
      "GET /",
      "GET /api/v1/openapi.json",
      "GET /docs",
      "GET /docs/routes.js",
      "GET /docs/style.css",
    ]);
    expect(documented.size).toBeGreaterThan(50);
    for (const route of documented) expect(registered).toContain(route);
  });
});

describe.each(["viewer", "operator", "editor"] as const)("a %s", (role) => {
  it("changes nothing by whatever asks for more, by token or session", async () => {
    const before = await dump();
    const tried = all.filter((route) => isWrite(route) && isBelow(role, route.access));
    for (const route of tried)
      for (const who of callers(role)) {
        const answer = await send(route, who);
        expect([route.at, who.by, answer.status, answer.body.code]).toEqual([route.at, who.by, 403, "forbidden"]);
        expect(answer.body.detail).toContain(`needs the role ${route.access}`);
      }
    expect(tried.length).toBeGreaterThan(3);
    expect(await dump()).toEqual(before);
  });

  it("changes nothing by reading", async () => {
    const before = await dump();
    // A stream of events doesn't end by itself.
    const reads = all.filter(({ at, method }) => method === "GET" && at !== "GET /events");
    for (const route of reads)
      for (const who of callers(role)) {
        const { status } = await send(route, who);
        // A token is no person, and has signed in nowhere.
        const isRefused =
          isBelow(role, route.access) ||
          (who.by === "token" && ["GET /auth/sessions", "GET /tokens"].includes(route.at));
        expect([route.at, who.by, status]).toEqual([route.at, who.by, isRefused ? 403 : 200]);
      }
    expect(await dump()).toEqual(before);
  });
});

describe("a viewer", () => {
  const mayAsk = () => all.filter((route) => isWrite(route) && !isBelow("viewer", route.access));

  it("changes nothing of others by what everybody may ask for", async () => {
    const before = await dump();
    for (const route of mayAsk().filter(({ at }) => !own.includes(at)))
      for (const who of callers("viewer")) {
        const { status } = await send(route, who);
        const isPreview = route.at === "POST /schedules/preview";
        expect([route.at, who.by, status < 300]).toEqual([route.at, who.by, isPreview]);
      }
    expect(await dump()).toEqual(before);
  });

  it("can't make more of themselves", async () => {
    const before = await dump();
    const ask = browsers.viewer.ask;
    for (const role of ["operator", "editor", "admin"])
      expect((await ask("POST", "/tokens", { body: { name: "more", role } })).status).toBe(403);
    expect((await ask("POST", "/tokens", { body: { name: "nobody's", personal: false } })).status).toBe(403);
    expect((await ask("PATCH", "/auth/me", { body: { role: "admin" } })).status).toBe(422);
    expect(await dump()).toEqual(before);
  });

  it("changes what is their own, and only that", async () => {
    const me = await scene.store.getUser("viewer");
    const isMine = (table: string, row: Record<string, unknown>) =>
      (table === "users" && row.id === me?.id) ||
      (table === "user_sessions" && row.user_id === me?.id) ||
      (table === "tokens" && row.owner_id === me?.id) ||
      (table === "audit" && row.actor === "user:viewer");
    const before = await dump(isMine);
    expect(mayAsk().map(({ at }) => at)).toEqual(expect.arrayContaining(own));
    for (const at of ["PATCH /auth/me", "POST /tokens", "DELETE /auth/sessions"]) {
      const route = all.find((each) => each.at === at) as Route;
      expect([at, (await send(route, { role: "viewer", by: "session" })).status < 300]).toEqual([at, true]);
    }
    const body = { current: passwordOf("viewer"), next: "another password" };
    expect((await browsers.viewer.ask("POST", "/auth/password", { body })).status).toBe(200);
    expect((await browsers.viewer.ask("POST", "/auth/logout")).status).toBe(204);
    expect(await dump(isMine)).toEqual(before);
    browsers.viewer = await signIn(scene, "viewer", "another password");
  });
});

describe("a session", () => {
  it.each(roles)("of a %s changes nothing without its CSRF token, nor with another's", async (role) => {
    const others = browsers[role === "admin" ? "editor" : "admin"].csrfToken;
    const before = await dump();
    for (const route of all.filter((each) => isWrite(each) && each.access !== "public"))
      for (const csrf of ["", others]) {
        const { cookie } = browsers[role];
        const answer = await scene.ask(route.method, urlOf(route), {
          token: null,
          body: bodies[route.at]?.(),
          headers: { cookie, "x-csrf-token": csrf },
        });
        expect([route.at, answer.status, answer.body.code]).toEqual([route.at, 403, "bad_csrf_token"]);
      }
    expect(await dump()).toEqual(before);
  });
});

describe("an admin", () => {
  it("is let in by the very same requests: they would have done something", async () => {
    const writes = all.filter((route) => isWrite(route) && !own.includes(route.at));
    // What is deleted is missed by no other, and an account takes its tokens along.
    const last = ({ at, method }: Route) => (at === "DELETE /users/{user}" ? 2 : method === "DELETE" ? 1 : 0);
    writes.sort((a, b) => last(a) - last(b));
    for (const route of writes) {
      const { status, text } = await send(route, { role: "admin", by: "session" });
      expect([route.at, status < 300, status < 300 ? "" : text]).toEqual(
        refusedToAll.includes(route.at) ? [route.at, false, text] : [route.at, true, ""],
      );
    }
  });
});
