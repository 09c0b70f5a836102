// The job editor in a real browser against the real server: form, text, what is wrong, changes, conflicts, ways out.
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allowProblems, choose, settled } from "../support/browser.ts";
import { expectWellMade, screenshot, showIn } from "../support/page-checks.ts";
import { until } from "../support/program.ts";
import { openUiScene } from "../support/ui-scene.ts";

const jobs = [
  {
    name: "backup",
    schedule: "0 3 * * *",
    timezone: "Europe/Berlin",
    cmd: { command: "true", env: { MODE: "full" } },
    retry: { limit: 2 },
  },
  { name: "shared", schedule: "@manual", cmd: "true", priority: 5, timeout: "1m" },
  { name: "clash", schedule: "@manual", cmd: "true", priority: 5, timeout: "1m", title: "Clash" },
  { name: "theirs", schedule: "@manual", cmd: "true", priority: 5 },
  { name: "probe", schedule: "@manual", http: "http://127.0.0.1:1/" },
  { name: "noted", schedule: "@manual", cmd: "true", notify: { channels: ["ops"] }, tags: ["a", "b"] },
];
/** What stands for itself in every language. */
const allow = [
  "clean-logs",
  "local",
  /(?<=:)(exponential|fail|none|latest|skip)\b/,
  "Shell",
  "shell",
  /@\w+/,
  /SIG\w+/,
  /(run|job)\.\w+/,
];
const ui = openUiScene({ jobs });

interface Saved {
  version: number;
  enabled: boolean;
  spec: Record<string, unknown>;
}
const saved = (name: string) => ui.server.api<Saved>("GET", `/jobs/${name}`);
const field = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });
const schedule = (page: Page) => page.getByRole("textbox", { name: "Schedule", exact: true });
const zone = (page: Page) => page.getByRole("combobox", { name: "Time zone" });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const save = (page: Page) => button(page, "Save").first().click();
const preview = (page: Page) => page.getByRole("complementary", { name: "What it means" });
const toYaml = async (page: Page) => {
  await page.getByText("YAML", { exact: true }).click();
  return page.getByRole("textbox", { name: "Job document" });
};
const toForm = (page: Page) => page.getByText("Form", { exact: true }).click();

