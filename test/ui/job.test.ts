// The page of a job: how it is, its runs, its definition and its versions.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { allowProblems, settled } from "../support/browser.ts";
import { expectWellMade, screenshot } from "../support/page-checks.ts";
import { until } from "../support/program.ts";
import { openUiScene } from "../support/ui-scene.ts";

const nightly = {
  name: "nightly",
  title: "Nightly backup",
  description: "Dumps the orders database.",
  owner: "Ann",
  tags: ["db"],
  schedule: "30 2 25-31 3 *",
  timezone: "Europe/Berlin",
  timeout: "5m",
  cmd: "sleep 0.05",
};
const ui = openUiScene({
  jobs: [
    nightly,
    { name: "by-hand", schedule: "@manual", cmd: 'echo "MODE is $MODE"' },
    { name: "fails", schedule: "@manual", cmd: "exit 3" },
    { name: "sleeps", schedule: "@manual", cmd: "sleep 1.5" },
  ],
});
const names = [
  hostname(),
  "nightly",
  "Nightly backup",
  "Dumps the orders database.",
  "Ann",
  "db",
  "by-hand",
  "fails",
  "sleeps",
  "admin",
  "local",
];

const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const tab = (page: Page, name: string) => page.getByRole("tab", { name });
const isEnabled = async (name: string) => (await ui.server.api<{ enabled: boolean }>("GET", `/jobs/${name}`)).enabled;

async function runTimes(job: string, times: number) {
  for (let i = 0; i < times; i++) await ui.server.over(await ui.server.trigger(job));
}

test("its head tells what it is and when it runs next, in the zone of its schedule", async () => {
  const page = await ui.open("/jobs/nightly", { timezoneId: "Asia/Tokyo" });
  await page.getByRole("heading", { level: 1, name: "Nightly backup" }).waitFor();
  expect(await page.title()).toBe("Nightly backup · DistCron");
  await page.getByText("Next run (Europe/Berlin)").waitFor();
  const next = page.locator(".dc-job-facts time").first();
  expect(await next.textContent()).toMatch(/^\d{4}-03-25 02:30:00$/);
  expect(await page.locator(".dc-countdown").first().textContent()).toMatch(/^\d+d \d\d:\d\d$/);
  await page.getByText("Never run", { exact: true }).waitFor();
  await page.getByText("It has not run yet.").waitFor();
});

test("its tabs stand in the address", async () => {
  const page = await ui.open("/jobs/nightly");
  await tab(page, "Configuration").click();
  await region(page, "In force").waitFor();
  expect(new URL(page.url()).search).toBe("?tab=config");
  await tab(page, "Changes").click();
  await region(page, "Versions").waitFor();
  await page.goBack();
  await region(page, "In force").waitFor();
  expect(await tab(page, "Configuration").getAttribute("aria-selected")).toBe("true");
});

test("the next ten ticks come in its zone and in UTC, and the one that falls into a gap of daylight saving is marked", async () => {
  const page = await ui.open("/jobs/nightly");
  const ticks = region(page, "Next ticks").getByRole("row");
  await expect.poll(() => ticks.count()).toBe(11);
  const gaps = ticks.filter({ hasText: "Clocks go forward" });
  expect(await gaps.count()).toBeGreaterThan(0);
  expect(await gaps.first().textContent()).toMatch(/03:00:00 UTC\+2.*01:00:00/);
});

test("its last runs are bars that lead to them, and charts whose tables say the same", async () => {
  await runTimes("nightly", 3);
  const page = await ui.open("/jobs/nightly");
  const health = region(page, "Health");
  await health.getByText(/The last run succeeded\. 100% succeeded since/).waitFor();
  const bars = health.getByRole("group", { name: "The last 3 runs: 3 Succeeded" }).getByRole("link");
  await bars.last().focus();
  await page.keyboard.press("ArrowLeft");
  expect(await bars.nth(1).evaluate((bar) => bar === bar.ownerDocument.activeElement)).toBe(true);
  for (const figure of ["Duration", "Lateness"]) {
    const chart = region(page, figure);
    await chart.getByRole("img", { name: new RegExp(`${figure} of the last 3 runs: from .+ to`) }).waitFor();
    await chart.locator("canvas").waitFor();
    await chart.getByRole("button", { name: "As a table" }).click();
    await expect.poll(() => chart.getByRole("row").count()).toBe(4);
    await chart.getByRole("row").nth(1).getByText("Succeeded").waitFor();
  }
  await page.keyboard.press("Escape");
  await bars.first().click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\w+$/);
});

