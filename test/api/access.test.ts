// What each route asks of its caller, told by the OpenAPI document itself: a new route can't be forgotten here.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Role, roles } from "../../src/api/contract/roles.ts";
import { type ApiScene, localToken, openApiScene } from "../support/api-scene.ts";
import { addUser, signIn } from "../support/sign-in.ts";

let scene: ApiScene;
beforeEach(async () => {
  scene = await openApiScene();
});
afterEach(() => scene.close());

interface Described {
  method: string;
  url: string;
  path: string;
  access: string;
}
async function routes(): Promise<Described[]> {
  const { body } = await scene.ask("GET", "/openapi.json", { token: null });
  return Object.entries(body.paths as Record<string, Record<string, { "x-access": string }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, route]) => ({
        method: method.toUpperCase(),
        path,
        // Event streams never end by themselves, so these two are asked for something that isn't there.
        url: `/${path.replace(/\{[^}]+\}/g, "absent")}`,
        access: route["x-access"],
      })),
  );
}

const everyRoute = `GET /api/v1/audit operator
POST /api/v1/auth/login public
POST /api/v1/auth/logout public
GET /api/v1/auth/me public
PATCH /api/v1/auth/me viewer
POST /api/v1/auth/password viewer
GET /api/v1/auth/sessions viewer
DELETE /api/v1/auth/sessions viewer
DELETE /api/v1/auth/sessions/{session} viewer
POST /api/v1/auth/setup public
GET /api/v1/config admin
GET /api/v1/defaults viewer
GET /api/v1/events viewer
GET /api/v1/jobs viewer
POST /api/v1/jobs editor
GET /api/v1/jobs/{job} viewer
PUT /api/v1/jobs/{job} editor
PATCH /api/v1/jobs/{job} editor
DELETE /api/v1/jobs/{job} editor
POST /api/v1/jobs/{job}/disable operator
POST /api/v1/jobs/{job}/enable operator
GET /api/v1/jobs/{job}/next viewer
POST /api/v1/jobs/{job}/rollback editor
POST /api/v1/jobs/{job}/run operator
GET /api/v1/jobs/{job}/versions viewer
GET /api/v1/jobs/{job}/why viewer
POST /api/v1/jobs/apply editor
POST /api/v1/jobs/bulk operator
POST /api/v1/jobs/check editor
GET /api/v1/nodes viewer
GET /api/v1/nodes/{node} viewer
DELETE /api/v1/nodes/{node} admin
POST /api/v1/nodes/{node}/drain operator
POST /api/v1/nodes/{node}/resume operator
GET /api/v1/runs viewer
GET /api/v1/runs/{run} viewer
POST /api/v1/runs/{run}/cancel operator
GET /api/v1/runs/{run}/output viewer
POST /api/v1/runs/{run}/retry operator
POST /api/v1/runs/bulk operator
POST /api/v1/scheduler/backup admin
GET /api/v1/scheduler/integrity admin
POST /api/v1/scheduler/pause operator
POST /api/v1/scheduler/resume operator
GET /api/v1/schedulers viewer
POST /api/v1/schedules/preview viewer
GET /api/v1/stats/attention viewer
GET /api/v1/stats/forecast viewer
GET /api/v1/stats/nodes viewer
GET /api/v1/stats/jobs viewer
GET /api/v1/stats/summary viewer
GET /api/v1/stats/timeline viewer
GET /api/v1/stats/upcoming viewer
GET /api/v1/tags viewer
GET /api/v1/tokens viewer
POST /api/v1/tokens viewer
DELETE /api/v1/tokens/{token} viewer
GET /api/v1/users admin
POST /api/v1/users admin
GET /api/v1/users/{user} admin
PATCH /api/v1/users/{user} admin
DELETE /api/v1/users/{user} admin
GET /healthz public
GET /livez public
GET /metrics metrics
GET /readyz public`;

