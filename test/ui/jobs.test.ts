// The list of jobs: finding, ordering, and doing something to one or to many.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { choose, settled } from "../support/browser.ts";
import { expectChinese, expectWellMade, screenshot } from "../support/page-checks.ts";
import { until } from "../support/program.ts";
import { openUiScene } from "../support/ui-scene.ts";

const ui = openUiScene();
const many = Array.from({ length: 21 }, (_, i) => `many-${String(i).padStart(2, "0")}`);
const jobs = [
  { name: "db-dump", title: "Database dump", tags: ["db", "night"], owner: "Ann", schedule: "30 2 * * *", cmd: "true" },
  { name: "db-index", tags: ["db"], schedule: "0 2 1 1 *", cmd: "true" },
  { name: "fails", schedule: "@manual", cmd: "exit 3" },
  { name: "web", tags: ["front"], schedule: "*/5 * * * *", timezone: "Asia/Tokyo", cmd: "true" },
  ...many.map((name) => ({ name, tags: ["many"], schedule: "0 0 1 1 *", cmd: "true" })),
];
const names = [...jobs.map(({ name }) => name), "Database dump", "Ann", "db", "night", "front", "many", "admin"];

const rows = (page: Page) => page.locator("tbody tr");
const namesIn = async (page: Page) => {
  await settled(page);
  return rows(page).locator(".dc-job-name > a").allTextContents();
};
const isEnabled = async (name: string) => (await ui.server.api<{ enabled: boolean }>("GET", `/jobs/${name}`)).enabled;
const query = (page: Page) => new URL(page.url()).searchParams.toString();

test("without any job it says so and what to do; a viewer isn't told what they can't", async () => {
  const page = await ui.open("/jobs");
  await page.getByText("No jobs yet").waitFor();
  await page.getByText("distcron apply -f jobs.yaml").waitFor();
  expect(await page.getByRole("main").getByRole("link", { name: "New job" }).count()).toBe(2);
  await expectChinese(page, ["admin"]);
  const viewer = await ui.open("/jobs", { as: "viewer" });
  await viewer.getByText("No jobs yet").waitFor();
  expect(await viewer.getByRole("link", { name: "New job" }).count()).toBe(0);
});

test("jobs are found by a word, a tag and a state, which stand in the address and can be taken back", async () => {
  await ui.server.apply(...jobs);
  const page = await ui.open("/jobs");
  await page.getByRole("searchbox").fill("dump");
  await expect.poll(() => namesIn(page)).toEqual(["Database dump"]);
  expect(query(page)).toBe("q=dump");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await rows(page).nth(5).waitFor();
  await page.getByRole("combobox", { name: "Tag" }).click();
  await page.getByRole("option", { name: "db (2)" }).click();
  await expect.poll(() => namesIn(page)).toEqual(["Database dump", "db-index"]);
  await choose(page, "State", "Disabled");
  await page.getByText("Nothing matches these filters").waitFor();
  expect(query(page)).toBe("tag=db&state=disabled");
  await page.goBack();
  await expect.poll(() => namesIn(page)).toEqual(["Database dump", "db-index"]);
  await page.getByRole("button", { name: "night", exact: true }).click();
  await expect.poll(() => namesIn(page)).toEqual(["Database dump"]);
});

test("a head orders the rows by its column, and tells screen readers which way", async () => {
  const page = await ui.open("/jobs?q=b");
  const head = (name: string) => page.getByRole("columnheader", { name });
  await expect.poll(() => namesIn(page)).toEqual(["Database dump", "db-index", "web"]);
  expect(await head("Job").getAttribute("aria-sort")).toBe("ascending");
  await head("Next run").getByRole("button").click();
  await expect.poll(async () => (await namesIn(page))[0]).toBe("web");
  expect(query(page)).toBe("q=b&sort=nextRun");
  expect(await head("Next run").getAttribute("aria-sort")).toBe("ascending");
  await head("Next run").getByRole("button").click();
  await expect.poll(async () => (await namesIn(page)).at(-1)).toBe("web");
  expect(await head("Next run").getAttribute("aria-sort")).toBe("descending");
  expect(await head("Job").getAttribute("aria-sort")).toBe("none");
});