test("a job that fails says since when, and why", async () => {
  await runTimes("fails", 3);
  const page = await ui.open("/jobs/fails");
  await region(page, "Health")
    .getByText(/Failing since 3 runs, \d{4}-\d\d-\d\d \d\d:\d\d/)
    .waitFor();
  await region(page, "Health").getByRole("link", { name: "exit code 3" }).waitFor();
  await region(page, "Health").getByRole("group", { name: "The last 3 runs: 3 Failed" }).waitFor();
});

test("a run that starts and ends shows without asking", async () => {
  const page = await ui.open("/jobs/sleeps");
  const state = page.locator(".dc-title-line .dc-state");
  await expect.poll(() => state.textContent()).toBe("Never run");
  await ui.server.trigger("sleeps");
  await expect.poll(() => state.textContent(), { timeout: 10_000 }).toBe("Running");
  await page.getByText("One run is under way.").waitFor();
  await expect.poll(() => state.textContent(), { timeout: 10_000 }).toBe("OK");
  await region(page, "Health").getByRole("group", { name: "The last run: 1 Succeeded" }).waitFor();
});

test("it is run with other variables this once", async () => {
  const page = await ui.open("/jobs/by-hand", { as: "operator" });
  await page.getByRole("button", { name: "More for by-hand" }).click();
  await page.getByRole("menuitem", { name: "Run now with…" }).click();
  const dialog = page.getByRole("dialog", { name: "Run by-hand now" });
  const variables = dialog.getByRole("textbox", { name: "Environment variables" });
  await variables.fill("nonsense");
  expect(await dialog.getByRole("button", { name: "Run now" }).isDisabled()).toBe(true);
  await variables.fill("MODE=full");
  await dialog.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("link", { name: "See the run" }).waitFor();
  const [run] = await ui.server.runsOf("by-hand");
  await ui.server.over(run?.id as string);
  expect(await ui.server.output(run?.id as string)).toBe("MODE is full\n");
});

test("it is disabled until a moment and enabled again", async () => {
  const page = await ui.open("/jobs/nightly", { as: "operator" });
  await page.getByRole("button", { name: "Disable…" }).click();
  const dialog = page.getByRole("dialog", { name: "Disable nightly" });
  await dialog.getByRole("radio", { name: "a moment of my choice" }).check();
  await dialog.getByLabel(/^Enable it again at/).fill("2020-01-01T00:00");
  await dialog.getByText("This moment has passed").waitFor();
  await dialog.getByRole("radio", { name: "in one day" }).check();
  await dialog.getByRole("textbox", { name: "Why (for the others)" }).fill("disks are swapped");
  await dialog.getByRole("button", { name: "Disable" }).click();
  await page.locator(".dc-job-facts").getByText("None: the job is disabled").waitFor();
  await region(page, "Next ticks").getByText("None while the job is disabled.").waitFor();
  expect(await isEnabled("nightly")).toBe(false);
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await until("it is enabled", () => isEnabled("nightly"));
  await page.getByRole("button", { name: "Disable…" }).waitFor();
});

test("it says why it ran, and why it did not", async () => {
  await runTimes("by-hand", 1);
  const page = await ui.open("/jobs/nightly");
  const why = region(page, "Why did it run, or not?");
  await why.getByLabel(/^Instant/).fill("2026-01-01T10:00:00");
  await why.getByRole("button", { name: "Ask" }).click();
  await why.getByText("The job did not exist yet.").waitFor();
  expect(new URL(page.url()).searchParams.get("why")).toBe("2026-01-01T09:00:00.000Z");
  await why.getByRole("button", { name: "Last tick" }).click();
  await why.getByText(/^the job was created at/).waitFor();
  const [run] = (await ui.server.runsOf("nightly")).reverse();
  await page.goto(`/jobs/nightly?why=${run?.scheduledFor}`);
  await why.getByRole("link", { name: "Succeeded" }).waitFor();
});

