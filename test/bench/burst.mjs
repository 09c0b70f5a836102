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
async function burstOf(task, { watched }) {
  const server = await startServer();
  await server.ready();
  const due = secondIn(8000);
  await server.apply(many(count, "burst", () => ({ schedule: dailyAt(due), ...task })));
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
  const runs = await server.runs();
  await server.stop();
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

export async function burstOfCommands() {
  const before = bare();
  const { tookMs, p99, exact, good } = await burstOf({ cmd: ["true"] }, { watched: true });
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

export async function burstOfRequests() {
  const target = createServer((_, response) => response.end("ok"));
  await new Promise((resolve) => target.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${target.address().port}/`;
  const slots = 8 * availableParallelism();
  const before = await gotAlone(url, slots);
  const { tookMs, exact, good } = await burstOf({ http: { url } }, { watched: false });
  const aloneMs = (before + (await gotAlone(url, slots))) / 2;
  target.close();
  target.closeAllConnections();
  return [
    calibration(`${count} requests by got, ${slots} at a time`, `${aloneMs.toFixed(0)} ms`),
    mustBe(
      `${count} HTTP jobs due at once: each exactly once`,
      `${count}`,
      `${good} succeeded`,
      exact && good === count,
    ),
    atMost(
      `${count} HTTP jobs due at once: until the last end`,
      1.5 * aloneMs,
      `ms (${(tookMs / aloneMs).toFixed(2)} x)`,
      tookMs,
    ),
  ];
}