test("a run by hand leads to itself, and its end shows in the row", async () => {
  const page = await ui.open("/jobs?q=fails");
  const row = rows(page).filter({ hasText: "fails" });
  await page.getByRole("button", { name: "Run fails now" }).click();
  const link = page.getByRole("link", { name: "See the run" });
  await link.waitFor();
  await row.getByText("Failing").waitFor();
  await row.getByRole("link", { name: "Failed" }).waitFor();
  await page.reload();
  await row.getByRole("img", { name: "The last run: 1 Failed" }).waitFor();
  await row.getByText("0%").waitFor();
  await page.getByRole("button", { name: "Run fails now" }).click();
  await link.click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\w+$/);
});

test("keys go along the rows, select, open, run and switch", async () => {
  const page = await ui.open("/jobs?q=db-");
  await settled(page);
  const marked = page.locator('tr[data-marked="true"]');
  for (const key of ["j", "j", "k"]) await page.keyboard.press(key);
  await expect.poll(() => marked.textContent()).toContain("db-dump");
  await page.keyboard.press("x");
  await page.getByText("One job selected").waitFor();
  expect(await page.getByRole("checkbox", { name: "Select db-dump" }).isChecked()).toBe(true);
  await page.keyboard.press("x");
  await page.getByText("One job selected").waitFor({ state: "hidden" });
  await page.keyboard.press("j");
  await page.keyboard.press("p");
  await until("db-index is disabled", async () => !(await isEnabled("db-index")));
  await page.keyboard.press("p");
  await until("db-index is enabled", () => isEnabled("db-index"));
  await page.keyboard.press("r");
  await page.getByText("db-index runs.").waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/jobs/db-index");
});

test("those selected are disabled until a moment, with a reason, and enabled again", async () => {
  const page = await ui.open("/jobs?q=db-");
  await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
  const bar = page.getByRole("region", { name: "With the selected jobs" });
  await bar.getByText("2 jobs selected").waitFor();
  await bar.getByRole("button", { name: "Disable" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Disable 2 jobs?" });
  await dialog.getByRole("radio", { name: "in four hours" }).check();
  await dialog.getByRole("textbox", { name: "Why (for the others)" }).fill("disks are swapped");
  await expectWellMade(page, { allow: names });
  await dialog.getByRole("button", { name: "Disable" }).click();
  await page.getByText("2 jobs are disabled.").waitFor();
  const job = await ui.server.api<{ enabled: boolean; enableAt: string }>("GET", "/jobs/db-dump");
  expect(job.enabled).toBe(false);
  expect(Date.parse(job.enableAt) - Date.now()).toBeGreaterThan(3.9 * 3_600_000);
  const audit = await ui.server.api<{ items: { after: { reason: string } }[] }>("GET", "/audit?action=job.disable");
  expect(audit.items[0]?.after.reason).toBe("disks are swapped");
  await rows(page).first().getByText("Disabled").waitFor();
  await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
  await bar.getByRole("button", { name: "Enable" }).first().click();
  const question = page.getByRole("dialog", { name: "Enable 2 jobs?" });
  await question.getByText("db-index").waitFor();
  await question.getByRole("button", { name: "Enable" }).click();
  await until("both are enabled", async () => (await isEnabled("db-dump")) && isEnabled("db-index"));
});

test("all that match a filter are disabled once their number is typed, and none before", async () => {
  const page = await ui.open("/jobs?tag=many");
  const all = page.getByRole("group", { name: "All that match the filters:" });
  await all.getByRole("button", { name: "Disable" }).click();
  const dialog = page.getByRole("dialog", { name: "Disable 21 jobs?" });
  await dialog.getByRole("radio", { name: "I enable it again" }).check();
  await dialog.getByRole("button", { name: "Disable" }).click();
  const typed = page.getByRole("textbox", { name: "Type 21 to confirm" });
  await typed.fill("20");
  const yes = page.getByRole("dialog").getByRole("button", { name: "Disable" });
  expect(await yes.isDisabled()).toBe(true);
  expect(await isEnabled("many-20")).toBe(true);
  await typed.fill("21");
  await yes.click();
  await page.getByText("21 jobs are disabled.").waitFor();
  expect(await Promise.all(many.map(isEnabled))).toEqual(many.map(() => false));
  expect(await isEnabled("web")).toBe(true);
});

test("those selected are exported as a file that apply takes", async () => {
  const page = await ui.open("/jobs?q=db-");
  await page.getByRole("checkbox", { name: "Select db-dump" }).check();
  const bar = page.getByRole("region", { name: "With the selected jobs" });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    bar.getByRole("button", { name: "Export" }).first().click(),
  ]);
  const file = parse(readFileSync(await download.path(), "utf8"));
  expect(download.suggestedFilename()).toBe("db-dump.yaml");
  expect(file).toEqual({ jobs: [jobs[0]] });
});

