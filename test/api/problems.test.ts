import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkListenAddress } from "../../src/api/listen-address.ts";
import { OperationError } from "../../src/assign/operations.ts";
import { StaleTermError, StoreUnavailableError } from "../../src/store/store.ts";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";

let scene: ApiScene;
beforeEach(async () => {
  scene = await openApiScene();
});
afterEach(() => scene.close());

describe("a problem", () => {
  it.each([
    ["not JSON", "POST", "/jobs", { raw: "{nonsense" }, 400, "unreadable_json"],
    ["an empty body that claims to be JSON", "POST", "/jobs", { raw: "" }, 400, "unreadable_json"],
    [
      "another media type",
      "POST",
      "/jobs",
      { raw: "a: b", headers: { "content-type": "text/yaml" } },
      415,
      "unsupported_media_type",
    ],
    [
      "a form",
      "POST",
      "/jobs",
      { raw: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "unsupported_media_type",
    ],
    ["an unknown query parameter", "GET", "/jobs?stat=ok", {}, 400, "unknown_parameter"],
    ["a bad query value", "GET", "/runs?limit=0", {}, 422, "invalid"],
    ["a limit that is too high", "GET", "/runs?limit=501", {}, 422, "invalid"],
    ["an unknown state", "GET", "/runs?state=failed,lots", {}, 422, "invalid"],
    ["an instant without offset", "GET", "/runs?from=2026-01-01T00:00:00", {}, 422, "invalid"],
    ["a foreign cursor", "GET", "/jobs?cursor=abc", {}, 422, "invalid_cursor"],
    ["a body of the wrong shape", "POST", "/scheduler/pause", { body: {} }, 422, "invalid"],
    ["a key that isn't known", "POST", "/scheduler/pause", { body: { reason: "x", untill: 1 } }, 422, "invalid"],
    ["an address that isn't there", "GET", "/jobz", {}, 404, "not_found"],
    ["a job that isn't there", "GET", "/jobs/absent", {}, 404, "not_found"],
    ["a change of a job that isn't there", "PATCH", "/jobs/absent", { body: {} }, 404, "not_found"],
    ["a run that isn't there", "GET", "/runs/absent", {}, 404, "not_found"],
    ["a node that isn't there", "POST", "/nodes/absent/drain", {}, 404, "not_found"],
    ["a method that it hasn't", "DELETE", "/jobs", {}, 405, "method_not_allowed"],
    ["a broken path", "GET", "/jobs/%zz", {}, 400, "unreadable_url"],
  ] as const)("for %s", async (_, method, url, request, status, code) => {
    const answer = await scene.ask(method, url, request);
    expect([answer.status, answer.body?.code]).toEqual([status, code]);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.body).toMatchObject({
      type: "about:blank",
      title: expect.any(String),
      status,
      detail: expect.any(String),
    });
    expect(answer.headers["x-request-id"] ?? answer.body.requestId).toBe(answer.body.requestId);
  });

  it("names the query parameter that was meant, and the methods that there are", async () => {
    expect((await scene.ask("GET", "/jobs?stat=ok")).body.errors).toEqual([
      { path: "stat", message: "unknown; did you mean state?" },
    ]);
    const answer = await scene.ask("DELETE", "/jobs");
    expect(answer.headers.allow).toBe("GET, HEAD, POST");
  });

  it("says that a body is too large", async () => {
    const answer = await scene.ask("POST", "/jobs", { body: { name: "x".repeat(1024 * 1024) } });
    expect(answer).toMatchObject({ status: 413, body: { code: "body_too_large" } });
    const apply = await scene.ask("POST", "/jobs/apply", { body: { jobs: [{ name: "x".repeat(1024 * 1024) }] } });
    expect(apply.status).toBe(422);
  });

  it.each([
    [new StoreUnavailableError("the store can't be reached"), 503, "store_unavailable"],
    [new StaleTermError("term 1 is over"), 503, "not_leader"],
    [new OperationError("not_leader", "another leads"), 503, "not_leader"],
    [new OperationError("unavailable", "not now"), 503, "unavailable"],
    [new OperationError("conflict", "it is running"), 409, "conflict"],
    [new OperationError("invalid", "no such thing"), 422, "invalid"],
    [new OperationError("not_found", "gone"), 404, "not_found"],
  ])("of %s", async (err, status, code) => {
    await scene.close();
    scene = await openApiScene({ store: (store) => ({ ...store, listJobs: () => Promise.reject(err) }) });
    const answer = await scene.ask("GET", "/jobs");
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([status, code, err.message]);
    if (status === 503) expect(answer.headers["retry-after"]).toBeDefined();
  });

  it("that nobody expected says nothing of its cause, but the log does", async () => {
    await scene.close();
    const err = new Error("password hunter2 at /srv/secret");
    scene = await openApiScene({ store: (store) => ({ ...store, listJobs: () => Promise.reject(err) }) });
    const answer = await scene.ask("GET", "/jobs");
    expect(answer).toMatchObject({
      status: 500,
      body: { code: "internal", detail: expect.stringContaining(answer.body.requestId) },
    });
    expect(answer.text).not.toMatch(/hunter2|secret|\.ts/);
    expect(scene.logged).toContainEqual({
      level: "error",
      fields: expect.objectContaining({ err, requestId: answer.body.requestId }),
      text: expect.any(String),
    });
  });
});