describe("roles", () => {
  it("every route says what it needs, and nobody changed that in passing", async () => {
    const found = (await routes()).map((route) => `${route.method} ${route.path} ${route.access}`);
    expect(found.sort()).toEqual(everyRoute.split("\n").sort());
  });

  it("nobody known gets health and what leads to signing in, and nothing else", async () => {
    for (const { method, url, access, path } of await routes()) {
      if (access === "metrics") continue;
      const answer = await scene.ask(method, url, { token: null });
      const signsIn = ["/login", "/setup"].some((end) => path.endsWith(end));
      const open = signsIn ? 422 : path.endsWith("/logout") ? 204 : 200;
      expect([path, answer.status]).toEqual([path, access === "public" ? open : 401]);
      if (access !== "public") {
        expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
        expect(answer.body.code).toBe("unauthenticated");
      }
    }
  });

  /** Each role's caller, by token and by session. */
  async function callers() {
    const all: { role: Role; kind: string; ask: typeof scene.ask }[] = [];
    for (const role of roles) {
      const token = await scene.tokenOf(role);
      all.push({ role, kind: "token", ask: (method, url, more) => scene.ask(method, url, { token, ...more }) });
    }
    for (const role of roles) {
      await addUser(scene, role, { role });
      all.push({ role, kind: "session", ask: (await signIn(scene, role)).ask });
    }
    return all;
  }
  /** Another instance has these streams that never end, or these would end what the test goes on with. */
  const skipped = /\/events$|auth\/sessions$/;

  it("each route lets in its role and those above, by token and by session, and tells the others what is missing", async () => {
    const all = await callers();
    for (const { method, url, access, path } of await routes()) {
      if (access === "public" || access === "metrics" || (skipped.test(path) && method !== "GET")) continue;
      if (path.endsWith("/events")) continue;
      for (const { role, kind, ask } of all) {
        const answer = await ask(method, url);
        const missing = roles.indexOf(role) < roles.indexOf(access as Role);
        // Words of its own: a copy is made from this machine alone, a token is no person.
        const otherwise = answer.status === 403 && !answer.body.detail.includes("this needs the role");
        expect([role, kind, answer.status === 403 && !otherwise], `${method} ${path}`).toEqual([role, kind, missing]);
        expect(answer.status).not.toBe(401);
        if (otherwise) expect(path).toMatch(/backup$|\/auth\/|\/tokens/);
        if (missing) expect(answer.body.detail).toContain(`role ${access}`);
      }
    }
  });

  it("a viewer may change nothing but what is their own", async () => {
    const writes = (await routes())
      .filter(({ method, access }) => method !== "GET" && method !== "HEAD" && ["viewer", "public"].includes(access))
      .map(({ method, path }) => `${method} ${path.replace("/api/v1", "")}`);
    expect(writes.sort()).toEqual([
      "DELETE /auth/sessions",
      "DELETE /auth/sessions/{session}",
      "DELETE /tokens/{token}",
      "PATCH /auth/me",
      "POST /auth/login",
      "POST /auth/logout",
      "POST /auth/password",
      "POST /auth/setup",
      "POST /schedules/preview",
      "POST /tokens",
    ]);
  });

  it("a session changes nothing without its CSRF token, on whatever route", async () => {
    await addUser(scene, "root", { role: "admin" });
    const { cookie } = await signIn(scene, "root");
    for (const { method, url, path, access } of await routes()) {
      if (method === "GET" || (access === "public" && !path.endsWith("/logout"))) continue;
      for (const headers of [{ cookie }, { cookie, "x-csrf-token": "forged" }] as Record<string, string>[]) {
        const answer = await scene.ask(method, url, { token: null, headers });
        expect([path, answer.status, answer.body?.code]).toEqual([path, 403, "bad_csrf_token"]);
      }
    }
  });
});

