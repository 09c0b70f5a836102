// Whatever a request can say, it can say wrongly: for every parameter and body field of the OpenAPI document there is a
// value that is refused, by a problem that names it and says what was expected. A new one is asked for by itself.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type ApiScene, openApiScene, putRun } from "../support/api-scene.ts";
import { badValues, fieldsOf } from "../support/bad-values.ts";
import { type DescribedRoute, describedRoutes, type OpenApi, type Parameter, readOpenApi } from "../support/openapi.ts";

/** Beyond what the document says: in a query everything is a text. */
const badTexts: Record<string, string[]> = {
  limit: ["0", "1000", "-1", "1.5", "many", ""],
  cursor: ["garbage", "e30", "W10", "bnVsbA", "WzEsMiwzLDRd", "%00"],
  state: ["no-such", "failed,no-such", ","],
  trigger: ["no-such", ""],
  sort: ["no-such", "--name"],
  count: ["0", "1001"],
  tail: ["-1", "many", "12345678"],
  bucket: ["no-such", "5", "0s", "1ms", "-1h"],
  slots: ["0", "501"],
  busyFrom: ["0", "-1"],
  runs: ["0", "201"],
  recent: ["0", "201"],
  jobs: [",", Array(201).fill("x").join(",")],
  from: ["2026-01-01", "2026-01-01T00:00:00", "1767225600000", ""],
  to: ["2026-02-30T00:00:00", "never"],
  at: ["now"],
  "If-Match": ["abc", '"x"', "-1", '"1", "2"', "1.5", ""],
  "Last-Event-ID": ["abc", "-1", "1.5", "9".repeat(16)],
};

/** Any text may stand there: what nothing is called finds nothing. */
const freeTexts: Record<string, string> = {
  tag: "a tag",
  job: "a name or an id",
  node: "a name or an id",
  target: "a name or an id",
  actor: "somebody's name",
  action: "a word",
};
const exceptions: Record<string, string> = {
  "GET /api/v1/events Last-Event-ID": "an id of another life of the server is answered by the event gap",
};
/** What comes in here is judged by POST /jobs as well, or isn't JSON of a shape at all. */
const anyJson = ["POST /api/v1/jobs/check document"];
/** Looks at the job first, and at the document as a whole: its fields are asked for at POST /jobs. */
const ofAJob = ["PUT /api/v1/jobs/{job}", "PATCH /api/v1/jobs/{job}"];

let scene: ApiScene;
let document: OpenApi;
let routes: DescribedRoute[];

beforeAll(async () => {
  scene = await openApiScene();
  const job = await scene.addJob();
  await putRun(scene, job, { id: "run-1" });
  document = await readOpenApi(scene);
  routes = describedRoutes(document);
});
afterAll(() => scene.close());

const addressOf = ({ path }: DescribedRoute) =>
  `/${path
    .replace("{job}", "backup")
    .replace("{run}", "run-1")
    .replace(/\{\w+\}/, "x")}`;

/** null: as it should be. */
function fault(answer: Answer, path: string): string | null {
  const { status, headers, body } = answer;
  const isProblem = String(headers["content-type"]).includes("application/problem+json");
  if (status < 400 || status >= 500 || !isProblem) return `${status} ${answer.text.slice(0, 200)}`;
  const errors = (body.errors ?? []) as { path: string; message: string }[];
  const mine = errors.filter((each) => each.path === path || each.path.startsWith(`${path}[`));
  if (mine.length === 0) return `doesn't name ${path}: ${answer.text.slice(0, 300)}`;
  const says = mine.some(({ message }) => /expected|cursor is not one/i.test(message));
  return says ? null : `doesn't say what was expected: ${JSON.stringify(mine)}`;
}

async function withParameter(route: DescribedRoute, { in: where, name }: Parameter, value: string) {
  const body = route.body ? { body: {} } : {};
  const address = addressOf(route);
  if (where === "header") {
    const headers: Record<string, string> = { [name]: value, accept: "text/event-stream, application/json" };
    return scene.ask(route.method, address, { ...(route.body ? { body: { version: 1 } } : {}), headers });
  }
  if (where === "query") return scene.ask(route.method, `${address}?${name}=${encodeURIComponent(value)}`, body);
  const filled = route.path.replace(`{${name}}`, encodeURIComponent(value));
  return scene.ask(route.method, `/${filled}`, body);
}

describe("a bad value is refused, named, and told what was expected", () => {
  it("of every parameter of every route", async () => {
    const faults: Record<string, string> = {};
    let asked = 0;
    for (const route of routes) {
      for (const parameter of route.parameters) {
        const { name, in: where, schema } = parameter;
        const key = `${route.at} ${name}`;
        if (key in exceptions) continue;
        const texts = badValues(document, schema).filter((value) => typeof value === "string");
        const values = where === "path" ? ["x".repeat(201)] : [...texts, ...(badTexts[name] ?? [])];
        if (values.length === 0 && !(name in freeTexts)) faults[key] = "no bad value is known: add one above";
        for (const value of values) {
          const found = fault(await withParameter(route, parameter, value), name);
          asked++;
          if (found) faults[`${key}=${value.slice(0, 40)}`] = found;
        }
      }
    }
    expect(faults).toEqual({});
    expect(asked).toBeGreaterThan(200);
  });

  it("of every field of every body, a job document's too", async () => {
    const faults: Record<string, string> = {};
    let asked = 0;
    for (const route of routes) {
      if (!route.body || ofAJob.includes(route.at)) continue;
      for (const { path, schema, bodyWith } of fieldsOf(document, route.body)) {
        const key = `${route.at} ${path}`;
        const values = badValues(document, schema);
        if (values.length === 0 && !anyJson.includes(key)) faults[key] = "the document allows anything";
        for (const value of values) {
          const answer = await scene.ask(route.method, addressOf(route), { body: bodyWith(value) });
          const found = fault(answer, path);
          asked++;
          if (found) faults[`${key}=${JSON.stringify(value).slice(0, 40)}`] = found;
        }
      }
    }
    expect(faults).toEqual({});
    expect(asked).toBeGreaterThan(200);
  });
});
