// The first page: figures that lead to their lists, what wants attention, what runs, what was and what comes.
import { hostname } from "node:os";
import { beforeAll, expect, test } from "vitest";
import { allowProblems, settled } from "../support/browser.ts";
import { expectWellMade, screenshot, showIn } from "../support/page-checks.ts";
import { until } from "../support/program.ts";
import { openUiScene } from "../support/ui-scene.ts";

const crowd = Array.from({ length: 14 }, (_, i) => ({
  name: `report-${String(i).padStart(2, "0")}`,
  schedule: "*/20 * * * *",
  cmd: "true",
  tags: ["reports", ...(i % 2 ? ["nightly"] : [])],
}));
const ui = openUiScene({
  jobs: [
    { name: "probe", schedule: "@every 2s", cmd: "true", tags: ["web"] },
    { name: "broken", schedule: "@manual", cmd: "exit 3" },
    { name: "copy", schedule: "@manual", cmd: { command: "sleep $TAKES", env: { TAKES: "0.2" } } },
    { name: "training", schedule: "@manual", cmd: "true", place: { labels: { gpu: "yes" } } },
    { name: "archived", schedule: "0 4 * * *", cmd: "true", enabled: false },
    ...crowd,
  ],
  config: { node: { slots: 4 } },
});
/** A run of copy that is still under way. */
let running = "";

beforeAll(async () => {
  const { server } = ui;
  for (let i = 0; i < 3; i++) await server.over(await server.trigger("broken"));
  await server.over(await server.trigger("copy"));
  await server.trigger("training");
  running = (await server.api<{ id: string }>("POST", "/jobs/copy/run", { env: { TAKES: "300" } })).id;
  await until("it runs", async () => (await server.getRun(running)).state === "running");
  await until("probes ran", async () => (await server.runsOf("probe")).length > 2);
});

const panel = (page: Awaited<ReturnType<typeof ui.open>>, name: string) =>
  page.getByRole("region", { name, exact: true });

test("figures at the top lead to the lists that they count", async () => {
  const page = await ui.open("/");
  const strip = page.getByRole("list", { name: "The cluster in figures" });
  await expect
    .poll(() => strip.getByRole("link").allInnerTexts())
    .toEqual([
      expect.stringMatching(/^Jobs enabled\s+18$/),
      expect.stringMatching(/^Jobs disabled\s+1$/),
      expect.stringMatching(/^Jobs failing\s+1$/),
      expect.stringMatching(/^Running\s+\d+$/),
      expect.stringMatching(/^Waiting\s+\d+/),
      expect.stringMatching(/^Went wrong in 24 h\s+3$/),
      expect.stringMatching(/^Nodes up\s+1 \/ 1$/),
      expect.stringMatching(/^Leader\s+\S+\s+lag /),
    ]);
  for (const [name, path] of [
    [/Jobs failing/, "/jobs?state=failing"],
    [/Jobs disabled/, "/jobs?state=disabled"],
    [/^Running/, "/runs?state=running&range=all"],
    [/Nodes up/, "/nodes"],
    [/Leader/, "/schedulers"],
  ] as const) {
    await strip.getByRole("link", { name }).click();
    await expect.poll(() => page.url().replace(ui.server.url, "")).toBe(path);
    await page.goBack();
    await strip.waitFor();
  }
  await strip.getByRole("link", { name: /Went wrong/ }).click();
  const { searchParams } = new URL(page.url());
  expect(searchParams.get("state")).toBe("failed,timed_out,lost,missed");
  const list = await ui.server.api<{ items: unknown[] }>("GET", `/runs?${searchParams}`);
  expect(list.items).toHaveLength(3);
});

