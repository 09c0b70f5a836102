// How late commands start, as the command itself sees it.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { dailyAt, many, secondIn } from "./jobs.mjs";
import { sleep, startServer, until } from "./server.mjs";
import { atMost, calibration, mustBe, percentile } from "./table.mjs";

const execFileAsync = promisify(execFile);
/** A command that notes when it started. */
export const script = (file) => `echo "$(date +%s%N) $DISTCRON_RUN_ID" >> ${file}`;
/** When each command wrote its line, epoch milliseconds by its run's id. */
function written(file) {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return new Map(
    lines.map((line) => {
      const [at, runId] = line.split(" ");
      return [runId, Number(BigInt(at) / 1000n) / 1000];
    }),
  );
}

/**
 * `perSecond` jobs due every second for so many seconds, on a server of their own or the given one, which stays; only what
 * was due in the window counts.
 */
export async function everySecond(perSecond, seconds, task, given = null) {
  const server = given ?? (await startServer());
  await server.ready();
  const file = join(server.folder, "late.txt");
  await server.apply(many(perSecond, "often", () => ({ schedule: "* * * * * *", overlap: "allow", ...task(file) })));
  const from = secondIn(4000);
  const to = from + seconds * 1000;
  await sleep(to + 2500 - Date.now());
  const openBefore = async () => {
    const { items } = await server.api(
      "GET",
      `/runs?limit=1&state=planned,assigned,running&from=${iso(from)}&to=${iso(to - 1)}`,
    );
    return items.length === 0;
  };
  await until("the runs of the window are over", openBefore, { everyMs: 500 });
  const runs = await server.runs(`&from=${iso(from)}&to=${iso(to - 1)}`);
  const at = written(file);
  const late = runs.filter(({ id }) => at.has(id)).map(({ id, dueAt }) => at.get(id) - Date.parse(dueAt));
  if (!given) await server.stop();
  return { from, to, late, runs };
}
const iso = (at) => new Date(at).toISOString();

/** The same commands from a bare process, ten at a time: the machine's share of the lateness. */
async function bareLateness() {
  const values = [];
  for (let round = 0; round < 10; round++) {
    const due = Date.now();
    const one = async () => {
      const { stdout } = await execFileAsync("/bin/sh", ["-c", 'echo "$(date +%s%N)"']);
      values.push(Number(BigInt(stdout.trim()) / 1000n) / 1000 - due);
    };
    await Promise.all(Array.from({ length: 10 }, one));
    await sleep(200);
  }
  return values;
}

/**
 * Ten commands a second, spread over it by their jitter, as ten jobs of different people are; and all ten at one instant,
 * where the machine's own share (ten processes on two cores) is most of it: so that is shown beside a bare process.
 */
export async function lateness() {
  const [perSecond, seconds] = [10, 20];
  const spread = await everySecond(perSecond, seconds, (file) => ({ cmd: script(file), jitter: "1s" }));
  const bare = await bareLateness();
  const together = await everySecond(perSecond, seconds, (file) => ({ cmd: script(file) }));
  const shown = (values) => `p50 ${percentile(values, 50).toFixed(1)} ms, p99 ${percentile(values, 99).toFixed(1)} ms`;
  const count = perSecond * seconds;
  const ran = spread.late.length === count && together.late.length === count;
  return [
    mustBe(
      "10 commands a second for 20 s, twice: all ran",
      `${2 * count}`,
      `${spread.late.length + together.late.length}`,
      ran,
    ),
    atMost("10 commands a second: start lateness p50", 8, "ms", percentile(spread.late, 50)),
    atMost("10 commands a second: start lateness p99", 40, "ms", percentile(spread.late, 99)),
    calibration("10 such commands at one instant from a bare process", shown(bare)),
    calibration("10 commands at one instant, every second", shown(together.late)),
  ];
}

export async function runNow() {
  const server = await startServer();
  await server.ready();
  const file = join(server.folder, "now.txt");
  const farAhead = dailyAt(Date.now() + 12 * 3600_000);
  await server.apply([{ name: "now", schedule: farAhead, overlap: "allow", cmd: `date +%s%N >> ${file}` }]);
  const took = [];
  for (let i = 0; i < 50; i++) {
    const asked = performance.timeOrigin + performance.now();
    await server.api("POST", "/jobs/now/run", {});
    const written = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);
    const stamps = await until("the command wrote its line", () => (written().length > i ? written() : null), {
      everyMs: 5,
    });
    took.push(Number(BigInt(stamps[i]) / 1000n) / 1000 - asked);
    await sleep(50);
  }
  await server.stop();
  return [atMost("run now → the command has started, p50 of 50", 20, "ms", percentile(took, 50))];
}

export async function steady() {
  const [perSecond, seconds] = [200, 60];
  const { from, runs } = await everySecond(perSecond, seconds, () => ({ cmd: ["true"] }));
  const good = runs.filter((run) => run.state === "succeeded");
  const third = (n) =>
    percentile(
      good
        .filter((run) => Math.floor((Date.parse(run.scheduledFor) - from) / ((seconds * 1000) / 3)) === n)
        .map((run) => Date.parse(run.startedAt) - Date.parse(run.scheduledFor)),
      50,
    );
  const [first, last] = [third(0), third(2)];
  const expected = perSecond * seconds;
  return [
    mustBe(
      `${perSecond} commands a second for ${seconds} s: nothing lost`,
      `${expected}`,
      `${good.length} succeeded of ${runs.length}`,
      good.length === expected && runs.length === expected,
    ),
    calibration("their lateness in the first third, p50", `${first.toFixed(0)} ms`),
    atMost("their lateness in the last third, p50", Math.round(1.5 * first + 50), "ms", last),
  ];
}
