// Where the store's time goes with a long history: fills a SQLite file with runs (1,000,000 by default), then times its calls
// one by one, the leader's questions and the counts among them. What is asked of the whole is in scale.mjs.
//   node test/bench/store-scale.mjs [runs] [jobs] [file]
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "./load.mjs";

const [runCount, jobCount] = [Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 500)];
const dir = mkdtempSync(join(tmpdir(), "distcron-scale-"));
const file = process.argv[4] ?? join(dir, "scale.db");

const { openSqlite } = await load("src/store/sqlite/open-sqlite.ts");
const { systemRandom } = await load("src/random.ts");
const { fillHistory } = await load("test/support/long-history.ts");

const now = Date.UTC(2026, 0, 31);
const span = 30 * 86_400_000;
const clock = { now: () => now };
const pad = (n) => String(n).padStart(8, "0");

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
  const slow = cold > (/page|round/.test(name) ? 500 : 50) ? "  <-- slow" : "";
  console.log(
    `${name.padEnd(44)} ${cold.toFixed(1).padStart(8)} ms first ${Math.min(...warm)
      .toFixed(1)
      .padStart(8)} ms again  (${size})${slow}`,
  );
}

try {
  if (!process.argv[4] || !statSync(file, { throwIfNoEntry: false })) {
    const began = performance.now();
    await fillHistory({ file, now, spanMs: span, runs: runCount, jobs: jobCount, nodes: 20 });
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
  for (const by of ["name", "nextRun", "lastRun", "failures"])
    await timed(`jobs by ${by}, the other way`, () =>
      store.listJobs({ limit: 50, order: { by, descending: true, now } }),
    );
  await timed("jobs by what is searched", () => store.listJobs({ limit: 50, q: "77" }));
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
  await timed("timeline of a day, by quarters", () =>
    store.timeline({ from: now - 86_400_000, to: now, bucketMs: 900_000 }),
  );
  await timed("failing jobs", () => store.failingJobs(50));
  await timed("overdue jobs", () => store.overdueJobs(now - 10_000, 50));
  await timed("jobs that wait longest", () => store.waitingLongest(now, 50));
  await timed("running longest", () => store.runningLongest(200));
  await timed("has a schedule changed?", () => store.scheduleStamp());
  await timed("schedules, 500 of them", () => store.schedules({ changedSince: null, after: null, limit: 500 }));
  await timed("upcoming", () => store.upcoming(50));
  const everyJob = Array.from({ length: Math.min(200, jobCount) }, (_, i) => `job-${i}`);
  const stats = (jobs) => store.runStats({ jobs, runs: 100, recent: 20, from: now - 7 * 86_400_000 });
  await timed("newest runs of a page of jobs, in figures", () => stats(everyJob.slice(0, 50)));
  await timed("newest runs of four pages of jobs, in figures", () => stats(everyJob));
  await timed("job statistics", () => store.jobStats(2000));
  await timed("queued by reason", () => store.queuedByReason(now));
  await timed("oldest unassigned", () => store.oldestUnassignedDue());
  await timed("output", () => store.readOutput(`01kd${pad(5)}${"x".repeat(14)}`, null, 100));
  await timed("waiting runs", () => store.waitingRuns(now + 20_000, 100));
  await timed("open runs", () => store.openRuns(null, 500));
  await timed("overdue runs", () => store.overdueRuns({ dueBefore: now - 60_000, now, limit: 500 }));

  await store.close();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
