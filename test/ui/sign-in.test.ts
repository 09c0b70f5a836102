// The way in: the first account, signing in and out, sessions that end, and one's own password.
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { allowProblems, settled } from "../support/browser.ts";
import { expectWellMade, screenshot } from "../support/page-checks.ts";
import { until } from "../support/program.ts";
import { passwordOf } from "../support/sign-in.ts";
import { openUiScene } from "../support/ui-scene.ts";

const refused = /status of (401|403|409|429)/;
const pathOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;

async function fillLogin(page: Page, name: string, password: string) {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Password", exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

describe("the first visit", () => {
  const ui = openUiScene({ admin: false });
  const link = () =>
    until("the server logs a set-up link", () => {
      const { stdout, stderr } = ui.server.process.text;
      return /\/setup#[\w-]+/.exec(stdout + stderr)?.[0];
    });

  test("the link of the server's log makes the first account and leads to the dashboard; then it is worth nothing", async () => {
    const page = await ui.open(await link(), { as: null });
    await page.getByRole("heading", { name: "Welcome to DistCron" }).waitFor();
    expect(pathOf(page), "the token is gone from the address").toBe("/setup");
    expect(new URL(page.url()).hash).toBe("");
    await screenshot(page, "sign-in-setup");
    await expectWellMade(page, { allow: ["admin"] });
    const password = page.getByRole("textbox", { name: "Password", exact: true });
    await page.getByRole("textbox", { name: "Name" }).fill("root");
    await password.fill("too short");
    await page.getByRole("textbox", { name: "Password again" }).fill("too short");
    expect(await page.getByRole("button", { name: "Make the account" }).isDisabled()).toBe(true);
    await password.fill("long enough for all");
    await page.getByText("The two differ").waitFor();
    await page.getByRole("textbox", { name: "Password again" }).fill("long enough for all");
    await page.getByRole("button", { name: "Make the account" }).click();
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    expect(pathOf(page)).toBe("/");

    const other = await ui.open(await link(), { as: null });
    await fillLogin(other, "root", "long enough for all");
    await other.getByRole("navigation", { name: "Pages" }).waitFor();
  });
});

describe("signing in", () => {
  const ui = openUiScene({ jobs: [{ name: "hourly", schedule: "0 * * * *", cmd: "true" }] });

  test("a wrong password is refused in words, and the page is well made", async () => {
    const page = await ui.open("/login", { as: null });
    allowProblems(page, refused);
    await fillLogin(page, "admin", "not the password");
    await page.getByRole("alert").getByText("Name or password is wrong.").waitFor();
    expect(await page.getByRole("textbox", { name: "Password", exact: true }).inputValue()).toBe("");
    await screenshot(page, "sign-in-wrong");
    await expectWellMade(page);
  });

  test("whoever guesses is slowed down, and told to wait", async () => {
    const page = await ui.open("/login", { as: null });
    allowProblems(page, refused);
    const tooMany = page.getByRole("alert").getByText(/too many failed attempts/i);
    // Each failure doubles the wait: however slow this machine is, one of them comes before it is over.
    for (let i = 0; i < 12 && !(await tooMany.isVisible()); i++) {
      await fillLogin(page, "guessed", `guess number ${i}`);
      await settled(page);
    }
    await tooMany.waitFor();
  });

  test("one gets to where one wanted to go, but never to another site", async () => {
    const page = await ui.open("/login?next=%2F%2Fevil.example%2F", { as: null });
    await fillLogin(page, "admin", passwordOf("admin"));
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    expect(pathOf(page)).toBe("/");
  });

  test("signing out ends the session, and the back button shows nothing any more", async () => {
    const page = await ui.open("/jobs", { fresh: true });
    await page.getByRole("button", { name: "Account: admin" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const answer = await page.request.get("/api/v1/jobs");
    expect(answer.status()).toBe(401);
    await page.goBack().catch(() => null);
    await settled(page);
    expect(await page.getByText("hourly").count()).toBe(0);
  });

  test("a session that ends under the page leads to the way in, and from there back", async () => {
    const page = await ui.open("/jobs?q=hour", { as: "operator", fresh: true });
    allowProblems(page, refused);
    await page.getByRole("link", { name: "hourly" }).waitFor();
    // The person shuts this browser out from another.
    const elsewhere = await ui.open("/profile", { as: "operator", fresh: true });
    await elsewhere.getByRole("button", { name: "End all others" }).click();
    await elsewhere.getByText("Your other sessions have ended.").waitFor();
    await page.getByRole("button", { name: "Run hourly now" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await fillLogin(page, "operator", passwordOf("operator"));
    await page.getByRole("link", { name: "hourly" }).waitFor();
    expect(pathOf(page)).toBe("/jobs?q=hour");
  });

  test("another password for oneself ends one's sessions elsewhere, and this one goes on", async () => {
    await ui.addUser("carol", "editor");
    const [first, second] = [await ui.signIn("carol"), await ui.signIn("carol")];
    const page = await ui.open("/", { as: null });
    const [name, value] = first.split("=") as [string, string];
    await page.context().addCookies([{ name, value, url: ui.server.url }]);
    allowProblems(page, refused);
    await page.goto("/profile");
    await page.getByRole("textbox", { name: "Current password" }).fill("not mine");
    await page.getByRole("textbox", { name: "New password" }).fill("quite another one");
    await page.getByRole("textbox", { name: "Password again" }).fill("quite another one");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("This isn't your password").waitFor();
    await page.getByRole("textbox", { name: "Current password" }).fill(passwordOf("carol"));
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Your password was changed; your other sessions have ended.").waitFor();
    const me = await fetch(`${ui.server.url}/api/v1/jobs`, { headers: { cookie: second } });
    expect(me.status).toBe(401);
    // The new session's token against forged requests is in use.
    await page.getByRole("textbox", { name: "Name to show" }).fill("Carol C.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    const other = await ui.open("/login", { as: null });
    await fillLogin(other, "carol", "quite another one");
    await other.getByRole("button", { name: "Account: carol" }).waitFor();
  });

  test("the language is chosen before signing in too", async () => {
    const page = await ui.open("/login", { as: null });
    await page.getByRole("button", { name: "Appearance and language" }).click();
    await page.getByRole("menuitemradio", { name: "简体中文" }).click();
    await page.getByRole("heading", { name: "登录" }).waitFor();
    await page.getByRole("textbox", { name: "用户名" }).fill("admin");
    await page.getByRole("textbox", { name: "密码", exact: true }).fill(passwordOf("admin"));
    await page.getByRole("button", { name: "登录" }).click();
    await page.getByRole("navigation", { name: "页面" }).waitFor();
  });
});
