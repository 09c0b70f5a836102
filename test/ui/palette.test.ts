// Ctrl K: finding jobs, runs, nodes, pages and what one can do, by typing alone.
import { expect, test } from "vitest";
import { rootSays } from "../support/browser.ts";
import { expectWellMade, screenshot } from "../support/page-checks.ts";
import { openUiScene } from "../support/ui-scene.ts";

const ui = openUiScene({
  jobs: [
    { name: "nightly-backup", title: "备份 of the night", schedule: "@manual", cmd: "true" },
    { name: "probe-api", schedule: "@manual", cmd: "true" },
  ],
  config: { node: { name: "web-1" } },
});
const box = { name: "Search and go" };

test("finds a job by a part of its name and goes there, from the keyboard alone", async () => {
  const page = await ui.open("/nodes", { as: "viewer" });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.keyboard.press("Control+k");
  const input = page.getByRole("combobox", box);
  await input.waitFor();
  await page.keyboard.type("backup");
  const hit = page.getByRole("option", { name: /^备份 of the night/ });
  await hit.waitFor();
  expect(await hit.getAttribute("aria-selected")).toBe("true");
  // The server searches, a moment after the last key.
  const words = () => asked.filter((url) => url.includes("/jobs?q=")).map((url) => new URL(url).searchParams.get("q"));
  await expect.poll(() => words().at(-1)).toBe("backup");
  expect(words().length).toBeLessThan("backup".length);
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/jobs/nightly-backup");
  expect(await page.getByRole("dialog").count()).toBe(0);
});

test("a viewer is offered ways, an operator also running a job, which shows among runs then", async () => {
  const viewer = await ui.open("/", { as: "viewer" });
  await viewer.getByRole("button", box).click();
  await viewer.getByRole("combobox", box).fill("probe");
  await viewer.getByRole("option", { name: "probe-api" }).waitFor();
  expect(await viewer.getByRole("option", { name: "Run probe-api now" }).count()).toBe(0);

  const page = await ui.open("/", { as: "operator" });
  await page.keyboard.press("Meta+k");
  await page.getByRole("combobox", box).fill("probe");
  await page.getByRole("option", { name: "Run probe-api now" }).click();
  await page.getByText("probe-api runs.").waitFor();
  await expect.poll(async () => (await ui.server.runsOf("probe-api")).map(({ state }) => state)).toEqual(["succeeded"]);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", box).fill("probe-a");
  const runs = page.getByRole("group", { name: "Runs" });
  await runs.getByRole("option", { name: /probe-api Succeeded/ }).waitFor();
  await screenshot(page, "palette");
  const own = [...ui.names, /\b01[0-9a-z]{8}\b/, "of the night"];
  await expectWellMade(page, { allow: own });
  await runs.getByRole("option").first().click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/\w+$/);
});

test("nodes, pages and actions are there too; arrows choose, Escape closes, nothing found says so", async () => {
  const page = await ui.open("/jobs", { as: "editor" });
  await page.getByRole("searchbox").focus();
  await page.keyboard.press("Control+k");
  const input = page.getByRole("combobox", box);
  await input.fill("web");
  await page.getByRole("group", { name: "Nodes" }).getByRole("option", { name: "web-1 Up" }).waitFor();
  await input.fill("dark");
  await page.getByRole("option", { name: "Theme: Dark" }).waitFor();
  await page.keyboard.press("Enter");
  await rootSays(page, "data-mantine-color-scheme", "dark");
  await page.keyboard.press("Control+k");
  await input.fill("sett");
  await expect.poll(() => page.getByRole("listbox", box).getByRole("option").allTextContents()).toEqual(["Settings"]);
  await input.fill("s");
  const first = await page.getByRole("listbox", box).getByRole("option").first().textContent();
  await page.keyboard.press("ArrowDown");
  expect(await page.getByRole("listbox", box).getByRole("option", { selected: true }).textContent()).not.toBe(first);
  await page.keyboard.press("ArrowUp");
  expect(await page.getByRole("listbox", box).getByRole("option", { selected: true }).textContent()).toBe(first);
  await input.fill("no such thing");
  await page.getByText("Nothing is called “no such thing”.").waitFor();
  await page.keyboard.press("Escape");
  await input.waitFor({ state: "hidden" });
});

test("the palette isn't part of the first load", async () => {
  const page = await ui.open("/jobs", { as: "viewer" });
  const scripts = () =>
    page
      .evaluate<string[]>("performance.getEntriesByType('resource').map(({ name }) => name)")
      .then((all) => all.filter((name) => /palette-[^/]*\.js$/.test(name)));
  expect(await scripts()).toEqual([]);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", box).waitFor();
  expect(await scripts()).not.toEqual([]);
});
