// A thousand runs due in the same second, commands and HTTP, against what a bare process needs for them.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import got from "got";
import { dailyAt, many, secondIn } from "./jobs.mjs";
import { sleep, startServer, until } from "./server.mjs";
import { atMost, calibration, mustBe, percentile } from "./table.mjs";

const count = 1000;
const bare = () =>
  Number(execFileSync(process.execPath, [fileURLToPath(new URL("bare-spawn.mjs", import.meta.url)), String(count)]));

/** All due at one instant; the time until the last end, and what the API answered meanwhile. */
async function burstOf(server, name, task, { watched }) {
  const due = secondIn(8000);
  await server.apply(many(count, name, () => ({ schedule: dailyAt(due), ...task })));
  if (Date.now() > due - 1000) throw new Error("creating the jobs took longer than the time until they are due");
  await sleep(due - Date.now() - 50);
  const answers = [];
  let polling = watched;
  const polled = (async () => {
    while (polling) {
      const at = performance.now();
      await server.api("GET", "/jobs?limit=50");
      answers.push(performance.now() - at);
      await sleep(50);
    }
  })();
  const over = async () => {
    const page = await server.api("GET", "/runs?limit=1&state=planned,assigned,running");
    return page.items.length === 0;
  };
  await sleep(500);
  try {
    await until("the burst is over", over, { everyMs: 200 });
  } finally {
    polling = false;
  }
  await polled;
  const runs = (await server.runs()).filter((run) => run.job.name.startsWith(name));
  const names = new Set(runs.map((run) => run.job.name));
  const good = runs.filter((run) => run.state === "succeeded");
  const tookMs = Math.max(...runs.map((run) => Date.parse(run.finishedAt))) - due;
  return {
    tookMs,
    p99: percentile(answers, 99),
    exact: runs.length === count && names.size === count,
    good: good.length,
  };
}

async function onServer(fn) {
  const server = await startServer();
  await server.ready();
  const answer = await fn(server);
  await server.stop();
  return answer;
}

export async function burstOfCommands() {
  const before = bare();
  const { tookMs, p99, exact, good } = await onServer((server) =>
    burstOf(server, "burst", { cmd: ["true"] }, { watched: true }),
  );
  const bareMs = (before + bare()) / 2;
  return [
    calibration(`${count} commands from a bare Node process`, `${bareMs.toFixed(0)} ms`),
    mustBe(
      `${count} commands due at once: each exactly once`,
      `${count}`,
      `${good} succeeded`,
      exact && good === count,
    ),
    atMost(
      `${count} commands due at once: until the last end`,
      2 * bareMs,
      `ms (${(tookMs / bareMs).toFixed(2)} x)`,
      tookMs,
    ),
    atMost("GET /api/v1/jobs meanwhile, p99", 100, "ms", p99),
  ];
}

async function gotAlone(url, concurrency) {
  const started = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left-- > 0) await got(url, { retry: { limit: 0 } });
    }),
  );
  return performance.now() - started;
}

/** Twice on both sides: code that has just been loaded runs at half its speed, and a node that runs all day is past that. */
export async function burstOfRequests() {
  const target = createServer((_, response) => response.end("ok"));
  await new Promise((resolve) => target.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${target.address().port}/`;
  const slots = 8 * availableParallelism();
  const alone = [await gotAlone(url, slots), await gotAlone(url, slots)];
  const bursts = await onServer(async (server) => [
    await burstOf(server, "first", { http: { url } }, { watched: false }),
    await burstOf(server, "second", { http: { url } }, { watched: false }),
  ]);
  target.close();
  target.closeAllConnections();
  const [mean, each] = [(numbers) => (numbers[0] + numbers[1]) / 2, (numbers) => numbers.map((n) => n.toFixed(0))];
  const took = bursts.map(({ tookMs }) => tookMs);
  const good = bursts[0].good + bursts[1].good;
  const all = `${count} HTTP jobs due at once, twice`;
  return [
    calibration(`${count} requests by got, ${slots} at a time, twice`, `${each(alone).join(" and ")} ms`),
    mustBe(
      `${all}: each exactly once`,
      `${2 * count}`,
      `${good} succeeded`,
      good === 2 * count && bursts.every(({ exact }) => exact),
    ),
    atMost(
      `${all}: until the last end, mean of ${each(took).join(" and ")} ms`,
      1.5 * mean(alone),
      `ms (${(mean(took) / mean(alone)).toFixed(2)} x)`,
      mean(took),
    ),
  ];
}
