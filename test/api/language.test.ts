// Sentences for people come in the language that they ask for.
import { afterAll, beforeAll, expect, test } from "vitest";
import { languageOf } from "../../src/api/language.ts";
import { type ApiScene, openApiScene, putRun } from "../support/api-scene.ts";

let scene: ApiScene;
beforeAll(async () => {
  scene = await openApiScene();
  await scene.addJob({ schedule: "0 3 * * *" });
});
afterAll(() => scene.close());
const chinese = { "accept-language": "zh-CN,zh;q=0.9,en;q=0.8" };

test("a job's schedule is told in English, and in Chinese to who asks for it", async () => {
  expect((await scene.ask("GET", "/jobs/backup")).body.scheduleInWords).toBe("At 03:00 every day (UTC)");
  const inChinese = (await scene.ask("GET", "/jobs", { headers: chinese })).body.items[0];
  expect(inChinese.scheduleInWords).toBe("每天 03:00(UTC)");
});

test("so are a preview's words and warnings", async () => {
  const body = { schedule: "0 4 13 * FRI", timezone: "UTC" };
  const answer = await scene.ask("POST", "/schedules/preview", { body, headers: chinese });
  expect(answer.body.description).toBe("每月 13 日或周五(满足其一即可) 04:00(UTC)");
  expect(answer.body.warnings[0]).toContain("满足其一即触发");
  expect((await scene.ask("GET", "/jobs/backup/next", { headers: chinese })).body.description).toBe("每天 03:00(UTC)");
});

test("and what is wrong with a job that isn't saved yet", async () => {
  const body = { document: { name: "a", schedule: "@daily", cmd: "true", priority: 12 } };
  const messages = async (headers: Record<string, string>) =>
    (await scene.ask("POST", "/jobs/check", { body, headers })).body.errors;
  expect(await messages({})).toEqual([
    { path: "priority", message: "expected a whole number from 0 to 9, got the number 12" },
  ]);
  expect(await messages(chinese)).toEqual([{ path: "priority", message: "应为:0 至 9 的整数,实为:数字 12" }]);
});

test("and why a run is no success, in lists, on its own and asked for by its instant", async () => {
  const reason = { code: "exit_code" as const, message: "exit code 127 (command not found)" };
  const job = (await scene.ask("GET", "/jobs/backup")).body;
  const run = await putRun(scene, job, { state: "skipped", reason });
  const asked = async (path: string) => (await scene.ask("GET", path, { headers: chinese })).body;
  const told = { code: "exit_code", message: "退出码 127(找不到命令)" };
  expect((await asked("/runs?job=backup")).items[0].reason).toEqual(told);
  expect((await asked(`/runs/${run.id}`)).reason).toEqual(told);
  expect((await scene.ask("GET", `/runs/${run.id}`)).body.reason).toEqual(reason);
  const { rule } = await asked("/jobs/backup/why?at=2020-01-01T00:00:00Z");
  expect(rule.message).toMatch(/^任务创建于 2026-/);
});

test("what comes from elsewhere is told as that", async () => {
  const job = (await scene.ask("GET", "/jobs/backup")).body;
  const reason = { code: "spawn_failed" as const, message: "spawn ELOOP" };
  const run = await putRun(scene, job, { state: "skipped", reason, requestedBy: "elsewhere" });
  const told = (await scene.ask("GET", `/runs/${run.id}`, { headers: chinese })).body.reason;
  expect(told).toEqual({ code: "spawn_failed", message: "原文:spawn ELOOP" });
});

test("and refusals, with each field's", async () => {
  const body = { name: "backup", schedule: "@daily", cmd: "true" };
  const taken = await scene.ask("POST", "/jobs", { body, headers: chinese });
  expect(taken.body).toMatchObject({ status: 409, code: "name_taken" });
  expect(taken.body.detail).toMatch(/^已有名为“backup”的任务/);
  const bad = await scene.ask("POST", "/jobs", { body: { ...body, name: "b", priority: 12 }, headers: chinese });
  const message = "应为:0 至 9 的整数,实为:数字 12";
  expect(bad.body).toMatchObject({ detail: `priority:${message}`, errors: [{ path: "priority", message }] });
  const unknown = await scene.ask("GET", "/nodes/absent", { headers: chinese });
  expect(unknown.body.detail).toBe('没有执行节点 "absent"');
});

test("and warnings of a job that is judged or saved; what people wrote stays as they wrote it", async () => {
  const document = { name: "warned", schedule: "@manual", cmd: ["echo hi"], retry: { delay: "1m" } };
  const judged = await scene.ask("POST", "/jobs/check", { body: { document }, headers: chinese });
  const saved = await scene.ask("POST", "/jobs", { body: document, headers: chinese });
  expect(judged.body.warnings.join("\n")).toMatch(/retry 不起作用.*\n?.*cmd:列表按原样执行/s);
  expect(saved.body.warnings).toEqual(judged.body.warnings);
  const off = { body: { reason: "failed" }, headers: chinese };
  expect((await scene.ask("POST", "/jobs/warned/disable", off)).body.disabledReason).toBe("failed");
});

test.each([
  [undefined, "en"],
  ["", "en"],
  ["de-DE", "en"],
  ["zh-CN", "zh-CN"],
  ["zh-TW;q=0.5, en;q=0.9", "en"],
  ["en;q=0.2, zh;q=0.9", "zh-CN"],
  ["fr, zh;q=0.1", "zh-CN"],
  ["zh;q=0", "en"],
  ["zh;q=x", "en"],
])("of %s it answers %s", (header, language) => {
  expect(languageOf({ headers: header === undefined ? {} : { "accept-language": header } })).toBe(language);
});