describe("health", () => {
  it("lives without asking anybody", async () => {
    for (const url of ["//livez", "//healthz"])
      expect(await scene.ask("GET", url, { token: null })).toMatchObject({ status: 200, body: { status: "alive" } });
  });
  it("is ready, or names what isn't; details are for those with a token", async () => {
    expect((await scene.ask("GET", "//readyz", { token: null })).body).toEqual({
      ready: true,
      components: [{ name: "store", ready: true }],
    });
    scene.readiness.ready = false;
    scene.readiness.components.push({ name: "leader", ready: false, detail: "none for 12 s" });
    const open = await scene.ask("GET", "//readyz", { token: null });
    expect(open.status).toBe(503);
    expect(open.body).toMatchObject({ code: "not_ready", detail: "not ready: leader", ready: false });
    expect(open.text).not.toContain("secret");
    expect((await scene.ask("GET", "//readyz")).body.detail).toBe("not ready: leader (none for 12 s)");
  });
  it("shows metrics on loopback to anybody, elsewhere to tokens", async () => {
    expect((await scene.ask("GET", "//metrics", { token: null })).text).toContain("distcron_build_info");
    expect((await scene.ask("GET", "//metrics", { token: null, address: "10.0.0.1" })).status).toBe(401);
    expect((await scene.ask("GET", "//metrics", { address: "10.0.0.1" })).status).toBe(200);
    const proxied = { token: null, headers: { "x-forwarded-for": "10.0.0.1" } };
    expect((await scene.ask("GET", "//metrics", proxied)).status).toBe(401);
  });
  it("has a page that says what it is, and one for the API", async () => {
    const home = await scene.ask("GET", "//", { token: null });
    expect(home.text).toContain("DistCron");
    expect(home.headers["content-security-policy"]).toContain("default-src 'none'");
    expect((await scene.ask("GET", "//docs", { token: null })).text).toContain("/docs/routes.js");
    const script = await scene.ask("GET", "//docs/routes.js", { token: null });
    expect(script.headers["content-type"]).toContain("text/javascript");
    expect(() => new Function(script.text)).not.toThrow();
  });
  it("every answer carries the headers that keep browsers careful", async () => {
    const { headers } = await scene.ask("GET", "/jobs");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cache-control": "no-store",
    });
  });
});

describe("listening", () => {
  it.each(["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])("on %s needs nothing", (host) => {
    expect(() => checkListenAddress({ host, tls: false, insecure: false })).not.toThrow();
  });
  it.each(["0.0.0.0", "::", "10.0.0.1", "cron.example", "127.0.0.1.evil.example"])(
    "on %s needs TLS, or somebody's word",
    (host) => {
      expect(() => checkListenAddress({ host, tls: false, insecure: false })).toThrow(
        /server\.tls\.cert.*server\.insecure/,
      );
      expect(() => checkListenAddress({ host, tls: true, insecure: false })).not.toThrow();
      expect(() => checkListenAddress({ host, tls: false, insecure: true })).not.toThrow();
    },
  );
  it("says which port is in use and what to do", async () => {
    const { port } = new URL(await scene.listen());
    const other = await openApiScene({ config: { port: Number(port) } });
    await expect(other.listen()).rejects.toMatchObject({
      code: "port_in_use",
      message: `127.0.0.1:${port} is in use by another process: stop it, or choose another port with --port (server.port)`,
    });
    await other.close();
  });
  it("answers what is not HTTP, and headers without end, with a problem", async () => {
    const { port } = new URL(await scene.listen());
    const say = (text: string) =>
      new Promise<string>((resolve, reject) => {
        let answer = "";
        const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
        socket.on("data", (data) => {
          answer += data;
        });
        socket.on("error", reject);
        socket.on("close", () => resolve(answer));
      });
    expect(await say("nonsense\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"unreadable"/,
    );
    expect(await say(`GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"headers_too_large"/,
    );
  });
  it("closes with event streams open", async () => {
    const url = await scene.listen();
    const response = await fetch(`${url}/api/v1/events`, {
      headers: { authorization: "Bearer local-token-of-this-machine" },
    });
    const text = response.text();
    await scene.api.close();
    expect(await text).toContain("event: closing");
  });
  it("closes within two seconds though a request hangs", async () => {
    await scene.close();
    scene = await openApiScene({ store: (store) => ({ ...store, listJobs: () => new Promise(() => {}) }) });
    const url = await scene.listen();
    const headers = { authorization: "Bearer local-token-of-this-machine" };
    const asked = expect(fetch(`${url}/api/v1/jobs`, { headers })).rejects.toThrow();
    for (let i = 0; i < 100 && scene.api.app.server.listening; i++)
      await new Promise((resolve) => setTimeout(resolve, 2));
    const closing = scene.api.close();
    await scene.clock.advance(2000);
    await closing;
    await asked;
    await scene.api.close();
  });
});
