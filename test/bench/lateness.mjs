// How late commands start, as the command itself sees it.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { dailyAt, many, secondIn } from "./jobs.mjs";
import { sleep, startServer, until } from "./server.mjs";
import { atMost, calibration, mustBe, percentile } from "./table.mjs";

const execFileAsync = promisify(execFile);
const script = (file) => `echo "$(date +%s%N) $DISTCRON_SCHEDULED_FOR" >> ${file}`;
/** How many milliseconds after its due instant each command wrote its line, with that instant. */
function lines(file) {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8").trim();
  return text.split("\n").map((line) => {
    const [at, due] = line.split(" ");
    return { due: Date.parse(due), late: Number(BigInt(at) / 1000n) / 1000 - Date.parse(due) };
  });
}

/** `perSecond` jobs due every second for so many seconds; only what was due in the window counts. */
async function everySecond(perSecond, seconds, command) {
  const server = await startServer();
  await server.ready();
  const file = join(server.folder, "late.txt");
  await server.apply(many(perSecond, "often", () => ({ schedule: "* * * * * *", overlap: "allow", ...command(file) })));
  const from = secondIn(4000);
  const to = from + seconds * 1000;
  await sleep(to + 1500 - Date.now());
  const openBefore = async () => {
    const { items } = await server.api(
      "GET",
      `/runs?limit=1&state=planned,assigned,running&from=${iso(from)}&to=${iso(to - 1)}`,
    );
    return items.length === 0;
  };
  await until("the runs of the window are over", openBefore, { everyMs: 500 });
  const runs = await server.runs(`&from=${iso(from)}&to=${iso(to - 1)}`);
  const late = lines(file).filter(({ due }) => due >= from && due < to);
  await server.stop();
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

export async function lateness() {
  const bare = await bareLateness();
  const { late } = await everySecond(10, 20, (file) => ({ cmd: script(file) }));
  const values = late.map((each) => each.late);
  const bareText = `p50 ${percentile(bare, 50).toFixed(1)} ms, p99 ${percentile(bare, 99).toFixed(1)} ms`;
  return [
    calibration("10 such commands at once from a bare process", bareText),
    mustBe("10 commands a second for 20 s: all ran", "200", `${values.length}`, values.length === 200),
    atMost("10 commands a second: start lateness p50", 8, "ms", percentile(values, 50)),
    atMost("10 commands a second: start lateness p99", 40, "ms", percentile(values, 99)),
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
  const [perSecond, seconds] = [200, 30];
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
