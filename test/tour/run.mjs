// `npm run tour`: takes the pictures of docs/guide/tour.md anew. A server with a demo of jobs and a week of history, a real
// browser, one picture for each line of pages.mjs.
//   npm run tour                     all
//   npm run tour -- jobs run-dark    only these
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load, root } from "../bench/load.mjs";
import { endAll, startServer, temporaryFolder, until } from "../bench/server.mjs";
import { fillDemoHistory } from "./demo-history.mjs";
import { demoJobs } from "./demo-jobs.mjs";
import { maxBytes, pictures } from "./pages.mjs";
import { smallPng } from "./small-png.mjs";

const { launchBrowser, openContext, openPage, settled } = await load("test/support/browser.ts");
const { steadyPort } = await load("test/support/steady-port.ts");

const password = "a tour of DistCron";
const asked = process.argv.slice(2);
const folder = join(root, "docs/tour");
mkdirSync(folder, { recursive: true });

const dataDir = temporaryFolder();
const config = join(dataDir, "config.yaml");
writeFileSync(config, "node:\n  name: web-1\n  slots: 8\nretention:\n  runs:\n    age: 90d\n");
// The last of an option holds: the server's own helper asks for any port.
const port = await steadyPort();
const start = () => startServer({ folder: dataDir, args: ["--config", config, "--port", String(port)] });

async function prepare() {
  const first = await start();
  await first.ready();
  const jobs = demoJobs(first.url);
  await first.apply(jobs.map(({ demo, ...job }) => job));
  for (const [name, displayName, role] of [
    ["ann", "Ann Archer", "admin"],
    ["bob", "Bob Brand", "operator"],
    ["chen", "陈晨", "editor"],
    ["wall", null, "viewer"],
  ])
    await first.api("POST", "/users", { name, displayName, role, password });
  await first.api("POST", "/tokens", { name: "prometheus", role: "viewer", scopes: ["metrics"], personal: false });
  const order = (await first.api("GET", "/jobs/sync-orders")).spec;
  await first.api("PUT", "/jobs/sync-orders", { ...order, timeout: "5m" });
  await first.api("PUT", "/jobs/sync-orders", { ...order, timeout: "5m", retry: { limit: 1, delay: "20s" } });
  await first.stop({ keep: true });
  return fillDemoHistory({ file: join(dataDir, "distcron.db"), jobs, now: Date.now() });
}

/** What goes on while the pictures are taken. */
async function live(server) {
  await server.ready();
  const run = await server.api("POST", "/jobs/transcode-video/run", {});
  await server.api("POST", "/jobs/mirror-packages/run", {});
  await until("some output is there", async () => {
    const { output } = await server.api("GET", `/runs/${run.id}`);
    return output.bytes > 2000;
  });
  return run.id;
}

async function signIn(url) {
  const response = await fetch(`${url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0" },
    body: JSON.stringify({ name: "ann", password }),
  });
  const [name, value] = response.headers.getSetCookie()[0].split(";")[0].split("=");
  return { name, value, url };
}

let browser = null;
try {
  const seeded = await prepare();
  const server = await start();
  const values = { ...seeded, liveRun: await live(server) };
  const cookie = await signIn(server.url);
  browser = await launchBrowser();
  for (const { name, at, look = {} } of pictures) {
    if (asked.length && !asked.includes(name)) continue;
    const page = await openPage(await openContext(browser, server.url, { width: 1280, height: 800, ...look }));
    await page.context().addCookies([cookie]);
    await page.goto(at.replace(/\{(\w+)\}/g, (_, key) => values[key]));
    await settled(page);
    // Bars and lines have come to rest.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const file = join(folder, `${name}.png`);
    writeFileSync(file, smallPng(await page.screenshot()));
    const { size } = statSync(file);
    console.log(`${name}.png ${(size / 1000).toFixed(0)} kB${size > maxBytes ? "  <-- too large" : ""}`);
    await page.context().close();
  }
  await server.stop();
} finally {
  await browser?.close();
  await endAll();
}
const missing = pictures.filter(({ name }) => !statSync(join(folder, `${name}.png`), { throwIfNoEntry: false }));
if (missing.length) console.error(`no picture of ${missing.map(({ name }) => name).join(", ")}`);
const shown = readFileSync(join(root, "docs/guide/tour.md"), "utf8");
for (const { name } of pictures) if (!shown.includes(`tour/${name}.png`)) console.error(`tour.md doesn't show ${name}`);
