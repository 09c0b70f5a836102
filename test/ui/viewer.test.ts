// A viewer can change nothing by the web app: on every page that routes.tsx names, whatever can be pressed is pressed, menus
// and dialogs too, and every key that a page takes. What a page asks of the server is only read; and nothing is offered that
// the server would refuse.
import type { Locator, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { allowProblems, settled } from "../support/browser.ts";
import { read } from "../support/repository.ts";
import { openUiScene } from "../support/ui-scene.ts";

const ui = openUiScene({
  jobs: [
    { name: "nightly-backup", schedule: "0 3 * * *", cmd: "echo done", tags: ["db"] },
    { name: "off", schedule: "@manual", cmd: "true", enabled: false },
  ],
  config: { node: { name: "web-1" } },
});

/** What everybody may do: asking with a body, and what is their own. */
const harmless = [
  /^POST \/schedules\/preview$/,
  /^POST \/auth\/logout$/,
  /^PATCH \/auth\/me$/,
  /^POST \/auth\/password$/,
  /^(POST \/tokens|DELETE \/tokens\/\w+)$/,
  /^DELETE \/auth\/sessions/,
];

const paths = [...read("src/ui/routes.tsx").matchAll(/^ {2}route\("([^"]+)"/gm)].map(([, path]) => path as string);
const instead: Record<string, string> = { job: "nightly-backup", node: "web-1" };

beforeAll(async () => {
  const run = await ui.server.trigger("nightly-backup");
  await ui.server.over(run);
  instead.run = run;
});

const addressOf = (path: string) =>
  path.replace(/:(\w+)/g, (_, name: string) => {
    const value = instead[name];
    if (value === undefined) throw new Error(`${path}: what does :${name} stand for?`);
    return value;
  });

const pressable = (within: Locator | Page) =>
  within.locator(
    'button:enabled:visible, [role="switch"]:enabled:visible, input[type="checkbox"]:enabled:visible, [role="tab"]:visible, summary:visible',
  );

/** Presses all, one after the other; what opens is pressed too, and closed. */
async function pressAll(page: Page, address: string) {
  for (let i = 0; i < (await pressable(page.locator("main")).count()) && i < 80; i++) {
    const button = pressable(page.locator("main")).nth(i);
    const opensMenu = (await button.getAttribute("aria-haspopup")) === "menu";
    await button.click({ timeout: 2000, force: true, noWaitAfter: true }).catch(() => {});
    // It may have to be loaded first.
    if (opensMenu) await page.getByRole("menuitem").first().waitFor({ timeout: 5000 });
    for (let item = 0; item < (await page.getByRole("menuitem").count()); item++) {
      await page
        .getByRole("menuitem")
        .nth(item)
        .click({ timeout: 1000 })
        .catch(() => {});
      await inDialog(page);
      await backTo(page, address);
      await pressable(page.locator("main"))
        .nth(i)
        .click({ timeout: 1000, force: true })
        .catch(() => {});
    }
    await inDialog(page);
    await backTo(page, address);
  }
}

async function inDialog(page: Page) {
  // It may have to be loaded first.
  await settled(page);
  const dialog = page.getByRole("dialog");
  if ((await dialog.count()) === 0) return;
  for (let i = (await pressable(dialog).count()) - 1; i >= 0; i--)
    await pressable(dialog)
      .nth(i)
      .click({ timeout: 500, force: true })
      .catch(() => {});
}

async function backTo(page: Page, address: string) {
  await page.keyboard.press("Escape");
  if (new URL(page.url()).pathname === address) return;
  await page.goto(address);
  await settled(page);
}

test("routes are found", () => {
  expect(paths.length).toBeGreaterThan(10);
});

test.each(paths)("%s", async (path) => {
  const address = addressOf(path);
  const page = await ui.open(address, { as: "viewer", fresh: true });
  // Among what is pressed is the end of one's own session: what the page asks after that is refused.
  if (path === "/profile") allowProblems(page, /status of 401/);
  const writes: string[] = [];
  const refused: string[] = [];
  page.on("response", (response) => {
    const request = response.request();
    const asked = `${request.method()} ${new URL(request.url()).pathname.replace("/api/v1", "")}`;
    if (!["GET", "HEAD"].includes(request.method())) writes.push(asked);
    if (response.status() === 403) refused.push(asked);
  });
  expect(new URL(page.url()).pathname).toBe(address);
  await pressAll(page, address);
  for (const key of ["j", "x", "r", "p", "e", "Delete"]) await page.keyboard.press(key);
  await settled(page);
  expect(writes.filter((asked) => !harmless.some((each) => each.test(asked)))).toEqual([]);
  expect(refused).toEqual([]);
});

test("an operator would have changed something by the same", async () => {
  const page = await ui.open("/jobs", { as: "operator" });
  const writes: string[] = [];
  page.on("request", (request) => request.method() === "POST" && writes.push(new URL(request.url()).pathname));
  await pressAll(page, "/jobs");
  await expect.poll(() => writes.length).toBeGreaterThan(2);
});
