// Users, tokens, one's own profile, and the audit.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { allowProblems, choose, settled } from "../support/browser.ts";
import { expectWellMade, languageOf, screenshot } from "../support/page-checks.ts";
import { openUiScene } from "../support/ui-scene.ts";

const ui = openUiScene({ jobs: [{ name: "nightly", schedule: "0 3 * * *", cmd: "true", timeout: "5m" }] });
const users = () => ui.server.api<{ items: { name: string; role: string; disabled: boolean }[] }>("GET", "/users");
const userNamed = async (name: string) => (await users()).items.find((user) => user.name === name);
const names = () => [...ui.names, /ann|bob|deploy-\w+|Ann A\.|user:\w+|local|distcron|curl|set-up link/];

async function fromMenu(page: Page, user: string, item: string) {
  await page.getByRole("button", { name: `More for ${user}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

test("an admin makes a user, who can sign in; changes, disables, enables and deletes them", async () => {
  const page = await ui.open("/admin");
  allowProblems(page, /status of (401|409)/);
  await page.getByRole("button", { name: "New user" }).click();
  const dialog = page.getByRole("dialog", { name: "New user" });
  await dialog.getByRole("textbox", { name: "Sign-in name" }).fill("admin");
  await dialog.getByRole("button", { name: "Make one" }).click();
  const password = await dialog.getByRole("textbox", { name: "Password", exact: true }).inputValue();
  expect(password.length).toBeGreaterThanOrEqual(20);
  await screenshot(page, "admin-new-user");
  await expectWellMade(page, { allow: names() });
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText("There is a user of this name already").waitFor();
  await dialog.getByRole("textbox", { name: "Sign-in name" }).fill("ann");
  await choose(page, "Role", "Editor");
  await dialog.getByRole("textbox", { name: "Name to show" }).fill("Ann A.");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByText("ann can sign in.").waitFor();
  await page.getByRole("row", { name: /Ann A\..*Editor.*Enabled/ }).waitFor();
  const login = (word: string) => page.request.post("/api/v1/auth/login", { data: { name: "ann", password: word } });
  const asAnn = await (await ui.open("/login", { as: null })).request.post("/api/v1/auth/login", {
    data: { name: "ann", password },
  });
  expect(asAnn.status()).toBe(200);

  await fromMenu(page, "ann", "Edit");
  await choose(page, "Role", "Operator");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /Ann A\..*Operator/ }).waitFor();
  expect(await userNamed("ann")).toMatchObject({ role: "operator" });

  await fromMenu(page, "ann", "Set password");
  await page.getByRole("textbox", { name: "New password" }).fill("another password");
  await page.getByRole("textbox", { name: "Password again" }).fill("another password");
  await page.getByRole("dialog").getByRole("button", { name: "Set password" }).click();
  await page.getByText("ann has another password.").waitFor();

  await fromMenu(page, "ann", "Disable");
  await page.getByRole("dialog", { name: "Disable ann?" }).getByRole("button", { name: "Disable" }).click();
  await page.getByRole("row", { name: /Ann A\..*Disabled/ }).waitFor();
  expect(await userNamed("ann")).toMatchObject({ disabled: true });
  await fromMenu(page, "ann", "Enable");
  await page.getByRole("row", { name: /Ann A\..*Enabled/ }).waitFor();
  await screenshot(page, "admin-users");

  await fromMenu(page, "ann", "Delete");
  await page.getByRole("dialog", { name: "Delete ann?" }).getByRole("button", { name: "Cancel" }).click();
  expect(await userNamed("ann")).toBeTruthy();
  await fromMenu(page, "ann", "Delete");
  await page.getByRole("dialog", { name: "Delete ann?" }).getByRole("button", { name: "Delete" }).click();
  await page.getByText("ann was deleted.").waitFor();
  expect(await userNamed("ann")).toBeUndefined();
  expect((await login("another password")).status()).toBe(401);
});

test("the last admin stays one: in words, and in the API", async () => {
  const page = await ui.open("/admin");
  allowProblems(page, /status of 409/);
  await fromMenu(page, "admin", "Edit");
  await choose(page, "Role", "Viewer");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").getByRole("alert").getByText(/admin/).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await fromMenu(page, "admin", "Delete");
  await page.getByRole("dialog", { name: "Delete admin?" }).getByRole("button", { name: "Delete" }).click();
  await page.getByText("That didn't work").waitFor();
  expect(await userNamed("admin")).toMatchObject({ role: "admin", disabled: false });
});

test("a token is shown once, works, and is revoked", async () => {
  const page = await ui.open("/admin?tab=tokens");
  await page.getByText("No tokens yet").waitFor();
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("deploy-site");
  await choose(page, "Role", "Editor");
  await choose(page, "Valid for", "30 days");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText("Copy it now: it is never shown again.").waitFor();
  const token = (await dialog.getByRole("region", { name: "Token" }).textContent())?.trim() as string;
  await dialog.getByRole("button", { name: "Copy", exact: true }).first().click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(token);
  await screenshot(page, "admin-token-made");
  await expectWellMade(page, { allow: names() });
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  const ask = () => fetch(`${ui.server.url}/api/v1/jobs`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask()).status).toBe(200);
  await page.reload();
  await page.getByRole("row", { name: /deploy-site.*Editor.*Valid.*nobody/ }).waitFor();
  expect(await page.content()).not.toContain(token);
  await expectWellMade(page, { allow: names() });
  await page.getByRole("button", { name: "Revoke deploy-site" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("row", { name: /deploy-site.*Revoked/ }).waitFor();
  expect((await ask()).status).toBe(401);
  await screenshot(page, "admin-tokens");
});

test("everybody has a profile: name, language, zone, sessions and tokens of their own", async () => {
  const page = await ui.open("/", { as: "viewer", fresh: true });
  await page.getByRole("button", { name: "Account: viewer" }).click();
  await page.getByRole("menuitem", { name: "Profile & password" }).click();
  await page.getByRole("heading", { level: 1, name: "Profile" }).waitFor();
  await settled(page);
  await screenshot(page, "profile");
  await expectWellMade(page, { allow: [...names(), /Chrome \d+, \w+/, "Viewer"] });
  await page.getByRole("combobox", { name: "Time zone" }).fill("Mars/Olympus");
  await page.getByText("There is no such time zone").waitFor();
  await page.getByRole("combobox", { name: "Time zone" }).fill("Asia/Tokyo");
  await page.getByRole("textbox", { name: "Name to show" }).fill("Vic");
  await choose(page, "Language", "简体中文");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("已保存。").waitFor();
  expect(await languageOf(page)).toBe("zh-CN");
  // Times are told in the zone of the account: the page's browser is in Berlin, Tokyo is eight hours ahead or seven.
  await page.goto("/jobs");
  await page
    .getByText(/12:00:00/)
    .first()
    .waitFor();

  const back = await ui.open("/profile", { as: "viewer", fresh: true });
  await back
    .getByRole("button", { name: "新建令牌" })
    .waitFor({ timeout: 2000 })
    .catch(() => null);
  await back.evaluate("localStorage.setItem('distcron.language', 'en')");
  await back.reload();
  await back.getByRole("button", { name: "New token" }).click();
  const roles = back.getByRole("combobox", { name: "Role" }).locator("option");
  await expect.poll(() => roles.allTextContents(), { message: "no role beyond one's own" }).toEqual(["Viewer"]);
  await back.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("deploy-mine");
  await back.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await back.getByRole("button", { name: "I have copied it" }).click();
  await back.getByRole("row", { name: /deploy-mine.*Viewer.*Valid/ }).waitFor();
  // The page of the session that ends asks once more.
  allowProblems(page, /status of 401/);
  await back
    .getByRole("button", { name: /^End the session of/ })
    .first()
    .click();
  await back.getByText("The session has ended.").waitFor();
  const own = await ui.open("/profile");
  await own.getByText("No tokens yet").waitFor();
  await ui.server.api("PATCH", "/users/viewer", { language: null, timezone: null, displayName: null });
});

test("the audit tells who changed what, with filters in the address and what it was before", async () => {
  await ui.server.apply({ name: "nightly", schedule: "0 4 * * *", cmd: "true", timeout: "10m" });
  const operator = await ui.open("/jobs", { as: "operator" });
  const isOn = operator.getByRole("switch", { name: "nightly is enabled" });
  for (const wanted of [false, true]) {
    await isOn.click({ force: true });
    await expect.poll(() => isOn.isChecked()).toBe(wanted);
    await settled(operator);
  }
  await settled(operator);

  const page = await ui.open("/audit", { as: "operator" });
  const table = page.getByRole("region", { name: "Audit log" });
  await table
    .getByRole("row", { name: /user:operator.*Job disabled.*nightly/ })
    .first()
    .waitFor();
  await screenshot(page, "audit");
  await expectWellMade(page, { allow: [...names(), /\b(ui|cli|api)\b/] });
  await page.getByRole("searchbox", { name: "Name or id of what was changed" }).fill("nightly");
  await choose(page, "What", "Job changed");
  await expect.poll(() => new URL(page.url()).search).toContain("action=job.update");
  await settled(page);
  const row = table.getByRole("row").nth(1);
  await row.locator("summary").click();
  await row.getByRole("row", { name: /timeout/ }).waitFor();
  expect(
    await row
      .getByRole("row", { name: /schedule/ })
      .first()
      .textContent(),
  ).toMatch(/0 3 \* \* \*.*0 4 \* \* \*/);
  await screenshot(page, "audit-diff");
  await expectWellMade(page, { allow: [...names(), /\b(ui|cli|api)\b/] });
  await page.reload();
  await settled(page);
  expect(await table.getByRole("row").count()).toBe(2);
  await table.getByRole("link", { name: "nightly" }).click();
  expect(new URL(page.url()).pathname).toMatch(/^\/jobs\/./);
  await page.goBack();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await table.getByRole("button", { name: "user:operator" }).first().click();
  await expect.poll(() => new URL(page.url()).searchParams.get("actor")).toBe("user:operator");
  await settled(page);
  expect(await table.getByText("local").count()).toBe(0);
  await page.getByLabel("To", { exact: true }).fill("2020-01-01T00:00");
  await page.getByText("Nothing matches these filters").waitFor();
});

test("pages of the audit are turned by cursor, forth and back", async () => {
  for (let i = 0; i < 30; i++) await ui.server.api("POST", `/jobs/nightly/${i % 2 ? "enable" : "disable"}`, {});
  const page = await ui.open("/audit?target=nightly");
  await choose(page, "Rows per page", "25 per page");
  const table = page.getByRole("region", { name: "Audit log" });
  await expect.poll(() => table.getByRole("row").count()).toBe(26);
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.has("cursor")).toBe(true);
  await settled(page);
  const second = await table.getByRole("row").count();
  expect(second).toBeGreaterThan(5);
  await page.getByRole("button", { name: "Previous" }).click();
  await expect.poll(() => table.getByRole("row").count()).toBe(26);
});

test("a viewer sees neither audit nor users; who may not, is told which role it takes", async () => {
  const page = await ui.open("/audit", { as: "viewer" });
  await page.getByText("This page needs the role Operator.").waitFor();
  const operator = await ui.open("/admin", { as: "operator" });
  await operator.getByText("This page needs the role Administrator.").waitFor();
});
