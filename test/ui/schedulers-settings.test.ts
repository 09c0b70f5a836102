// Who decides, pausing everything, what the server runs with, and how one likes to look at it.
import { expect, test } from "vitest";
import { choose, rootSays, settled } from "../support/browser.ts";
import { expectWellMade, screenshot } from "../support/page-checks.ts";
import { openUiScene } from "../support/ui-scene.ts";

const ui = openUiScene({
  jobs: [{ name: "each-second", schedule: "* * * * * *", cmd: "true" }],
  env: { DISTCRON_NODE__CMD__ENV: "PASSWORD=geheim", DISTCRON_CLUSTER__TOKEN: "very-secret" },
  config: { timezone: "Asia/Shanghai", scheduler: { horizon: "4s" } },
});
/** What stays as it is in any language: zones, addresses, versions, people. */
const own = () => [...ui.names, /\S*:\S*/, /[A-Z]\w+\/[A-Z]\w+/, /\b\d\.\d\.\d\b/, "local"];

test("schedulers: who is there, who leads, since when and with what", async () => {
  const page = await ui.open("/schedulers", { as: "viewer" });
  const leadership = page.getByRole("region", { name: "Leadership" });
  for (const fact of ["within this one process", "SQLite", "1"])
    await leadership.getByText(fact, { exact: true }).waitFor();
  await leadership.getByText(ui.server.url).waitFor();
  await leadership.getByText(/ago$|^now$/).waitFor();
  const members = page.getByRole("table");
  await members.getByText("Leader", { exact: true }).waitFor();
  await members.getByText("this one answers").waitFor();
  expect(await page.getByRole("button", { name: "Pause all planning" }).count()).toBe(0);
  await screenshot(page, "schedulers");
  await expectWellMade(page, { allow: own() });
});

test("all planning is paused with a reason and an end, shown to everybody, and resumed", async () => {
  const page = await ui.open("/schedulers", { as: "operator" });
  const other = await ui.open("/jobs", { as: "viewer" });
  await page.getByRole("button", { name: "Pause all planning" }).click();
  const dialog = page.getByRole("dialog", { name: "Pause all planning?" });
  const action = dialog.getByRole("button", { name: "Pause all planning" });
  expect(await action.isDisabled()).toBe(true);
  await dialog.getByRole("textbox", { name: "Why (for the others)" }).fill("moving house");
  await dialog.getByLabel(/^Until \(Europe\/Berlin\)/).fill("2020-01-01T00:00");
  await dialog.getByText("This moment has passed").waitFor();
  await dialog.getByLabel(/^Until \(Europe\/Berlin\)/).fill("2036-01-01T00:00");
  await expectWellMade(page, { allow: own() });
  await action.click();
  const planning = page.getByRole("region", { name: "Planning" });
  await planning.getByText(/by user:operator: moving house,/).waitFor();
  await planning.getByText("2036-01-01 00:00:00").waitFor();
  await other.getByText(/All planning is paused by user:operator: moving house/).waitFor();
  await screenshot(page, "schedulers-paused");
  await expectWellMade(page, { allow: [...own(), "moving house"] });
  const { paused } = await ui.server.api<{ paused: { until: string } }>("GET", "/schedulers");
  expect(paused.until).toBe("2035-12-31T23:00:00.000Z");
  await page.getByRole("button", { name: "Resume planning" }).click();
  await planning.getByText("Planning goes on", { exact: true }).waitFor();
  expect((await ui.server.api<{ paused: unknown }>("GET", "/schedulers")).paused).toBeNull();
});

test("settings: view options hold at once and stay", async () => {
  const page = await ui.open("/settings", { as: "viewer" });
  await choose(page, "Theme", "Dark");
  await rootSays(page, "data-mantine-color-scheme", "dark");
  await choose(page, "Rows per page", "25 per page");
  await choose(page, "Rows", "Roomy");
  await choose(page, "Times in", "UTC");
  await page.getByRole("switch", { name: "Keyboard shortcuts" }).uncheck({ force: true });
  await choose(page, "Language", "简体中文");
  await page.getByRole("heading", { level: 1, name: "设置" }).waitFor();
  await page.goto("/jobs");
  await page.locator('table[data-density="roomy"]').waitFor();
  await rootSays(page, "data-mantine-color-scheme", "dark");
  await page.getByRole("combobox", { name: "每页行数" }).waitFor();
  expect(await page.getByRole("combobox", { name: "每页行数" }).inputValue()).toBe("25");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await settled(page);
  expect(new URL(page.url()).pathname).toBe("/jobs");
});

test("settings: what is in force and where it came from, for admins, and no secret of it", async () => {
  const asked: string[] = [];
  const page = await ui.open("/settings");
  page.on(
    "response",
    (response) =>
      void response.text().then(
        (text) => asked.push(text),
        () => {},
      ),
  );
  await page.reload();
  const row = (key: string) => page.getByRole("row").filter({ has: page.getByText(key, { exact: true }) });
  await row("timezone").getByText("Asia/Shanghai").waitFor();
  await row("timezone").getByText(/^file/).waitFor();
  await row("scheduler.horizon").getByText("4s").waitFor();
  await row("retention.runs.age").getByText("default").waitFor();
  await row("node.cmd.env").getByText("PASSWORD: ••••").waitFor();
  await row("node.cmd.env").getByText("DISTCRON_NODE__CMD__ENV").waitFor();
  await row("cluster.token").getByText("set, not shown").waitFor();
  await row("server.port").getByText("command line").waitFor();
  await page.getByRole("searchbox", { name: "Search keys…" }).fill("horizon");
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  expect(new URL(page.url()).search).toBe("?q=horizon");
  await page.getByRole("searchbox", { name: "Search keys…" }).fill("");
  await expect.poll(() => new URL(page.url()).search).toBe("");
  await page.getByRole("switch", { name: "Only what isn't the default" }).check({ force: true });
  await expect.poll(() => page.getByText("retention.runs.age").count()).toBe(0);
  await settled(page);
  expect(asked.join()).not.toMatch(/geheim|very-secret/);
  await screenshot(page, "settings");
  await expectWellMade(page, { allow: own() });
});

test("settings: who isn't an admin sees their own options and what this is, not the configuration", async () => {
  const page = await ui.open("/settings", { as: "editor" });
  const about = page.getByRole("region", { name: "About" });
  expect(await about.getByRole("link", { name: /The API, route by route/ }).getAttribute("href")).toBe("/docs");
  await about.getByText(/^\d+\.\d+\.\d+$/).waitFor();
  expect(await page.getByText("The server's configuration").count()).toBe(0);
  await screenshot(page, "settings-editor");
  await expectWellMade(page, { allow: own() });
});
