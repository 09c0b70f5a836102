// The frame around every page: ways, looks, keys, and what it says when the server is gone.
import { expect, test } from "vitest";
import { allowProblems, rootSays, settled } from "../support/browser.ts";
import { expectWellMade, languageOf, screenshot } from "../support/page-checks.ts";
import { passwordOf } from "../support/sign-in.ts";
import { openUiScene } from "../support/ui-scene.ts";

const ui = openUiScene({
  jobs: [{ name: "nightly-backup", schedule: "0 3 * * *", cmd: "true" }],
  config: { node: { name: "web-1" } },
});

test("the navigation leads to every page that the role may see, and names where one is", async () => {
  const page = await ui.open("/", { as: "viewer" });
  const pages = page.getByRole("navigation", { name: "Pages" });
  await expect.poll(() => pages.getByRole("link").allTextContents()).not.toContain("Users & tokens");
  await pages.getByRole("link", { name: "Jobs" }).click();
  await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/jobs");
  expect(await page.title()).toBe("Jobs · DistCron");
  expect(await pages.locator('[aria-current="page"]').textContent()).toBe("Jobs");
  await page.goBack();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/");
});

test("on a phone the navigation is a drawer that closes behind one", async () => {
  const page = await ui.open("/", { width: 360, height: 740 });
  await page.getByRole("button", { name: "Open navigation" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("link", { name: "Jobs" }).click();
  await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  await drawer.waitFor({ state: "hidden" });
});

test("theme and language are chosen in the head, stay for the next visit, and reach other tabs", async () => {
  const page = await ui.open("/jobs");
  const other = await page.context().newPage();
  await other.goto("/jobs");
  await page.bringToFront();
  await page.getByRole("button", { name: "Appearance and language" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await rootSays(page, "data-mantine-color-scheme", "dark");
  await page.getByRole("button", { name: "Appearance and language" }).click();
  await page.getByRole("menuitemradio", { name: "简体中文" }).click();
  await page.getByRole("heading", { level: 1, name: "任务" }).waitFor();
  await other.getByRole("heading", { level: 1, name: "任务" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "任务" }).waitFor();
  expect(await languageOf(page)).toBe("zh-CN");
  await rootSays(page, "data-mantine-color-scheme", "dark");
});

test("the browser's language is the page's until one chooses", async () => {
  const page = await ui.open("/jobs", { locale: "zh-CN" });
  await page.getByRole("heading", { level: 1, name: "任务" }).waitFor();
});

test("keys lead to pages and ? lists them; they can be switched off", async () => {
  const page = await ui.open("/jobs");
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  await page.getByRole("heading", { level: 1, name: "Nodes" }).waitFor();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await help.getByText("This help").waitFor();
  await expectWellMade(page, { allow: [...ui.names, "web-1"] });
  await help.getByRole("switch", { name: "Shortcuts are on" }).uncheck({ force: true });
  await help.getByRole("button", { name: "Close" }).click();
  await help.waitFor({ state: "hidden" });
  await page.keyboard.press("?");
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await settled(page);
  expect(await help.count()).toBe(0);
  expect(new URL(page.url()).pathname).toBe("/nodes");
});

test("whoever opens a link without being signed in gets there after signing in", async () => {
  const page = await ui.open("/jobs?q=night", { as: null });
  expect(new URL(page.url()).pathname).toBe("/login");
  await page.getByRole("textbox", { name: "Name" }).fill("admin");
  await page.getByRole("textbox", { name: "Password", exact: true }).fill(passwordOf("admin"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "nightly-backup" }).waitFor();
  expect(new URL(page.url()).search).toBe("?q=night");
});

test("an address without a page says so, and a page beyond one's role which role it needs", async () => {
  const page = await ui.open("/no/such/page", { as: "viewer" });
  await page.getByText("There is no page at this address.").waitFor();
  await page.goto("/admin");
  await page.getByText("This page needs the role Administrator.").waitFor();
  await expectWellMade(page, { allow: ui.names });
});

test("the list of jobs and the frame around it are well made", async () => {
  const page = await ui.open("/jobs");
  await page.getByRole("link", { name: "nightly-backup" }).waitFor();
  await screenshot(page, "shell-jobs");
  await expectWellMade(page, { allow: [...ui.names, "true"] });
});

test("a server that goes away leaves what was shown, says so, and is found again by itself", async () => {
  const page = await ui.open("/jobs");
  allowProblems(page, /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED/);
  await page.getByRole("link", { name: "nightly-backup" }).waitFor();
  await ui.down("SIGKILL");
  await page.getByText("Not live", { exact: true }).waitFor();
  await page
    .getByRole("alert")
    .getByText(/The server can't be reached. Trying again in \d+ s\./)
    .waitFor();
  await page.getByRole("link", { name: "nightly-backup" }).waitFor();
  await screenshot(page, "shell-offline");
  await ui.up();
  await page.getByText(/The server can't be reached/).waitFor({ state: "hidden" });
  await page.getByText("Not live", { exact: true }).waitFor({ state: "hidden" });
  await ui.server.apply({ name: "made-meanwhile", schedule: "@manual", cmd: "true" });
  await page.getByRole("link", { name: "made-meanwhile" }).waitFor();
});