test("deleting many takes an editor, and names them", async () => {
  await ui.server.apply(
    { name: "old-1", schedule: "@manual", cmd: "true" },
    { name: "old-2", schedule: "@manual", cmd: "true" },
  );
  const operator = await ui.open("/jobs?q=old-", { as: "operator" });
  const all = operator.getByRole("group", { name: "All that match the filters:" });
  await all.getByRole("button", { name: "Disable" }).waitFor();
  expect(await all.getByRole("button", { name: "Delete" }).count()).toBe(0);
  const page = await ui.open("/jobs?q=old-", { as: "editor" });
  const bulk = page.getByRole("group", { name: "All that match the filters:" });
  await bulk.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete 2 jobs?" });
  await dialog.getByText("old-2").waitFor();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Nothing matches these filters").waitFor();
});

test("one is deleted from its menu once its name is typed", async () => {
  await ui.server.apply({ name: "old-3", schedule: "@manual", cmd: "true" });
  const page = await ui.open("/jobs?q=old-3");
  await page.getByRole("button", { name: "More for old-3" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete old-3?" });
  expect(await dialog.getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
  await dialog.getByRole("textbox", { name: "Type old-3 to confirm" }).fill("old-3");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("old-3 is deleted.").waitFor();
});

test("a viewer sees the jobs and nothing that changes them", async () => {
  const page = await ui.open("/jobs", { as: "viewer" });
  await page.getByRole("link", { name: "Database dump" }).waitFor();
  expect(await page.getByRole("checkbox").count()).toBe(0);
  expect(await page.getByRole("button", { name: /^Run / }).count()).toBe(0);
  expect(await page.getByRole("switch", { name: "db-dump is enabled" }).isDisabled()).toBe(true);
  await page.getByRole("button", { name: "More for db-dump" }).click();
  await page.getByRole("menuitem").first().waitFor();
  expect(await page.getByRole("menuitem").allTextContents()).toEqual(["Its runs", "Its versions", "Export as YAML"]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  for (const key of ["r", "p", "e", "x"]) await page.keyboard.press(key);
  await settled(page);
  expect(new URL(page.url()).pathname).toBe("/jobs");
  expect(await isEnabled("db-dump")).toBe(true);
});

test("on a phone each job is a card with what matters, and can be run, ordered and opened", async () => {
  const page = await ui.open("/jobs?q=db-", { width: 360, height: 740 });
  const card = page.getByRole("listitem").filter({ hasText: "Database dump" });
  await card.getByText("Next run").waitFor();
  await choose(page, "Order", "Name, from Z");
  await expect.poll(() => page.getByRole("listitem").first().textContent()).toContain("db-index");
  await card.getByRole("button", { name: "Run db-dump now" }).click();
  await page.getByText("db-dump runs.").waitFor();
  await screenshot(page, "jobs-phone");
  await card.getByRole("link", { name: "Database dump" }).click();
  await page.getByRole("heading", { level: 1, name: "Database dump" }).waitFor();
});

test("the list is well made", async () => {
  const page = await ui.open("/jobs?sort=-lastRun");
  await page.getByRole("link", { name: "Database dump" }).waitFor();
  await page.getByRole("checkbox", { name: "Select db-dump" }).check();
  await screenshot(page, "jobs");
  await expectWellMade(page, { allow: names });
});
