import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";

let scene: ApiScene;
beforeEach(async () => {
  scene = await openApiScene();
});
afterEach(() => scene.close());

const backup = { name: "backup", schedule: "0 3 * * *", cmd: "true" };

describe("a job", () => {
  it("is created, with its document as written and with every default", async () => {
    const answer = await scene.ask("POST", "/jobs", { body: { ...backup, timeout: "5m", tags: ["db"] } });
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe("/api/v1/jobs/backup");
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.body).toMatchObject({
      name: "backup",
      version: 1,
      enabled: true,
      spec: { ...backup, timeout: "5m", tags: ["db"] },
      effective: {
        schedule: "0 3 * * *",
        timezone: "UTC",
        timeout: "5m",
        killGrace: "10s",
        overlap: "skip",
        misfire: { policy: "latest", within: "1d" },
        retry: { limit: 0, delay: "10s", backoff: "exponential", maxDelay: "10m", jitterRatio: 0.1 },
        cmd: { command: "true", expectExit: [0] },
      },
      nextRunAt: "2026-01-06T03:00:00.000Z",
      lastRun: null,
      updatedBy: "local",
      stillRunning: [],
      warnings: [],
    });
    expect((await scene.ask("GET", "/jobs/backup")).body).toMatchObject({ id: answer.body.id, version: 1 });
    expect((await scene.ask("GET", `/jobs/${answer.body.id}`)).body.name).toBe("backup");
  });

  it("that is invalid is refused with every problem and its path", async () => {
    const answer = await scene.ask("POST", "/jobs", {
      body: { name: "x", schedul: "* * * * *", cmd: "true", priority: 12 },
    });
    expect(answer.status).toBe(422);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.body).toMatchObject({
      code: "invalid",
      status: 422,
      requestId: expect.stringMatching(/^[0-9a-z]{26}$/),
    });
    expect(answer.body.errors).toEqual(
      expect.arrayContaining([
        { path: "schedul", message: expect.stringContaining("did you mean schedule?") },
        { path: "priority", message: expect.any(String) },
      ]),
    );
  });

  it("with a name that is taken is a conflict", async () => {
    await scene.addJob();
    const answer = await scene.ask("POST", "/jobs", { body: backup });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe("name_taken");
  });

  it("is listed, searched and paged", async () => {
    for (const name of ["alpha", "beta", "gamma"]) await scene.addJob({ name, tags: [name === "beta" ? "db" : "web"] });
    const first = await scene.ask("GET", "/jobs?limit=2");
    expect(first.body.items.map((job: { name: string }) => job.name)).toEqual(["alpha", "beta"]);
    const second = await scene.ask("GET", `/jobs?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ name: "gamma" }], nextCursor: null });
    expect((await scene.ask("GET", "/jobs?tag=db")).body.items).toHaveLength(1);
    expect((await scene.ask("GET", "/jobs?q=amm")).body.items).toHaveLength(1);
    expect((await scene.ask("GET", "/jobs?state=never-run&enabled=true")).body.items).toHaveLength(3);
    expect((await scene.ask("GET", "/tags")).body.items).toEqual([
      { tag: "web", jobs: 2 },
      { tag: "db", jobs: 1 },
    ]);
  });

  it("is listed in the order asked for", async () => {
    await scene.addJob({ name: "evening", schedule: "0 20 * * *" });
    await scene.addJob({ name: "morning", schedule: "0 14 * * *" });
    await scene.addJob({ name: "by-hand", schedule: "@manual" });
    const names = async (query: string) =>
      (await scene.ask("GET", `/jobs${query}`)).body.items.map((job: { name: string }) => job.name);
    expect(await names("")).toEqual(["by-hand", "evening", "morning"]);
    expect(await names("?sort=-name")).toEqual(["morning", "evening", "by-hand"]);
    expect(await names("?sort=nextRun")).toEqual(["morning", "evening", "by-hand"]);
    expect(await names("?sort=-nextRun")).toEqual(["evening", "morning", "by-hand"]);
    expect((await scene.ask("GET", "/jobs?sort=size")).status).toBe(422);
  });

  it("is replaced under If-Match; a stale one answers the current document", async () => {
    await scene.addJob();
    const replace = (match: string, cmd: string) =>
      scene.ask("PUT", "/jobs/backup", { body: { ...backup, cmd }, headers: { "if-match": match } });
    expect((await replace('"1"', "date")).body).toMatchObject({ version: 2, spec: { cmd: "date" } });
    const stale = await replace("1", "sync");
    expect(stale.status).toBe(409);
    expect(stale.body).toMatchObject({ code: "version_conflict", current: { version: 2, spec: { cmd: "date" } } });
    expect((await replace("2", "sync")).body.version).toBe(3);
    expect((await replace("two", "sync")).status).toBe(422);
  });

  it("is patched by merging; null brings the default back", async () => {
    await scene.addJob({ timeout: "5m" });
    const answer = await scene.ask("PATCH", "/jobs/backup", {
      raw: JSON.stringify({ timeout: null, priority: 9 }),
      headers: { "content-type": "application/merge-patch+json" },
    });
    expect(answer.body).toMatchObject({
      spec: { ...backup, priority: 9 },
      effective: { timeout: "none", priority: 9 },
    });
    expect(answer.body.spec).not.toHaveProperty("timeout");
  });

  it("is disabled until an instant and enabled again", async () => {
    await scene.addJob();
    const off = await scene.ask("POST", "/jobs/backup/disable", {
      body: { until: "2026-02-01T08:00:00+08:00", reason: "move" },
    });
    expect(off.body).toMatchObject({
      enabled: false,
      enableAt: "2026-02-01T00:00:00.000Z",
      disabledReason: "move",
      nextRunAt: null,
      version: 1,
    });
    expect((await scene.ask("GET", "/jobs/backup/next")).body).toMatchObject({
      ticks: [],
      warnings: [expect.stringContaining("disabled")],
    });
    const on = await scene.ask("POST", "/jobs/backup/enable");
    expect(on.body).toMatchObject({ enabled: true, enableAt: null, nextRunAt: "2026-01-06T03:00:00.000Z" });
  });

  it("keeps its versions and goes back to one", async () => {
    await scene.addJob();
    await scene.ask("PATCH", "/jobs/backup", { body: { cmd: "date" } });
    const back = await scene.ask("POST", "/jobs/backup/rollback", { body: { version: 1 } });
    expect(back.body).toMatchObject({ version: 3, spec: backup });
    const versions = await scene.ask("GET", "/jobs/backup/versions");
    expect(
      versions.body.items.map((each: { version: number; current: boolean }) => [each.version, each.current]),
    ).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
    expect((await scene.ask("POST", "/jobs/backup/rollback", { body: { version: 9 } })).status).toBe(404);
  });

  it("is deleted, and its name is free at once", async () => {
    const { id } = await scene.addJob();
    expect((await scene.ask("DELETE", "/jobs/backup")).body).toMatchObject({ id, name: "backup", stillRunning: [] });
    expect((await scene.ask("GET", "/jobs/backup")).status).toBe(404);
    expect((await scene.ask("GET", `/jobs/${id}`)).body.deletedAt).not.toBeNull();
    await scene.addJob();
  });

  it("shows its next ticks", async () => {
    await scene.addJob({ timezone: "Asia/Shanghai" });
    const { body } = await scene.ask("GET", "/jobs/backup/next?count=2");
    expect(body.ticks).toEqual([
      { at: "2026-01-05T19:00:00.000Z", local: "2026-01-06T03:00:00+08:00" },
      { at: "2026-01-06T19:00:00.000Z", local: "2026-01-07T03:00:00+08:00" },
    ]);
  });

  it("shows the next run also while it is planned ahead", async () => {
    await scene.addJob({ name: "often", schedule: "*/10 * * * * *" });
    await scene.clock.advance(2_000);
    const { body } = await scene.ask("GET", "/jobs/often");
    const next = Date.parse(body.nextRunAt);
    expect(next).toBeGreaterThan(scene.clock.now());
    expect(next).toBeLessThanOrEqual(scene.clock.now() + 10_000);
  });
});

describe("apply", () => {
  it("creates, changes, deletes and says so", async () => {
    await scene.addJob({ name: "old", tags: ["t"] });
    await scene.addJob({ tags: ["t"] });
    const jobs = [
      { ...backup, tags: ["t"], cmd: "date" },
      { ...backup, name: "new", tags: ["t"] },
    ];
    const body = { jobs, prune: true, selector: { tag: "t" } };
    const dry = await scene.ask("POST", "/jobs/apply", { body: { ...body, dryRun: true } });
    const done = await scene.ask("POST", "/jobs/apply", { body });
    expect(done.body).toEqual(dry.body);
    expect(done.body.results).toMatchObject([
      { name: "backup", result: "changed", diff: [{ path: "cmd", before: "true", after: "date" }] },
      { name: "new", result: "created" },
      { name: "old", result: "deleted" },
    ]);
  });

  it("changes nothing when one document is invalid", async () => {
    const answer = await scene.ask("POST", "/jobs/apply", { body: { jobs: [backup, { name: "bad" }] } });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].path).toMatch(/^jobs\[1\]/);
    expect((await scene.ask("GET", "/jobs")).body.items).toEqual([]);
  });
});

describe("a document that isn't saved yet", () => {
  const check = async (document: unknown) => (await scene.ask("POST", "/jobs/check", { body: { document } })).body;

  it("is told what it would be, and nothing is made of it", async () => {
    const answer = await check({ ...backup, retry: { delay: "1m" } });
    expect(answer).toMatchObject({
      errors: [],
      warnings: [expect.stringContaining("retry has no effect")],
      effective: { name: "backup", retry: { limit: 0, delay: "1m" }, timeout: "none" },
    });
    expect((await scene.ask("GET", "/jobs")).body.items).toEqual([]);
  });

  it("is told everything that is wrong with it, whatever it is", async () => {
    expect(await check({ name: "A b", schedule: "@daily", cmd: { command: "x", shel: "/bin/sh" } })).toEqual({
      errors: [
        { path: "name", message: expect.stringContaining('got "A b"') },
        { path: "cmd.shel", message: expect.stringContaining("did you mean shell?") },
      ],
      warnings: [],
      effective: null,
    });
    expect((await check("a text")).errors).toMatchObject([{ path: "", message: expect.stringContaining("an object") }]);
  });
});

it("says what holds for a job that leaves it out, with a command and with a request", async () => {
  const { body } = await scene.ask("GET", "/defaults");
  const common = { timezone: "UTC", priority: 5, overlap: "skip", misfire: { policy: "latest", within: "1d" } };
  expect(body).toMatchObject({
    cmd: { ...common, timeout: "none", cmd: { expectExit: [0] } },
    http: { ...common, timeout: "30s", http: { method: "GET", expectStatus: "200-299" } },
  });
  for (const part of [body.cmd, body.http, body.cmd.cmd, body.http.http])
    for (const required of ["name", "schedule", "command", "url"]) expect(part).not.toHaveProperty(required);
});

describe("why", () => {
  const why = async (at: string) => (await scene.ask("GET", `/jobs/backup/why?at=${encodeURIComponent(at)}`)).body;

  it("names the version that has no tick then, and the ticks nearby", async () => {
    await scene.addJob();
    expect(await why("2026-01-06T04:00:00Z")).toMatchObject({
      run: null,
      rule: {
        code: "no_tick",
        message: expect.stringMatching(/version 1 .*2026-01-06T03:00:00.000Z, 2026-01-07T03:00:00.000Z/),
      },
    });
  });
  it("says that the job did not exist yet, or is not planned yet", async () => {
    await scene.addJob();
    expect(await why("2026-01-05T03:00:00Z")).toMatchObject({ rule: { code: "not_created_yet" } });
    expect(await why("2026-01-07T03:00:00+00:00")).toMatchObject({ rule: { code: "not_planned_yet" } });
  });
  it("says since when and by whom it was disabled", async () => {
    await scene.addJob({ schedule: "*/10 * * * *" });
    await scene.clock.advance(60_000, 1);
    await scene.ask("POST", "/jobs/backup/disable", {
      token: await scene.tokenOf("operator"),
      body: { reason: "moving" },
    });
    await scene.clock.advance(600_000, 1);
    expect(await why("2026-01-05T12:10:00Z")).toMatchObject({
      rule: {
        code: "disabled",
        message: expect.stringMatching(/since 2026-01-05T12:01:.* by token:operator-1: moving/),
      },
    });
  });
  it("answers the window, and @manual", async () => {
    await scene.addJob({ endAt: "2026-01-06T12:00:00Z" });
    expect(await why("2026-01-07T03:00:00Z")).toMatchObject({ rule: { code: "outside_window" } });
    await scene.ask("PATCH", "/jobs/backup", { body: { schedule: "@manual", endAt: null } });
    expect(await why("2026-01-07T03:00:00Z")).toMatchObject({ rule: { code: "manual" } });
  });
  it("answers the run of an instant, with its reason", async () => {
    await scene.addJob({ schedule: "*/5 * * * * *" });
    await scene.clock.advance(3_000);
    const [run] = (await scene.ask("GET", "/runs?state=planned,assigned")).body.items;
    expect(await why(run.scheduledFor)).toMatchObject({ at: run.scheduledFor, run: { id: run.id } });
  });
});