describe("tokens", () => {
  it("are shown once, stored as a hash, listed without it, and worthless when revoked", async () => {
    const made = await scene.ask("POST", "/tokens", {
      body: { name: "ci", role: "editor" },
      headers: { "distcron-client": "cli/1" },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: "ci",
      role: "editor",
      expiresAt: "2026-04-05T12:00:00.500Z",
      createdBy: "local",
    });
    expect(made.body.token).toMatch(/^dct_[\w-]{43}$/);
    const { token, id } = made.body;
    await scene.clock.advance(1);
    expect((await scene.ask("GET", "/auth/me", { token })).body.user).toMatchObject({
      name: "ci",
      kind: "token",
      role: "editor",
    });
    const list = await scene.ask("GET", "/tokens");
    expect(list.text).not.toContain(token);
    expect(list.text).not.toContain("hash");
    expect(list.body.items[0]).toMatchObject({ id, lastUsedAt: expect.any(String) });
    expect((await scene.ask("DELETE", `/tokens/${id}`)).status).toBe(204);
    expect((await scene.ask("GET", "/auth/me", { token })).status).toBe(401);
    expect((await scene.ask("DELETE", "/tokens/absent")).status).toBe(404);
    const { items } = (await scene.ask("GET", "/audit")).body;
    expect(
      items.map((each: { action: string; actor: string; via: string }) => [each.action, each.actor, each.via]),
    ).toEqual([
      ["token.revoke", "local", "api"],
      ["token.create", "local", "cli"],
    ]);
    expect(JSON.stringify(items) + JSON.stringify(scene.logged)).not.toContain(token);
  });

  it("end when they expire", async () => {
    const token = await scene.tokenOf("viewer", { expiresAt: scene.clock.now() + 1000 });
    expect((await scene.ask("GET", "/jobs", { token })).status).toBe(200);
    await scene.clock.advance(1000);
    expect(await scene.ask("GET", "/jobs", { token })).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining("expired") },
    });
  });

  it("can't be made to expire in the past", async () => {
    const answer = await scene.ask("POST", "/tokens", { body: { name: "x", expiresAt: "2020-01-01T00:00:00Z" } });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: "expiresAt" }] } });
  });

  it("with a scope open nothing else", async () => {
    const token = await scene.tokenOf("admin", { scopes: ["metrics"] });
    expect((await scene.ask("GET", "/jobs", { token })).status).toBe(403);
    expect((await scene.ask("GET", "//metrics", { token, address: "10.1.1.1" })).status).toBe(200);
  });

  it("changes go to the audit with their actor and through what they came", async () => {
    const token = await scene.tokenOf("editor");
    const request = { token, headers: { "distcron-client": "ui" } };
    await scene.ask("POST", "/jobs", { ...request, body: { name: "a", schedule: "@manual", cmd: "true" } });
    await scene.clock.advance(1);
    await scene.ask("POST", "/jobs/a/run", request);
    const { items } = (await scene.ask("GET", "/audit?actor=token:editor-1")).body;
    expect(items.map((each: { action: string; via: string }) => [each.action, each.via])).toEqual([
      ["job.run", "ui"],
      ["job.create", "ui"],
    ]);
  });
});

describe("bad tokens", () => {
  const guess = (address: string, token = "dct_guess") => scene.ask("GET", "/jobs", { token, address });

  it("are refused from an address after twenty, for a minute; good ones from there are not", async () => {
    const good = await scene.tokenOf("viewer");
    expect((await guess("10.0.0.9", good)).status).toBe(200);
    for (let i = 0; i < 20; i++) expect((await guess("10.0.0.9")).status).toBe(401);
    const stopped = await guess("10.0.0.9");
    expect(stopped).toMatchObject({
      status: 429,
      body: { code: "too_many_failures" },
      headers: { "retry-after": "60" },
    });
    expect((await guess("10.0.0.9", good)).status).toBe(200);
    expect((await guess("10.0.0.9", localToken)).status).toBe(200);
    expect((await guess("10.0.0.8")).status).toBe(401);
    await scene.clock.advance(60_000);
    expect((await guess("10.0.0.9")).status).toBe(401);
  });

  it.each(["Basic abc", "Bearer", "Bearer a b", "dct_x"])("of the form %s are refused", async (authorization) => {
    const answer = await scene.ask("GET", "/jobs", { token: null, headers: { authorization } });
    expect(answer.status).toBe(401);
  });
});

describe("browsers", () => {
  it.each([
    ["host", "evil.example"],
    ["host", "evil.example:8470"],
    ["origin", "https://evil.example"],
    ["origin", "null"],
    ["origin", "http://localhost:9999"],
  ])("a request with %s %s is refused on loopback", async (name, value) => {
    const answer = await scene.ask("GET", "/jobs", { headers: { [name]: value } });
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe(`${name}_not_allowed`);
  });
  it.each(["localhost:8470", "127.0.0.1:8470", "[::1]:8470"])("one to and from %s is not", async (host) => {
    const answer = await scene.ask("GET", "/jobs", { headers: { host, origin: `http://${host}` } });
    expect(answer.status).toBe(200);
  });
  it("the public address is accepted too", async () => {
    await scene.close();
    scene = await openApiScene({ config: { publicUrl: "https://cron.example" } });
    const headers = { host: "cron.example", origin: "https://cron.example" };
    expect((await scene.ask("GET", "/jobs", { headers })).status).toBe(200);
  });
});
