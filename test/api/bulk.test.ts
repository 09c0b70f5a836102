// One action on many jobs.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";

let scene: ApiScene;
beforeEach(async () => {
  scene = await openApiScene();
  for (const name of ["db-a", "db-b", "web"]) await scene.addJob({ name, ...(name === "web" ? {} : { tags: ["db"] }) });
});
afterEach(() => scene.close());

const bulk = (body: object, token?: string) =>
  scene.ask("POST", "/jobs/bulk", { body, ...(token === undefined ? {} : { token }) });
const enabled = async (name: string) => (await scene.ask("GET", `/jobs/${name}`)).body.enabled;

test("disables and enables the jobs that are named, each with its line in the audit", async () => {
  const answer = await bulk({ action: "disable", jobs: ["db-a", "web"], reason: "maintenance" });
  expect(answer.body.matched).toBe(2);
  expect(answer.body.results.map((each: { name: string; error: null }) => [each.name, each.error])).toEqual([
    ["db-a", null],
    ["web", null],
  ]);
  expect([await enabled("db-a"), await enabled("db-b"), await enabled("web")]).toEqual([false, true, false]);
  expect((await scene.ask("GET", "/audit?action=job.disable")).body.items).toHaveLength(2);
  await bulk({ action: "enable", jobs: ["db-a", "web"] });
  expect(await enabled("web")).toBe(true);
});

test("does it to all that a filter matches, and says beforehand which they are", async () => {
  const dry = await bulk({ action: "delete", filter: { tag: "db" }, dryRun: true });
  expect(dry.body.results.map((each: { name: string }) => each.name)).toEqual(["db-a", "db-b"]);
  await bulk({ action: "delete", filter: { tag: "db" } });
  const left = await scene.ask("GET", "/jobs");
  expect(left.body.items.map((each: { name: string }) => each.name)).toEqual(["web"]);
});

test("a filter may match up to a thousand jobs", async () => {
  const many = Array.from({ length: 998 }, (_, i) => ({
    name: `n-${i}`,
    schedule: "@manual",
    cmd: "true",
    tags: ["n"],
  }));
  await scene.ask("POST", "/jobs/apply", { body: { jobs: many } });
  expect((await bulk({ action: "run", filter: { enabled: true }, dryRun: true })).status).toBe(422);
  expect((await bulk({ action: "run", filter: { tag: "n" }, dryRun: true })).body.matched).toBe(998);
});

test("runs them, and names the runs", async () => {
  const answer = await bulk({ action: "run", jobs: ["db-a", "db-b"] });
  const [one] = answer.body.results;
  expect((await scene.ask("GET", `/runs/${one.run}`)).body).toMatchObject({ trigger: "manual", job: { name: "db-a" } });
});

test.each([
  ["an empty filter", { action: "delete", filter: {} }, "empty_filter"],
  ["neither jobs nor filter", { action: "enable" }, "invalid"],
  ["both", { action: "enable", jobs: ["web"], filter: { tag: "db" } }, "invalid"],
  ["a key of the filter that doesn't exist", { action: "enable", filter: { tags: "db" } }, "invalid"],
])("refuses %s", async (_, body, code) => {
  const answer = await bulk(body);
  expect([answer.status, answer.body.code]).toEqual([422, code]);
});

test("an unknown name is 404 before anything is done", async () => {
  expect((await bulk({ action: "disable", jobs: ["web", "nope"] })).status).toBe(404);
  expect(await enabled("web")).toBe(true);
});

test("an operator may disable, but not delete", async () => {
  const token = await scene.tokenOf("operator");
  expect((await bulk({ action: "disable", jobs: ["web"] }, token)).status).toBe(200);
  const answer = await bulk({ action: "delete", jobs: ["web"] }, token);
  expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
});
