// Nodes as operators see them: a scheduler and two nodes as processes of their own, one of which dies under the page.
import { expect, test } from "vitest";
import { allowProblems, settled } from "../support/browser.ts";
import { expectWellMade, screenshot } from "../support/page-checks.ts";
import { openUiCluster } from "../support/ui-cluster.ts";

const nodeOf = (name: string) => ({ place: { node: name }, schedule: "@manual" });
const ui = openUiCluster({
  schedulers: 1,
  nodes: 2,
  store: "sqlite",
  config: { "node.labels": "zone=a,disk=ssd" },
  jobs: [
    { name: "long-work", ...nodeOf("n1"), cmd: "echo begun; sleep 600", killGrace: "1s" },
    { name: "anywhere", schedule: "@manual", cmd: "true" },
  ],
});
/** What nodes say of themselves: ids, hosts, paths. */
const own = () => [...ui.names, "zone=a", "disk=ssd", /\b\d\.\d\.\d\b/, /\/\S+/];
const card = (page: Awaited<ReturnType<typeof ui.open>>, name: string) =>
  page.getByRole("article", { name, exact: true });

async function runLongWork() {
  const { cluster } = ui;
  const id = await cluster.jobs.trigger("long-work");
  await cluster.eventually("it runs", async () => (await cluster.getRun(id)).state === "running");
  return id;
}

test("cards tell how each node is, with curves of its last hour", async () => {
  const page = await ui.open("/nodes", { as: "viewer" });
  await page.getByText("2 of 2 up").waitFor();
  const n1 = card(page, "n1");
  for (const fact of ["Up", "zone=a", "disk=ssd", "cmd, http", "0 queued", "0 assigned"])
    await n1.getByText(fact, { exact: true }).first().waitFor();
  await n1.getByText(/^0 \/ \d+$/).waitFor();
  await n1.getByText(/on \d+ cores|on one core/).waitFor();
  await n1
    .getByRole("img", { name: /^CPU over the last hour: now \d+ %, at most \d+ %$/ })
    .waitFor({ timeout: 30_000 });
  // A viewer sees, and changes nothing.
  for (const name of ["Drain n1", "Remove n1"]) expect(await page.getByRole("button", { name }).count()).toBe(0);
  await screenshot(page, "nodes-cards");
  await expectWellMade(page, { allow: own() });
});

test("a list that is only refreshed is never dimmed", async () => {
  const page = await ui.open("/nodes", { as: "viewer" });
  await card(page, "n1").waitFor();
  await settled(page);
  await page.evaluate(`{
    window.seen = [];
    const note = () => window.seen.push(document.querySelector(".dc-rows").dataset.dim);
    new MutationObserver(note).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-dim"] });
  }`);
  await page.waitForResponse((response) => /v1\/nodes\?/.test(response.url()));
  await settled(page);
  expect(await page.evaluate("window.seen")).toEqual([]);
});

test("nodes are found by a part of their name, and that stands in the address", async () => {
  const page = await ui.open("/nodes", { as: "viewer" });
  await page.getByRole("searchbox", { name: "Search names…" }).fill("N2");
  await card(page, "n1").waitFor({ state: "hidden" });
  await card(page, "n2").waitFor();
  expect(new URL(page.url()).search).toBe("?q=N2");
  await page.getByRole("searchbox", { name: "Search names…" }).fill("absent");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await card(page, "n1").waitFor();
});

test("cards or table: the choice stays, and both are wide and narrow enough", async () => {
  const page = await ui.open("/nodes");
  await page.getByText("Table", { exact: true }).click();
  const table = page.getByRole("table");
  await table.getByRole("columnheader", { name: "CPU" }).waitFor();
  await page.reload();
  await table.getByRole("link", { name: "n2" }).waitFor();
  await screenshot(page, "nodes-table");
  await expectWellMade(page, { allow: own() });
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "n1" }).waitFor();
});

