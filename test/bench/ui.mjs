// The web app over a long history: every page opened in a real browser, and what one does on it. A page is usable once it
// shows what it asked for; "longest task" is how long the browser's one thread was busy at a stretch meanwhile, "work" what
// that thread had to do in all, in processor time: unlike the others that doesn't grow on a machine with other work.
//   npm run bench:ui                        10,000 jobs, 1,000,000 runs
//   npm run bench:ui -- 100000 1000         100,000 runs of 1,000 jobs
import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { load } from "./load.mjs";
import { endAll, startServer, temporaryFolder } from "./server.mjs";
import { percentile, printColumns } from "./table.mjs";

const [runs, jobs] = [Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 10_000)];
const usableMs = 1500;
const blockedMs = 200;
const times = 3;

const { fillHistory, runIdOf } = await load("test/support/long-history.ts");
const { choose, launchBrowser, openContext, openPage, settled } = await load("test/support/browser.ts");

const someRun = runIdOf(runs - 500);
const pages = [
  "/",
  "/jobs",
  "/jobs?q=77",
  "/jobs?state=failing",
  "/jobs/job-7",
  "/jobs/job-7?tab=versions",
  "/jobs/job-7/edit",
  "/jobs/new",
  "/runs",
  "/runs?state=failed",
  "/runs?job=job-7",
  "/runs?q=job-77",
  `/runs/${someRun}`,
  "/nodes",
  "/nodes/web-3",
  "/schedulers",
  "/audit",
  "/admin",
  "/profile",
  "/settings",
];

/** What one does on a page, and what shows that it was done. */
const interactions = [
  { name: "jobs: search", at: "/jobs", act: (page) => page.getByRole("searchbox").fill("job-123") },
  {
    name: "jobs: select all of a page",
    at: "/jobs",
    act: (page) => page.getByRole("checkbox", { name: /all/i }).check(),
  },
  {
    name: "jobs: next page",
    at: "/jobs",
    act: (page) => page.getByRole("button", { name: "Next", exact: true }).click(),
  },
  { name: "jobs: 200 rows a page", at: "/jobs", act: chooseSize },
  { name: "jobs: to the dashboard", at: "/jobs", act: (page) => go(page, "Dashboard") },
  {
    name: "runs: next page",
    at: "/runs",
    act: (page) => page.getByRole("button", { name: "Next", exact: true }).click(),
  },
  { name: "runs: 200 rows a page", at: "/runs", act: chooseSize },
  { name: "dashboard: to the runs", at: "/", act: (page) => go(page, "Runs") },
  { name: "dashboard: scrolled to its end", at: "/", act: (page) => page.mouse.wheel(0, 5000) },
  { name: "theme switched", at: "/jobs", act: (page) => page.emulateMedia({ colorScheme: "dark" }) },
];
function chooseSize(page) {
  return choose(page, "Rows per page", "200 per page");
}
const go = (page, name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();

// Runs in the page before anything of it: notes long tasks, and until when something was loading.
const watcher = `(() => {
  const seen = { longest: 0, busyUntil: 0 };
  window.__bench = seen;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const { name, responseEnd } of list.getEntries())
      if (!name.endsWith("/api/v1/events")) seen.busyUntil = Math.max(seen.busyUntil, responseEnd);
  }).observe({ type: "resource", buffered: true });
  const look = () => {
    if (!document.querySelector("h1") || document.querySelector('[aria-busy="true"]')) seen.busyUntil = performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

async function opened(browser, server, cookie, at) {
  const page = await openPage(await openContext(browser, server.url));
  const inspector = await page.context().newCDPSession(page);
  await inspector.send("Performance.enable", { timeDomain: "threadTicks" });
  const work = async () => {
    const { metrics } = await inspector.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
  await page.context().addCookies([cookie]);
  await page.addInitScript(watcher);
  await page.goto(at);
  await settled(page);
  const seen = await page.evaluate("({ ...window.__bench })");
  return { page, work, ...seen };
}

async function measurePage(browser, server, cookie, at) {
  const loads = [];
  for (let i = 0; i < times; i++) {
    const { page, work, busyUntil, longest } = await opened(browser, server, cookie, at);
    loads.push({ usable: busyUntil, longest, work: await work() });
    await page.context().close();
  }
  const middle = (name) =>
    percentile(
      loads.map((load) => load[name]),
      50,
    );
  return row(at, { usable: middle("usable"), longest: middle("longest"), work: middle("work") });
}

async function measureInteraction(browser, server, cookie, { name, at, act }) {
  const { page, work } = await opened(browser, server, cookie, at);
  await page.evaluate("window.__bench.longest = 0");
  const [began, workBefore] = [await page.evaluate("performance.now()"), await work()];
  await act(page);
  await settled(page);
  const { longest, busyUntil } = await page.evaluate("({ ...window.__bench })");
  const worked = (await work()) - workBefore;
  await page.context().close();
  return row(name, { usable: Math.max(0, busyUntil - began), longest, work: worked });
}

const row = (what, { usable, longest, work }) => ({
  what: what.replace(someRun, "…"),
  usable: `${usable.toFixed(0)} ms`,
  longest: `${longest.toFixed(0)} ms`,
  work: `${work.toFixed(0)} ms`,
  verdict: usable <= usableMs && longest <= blockedMs ? "ok" : "MISSED",
});

let browser = null;
const rows = [];
try {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  console.error(`filling a store with ${runs} runs of ${jobs} jobs …`);
  const now = Date.now();
  await fillHistory({
    ...{ file: join(folder, "distcron.db"), now, spanMs: 30 * 86_400_000, runs, jobs, nodes: 20 },
    // About as often as the history says, and none at the same time: what is measured are pages.
    scheduleOf: (i) => `${i % 60} ${[0, 8, 16].map((hour) => hour + (i % 8)).join()} * * *`,
  });
  const server = await startServer({ folder });
  await server.ready();
  await server.api("POST", "/users", { name: "ann", role: "admin", password: "a bench of pages" });
  const login = await fetch(`${server.url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "ann", password: "a bench of pages" }),
  });
  const [name, value] = login.headers.getSetCookie()[0].split(";")[0].split("=");
  const cookie = { name, value, url: server.url };
  browser = await launchBrowser();
  for (const at of pages) {
    console.error(`measuring ${at} …`);
    rows.push(await measurePage(browser, server, cookie, at).catch((err) => failed(at, err)));
  }
  for (const each of interactions) {
    console.error(`measuring ${each.name} …`);
    rows.push(await measureInteraction(browser, server, cookie, each).catch((err) => failed(each.name, err)));
  }
  await server.stop();
} finally {
  await browser?.close();
  await endAll();
}

function failed(what, err) {
  console.error(err);
  return { what, usable: "failed, see above", longest: "", work: "", verdict: "MISSED" };
}

printColumns(
  {
    what: `${jobs} jobs, ${runs} runs`,
    usable: `usable (median; ≤ ${usableMs} ms)`,
    longest: `longest task (≤ ${blockedMs} ms)`,
    work: "work",
    verdict: "verdict",
  },
  rows,
);
console.log(`the machine's load over the last minute: ${loadavg()[0].toFixed(1)}`);
process.exit(rows.some(({ verdict }) => verdict === "MISSED") ? 1 : 0);
