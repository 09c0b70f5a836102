// A store with a million runs in it: the first page of every list, as the API answers it, and how late commands start
// while retention deletes half of the runs.
import { createRequire } from "node:module";
import { join } from "node:path";
import { everySecond, script } from "./lateness.mjs";
import { load } from "./load.mjs";
import { sleep, startServer, temporaryFolder, until } from "./server.mjs";
import { atMost, calibration, mustBe, percentile } from "./table.mjs";

const [runCount, jobCount, nodeCount] = [1_000_000, 500, 20];
const [perSecond, seconds] = [10, 30];

/** Every list, and every filter that it has, alone or as people combine them. */
function lists({ someRun, now }) {
  const iso = (at) => new Date(at).toISOString();
  const longAgo = now - 20 * 86_400_000;
  const states = "planned assigned running succeeded failed lost skipped missed cancelled timed_out".split(" ");
  return [
    ...["", "job=job-7", "job=job-7&state=failed,lost", "node=web-3", "node=web-3&state=failed", "node=nowhere"],
    ...[
      "trigger=manual",
      "trigger=manual,retry_of",
      "trigger=schedule",
      "trigger=backfill",
      "trigger=manual&state=failed",
    ],
    ...["q=job-77", "q=job", "q=nothing-has-this", "q=ob-12&state=failed", `q=${someRun.slice(0, 10)}`],
    ...[`from=${iso(longAgo)}&to=${iso(longAgo + 3_600_000)}`, `state=failed&to=${iso(longAgo)}`],
    ...states.map((state) => `state=${state}`),
  ]
    .map((query) => `/runs?${query}`)
    .concat(
      [
        "",
        "q=77",
        "state=failing",
        "state=running",
        "enabled=false",
        "sort=-nextRun",
        "sort=lastRun",
        "sort=failures",
      ].map((query) => `/jobs?${query}`),
      [
        "/jobs/job-7/versions",
        "/nodes",
        "/nodes?q=web",
        "/schedulers",
        "/audit",
        "/audit?target=job-7",
        "/tokens",
        "/users",
      ],
      ["/tags", `/runs/${someRun}`, `/runs/${someRun}/output`],
    );
}

async function timeLists(server, about) {
  const took = [];
  for (const path of lists(about)) {
    const began = performance.now();
    await server.api("GET", path);
    took.push({ path, ms: performance.now() - began });
  }
  const slowest = took.reduce((a, b) => (a.ms > b.ms ? a : b));
  return [
    calibration(
      `first pages of ${took.length} lists, each asked for once: median`,
      `${percentile(
        took.map(({ ms }) => ms),
        50,
      ).toFixed(1)} ms`,
    ),
    atMost(`the slowest of them, ${slowest.path}`, 50, "ms", slowest.ms),
  ];
}

/** Commands whose jitter spreads them over the second, as in the measurement of lateness. */
const commands = (server) =>
  everySecond(perSecond, seconds, (file) => ({ cmd: script(file), jitter: "1s" }), server).then(({ late }) => late);

export async function scale() {
  const folder = temporaryFolder();
  const file = join(folder, "distcron.db");
  const { fillHistory, runIdOf } = await load("test/support/long-history.ts");
  const now = Date.now();
  const spanMs = 30 * 86_400_000;
  await fillHistory({
    file,
    now,
    spanMs,
    runs: runCount,
    jobs: jobCount,
    nodes: nodeCount,
    scheduleOf: () => "0 0 1 1 *",
  });
  const Database = createRequire(import.meta.url)("better-sqlite3");
  const rowsLeft = () => {
    const db = new Database(file, { readonly: true });
    const { count } = db.prepare("select count(*) as count from runs where id like '01kd%x'").get();
    db.close();
    return count;
  };
  const keeping = (count) => ({
    DISTCRON_RETENTION__RUNS__AGE: "365d",
    DISTCRON_RETENTION__RUNS__COUNT: String(count),
  });

  const calm = await startServer({ folder, env: keeping(runCount) });
  await calm.ready();
  const rows = await timeLists(calm, { someRun: runIdOf(runCount - 500), now });
  const undisturbed = await commands(calm);
  await calm.stop({ keep: true });

  const kept = runCount / 2;
  const began = Date.now();
  const server = await startServer({ folder, env: keeping(kept / jobCount) });
  await server.ready();
  await until("retention has begun", () => rowsLeft() < runCount, { everyMs: 500 });
  const disturbed = await commands(server);
  const whenMeasured = rowsLeft();
  let left = whenMeasured;
  await until(
    "half of the runs are deleted",
    () => {
      left = rowsLeft();
      console.error(`  ${left} runs are left`);
      return left <= kept;
    },
    { everyMs: 10_000, withinMs: 20 * 60_000 },
  );
  const tookSeconds = (Date.now() - began) / 1000;
  await sleep(2000);
  const after = rowsLeft();
  await server.stop();

  const [shown, expected] = [
    (values) => `p50 ${percentile(values, 50).toFixed(1)} ms, at most ${Math.max(...values).toFixed(1)} ms`,
    perSecond * seconds,
  ];
  return [
    ...rows,
    calibration(`${perSecond} commands a second, nothing to delete: start lateness`, shown(undisturbed)),
    calibration("the same while runs are deleted", shown(disturbed)),
    mustBe(
      "the same: all ran, deleting went on",
      `${expected}`,
      `${disturbed.length}, ${whenMeasured} runs left`,
      disturbed.length === expected && whenMeasured > kept,
    ),
    atMost("the same: the latest start", 50 + Math.max(...undisturbed), "ms", Math.max(...disturbed)),
    mustBe(`retention of half, in ${tookSeconds.toFixed(0)} s: runs left`, `${kept}`, `${after}`, after === kept),
  ];
}
