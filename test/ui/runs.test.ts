// The list of runs: filters in the address, pages, and what is done with many at once.
import { hostname } from "node:os";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { choose, settled } from "../support/browser.ts";
import { expectFits, expectWellMade, screenshot } from "../support/page-checks.ts";
import { openUiScene } from "../support/ui-scene.ts";

const fails = Array.from({ length: 21 }, (_, i) => ({ name: `fails-${i}`, schedule: "@manual", cmd: "exit 3" }));
const ui = openUiScene({
  jobs: [
    { name: "works", schedule: "@manual", cmd: "true", overlap: "allow" },
    { name: "waits", schedule: "@manual", cmd: "sleep 600", overlap: "allow", killGrace: "1s" },
    { name: "nobody-can", schedule: "@manual", cmd: "true", place: { labels: { moon: "full" } } },
    ...fails,
  ],
});

beforeAll(async () => {
  const ids = await Promise.all(["works", "works", ...fails.map(({ name }) => name)].map(ui.server.trigger));
  for (const id of ids) await ui.server.over(id);
}, 60_000);

const table = (page: Page) => page.getByRole("region", { name: "Runs", exact: true }).getByRole("table");
const rows = (page: Page) => table(page).locator("tbody tr");

test("tells of each run what became of it, and is well made", async () => {
  const page = await ui.open("/runs?q=fails-1");
  const row = rows(page).first();
  await row.getByText("Failed").waitFor();
  await row.getByText("Exit code", { exact: true }).waitFor();
  await row.getByText("Manual").waitFor();
  await row.getByText("local", { exact: true }).waitFor();
  await screenshot(page, "runs");
  await expectWellMade(page, { allow: [...ui.names, "local", hostname(), /[\w-]*[a-z0-9]{6,}[\w-]*/] });
});

test("filters stand in the address, and going back undoes them", async () => {
  const page = await ui.open("/runs");
  await expect.poll(() => rows(page).count()).toBe(23);
  await page.getByRole("combobox", { name: "State" }).click();
  await page.getByRole("option", { name: "Succeeded" }).click();
  await page.keyboard.press("Escape");
  await expect.poll(() => rows(page).count()).toBe(2);
  expect(new URL(page.url()).search).toBe("?state=succeeded");
  await choose(page, "Time range", "Last hour");
  await expect.poll(() => new URL(page.url()).search).toBe("?state=succeeded&range=1h");
  await page.goBack();
  await page.goBack();
  await expect.poll(() => rows(page).count()).toBe(23);
  await page.getByRole("combobox", { name: "Job" }).fill("wor");
  await page.getByRole("option", { name: "works" }).click();
  await expect.poll(() => rows(page).count()).toBe(2);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => rows(page).count()).toBe(23);
});

test("a range of one's own, without anything in it, says so and leads out", async () => {
  const page = await ui.open("/runs?from=2020-01-01T00:00:00.000Z&to=2020-01-02T00:00:00.000Z");
  await page.getByText("No runs in this time range").waitFor();
  expect(await page.getByLabel("From", { exact: true }).inputValue()).toBe("2020-01-01T01:00");
  await page.getByRole("button", { name: "Show all time" }).click();
  await expect.poll(() => rows(page).count()).toBe(23);
  expect(new URL(page.url()).search).toBe("?range=all");
});

test("pages follow a cursor", async () => {
  const page = await ui.open("/runs");
  await choose(page, "Rows per page", "25 per page");
  let last = "";
  for (let i = 0; i < 4; i++) last = (await ui.server.over(await ui.server.trigger("works"))).id;
  // Where the next page begins is known with the newest row.
  await page.locator(`a[href="/runs/${last}"]`).first().waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(() => rows(page).count()).toBe(2);
  await page.getByRole("button", { name: "Previous" }).click();
  await expect.poll(() => rows(page).count()).toBe(25);
});

test("selected runs are cancelled, what waits and what runs", async () => {
  const ids = [await ui.server.trigger("waits"), await ui.server.trigger("nobody-can")];
  const page = await ui.open("/runs?job=waits", { as: "operator" });
  await rows(page).getByText("Running").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  // A long reason makes no page wide.
  await expectFits(page);
  for (const job of ["waits", "nobody-can"])
    await page.getByRole("checkbox", { name: new RegExp(`^Select ${job} of`) }).check();
  await page.getByText("2 runs selected").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog", { name: "Cancel 2 runs?" }).getByRole("button", { name: "Cancel" }).last().click();
  await page.getByText("2 runs are cancelled.").waitFor();
  for (const id of ids) expect(await ui.server.over(id)).toMatchObject({ state: "cancelled" });
});

test("all that match are retried, twenty and more only after their number is typed", async () => {
  const page = await ui.open("/runs?q=fails&state=failed", { as: "operator" });
  await rows(page).first().getByRole("checkbox").check();
  await page.getByText("All that match the filters:").waitFor();
  await page.getByRole("button", { name: "Retry" }).last().click();
  const dialog = page.getByRole("dialog", { name: "Retry 21 runs?" });
  const yes = dialog.getByRole("button", { name: "Retry" });
  expect(await yes.isDisabled()).toBe(true);
  await dialog.getByLabel("Type 21 to confirm").fill("21");
  await yes.click();
  await page.getByText("21 runs are made anew.").waitFor();
  await settled(page);
  await page.goto("/runs?trigger=retry_of");
  await settled(page);
  await expect.poll(() => rows(page).count()).toBe(21);
});

test("without a filter all runs are never offered; a viewer can select none", async () => {
  const page = await ui.open("/runs");
  await rows(page).first().getByRole("checkbox").check();
  await page.getByText("One run selected").waitFor();
  expect(await page.getByText("All that match").count()).toBe(0);
  const viewer = await ui.open("/runs", { as: "viewer" });
  await rows(viewer).first().waitFor();
  expect(await viewer.getByRole("checkbox").count()).toBe(0);
});
