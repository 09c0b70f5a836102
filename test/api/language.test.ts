// Sentences for people come in the language that they ask for.
import { afterAll, beforeAll, expect, test } from "vitest";
import { languageOf } from "../../src/api/language.ts";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";

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