test("its runs are a tab of their own, narrowed by the address", async () => {
  const page = await ui.open("/jobs/fails?tab=runs");
  await expect.poll(() => page.locator("tbody tr").count()).toBe(3);
  expect(await page.getByRole("columnheader", { name: "Job" }).count()).toBe(0);
  await page.getByRole("combobox", { name: "State" }).click();
  await page.getByRole("option", { name: "Succeeded" }).click();
  await page.getByText("Nothing matches these filters").waitFor();
  expect(new URL(page.url()).search).toBe("?tab=runs&state=succeeded");
  await page.keyboard.press("Escape");
  await page.goBack();
  await page.locator("tbody").getByText("exit code 3").first().waitFor();
  await page.locator("tbody tr").first().getByRole("link", { name: "Failed" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\w+$/);
});

test("its definition is told whole, with what is written set apart, and can be taken along as a file", async () => {
  const page = await ui.open("/jobs/nightly?tab=config");
  const row = (key: string) =>
    region(page, "In force")
      .getByRole("row")
      .filter({ has: page.getByText(key, { exact: true }) });
  expect(await row("timeout").textContent()).toBe("timeout5mset");
  expect(await row("cmd.command").textContent()).toBe("cmd.commandsleep 0.05set");
  expect(await row("retry.limit").textContent()).toBe("retry.limit0default");
  await region(page, "As written").getByText("timeout: 5m").waitFor();
  await page.getByRole("button", { name: "More for nightly" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Export as YAML" }).click(),
  ]);
  expect(parse(readFileSync(await download.path(), "utf8")).jobs[0]).toMatchObject(nightly);
});

test("two versions are compared, and an old one is made the newest", async () => {
  const change = (body: object) => ui.server.api("PATCH", "/jobs/nightly", body);
  await change({ timeout: "10m" });
  await change({ priority: 7 });
  const page = await ui.open("/jobs/nightly?tab=changes", { as: "editor" });
  const diff = region(page, "Difference");
  await diff.getByText("priority: 7").waitFor();
  await page.getByRole("button", { name: "What version 2 changed" }).click();
  const lines = (kind: string) => diff.locator(`[data-kind="${kind}"]`).allTextContents();
  await expect.poll(() => lines("plus")).toEqual(["added: + timeout: 10m\n"]);
  expect(await lines("minus")).toEqual(["removed: − timeout: 5m\n"]);
  expect(new URL(page.url()).searchParams.get("after")).toBe("2");
  await page.getByRole("button", { name: "Roll back to version 1" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll nightly back to version 1?" });
  await dialog.getByRole("button", { name: "Roll back" }).click();
  await page.getByText("Version 1 is in force again, as version 4.").waitFor();
  const job = await ui.server.api<{ version: number; spec: object }>("GET", "/jobs/nightly");
  expect(job).toMatchObject({ version: 4, spec: { timeout: "5m" } });
  expect(job.spec).not.toHaveProperty("priority");
  const audit = region(page, "Who did what");
  const line = audit.getByRole("listitem").filter({ hasText: "Job rolled back" });
  await line.locator("summary").click();
  await line.getByRole("row").filter({ hasText: "priority" }).waitFor();
});

test("a viewer sees all of it and can change nothing; the audit is for operators", async () => {
  const page = await ui.open("/jobs/nightly?tab=changes", { as: "viewer" });
  await region(page, "Versions").waitFor();
  expect(await page.getByRole("button", { name: /^(Run|Disable|Roll back|Enable)/ }).count()).toBe(0);
  expect(await page.getByRole("link", { name: "Edit" }).count()).toBe(0);
  expect(await region(page, "Who did what").count()).toBe(0);
});

test("it is deleted once its name is typed", async () => {
  await ui.server.apply({ name: "short-lived", schedule: "@manual", cmd: "true" });
  const page = await ui.open("/jobs/short-lived", { as: "editor" });
  await page.getByRole("button", { name: "More for short-lived" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete short-lived?" });
  await dialog.getByRole("textbox", { name: "Type short-lived to confirm" }).fill("short");
  expect(await dialog.getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
  await dialog.getByRole("textbox", { name: "Type short-lived to confirm" }).fill("short-lived");
  allowProblems(page, /status of 404/);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("short-lived is deleted.").waitFor();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/jobs");
});

test("a job that doesn't exist is a page that says so", async () => {
  const page = await ui.open("/jobs/nope", { settle: false });
  allowProblems(page, /status of 404/);
  await page.getByText("There is no job nope").waitFor();
  await page.getByRole("main").getByRole("link", { name: "Jobs" }).click();
  await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
});

test.each(["overview", "runs", "config", "changes"])("its tab %s is well made", async (name) => {
  const page = await ui.open(`/jobs/fails?tab=${name}&why=last`);
  await screenshot(page, `job-${name}`);
  await expectWellMade(page, { allow: names });
  if (name !== "overview") return;
  await page.getByRole("button", { name: "As a table" }).first().click();
  await settled(page);
  await expectWellMade(page, { allow: names });
});
