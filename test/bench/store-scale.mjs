// How the store does with a long history: fills a SQLite file with runs (1,000,000 by default), then times the first page
// of every list, the leader's questions, the counts, and retention. Not part of the suite.
//   node test/bench/store-scale.mjs [runs] [jobs] [file]
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const [runCount, jobCount] = [Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 500)];
const dir = mkdtempSync(join(tmpdir(), "distcron-scale-"));
const file = process.argv[4] ?? join(dir, "scale.db");
const root = resolve(import.meta.dirname, "../..");

/** The store's TypeScript, bundled to where this script can import it. */
async function load(entry) {
  const outfile = join(root, `node_modules/.cache/distcron-scale-${process.pid}-${entry.replaceAll("/", "-")}.mjs`);
  const external = ["better-sqlite3"];
  await build({ entryPoints: [join(root, entry)], bundle: true, platform: "node", format: "esm", external, outfile });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}

const { openSqlite } = await load("src/store/sqlite/open-sqlite.ts");
const { systemRandom } = await load("src/random.ts");
const { aNewJob } = await load("test/support/store-fixtures.ts");
const Database = createRequire(import.meta.url)("better-sqlite3");

const now = Date.UTC(2026, 0, 31);
const span = 30 * 86_400_000;
const clock = { now: () => now };
const nodes = 20;
const pad = (n) => String(n).padStart(8, "0");

async function fill() {
  const store = await openSqlite({ file, clock, random: systemRandom });
  const term = await store.takeTerm("bench", "nonce");
  for (let i = 0; i < jobCount; i++)
    await store.createJob(term, aNewJob({ id: `job${pad(i)}`, job: { name: `job-${i}` } }));
  for (let i = 0; i < nodes; i++) {
    const info = {
      nodeId: `node${i}`,
      name: `web-${i}`,
      labels: {},
      slots: 8,
      executors: ["cmd"],
      version: "1",
      host: "h",
      pid: 1,
      startedAt: 0,
    };
    await store.registerSession({ sessionId: `session${i}`, info, former: null, graceMs: 30_000 });
  }
  await store.close();
  const db = new Database(file);
  db.pragma("synchronous = off");
  const columns =
    "id, job_id, job_name, job_version, trigger_kind, state, reason_code, priority, nominal, scheduled_for, due_at, planned_at, assigned_at, started_at, finished_at, fence, floor, session_id, node_id, node_name, attempt, exit_code";
  const run = db.prepare(`insert into runs (${columns}) values (${columns.split(",").map(() => "?")})`);
  const attempt = db.prepare(
    "insert into attempts (run_id, fence, number, node_id, node_name, started_at, finished_at, outcome) values (?, 1, 1, ?, ?, ?, ?, ?)",
  );
  const output = db.prepare(
    "insert into output_chunks (run_id, position, fence, attempt, stream, start_offset, gap_bytes, at, data) values (?, 1, 1, 1, 'stdout', 0, 0, ?, ?)",
  );
  const text = Buffer.from("a line of output\n".repeat(4));
  let last = 0;
  db.transaction(() => {
    for (let i = 0; i < runCount; i++) {
      const job = i % jobCount;
      const node = i % nodes;
      const at = now - span + Math.floor((i / runCount) * span) + 20_000;
      const isOpen = at > now;
      const state = isOpen
        ? "planned"
        : i % 1009 === 0
          ? "lost"
          : i % 97 === 0
            ? "failed"
            : i % 13 === 0
              ? "skipped"
              : "succeeded";
      const ran = state === "succeeded" || state === "failed" || state === "lost";
      const id = `01kd${pad(i)}${"x".repeat(14)}`;
      const trigger = i % 5003 === 0 ? "manual" : "schedule";
      const placed = ran ? [`session${node}`, `node${node}`, `web-${node}`] : [null, null, null];
      run.run(
        ...[id, `job${pad(job)}`, `job-${job}`, 1, trigger, state, state === "failed" ? "exit_code" : null, 5],
        ...[trigger === "manual" ? null : at, at, at, at - 20_000, at - 19_000, ran ? at : null],
        ...[isOpen ? null : at + 500, 1, 1, ...placed, ran ? 1 : 0, ran ? 0 : null],
      );
      if (ran) {
        attempt.run(id, `node${node}`, `web-${node}`, at, at + 500, state);
        output.run(id, at, text);
      }
      last = i;
    }
  })();
  db.close();
  return last;
}

async function timed(name, fn) {
  const times = [];
  let answer;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    answer = await fn();
    times.push(performance.now() - began);
  }
  const size = answer?.items?.length ?? answer?.length ?? (answer === null ? 0 : 1);
  const [cold, ...warm] = times;
  const slow = cold > (name.includes("pages") || name.includes("round") ? 500 : 50) ? "  <-- slow" : "";
  console.log(
    `${name.padEnd(44)} ${cold.toFixed(1).padStart(8)} ms first ${Math.min(...warm)
      .toFixed(1)
      .padStart(8)} ms again  (${size})${slow}`,
  );
}