test("what fails is named with its failures and leads to the job and the run", async () => {
  const page = await ui.open("/", { as: "viewer" });
  const attention = panel(page, "Needs attention");
  const line = attention.getByRole("listitem").filter({ hasText: "broken" });
  await line.getByText("3 failures in a row").waitFor();
  expect(await line.getByRole("link", { name: /Failed/ }).getAttribute("href")).toMatch(/^\/runs\/\w+$/);
  await line.getByRole("link", { name: "broken" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/jobs/broken");
});

test("a run under way is told with its expected end, and can be ended from here", async () => {
  const page = await ui.open("/", { as: "operator" });
  const panelOf = panel(page, "Running now");
  const row = panelOf.getByRole("row").filter({ hasText: "copy" });
  // The job usually takes a fifth of a second.
  await row.getByText(/over$/).waitFor();
  expect(await row.getByRole("link", { name: "Output of copy" }).getAttribute("href")).toBe(`/runs/${running}`);
  await row.getByRole("button", { name: "Cancel copy" }).click();
  const question = page.getByRole("dialog", { name: "Cancel the run of copy?" });
  await question.getByRole("button", { name: "Cancel", exact: true }).last().click();
  await row.waitFor({ state: "hidden" });
  expect((await ui.server.over(running)).state).toBe("cancelled");
});

test("the last day has a column for each quarter that leads to its runs, and a table that says the same", async () => {
  const page = await ui.open("/", { as: "viewer" });
  const past = panel(page, "Last 24 hours");
  const column = past.getByRole("link", { name: /3 went wrong|[12] went wrong/ }).last();
  await column.hover();
  await past
    .getByText(/went wrong/)
    .first()
    .waitFor();
  const href = new URL((await column.getAttribute("href")) as string, ui.server.url);
  expect(Date.parse(href.searchParams.get("to") ?? "") - Date.parse(href.searchParams.get("from") ?? "")).toBe(900_000);
  // One stop of the Tab key for all of them; the arrows go on.
  expect(await past.locator('.dash-column[tabindex="0"]').count()).toBe(1);
  await past.locator(".dash-column").first().focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/runs");
  await page.goBack();
  await past.getByRole("button", { name: "Last 24 hours as a table" }).click();
  const rows = past.getByRole("row");
  await expect.poll(() => rows.count()).toBeGreaterThan(1);
  const lateness = panel(page, "Lateness of starts");
  await lateness.getByRole("img", { name: /the latest began/ }).waitFor();
  await lateness.getByRole("button", { name: "Lateness of starts as a table" }).click();
  await lateness.getByRole("columnheader", { name: "95 %" }).waitFor();
});

test("what comes has a row for each job or tag, marks with their numbers, and busy minutes with their jobs", async () => {
  const page = await ui.open("/", { as: "viewer" });
  const upcoming = panel(page, "Upcoming");
  await upcoming.getByRole("button", { name: "24 h" }).click();
  await upcoming.getByRole("group", { name: "Starts of probe" }).getByRole("link").first().waitFor();
  // Every two seconds: many in one mark, and how long they usually take.
  const marks = upcoming.getByRole("group", { name: "Starts of probe" }).getByRole("link");
  await marks.nth(2).hover();
  await upcoming.getByText(/^probe: \d+ starts, .* usually takes/).waitFor();
  expect(await upcoming.getByRole("link", { name: "archived" }).count()).toBe(0);
  const busy = upcoming.getByRole("group", { name: "Busy minutes" }).getByRole("button").last();
  await busy.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("link", { name: "report-00" }).waitFor();
  expect(await dialog.getByRole("link").allTextContents()).toContain("report-13");
  await dialog.getByRole("button", { name: "Close" }).click();
  await upcoming.getByRole("button", { name: "Tags" }).click();
  await expect.poll(() => new URL(page.url()).search).toBe("?span=24h&by=tag");
  await upcoming.getByRole("group", { name: "Starts of nightly" }).getByRole("button").nth(1).click();
  await dialog.getByRole("link", { name: "report-01" }).waitFor();
  expect(await dialog.getByRole("link", { name: "report-02" }).count()).toBe(0);
  await page.keyboard.press("Escape");
  await upcoming.getByRole("button", { name: "Upcoming as a table" }).click();
  await upcoming.getByRole("rowheader", { name: "nightly" }).waitFor();
});

test("all planning can be paused with a reason and an end, and goes on", async () => {
  const page = await ui.open("/", { as: "operator" });
  await page.getByRole("button", { name: "Pause all planning" }).click();
  const dialog = page.getByRole("dialog", { name: "Pause all planning?" });
  const pause = dialog.getByRole("button", { name: "Pause all planning" });
  expect(await pause.isDisabled()).toBe(true);
  await dialog.getByRole("textbox", { name: "Why (for the others)" }).fill("moving house");
  await dialog.getByLabel(/^Until/).fill("2099-01-01T00:00");
  await pause.click();
  await page.getByText(/All planning is paused by .*operator.*: moving house/).waitFor();
  expect((await ui.server.api<{ paused: { until: string } }>("GET", "/stats/summary")).paused.until).toMatch(
    /^2098-12-31T23/,
  );
  await page.getByRole("button", { name: "Resume planning" }).click();
  await page.getByText("All planning is paused by").waitFor({ state: "hidden" });
  expect((await ui.server.api<{ paused: unknown }>("GET", "/stats/summary")).paused).toBeNull();
});

test("a viewer sees it all and can change nothing", async () => {
  const page = await ui.open("/", { as: "viewer" });
  await panel(page, "Running now").waitFor();
  expect(await page.getByRole("button", { name: /Pause all planning|Resume planning|^Cancel/ }).count()).toBe(0);
});

test("it is well made, and looks like this", async () => {
  const page = await ui.open("/?span=6h");
  await screenshot(page, "dashboard-1440");
  await page.emulateMedia({ colorScheme: "dark" });
  await screenshot(page, "dashboard-dark");
  await showIn(page, "zh-CN");
  await page.emulateMedia({ colorScheme: "light" });
  await screenshot(page, "dashboard-zh");
  await page.setViewportSize({ width: 360, height: 780 });
  await settled(page);
  await screenshot(page, "dashboard-360");
  await page.setViewportSize({ width: 1440, height: 900 });
  await showIn(page, "en");
  await expectWellMade(page, { allow: [...ui.names, hostname()] });
});

test("on a wall it stands alone, in larger type, and goes on by itself", async () => {
  const page = await ui.open("/");
  const size = () => page.evaluate<number>("parseFloat(getComputedStyle(document.body).fontSize)");
  const usual = await size();
  await page.getByRole("link", { name: "Wall view" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor({ state: "hidden" });
  expect(new URL(page.url()).search).toBe("?kiosk=1");
  expect(await size()).toBeGreaterThan(usual * 1.2);
  const clock = page.getByRole("main").locator("header time");
  const before = await clock.textContent();
  await expect.poll(() => clock.textContent()).not.toBe(before);
  const runs = panel(page, "Running now");
  const id = (
    await ui.server.api<{ id: string }>("POST", "/jobs/copy/run", { env: { TAKES: "301" }, overlap: "allow" })
  ).id;
  await runs.locator(`a[href="/runs/${id}"]`).first().waitFor();
  await ui.server.api("POST", `/runs/${id}/cancel`);
  await screenshot(page, "dashboard-wall");
  await expectWellMade(page, { allow: [...ui.names, hostname()] });
  await page.getByRole("link", { name: "Leave the wall view" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  expect(await size()).toBe(usual);
});

test("on a wall nobody is there to load a newer version of the server: it does so itself", async () => {
  const page = await ui.open("/?kiosk=1");
  // Going down and coming up it says so to what is asked meanwhile.
  allowProblems(page, /ERR_|Failed to fetch|503/);
  await page.route("**/api/v1/auth/me", async (route) => {
    const answer = await route.fetch().catch(() => null);
    if (!answer) return route.abort();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), version: "999.0.0" } });
  });
  const loaded = page.waitForEvent("load");
  await ui.down();
  await page.getByText(/The server can't be reached/).waitFor();
  await page.getByText("Not live", { exact: true }).waitFor();
  await ui.up();
  await loaded;
  await page.getByRole("list", { name: "The cluster in figures" }).waitFor();
  expect(new URL(page.url()).search).toBe("?kiosk=1");
});
