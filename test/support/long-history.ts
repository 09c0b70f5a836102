// A store file with a long history: jobs, nodes, and as many runs as asked for, evenly over thirty days. Written past the
// store, for a million runs would take it an hour.
import { closeSync, fsyncSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { systemRandom } from "../../src/random.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import { aNewJob } from "./store-fixtures.ts";

const pad = (n: number) => String(n).padStart(8, "0");
export const jobIdOf = (i: number) => `job${pad(i)}`;
export const runIdOf = (i: number) => `01kd${pad(i)}${"x".repeat(14)}`;

export interface LongHistory {
  file: string;
  /** The newest run's instant, about; the oldest is `spanMs` older. */
  now: number;
  spanMs: number;
  runs: number;
  jobs: number;
  nodes: number;
  /** Which job the i-th run, from the oldest, is of; by default they take turns. */
  jobOf?: (i: number) => number;
  /** Of the i-th job; by default all are due every minute, which is more than one machine can run where there are thousands. */
  scheduleOf?: (i: number) => string;
}

const columns =
  "id, job_id, job_name, job_version, trigger_kind, state, reason_code, priority, nominal, scheduled_for, due_at, planned_at, assigned_at, started_at, finished_at, fence, floor, session_id, node_id, node_name, attempt, exit_code";

export async function fillHistory(given: LongHistory): Promise<void> {
  const { file, now, spanMs, runs, jobs, nodes, jobOf = (i) => i % jobs } = given;
  await makeJobsAndNodes(given);
  const Database = createRequire(import.meta.url)("better-sqlite3");
  const db = new Database(file);
  db.pragma("synchronous = off");
  const run = db.prepare(`insert into runs (${columns}) values (${columns.split(",").map(() => "?")})`);
  const attempt = db.prepare(
    "insert into attempts (run_id, fence, number, node_id, node_name, started_at, finished_at, outcome) values (?, 1, 1, ?, ?, ?, ?, ?)",
  );
  const output = db.prepare(
    "insert into output_chunks (run_id, position, fence, attempt, stream, start_offset, gap_bytes, at, data) values (?, 1, 1, 1, 'stdout', 0, 0, ?, ?)",
  );
  const text = Buffer.from("a line of output\n".repeat(4));
  db.transaction(() => {
    for (let i = 0; i < runs; i++) {
      const job = jobOf(i);
      const node = i % nodes;
      const at = now - spanMs + Math.floor((i / runs) * spanMs) + 20_000;
      const state = stateOf(i, at > now);
      const ran = state === "succeeded" || state === "failed" || state === "lost";
      const id = runIdOf(i);
      const trigger = i % 5003 === 0 ? "manual" : "schedule";
      const placed = ran ? [`session${node}`, `node${node}`, `web-${node}`] : [null, null, null];
      run.run(
        ...[id, jobIdOf(job), `job-${job}`, 1, trigger, state, state === "failed" ? "exit_code" : null, 5],
        ...[trigger === "manual" ? null : at, at, at, at - 20_000, at - 19_000, ran ? at : null],
        ...[state === "planned" ? null : at + 500, 1, 1, ...placed, ran ? 1 : 0, ran ? 0 : null],
      );
      if (!ran) continue;
      attempt.run(id, `node${node}`, `web-${node}`, at, at + 500, state);
      output.run(id, at, text);
    }
  })();
  db.close();
  // Else the first to sync anything later would wait for all of this.
  const handle = openSync(file, "r+");
  fsyncSync(handle);
  closeSync(handle);
}

function stateOf(i: number, isToCome: boolean): string {
  if (isToCome) return "planned";
  return i % 1009 === 0 ? "lost" : i % 97 === 0 ? "failed" : i % 13 === 0 ? "skipped" : "succeeded";
}

async function makeJobsAndNodes({ file, now, jobs, nodes, scheduleOf }: LongHistory) {
  const store = await openSqlite({ file, clock: { now: () => now }, random: systemRandom });
  const term = await store.takeTerm("bench", "nonce");
  // None of them is due: whatever is planned beside them is the reader's own.
  const cursor = { plannedThrough: now, nextNominal: null, nextDue: null };
  for (let i = 0; i < jobs; i++)
    await store.createJob(
      term,
      aNewJob({
        id: jobIdOf(i),
        job: { name: `job-${i}`, ...(scheduleOf ? { schedule: [scheduleOf(i)] } : {}) },
        cursor,
      }),
    );
  for (let i = 0; i < nodes; i++) {
    const about = { nodeId: `node${i}`, name: `web-${i}`, labels: {}, slots: 8, executors: ["cmd" as const] };
    const info = { ...about, version: "1", host: "h", pid: 1, startedAt: 0 };
    await store.registerSession({ sessionId: `session${i}`, info, former: null, graceMs: 30_000 });
    // Else a scheduler would wait until it may be given up.
    await store.closeSession(`session${i}`);
  }
  await store.close();
}