try {
  if (!process.argv[4] || !statSync(file, { throwIfNoEntry: false })) {
    const began = performance.now();
    await fill();
    console.log(
      `filled with ${runCount} runs of ${jobCount} jobs in ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
  }
  console.log(`${file}: ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`);
  const store = await openSqlite({ file, clock, random: systemRandom });
  const list = (name, query) => timed(`runs ${name}`, () => store.listRuns({ limit: 50, now, ...query }));
  await list("newest", {});
  await list("of a job by name", { job: "job-7" });
  await list("of a job that failed", { job: "job-7", state: ["failed", "lost"] });
  await list("of a node", { node: "web-3" });
  await list("of a node that failed", { node: "web-3", state: ["failed", "timed_out", "lost"] });
  await list("of a node, manual", { node: "web-3", trigger: ["manual"] });
  await list("of no such node", { node: "nowhere" });
  for (const state of [
    "planned",
    "assigned",
    "running",
    "succeeded",
    "failed",
    "lost",
    "skipped",
    "missed",
    "cancelled",
  ])
    await list(state, { state: [state] });
  await list("failed or lost", { state: ["failed", "lost"] });
  await list("manual", { trigger: ["manual"] });
  await list("manual or retried", { trigger: ["manual", "retry_of"] });
  await list("manual and succeeded", { trigger: ["manual"], state: ["succeeded"] });
  await list("manual and failed", { trigger: ["manual"], state: ["failed"] });
  await list("backfilled (none)", { trigger: ["backfill"] });
  await list("by the clock", { trigger: ["schedule"] });
  await list("of an hour long ago", { from: now - 20 * 86_400_000, to: now - 20 * 86_400_000 + 3_600_000 });
  await list("failed up to long ago", { state: ["failed"], to: now - 25 * 86_400_000 });
  await list("q: part of a name, one job", { q: "job-77" });
  await list("q: part of every name", { q: "job" });
  await list("q: nothing", { q: "nothing-has-this" });
  await list("q: start of an id", { q: "01kd000100" });
  await list("q and failed", { q: "ob-12", state: ["failed"] });
  await list("q and a node", { q: "ob-12", node: "web-3" });
  const deep = async () => {
    let cursor;
    for (let i = 0; i < 20; i++) cursor = (await store.listRuns({ limit: 500, now, cursor })).nextCursor ?? undefined;
    return [];
  };
  await timed("runs newest, 20 pages of 500", deep);
  await timed("one run by id", () => store.getRun(`01kd${pad(5)}${"x".repeat(14)}`));
  await timed("one run by a start of its id", () => store.getRun(`01kd${pad(5)}`));
  await timed("the run of a tick (none)", () => store.runAt("job00000007", 12));
  await timed("jobs", () => store.listJobs({ limit: 50 }));
  await timed("jobs failing", () => store.listJobs({ limit: 50, state: "failing" }));
  await timed("jobs running", () => store.listJobs({ limit: 50, state: "running" }));
  await timed("nodes", () => store.listNodes({ limit: 50, now }));
  await timed("audit", () => store.listAudit({ limit: 50 }));
  await timed("summary", () => store.summary(now));
  await timed("timeline of a day", () => store.timeline({ from: now - 86_400_000, to: now, bucketMs: 3_600_000 }));
  await timed("timeline of 30 days", () => store.timeline({ from: now - span, to: now, bucketMs: 86_400_000 }));
  await timed("timeline of a job, 30 days", () =>
    store.timeline({ from: now - span, to: now, bucketMs: 86_400_000, jobId: "job00000007" }),
  );
  await timed("upcoming", () => store.upcoming(50));
  await timed("job statistics", () => store.jobStats(2000));
  await timed("queued by reason", () => store.queuedByReason(now));
  await timed("oldest unassigned", () => store.oldestUnassignedDue());
  await timed("output", () => store.readOutput(`01kd${pad(5)}${"x".repeat(14)}`, null, 100));
  await timed("waiting runs", () => store.waitingRuns(now + 20_000, 100));
  await timed("open runs", () => store.openRuns(null, 500));
  await timed("overdue runs", () => store.overdueRuns({ dueBefore: now - 60_000, now, limit: 500 }));

  const keepAll = { now, ageMs: 365 * 86_400_000, count: 1_000_000, batch: 200 };
  await timed("retention: a whole round, nothing to delete", () => store.retain(keepAll));
  const deletes = async (name, rule) => {
    let [total, longest, calls] = [0, 0, 0];
    const began = performance.now();
    while (performance.now() - began < 10_000) {
      const callBegan = performance.now();
      const deleted = await store.retain({ ...keepAll, ...rule });
      longest = Math.max(longest, performance.now() - callBegan);
      calls++;
      total += deleted;
      if (deleted === 0) break;
    }
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `${name}: ${total} runs in ${calls} calls, ${(total / seconds).toFixed(0)} a second, longest call ${longest.toFixed(0)} ms`,
    );
  };
  const perJob = Math.floor(runCount / jobCount);
  await deletes("retention by age", { ageMs: span - 3 * 3_600_000 });
  await deletes("retention by number", { count: perJob - 20 });
  await store.close();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
