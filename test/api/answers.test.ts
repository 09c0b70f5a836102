// What is answered is what the contract and so the OpenAPI document says: no key more, none less.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import * as accounts from "../../src/api/contract/accounts.ts";
import * as audit from "../../src/api/contract/audit.ts";
import * as jobs from "../../src/api/contract/jobs.ts";
import * as nodes from "../../src/api/contract/nodes.ts";
import * as problem from "../../src/api/contract/problem.ts";
import * as runs from "../../src/api/contract/runs.ts";
import * as scheduler from "../../src/api/contract/scheduler.ts";
import * as schedules from "../../src/api/contract/schedules.ts";
import * as statistics from "../../src/api/contract/statistics.ts";
import * as tokens from "../../src/api/contract/tokens.ts";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";

let scene: ApiScene;
let run: string;
beforeAll(async () => {
  scene = await openApiScene();
  await scene.addJob({ tags: ["db"], retry: { limit: 2 }, place: { labels: { zone: "a" } } });
  await scene.addJob({
    name: "probe",
    schedule: ["@hourly", "0 5 * * 1"],
    cmd: undefined,
    http: { url: "http://localhost/" },
  });
  run = (await scene.ask("POST", "/jobs/backup/run")).body.id;
  await scene.ask("POST", `/runs/${run}/cancel`);
  await scene.ask("POST", "/jobs/probe/disable", { body: { reason: "x" } });
  await scene.tokenOf("viewer");
  const info = {
    nodeId: "n1",
    name: "web-1",
    labels: {},
    slots: 4,
    executors: ["cmd" as const],
    version: "1",
    host: "h",
    pid: 1,
    startedAt: 0,
  };
  await scene.store.registerSession({ sessionId: "s1", info, former: null, graceMs: 30_000 });
  await scene.clock.advance(1000);
});
afterAll(() => scene.close());

const answers: [method: string, url: () => string, schema: z.ZodType, body?: unknown][] = [
  ["GET", () => "/jobs", jobs.JobPage],
  ["GET", () => "/jobs/backup", jobs.JobView],
  ["PATCH", () => "/jobs/backup", jobs.JobChanged, { priority: 7 }],
  ["GET", () => "/jobs?sort=-nextRun", jobs.JobPage],
  ["GET", () => "/tags", jobs.TagsAnswer],
  ["POST", () => "/jobs/probe/enable", jobs.JobChanged],
  [
    "POST",
    () => "/jobs/apply",
    jobs.ApplyAnswer,
    { jobs: [{ name: "new", schedule: "@daily", cmd: "true" }], dryRun: true },
  ],
  ["POST", () => "/jobs/check", jobs.CheckAnswer, { document: { name: "new" } }],
  ["GET", () => "/defaults", jobs.DefaultsAnswer],
  ["GET", () => "/jobs/backup/versions", jobs.VersionPage],
  ["GET", () => "/jobs/backup/next", schedules.PreviewAnswer],
  ["GET", () => "/jobs/backup/why", schedules.WhyAnswer],
  ["POST", () => "/schedules/preview", schedules.PreviewAnswer, { schedule: "0 3 13 * 5" }],
  ["GET", () => "/runs", runs.RunPage],
  ["GET", () => `/runs/${run}`, runs.RunDetailView],
  ["POST", () => `/runs/${run}/cancel`, runs.CancelAnswer],
  ["POST", () => `/runs/${run}/retry`, runs.RunDetailView],
  ["GET", () => "/nodes", nodes.NodePage],
  ["GET", () => "/nodes/web-1", nodes.NodeDetailView],
  ["POST", () => "/nodes/web-1/drain", nodes.NodeDetailView],
  ["GET", () => "/schedulers", scheduler.SchedulersAnswer],
  ["GET", () => "/stats/summary", statistics.SummaryAnswer],
  ["GET", () => "/stats/timeline", statistics.TimelineAnswer],
  ["GET", () => "/stats/forecast", statistics.ForecastAnswer],
  ["GET", () => "/stats/attention", statistics.AttentionAnswer],
  ["GET", () => "/stats/nodes", nodes.LoadAnswer],
  ["GET", () => "/config", scheduler.ConfigAnswer],
  ["GET", () => "/stats/jobs?jobs=backup,probe", statistics.JobStatsAnswer],
  ["GET", () => "/stats/upcoming", statistics.UpcomingAnswer],
  ["GET", () => "/scheduler/integrity", scheduler.IntegrityAnswer],
  ["POST", () => "/scheduler/pause", scheduler.PauseAnswer, { reason: "x" }],
  ["POST", () => "/scheduler/resume", scheduler.PauseAnswer],
  ["GET", () => "/auth/me", accounts.MeAnswer],
  ["GET", () => "/tokens", tokens.TokenPage],
  ["POST", () => "/tokens", tokens.TokenCreated, { name: "x", role: "viewer", expiresAt: null }],
  ["GET", () => "/audit", audit.AuditPage],
  ["DELETE", () => "/jobs/probe", jobs.JobDeleted],
  ["GET", () => "/jobs/absent", problem.Problem],
];

