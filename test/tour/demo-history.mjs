// A week that has been: runs, attempts and output written straight into a server's database while it is stopped. The same
// seed gives the same week.
import { createRequire } from "node:module";

const week = 7 * 86_400_000;
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Numbers from 0 to 1 that look random (mulberry32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const columns =
  "id, job_id, job_name, job_version, trigger_kind, state, reason_code, reason_message, priority, nominal, scheduled_for, due_at, planned_at, assigned_at, started_at, finished_at, fence, floor, session_id, node_id, node_name, attempt, exit_code, output_bytes, requested_by";

export function fillDemoHistory({ file, jobs, now, seed = 20_261_128 }) {
  const Database = createRequire(import.meta.url)("better-sqlite3");
  const db = new Database(file);
  const random = seeded(seed);
  const idAt = (ms) => {
    let time = "";
    for (let rest = ms, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time;
    return time + Array.from({ length: 16 }, () => alphabet[Math.floor(random() * 32)]).join("");
  };
  const node = db.prepare("select id, name, last_session_id as session from nodes limit 1").get();
  const insertRun = db.prepare(`insert or ignore into runs (${columns}) values (${columns.split(",").map(() => "?")})`);
  const insertAttempt = db.prepare(
    "insert into attempts (run_id, fence, number, node_id, node_name, started_at, finished_at, outcome, exit_code) values (?, 1, 1, ?, ?, ?, ?, ?, ?)",
  );
  const insertOutput = db.prepare(
    "insert into output_chunks (run_id, position, fence, attempt, stream, start_offset, gap_bytes, at, data) values (?, 1, 1, 1, ?, 0, 0, ?, ?)",
  );
  const setJob = db.prepare(
    "update jobs set consecutive_failures = ?, last_success_at = ?, last_run_id = ?, last_run_state = ? where id = ?",
  );

  function put(job, id, at, isLast) {
    const { demo } = job;
    const dice = random();
    const bound = demo.fails + (demo.skips ?? 0);
    const state = isLast
      ? "failed"
      : dice < demo.fails
        ? "failed"
        : dice < bound
          ? "skipped"
          : dice < bound + (demo.misses ?? 0)
            ? "missed"
            : "succeeded";
    const ran = state === "failed" || state === "succeeded";
    // A few milliseconds as a rule, seconds now and then.
    const lateMs = Math.round(2 + random() * 12 + (random() < 0.01 ? random() * 3000 : 0));
    const tookMs = Math.round(demo.tookMs * (0.75 + random() * 0.5) * (random() < 0.03 ? 2.2 : 1));
    const runId = idAt(at - 20_000);
    const startedAt = ran ? at + lateMs : null;
    const finishedAt = ran ? startedAt + tookMs : at + 5;
    if (finishedAt >= now) return null;
    const http = "http" in job;
    const [code, message] =
      state === "failed"
        ? http
          ? ["http_status", "the answer had status 503"]
          : ["exit_code", "the command ended with exit code 7"]
        : state === "skipped"
          ? ["overlap", "the run before was still running"]
          : state === "missed"
            ? ["misfire_policy", "a newer tick started"]
            : [null, null];
    const text = Buffer.from(
      state === "failed" && !http
        ? "fetching index\nmirror.example: 503 Service Unavailable\n"
        : `started for ${new Date(at).toISOString().slice(0, 16)}\ndone\n`,
    );
    const placed = ran ? [node.session, node.id, node.name] : [null, null, null];
    const isManual = job.schedule === "@manual";
    insertRun.run(
      ...[runId, id, job.name, 1, isManual ? "manual" : "schedule", state, code, message, job.priority ?? 5],
      ...[isManual ? null : at, at, at, at - 20_000, at - 19_000, startedAt, finishedAt, 1, 1, ...placed],
      ...[ran ? 1 : 0, ran && !http ? (state === "failed" ? 7 : 0) : null, ran ? text.length : 0],
      isManual ? "user:ann" : null,
    );
    if (ran) {
      const exitCode = http ? null : state === "failed" ? 7 : 0;
      insertAttempt.run(runId, node.id, node.name, startedAt, finishedAt, state, exitCode);
      insertOutput.run(runId, state === "failed" ? "stderr" : "stdout", startedAt + 5, text);
    }
    return { runId, state, finishedAt };
  }

  let failedRun = null;
  db.transaction(() => {
    for (const job of jobs) {
      if (!job.demo) continue;
      const { id } = db.prepare("select id from jobs where name = ?").get(job.name);
      const { everyMs, atMs = 0, failsLast = 0 } = job.demo;
      const times = [];
      for (let at = Math.ceil((now - week) / everyMs) * everyMs + (atMs % everyMs); at < now - 60_000; at += everyMs)
        times.push(at);
      let failures = 0;
      let lastSuccess = null;
      let last = null;
      for (const [i, at] of times.entries()) {
        const run = put(job, id, at, i >= times.length - failsLast);
        if (!run) continue;
        last = run;
        if (run.state === "succeeded") [failures, lastSuccess] = [0, run.finishedAt];
        if (run.state === "failed") failures++;
        if (run.state === "failed" && failsLast) failedRun = run.runId;
      }
      setJob.run(failures, lastSuccess, last?.runId ?? null, last?.state ?? null, id);
    }
  })();
  db.close();
  return { failedRun, node: node.name };
}
