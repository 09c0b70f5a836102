// The real program in a temporary data directory on a free port: started, asked over REST, measured through /proc, ended
// by pid, its folder removed.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../bin/distcron.js", import.meta.url));
const alive = new Set();
const folders = new Set();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** Whatever a failed measurement left running. */
export async function endAll() {
  for (const child of alive) child.kill("SIGKILL");
  await until("every server has ended", () => alive.size === 0, { withinMs: 10_000 });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "distcron-bench-"));
  folders.add(folder);
  return folder;
}

/** Polls often; throws after `withinMs`. */
export async function until(what, check, { everyMs = 10, withinMs = 120_000 } = {}) {
  const limit = performance.now() + withinMs;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (performance.now() > limit) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(everyMs);
  }
}

/** Resolves with the server once /livez answers 200; `livezMs` is how long that took from the spawn. */
export async function startServer({ folder = temporaryFolder(), args = [], env = {} } = {}) {
  const local = join(folder, "local.json");
  rmSync(local, { force: true });
  const started = performance.now();
  const child = spawn(process.execPath, [program, "serve", "--data-dir", folder, "--port", "0", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH, HOME: folder, DISTCRON_LOG__LEVEL: "warn", ...env },
  });
  alive.add(child);
  let said = "";
  child.stderr.on("data", (data) => {
    said = (said + data).slice(-4000);
  });
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => alive.delete(child));
  const address = await until(`the server at ${folder} answers; it said: ${said}`, async () => {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${said}`);
    if (!existsSync(local)) return null;
    const { url, token } = JSON.parse(readFileSync(local, "utf8") || "{}");
    if (!url) return null;
    const answer = await fetch(`${url}/livez`).catch(() => null);
    return answer?.ok ? { url, token } : null;
  });
  const livezMs = performance.now() - started;

  return {
    folder,
    pid: child.pid,
    livezMs,
    url: address.url,
    ...createClient(address),
    said: () => said,
    /** Of the server and everything it started. */
    residentMb: () => sum(family(child.pid), residentKb) / 1024,
    cpuSeconds: () => sum(family(child.pid), cpuTicks) / 100,
    async stop({ keep = false } = {}) {
      if (child.exitCode === null) child.kill("SIGTERM");
      const worst = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(worst);
      if (keep) return;
      rmSync(folder, { recursive: true, force: true });
      folders.delete(folder);
    },
  };
}

/** What is asked of a scheduler: `local` is its local.json. */
export function createClient(local) {
  async function api(method, path, body) {
    const send = () => ask(method, path, body);
    // A kept connection that the server had just closed: all that is asked here may be asked again.
    const response = await send().catch((err) => (err.cause?.code === "UND_ERR_SOCKET" ? send() : Promise.reject(err)));
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    if (!/json/.test(response.headers.get("content-type") ?? "")) return text || null;
    return JSON.parse(text);
  }
  const ask = (method, path, body) =>
    fetch(`${local.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${local.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    url: local.url,
    api,
    ready: () => until("the server is ready", async () => (await fetch(`${local.url}/readyz`)).ok, { everyMs: 50 }),
    async apply(jobs) {
      for (let at = 0; at < jobs.length; at += 2000)
        await api("POST", "/jobs/apply", { jobs: jobs.slice(at, at + 2000) });
    },
    /** Every run, page by page. */
    async runs(query = "") {
      const all = [];
      let cursor = null;
      do {
        const page = await api(
          "GET",
          `/runs?limit=500${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
        );
        all.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      return all;
    },
  };
}

/** Processor time of a process, of what it started, and of those of them that have ended and were waited for. */
export const familyCpuSeconds = (pid) => sum(family(pid), cpuTicksWithEnded) / 100;

const sum = (pids, measure) => pids.reduce((total, pid) => total + measure(pid), 0);

/** The process and its descendants: the server and its wardens, while no command runs. */
function family(root) {
  const children = new Map();
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const parent = statOf(Number(name))?.[1];
    if (parent !== undefined) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)]);
  }
  const all = [root];
  for (const pid of all) all.push(...(children.get(pid) ?? []));
  return all;
}

/** Fields of /proc/PID/stat behind the command's name; null for a process that has gone. */
function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return null;
  }
}
const cpuTicks = (pid) => {
  const stat = statOf(pid);
  return stat ? Number(stat[11]) + Number(stat[12]) : 0;
};
const cpuTicksWithEnded = (pid) => {
  const stat = statOf(pid);
  return stat ? [11, 12, 13, 14].reduce((total, field) => total + Number(stat[field]), 0) : 0;
};
function residentKb(pid) {
  try {
    return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
