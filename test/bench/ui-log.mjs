// A log of a million lines in a real browser: how soon the first lines are seen, when all are there, whether the page ever
// stands still, and whether it does while a million more come and are followed.
//   npm run bench -- log
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startServer, temporaryFolder, until } from "./server.mjs";
import { atMost, mustBe } from "./table.mjs";

const lines = 1_000_000;
const steps = 20;
/** So many lines in steps: what a node can't take in time is left out of the middle. */
const counting = (pause) =>
  `i=0; while [ $i -lt ${steps} ]; do seq -f "line %.0f of a long output" $((i*${lines / steps}+1)) $(((i+1)*${lines / steps})); ` +
  `sleep ${pause}; i=$((i+1)); done`;
const password = "a-password-of-the-bench";

/** Longest stretch without a frame, and without an answer to anything, since it was asked last. */
const watch = `(() => {
  window.worst = { frame: 0, task: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.worst.task = Math.max(window.worst.task, duration);
  }).observe({ type: "longtask" });
  let before = performance.now();
  const frame = (now) => {
    window.worst.frame = Math.max(window.worst.frame, now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})()`;

async function signedIn(server, browser) {
  await server.api("POST", "/users", { name: "bench", role: "operator", password });
  const answer = await fetch(`${server.url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "bench", password }),
  });
  const [name, value] = answer.headers.getSetCookie()[0].split(";")[0].split("=");
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 } });
  await context.addCookies([{ name, value, url: server.url }]);
  return context.newPage();
}

export async function uiLog() {
  const folder = temporaryFolder();
  const config = join(folder, "config.yaml");
  writeFileSync(config, "output: { maxBytes: 128MiB }\n");
  const server = await startServer({ args: ["--config", config] });
  await server.ready();
  await server.apply([
    { name: "done", schedule: "@manual", cmd: counting(0.3) },
    { name: "goes-on", schedule: "@manual", cmd: counting(0.5) },
  ]);
  const start = async (job) => (await server.api("POST", `/jobs/${job}/run`, {})).id;
  const done = await start("done");
  await until("the run is over", async () => (await server.api("GET", `/runs/${done}`)).finishedAt, { everyMs: 200 });

  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  try {
    const page = await signedIn(server, browser);
    page.setDefaultTimeout(120_000);
    await page.goto("/runs");
    await page.getByRole("table").waitFor();
    await page.goto(`/runs/${done}`);
    await page.locator(".dc-log-text").first().waitFor();
    await page.goto("/runs");
    await page.getByRole("table").waitFor();
    await page.evaluate(watch);
    const began = performance.now();
    await page.evaluate(`history.pushState(null, "", "/runs/${done}")`);
    await page.locator(".dc-log-text").first().waitFor();
    const opened = performance.now() - began;
    await page.getByText(`${lines.toLocaleString("en")} lines`).waitFor();
    const whole = performance.now() - began;
    const reading = await page.evaluate("window.worst");
    const jumped = performance.now();
    await page.evaluate(`location.hash = "#L${lines / 2}"`);
    await page.getByText(`line ${lines / 2} of`).waitFor();
    const jump = performance.now() - jumped;

    const following = await start("goes-on");
    await page.goto(`/runs/${following}`);
    await page.locator(".dc-log-text").first().waitFor();
    await page.evaluate(watch);
    await page.getByText(`line ${lines} of`).waitFor();
    const live = await page.evaluate("window.worst");
    const truncated = (await server.api("GET", `/runs/${done}`)).output.truncated;
    return [
      mustBe("a log of a million lines: all kept", "yes", truncated ? "no" : "yes", !truncated),
      atMost("a log of a million lines: first lines seen", 1000, "ms", opened),
      atMost("a log of a million lines: all there", 5000, "ms", whole),
      atMost("a log of a million lines: longest task while it is read", 200, "ms", reading.task),
      atMost("a log of a million lines: to a line in the middle", 200, "ms", jump),
      atMost("following a million lines: longest task", 200, "ms", live.task),
      atMost("following a million lines: longest without a frame", 200, "ms", live.frame),
    ];
  } finally {
    await browser.close();
    await server.stop();
  }
}