let target: { url: string; heard: { method: string; body: string; token: string | undefined }[] };
let http: HttpServer;
beforeAll(async () => {
  const heard: typeof target.heard = [];
  http = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      heard.push({ method: request.method ?? "", body, token: request.headers["x-token"] as string | undefined });
      response.writeHead(202).end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  target = { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook`, heard };
});
afterAll(() => new Promise((resolve) => http.close(resolve)));

test("a command job is written in the form, saved and run at once", async () => {
  const page = await ui.open("/jobs/new", { as: "editor" });
  await field(page, "Name").fill("say-hello");
  await field(page, "Command").fill('echo "hello $WHOM"');
  await button(page, "Add a variable").click();
  await field(page, "Environment variables: name 1").fill("WHOM");
  await field(page, "Environment variables: value 1").fill("world");
  await schedule(page).fill("30 2 * * *");
  await preview(page).getByText("At 02:30 every day (UTC)").waitFor();
  expect(await preview(page).getByRole("row").count()).toBe(11);
  await field(page, "Retries").fill("3");
  await field(page, "Title").fill("Says hello");
  await page.getByRole("combobox", { name: "Tags" }).fill("demo,");
  await screenshot(page, "editor-command");
  await button(page, "Save & run now").click();
  await page.waitForURL("**/jobs/say-hello");
  const job = await saved("say-hello");
  // What nobody wrote isn't there.
  expect(job.spec).toEqual({
    name: "say-hello",
    title: "Says hello",
    tags: ["demo"],
    schedule: "30 2 * * *",
    cmd: { command: 'echo "hello $WHOM"', env: { WHOM: "world" } },
    retry: { limit: 3 },
  });
  const run = await until("its run is there", async () => (await ui.server.runsOf("say-hello"))[0]);
  expect((await ui.server.over(run.id)).state).toBe("succeeded");
  expect(await ui.server.output(run.id)).toBe("hello world\n");
});

test("an HTTP job is written in the form; left empty, fields show what then holds", async () => {
  const page = await ui.open("/jobs/new");
  await page.getByText("HTTP request").click();
  await field(page, "Name").fill("hook");
  await field(page, "URL").fill(target.url);
  expect(await field(page, "Timeout").getAttribute("placeholder")).toBe("Default: 30s");
  await choose(page, "Method", "POST");
  await field(page, "Statuses of success").fill("200-299");
  await button(page, "Add a header").click();
  await field(page, "Headers: name 1").fill("X-Token");
  await field(page, "Headers: value 1").fill("secret");
  await field(page, "Body").fill('{"run":"{{run.id}}"}');
  await field(page, "Answer must match").fill('"ok":true');
  await choose(page, "Follow redirects", "No");
  await button(page, "Presets").click();
  await page.getByRole("menuitem", { name: /Only by hand/ }).click();
  await preview(page).getByText("Only when triggered by hand").waitFor();
  await screenshot(page, "editor-http");
  await button(page, "Save & run now").click();
  await page.waitForURL("**/jobs/hook");
  expect((await saved("hook")).spec.http).toEqual({
    url: target.url,
    method: "POST",
    expectStatus: "200-299",
    headers: { "X-Token": "secret" },
    body: '{"run":"{{run.id}}"}',
    expectBody: '"ok":true',
    followRedirects: false,
  });
  const run = await until("its run is there", async () => (await ui.server.runsOf("hook"))[0]);
  expect((await ui.server.over(run.id)).state).toBe("succeeded");
  expect(target.heard).toEqual([{ method: "POST", body: `{"run":"${run.id}"}`, token: "secret" }]);
});

test("a schedule that isn't valid is told at its field with the server's words, and isn't saved", async () => {
  const page = await ui.open("/jobs/new");
  allowProblems(page, /status of 422.*schedules\/preview/);
  await field(page, "Name").fill("wrong");
  await field(page, "Command").fill("true");
  await schedule(page).fill("61 * * * *");
  const place = page.locator('[data-field="schedule"]');
  await place.getByText(/schedule "61 \* \* \* \*".*minute/).waitFor();
  await page.getByRole("link", { name: "When 1 problems" }).waitFor();
  await field(page, "Priority").fill("12");
  await save(page);
  await page.locator('[data-field="priority"]').getByText("expected a whole number from 0 to 9").waitFor();
  await button(page, "2 problems").waitFor();
  // The first of them has the focus.
  await page.waitForFunction(`document.activeElement.getAttribute("aria-label") === "Schedule"`);
  await screenshot(page, "editor-problems");
  await schedule(page).fill("0 0 30 2 *");
  await place.getByText(/never fires/).waitFor();
  expect((await fetch(`${ui.server.url}/api/v1/jobs/wrong`)).status).not.toBe(200);
});

test("warns of a minute in which much is due already, and of a job that takes longer than its ticks are apart", async () => {
  const crowd = Array.from({ length: 30 }, (_, i) => ({ name: `crowd-${i}`, schedule: "17 4 1 1 *", cmd: "true" }));
  const slow = { name: "slow", schedule: "@manual", cmd: "sleep 1.2", overlap: "allow" };
  await ui.server.apply(...crowd, slow);
  const runs = await Promise.all([1, 2, 3].map(() => ui.server.trigger("slow")));
  await Promise.all(runs.map((id) => ui.server.over(id)));
  const page = await ui.open("/jobs/slow/edit");
  await schedule(page).fill("17 4 1 1 *");
  await preview(page)
    .getByText(/^At \d{4}-01-01 04:17 more is due than the nodes take at once: \d+ starts\./)
    .waitFor();
  await schedule(page).fill("* * * * * *");
  await preview(page)
    .getByText(/^It usually takes up to 1\.\d s, and is due every 1\.?0? ?s:/)
    .waitFor();
  await schedule(page).fill("18 4 1 1 *");
  await preview(page)
    .getByText(/more is due|usually takes/)
    .waitFor({ state: "detached" });
});

test("warns of a clock that is set, and of day of month or day of week, in words that follow the language", async () => {
  const page = await ui.open("/jobs/new", { timezoneId: "America/New_York" });
  await schedule(page).fill("30 2 * * *");
  await zone(page).click();
  await zone(page).fill("berlin");
  await page.getByRole("option", { name: /Europe\/Berlin/ }).click();
  await preview(page)
    .getByText(/clock in Europe\/Berlin goes forward/)
    .waitFor();
  await preview(page)
    .getByText(/clock in Europe\/Berlin goes back/)
    .waitFor();
  await page.getByRole("columnheader", { name: "In Europe/Berlin" }).waitFor();
  await page.getByRole("columnheader", { name: "Here (America/New_York)" }).waitFor();
  await schedule(page).fill("0 0 13 * FRI");
  await preview(page)
    .getByText(/a day that matches either is due/)
    .waitFor();
  await showIn(page, "zh-CN");
  await page.getByText(/满足其一即触发/).waitFor();
  await page.getByRole("textbox", { name: "优先级" }).fill("12");
  await page.getByRole("textbox", { name: "优先级" }).blur();
  await page.locator('[data-field="priority"]').getByText("应为:0 至 9 的整数,实为:数字 12").waitFor();
  await screenshot(page, "editor-zh");
});

test("an answer about an older schedule that comes late isn't shown", async () => {
  const page = await ui.open("/jobs/new");
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/schedules/preview", async (route) => {
    if (route.request().postData()?.includes("0 1 * * *")) await held;
    await route.continue();
  });
  const first = page.waitForRequest((request) => request.postData()?.includes("0 1 * * *") ?? false);
  await schedule(page).fill("0 1 * * *");
  await first;
  await schedule(page).fill("0 2 * * *");
  await preview(page).getByText("At 02:00 every day (UTC)").waitFor();
  release();
  await settled(page);
  expect(await preview(page).getByText("At 02:00 every day (UTC)").isVisible()).toBe(true);
  expect(await page.getByText("At 01:00").count()).toBe(0);
});

test("zones are found by offset; several schedules, and one put together field by field", async () => {
  const page = await ui.open("/jobs/new");
  await zone(page).click();
  await zone(page).fill("+5:45");
  await page.getByRole("option", { name: /Asia\/Kat/ }).click();
  await schedule(page).fill("0 3 * * *");
  await button(page, "Schedule: field by field").click();
  await page.getByRole("combobox", { name: "Hour" }).fill("9-17");
  await page.getByRole("combobox", { name: "Day of week" }).fill("MON-FRI");
  await page.getByRole("combobox", { name: "Second" }).fill("30");
  expect(await schedule(page).inputValue()).toBe("30 0 9-17 * * MON-FRI");
  await button(page, "Add a schedule").click();
  await field(page, "Schedule 2").fill("@every 1h30m");
  await preview(page)
    .getByText(/every 1h30m/)
    .waitFor();
  await screenshot(page, "editor-when");
  const yaml = await toYaml(page);
  expect(await yaml.inputValue()).toContain(
    'schedule:\n  - 30 0 9-17 * * MON-FRI\n  - "@every 1h30m"\ntimezone: Asia/Kat',
  );
});

test("form and YAML are one document: nothing of it is lost, and what is wrong stands with its line", async () => {
  const page = await ui.open("/jobs/noted/edit");
  const yaml = await toYaml(page);
  expect(await yaml.inputValue()).toContain("notify:\n  channels:\n    - ops\n");
  const text = `# a comment
name: noted
schedule: "@manual"
cmd: [echo, "a b"]
tags: [a, b]
notify: { channels: [ops] }
retry:
  limt: 2
priority: 12
`;
  await yaml.fill(text);
  const problems = page.getByRole("list", { name: "problems" });
  await problems.getByText("did you mean limit?").waitFor();
  await problems.getByRole("button", { name: "Line 8" }).waitFor();
  await problems.getByRole("button", { name: "Line 9" }).waitFor();
  await screenshot(page, "editor-yaml");
  await toForm(page);
  // A key that no field is for is told above the form, and stays.
  await page.getByRole("alert").getByText("retry.limt").waitFor();
  expect(await field(page, "Argument 1").inputValue()).toBe("a b");
  await field(page, "Priority").fill("7");
  await toYaml(page);
  expect(await yaml.inputValue()).toMatch(/retry:\n {2}limt: 2\n/);
  await yaml.fill((await yaml.inputValue()).replace("limt", "limit").replace("tags:", "tags: ["));
  await page.getByText("One problem").waitFor();
  expect(await page.getByRole("radio", { name: "Form", exact: true }).isDisabled()).toBe(true);
  await yaml.fill((await yaml.inputValue()).replace("tags: [", "tags:"));
  await save(page);
  const changes = page.getByRole("dialog", { name: "3 changes" });
  await changes.waitFor();
  expect(await changes.getByRole("listitem").allInnerTexts()).toEqual([
    expect.stringMatching(/^cmd\s.*true\s.*\["echo","a b"\]$/s),
    expect.stringMatching(/^priority\s.*not set\s.*7$/s),
    expect.stringMatching(/^retry\s.*not set\s.*\{"limit":2\}$/s),
  ]);
  await changes.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/jobs/noted");
  expect((await saved("noted")).spec).toEqual({
    name: "noted",
    schedule: "@manual",
    cmd: ["echo", "a b"],
    tags: ["a", "b"],
    notify: { channels: ["ops"] },
    retry: { limit: 2 },
    priority: 7,
  });
});

test("a change is shown before it is saved, by Ctrl+S too, and what is cleared is gone", async () => {
  const page = await ui.open("/jobs/backup/edit");
  await page.keyboard.press("Control+s");
  await page.getByText("Nothing has changed.").waitFor();
  await field(page, "Retries").fill("");
  await field(page, "Timeout").fill("5m");
  await field(page, "Environment variables: value 1").fill("part");
  await page.keyboard.press("Control+s");
  const changes = page.getByRole("dialog", { name: "3 changes" });
  await changes.waitFor();
  await changes.getByText("cmd.env.MODE").waitFor();
  await changes.getByText("retry", { exact: true }).waitFor();
  await screenshot(page, "editor-changes");
  await changes.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/jobs/backup");
  expect(await saved("backup")).toMatchObject({ version: 2, spec: { timeout: "5m", cmd: { env: { MODE: "part" } } } });
  expect((await saved("backup")).spec).not.toHaveProperty("retry");
});

/** Opens an editor, changes something there, and then lets somebody else save something. */
async function clash(name: string, mine: { timeout?: string; priority?: string }, theirs: object) {
  const page = await ui.open(`/jobs/${name}/edit`);
  allowProblems(page, /status of 409/);
  if (mine.timeout) await field(page, "Timeout").fill(mine.timeout);
  if (mine.priority) await field(page, "Priority").fill(mine.priority);
  await ui.server.api("PATCH", `/jobs/${name}`, theirs);
  return page;
}

test("a conflict shows both sides; what doesn't clash is merged, and mine can stay on top", async () => {
  const page = await clash("clash", { timeout: "2m", priority: "8" }, { timeout: "9m", title: "Theirs" });
  await save(page);
  await page.getByRole("dialog", { name: "2 changes" }).getByRole("button", { name: "Save", exact: true }).click();
  const conflict = page.getByRole("dialog", { name: "Version 2 was saved meanwhile" });
  await conflict.getByText("One place was changed by both of you: choose.").waitFor();
  expect(await conflict.getByRole("row").allInnerTexts()).toEqual([
    expect.stringMatching(/Before\s+Mine\s+Theirs/),
    expect.stringMatching(/^priority\s+5\s+8\s+only mine\s+5$/),
    expect.stringMatching(/^timeout\s+1m\s+2m\s+9m$/),
    expect.stringMatching(/^title\s+Clash\s+Clash\s+Theirs\s+only theirs$/),
  ]);
  await screenshot(page, "editor-conflict");
  await conflict.getByRole("radio", { name: "timeout: take theirs" }).check();
  await conflict.getByRole("button", { name: "Merge" }).click();
  const changes = page.getByRole("dialog", { name: "One change" });
  expect(await changes.getByRole("listitem").allInnerTexts()).toEqual([expect.stringMatching(/^priority/)]);
  await changes.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/jobs/clash");
  expect((await saved("clash")).spec).toMatchObject({ priority: 8, timeout: "9m", title: "Theirs" });
});

test("mine on top of theirs undoes theirs, and says so before it does", async () => {
  const page = await clash("shared", { timeout: "2m" }, { priority: 1 });
  // Told as soon as it happens, not only when one saves.
  await page.getByText(/saved version 2 while you were editing/).waitFor();
  await button(page, "Compare").click();
  await page.getByText("You changed different places: both can stay.").waitFor();
  await expectWellMade(page, { allow: [...ui.names, ...allow] });
  await button(page, "Keep mine on top").click();
  const changes = page.getByRole("dialog", { name: "2 changes" });
  await changes.getByText("priority").waitFor();
  await changes.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/jobs/shared");
  expect(await saved("shared")).toMatchObject({ version: 3, spec: { priority: 5, timeout: "2m" } });
});

test("theirs are taken, and edited further", async () => {
  const page = await clash("theirs", { priority: "8" }, { priority: 1 });
  await save(page);
  await page.getByRole("dialog", { name: "One change" }).getByRole("button", { name: "Save", exact: true }).click();
  await button(page, "Take theirs").click();
  await page.getByText("You edit version 2 now.").waitFor();
  expect(await field(page, "Priority").inputValue()).toBe("1");
  await field(page, "Priority").fill("2");
  await save(page);
  await page.getByRole("dialog", { name: "One change" }).getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/jobs/theirs");
  expect(await saved("theirs")).toMatchObject({ version: 3, spec: { priority: 2 } });
});

test("a copy has everything but the name; a name that is taken is told at its field", async () => {
  const page = await ui.open("/jobs/new?from=probe");
  allowProblems(page, /status of 409/);
  expect(await field(page, "Name").inputValue()).toBe("probe-copy");
  await field(page, "Name").fill("backup");
  await page.getByRole("switch", { name: "Enabled" }).uncheck({ force: true });
  await save(page);
  await page
    .locator('[data-field="name"]')
    .getByText(/backup/)
    .waitFor();
  await field(page, "Name").fill("probe-2");
  await save(page);
  await page.waitForURL("**/jobs/probe-2");
  expect(await saved("probe-2")).toMatchObject({
    enabled: false,
    spec: { name: "probe-2", schedule: "@manual", http: "http://127.0.0.1:1/" },
  });
});

test("leaving with unsaved work asks, whichever way one goes; what was typed outlives a reload", async () => {
  const page = await ui.open("/jobs");
  await page.getByRole("link", { name: "New job" }).click();
  await field(page, "Name").fill("half-done");
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  const stay = async () => {
    await question.getByRole("button", { name: "Cancel" }).click();
    await question.waitFor({ state: "detached" });
    expect(new URL(page.url()).pathname).toBe("/jobs/new");
    expect(await field(page, "Name").inputValue()).toBe("half-done");
  };
  await page.getByRole("link", { name: "Runs" }).click();
  await stay();
  await page.goBack();
  await stay();
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await page.getByText("Your unsaved work on this page was kept:").waitFor();
  await button(page, "Restore it").click();
  expect(await field(page, "Name").inputValue()).toBe("half-done");
  await button(page, "Cancel").click();
  await question.getByRole("button", { name: "Leave" }).click();
  await page.waitForURL("**/jobs");
  await page.goto("/jobs/new");
  await settled(page);
  expect(await field(page, "Name").inputValue()).toBe("");
  expect(await page.getByText("Your unsaved work").count()).toBe(0);
});

test("a viewer and an operator see that it isn't for them", async () => {
  for (const as of ["viewer", "operator"] as const) {
    const page = await ui.open("/jobs/backup/edit", { as });
    await page.getByText("This page needs the role Editor.").waitFor();
    expect(await page.getByRole("textbox").count()).toBe(0);
  }
});

test("is well made, as form and as YAML", async () => {
  const page = await ui.open("/jobs/new");
  await schedule(page).fill("30 2 * * *");
  await zone(page).click();
  await zone(page).fill("berlin");
  await page.getByRole("option", { name: /Europe\/Berlin/ }).click();
  await button(page, "Schedule: field by field").click();
  await button(page, "Add a variable").click();
  await expectWellMade(page, { allow: [...ui.names, ...allow] });
  await page.getByText("HTTP request").click();
  await expectWellMade(page, { allow: [...ui.names, ...allow] });
  await toYaml(page);
  await expectWellMade(page, { allow: [...ui.names, ...allow] });
});