test("a node's page tells what it is, what runs there with a way to its output, and ends it", async () => {
  const id = await runLongWork();
  const page = await ui.open("/nodes", { as: "operator" });
  await card(page, "n1").getByRole("link", { name: "n1" }).click();
  await page.getByRole("heading", { level: 1, name: "n1" }).waitFor();
  const running = page.getByRole("region", { name: "Running now" }).first();
  await running.getByRole("link", { name: "long-work", exact: true }).waitFor();
  expect(await running.getByRole("link", { name: "Output of long-work" }).getAttribute("href")).toBe(`/runs/${id}`);
  await page.getByRole("region", { name: "CPU" }).getByRole("button", { name: "As a table" }).click();
  await page.getByRole("columnheader", { name: "CPU, highest" }).waitFor();
  await screenshot(page, "node");
  await expectWellMade(page, { allow: own() });
  await running.getByRole("button", { name: "Cancel the run of long-work" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).last().click();
  await running.getByText("Nothing runs or waits here.").waitFor();
  expect((await ui.cluster.over(id)).state).toBe("cancelled");
});

test("draining shows what still runs until nothing does; resuming takes work again", async () => {
  const id = await runLongWork();
  const page = await ui.open("/nodes/n1", { as: "operator" });
  await page.getByRole("button", { name: "Drain" }).click();
  const dialog = page.getByRole("dialog", { name: "Drain n1?" });
  await dialog.getByText(/What runs goes on \(now: 1\)/).waitFor();
  await dialog.getByRole("button", { name: "Drain" }).click();
  const drain = page.getByRole("region", { name: "Draining" });
  await drain.getByText("One run still goes on").waitFor();
  await drain.getByText("0 of 1 are over").waitFor();
  await drain.getByText(/Asked for by user:operator/).waitFor();
  await screenshot(page, "node-draining");
  await expectWellMade(page, { allow: [...own(), /user:\w+/] });
  const other = await ui.cluster.jobs.trigger("anywhere");
  expect((await ui.cluster.over(other)).node?.name).toBe("n2");
  await ui.cluster.api("POST", `/runs/${id}/cancel`, {});
  await drain.getByText("Nothing runs here any more: the node can be stopped.").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await drain.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Drain" }).waitFor();
});

test("a node that dies under the page shows as down by itself, on its card and on its own page", async () => {
  const page = await ui.open("/nodes", { as: "operator" });
  const one = await ui.open("/nodes/n2", { as: "operator" });
  await card(page, "n2").getByText("Up", { exact: true }).waitFor();
  await ui.cluster.member("n2").kill("SIGKILL");
  await card(page, "n2").getByText("Down", { exact: true }).waitFor();
  await one.getByText(/This node is down; it was last heard/).waitFor();
  await page.getByText("1 of 2 up").waitFor();
  expect(await page.getByRole("button", { name: "Remove n2" }).count()).toBe(0);
  await screenshot(page, "nodes-down");
  await expectWellMade(one, { allow: own() });
});

test("only a node that is down can be removed; the server says why another can't", async () => {
  const page = await ui.open("/nodes");
  allowProblems(page, /status of 409/);
  expect(await page.getByRole("button", { name: "Remove n1" }).count()).toBe(0);
  const removed = card(page, "n2");
  await removed.getByRole("button", { name: "Remove n2" }).waitFor();
  // It comes back while the page still believes it down.
  await page.route("**/api/v1/nodes?*", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { items: { name: string; state: string }[] };
    for (const node of body.items) node.state = "down";
    await route.fulfill({ response: answer, json: body });
  });
  await page.reload();
  const remove = async (name: string) => {
    await page.getByRole("button", { name: `Remove ${name}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  };
  await remove("n1");
  await page
    .getByRole("alert")
    .getByText(/is live \(session \w+\); stop it before deleting it/)
    .waitFor();
  await remove("n2");
  await page.getByText("n2 is forgotten.").waitFor();
  await removed.waitFor({ state: "hidden" });
  await settled(page);
});

test("a node that isn't there says so", async () => {
  const page = await ui.open("/nodes/absent");
  allowProblems(page, /status of 404/);
  await page.getByText("There is no such node, or not any more.").waitFor();
  await page.getByRole("link", { name: "Nodes" }).first().waitFor();
  await expectWellMade(page, { allow: [...own(), "absent"] });
});