describe("answers", () => {
  it.each(answers)("%s %s", async (method, url, schema, body) => {
    const answer = await scene.ask(method, url(), body === undefined ? {} : { body });
    expect(schema.parse(answer.body)).toEqual(answer.body);
  });
});

describe("the OpenAPI document", () => {
  it("is 3.1, and every reference in it leads somewhere", async () => {
    const { body, text } = await scene.ask("GET", "/openapi.json", { token: null });
    expect(body).toMatchObject({ openapi: "3.1.0", info: { title: "DistCron", version: "1.2.3" } });
    const refs = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
    expect([...refs].sort()).toEqual(Object.keys(body.components.schemas).sort());
    expect([...refs]).toEqual(
      expect.arrayContaining(["Job", "Run", "RunDetail", "Node", "Problem", "JobDocumentInput"]),
    );
    expect(Object.keys(body.components.schemas.JobDocumentInput.properties)).toEqual(
      expect.arrayContaining(["schedule", "cmd", "retry"]),
    );
  });
  it("names every parameter, what a route needs and how its problems look", async () => {
    const { body } = await scene.ask("GET", "/openapi.json", { token: null });
    const list = body.paths["/api/v1/runs"].get;
    expect(list.parameters.map((each: { name: string }) => each.name).sort()).toEqual([
      "cursor",
      "from",
      "job",
      "limit",
      "node",
      "q",
      "state",
      "to",
      "trigger",
    ]);
    const named = (name: string) => list.parameters.find((each: { name: string }) => each.name === name);
    expect(named("q").description).toBe("part of the job's name, or the start of the id");
    expect(named("from").schema.format).toBe("date-time");
    expect(body.components.schemas.Run.properties.scheduledFor).toMatchObject({ format: "date-time" });
    expect(list.security).toEqual([{ bearer: [] }, { session: [] }]);
    expect(list.responses.default.content["application/problem+json"].schema).toEqual({
      $ref: "#/components/schemas/Problem",
    });
    const ids = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap((path) =>
      Object.values(path).map((route) => route.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
  it("is drawn by the page at /docs, route by route", async () => {
    const { body } = await scene.ask("GET", "/openapi.json", { token: null });
    const script = (await scene.ask("GET", "//docs/routes.js", { token: null })).text;
    const shown: string[] = [];
    const element = () => ({
      set textContent(text: string) {
        shown.push(text);
      },
      append: (...inner: unknown[]) => void shown.push(...inner.filter((each) => typeof each === "string")),
      replaceChildren() {},
    });
    const document = { createElement: element, getElementById: element };
    const run = new Function("document", "fetch", `return (async () => { ${script} })()`);
    await run(document, async () => ({ json: async () => body }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(shown).toContain("GET /api/v1/jobs/{job}/why");
    const routes = Object.values(body.paths).flatMap((methods) => Object.keys(methods as object));
    expect(shown.filter((text) => /^(GET|PUT|POST|PATCH|DELETE) \//.test(text))).toHaveLength(routes.length);
    expect(shown.join()).not.toContain("Error");
  });
});
