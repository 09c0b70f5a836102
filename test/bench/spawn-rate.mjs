// How many commands a second: bare child_process, execa, and our warden, each in a process of its own, `true` with
// pipes. usage: node test/bench/spawn-rate.mjs [--commands 1000] [--wardens 1] [--rounds 3]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "1000" },
    wardens: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
  },
});
const root = fileURLToPath(new URL("../..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "distcron-spawn-rate-"));
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));

const head = `
  const commands = ${Number(values.commands)};
  const env = { PATH: process.env.PATH, DISTCRON_RUN_ID: "bench" };
  const started = performance.now();
  let done = 0;
  const one = () => {
    if (++done < commands) return;
    const ms = performance.now() - started;
    console.log(JSON.stringify({ ms: Math.round(ms), rssMb: Math.round(rss() / 1e6) }));
    finish();
  };
  let rss = () => process.memoryUsage.rss();
  let finish = () => process.exit(0);`;

const contenders = {
  bare: `import { spawn } from "node:child_process"; ${head}
  for (let i = 0; i < commands; i++) {
    const child = spawn("true", [], { stdio: ["ignore", "pipe", "pipe"], detached: true, env });
    child.stdout.on("data", () => {});
    child.stderr.on("data", () => {});
    child.once("close", one);
  }`,
  execa: `import { execa } from "execa"; ${head}
  for (let i = 0; i < commands; i++) {
    const child = execa("true", [], { stdin: "ignore", buffer: false, detached: true, cleanup: false, reject: false, extendEnv: false, env });
    child.stdout.on("data", () => {});
    child.stderr.on("data", () => {});
    child.then(one);
  }`,
  warden: `import { createWardenPool } from "./src/execute/warden/warden.ts";
  import { systemClock } from "./src/clock.ts";
  import { readFileSync } from "node:fs";
  const say = (fields, message) => console.error(message, fields);
  const pool = createWardenPool({ count: ${Number(values.wardens)}, clock: systemClock, wardenFile: ${JSON.stringify(join(dir, "the-warden.mjs"))},
    logger: { debug: say, info: say, warn: say, error: say }, env: { PATH: process.env.PATH } });
  await pool.ready(); ${head}
  rss = () => Math.max(...pool.pids().map((pid) => 1024 * Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/" + pid + "/status", "utf8"))[1])));
  finish = () => pool.close().then(() => process.exit(0));
  for (let i = 0; i < commands; i++)
    pool.run(
      { runId: "bench", attempt: i, file: "true", args: [], cwd: "/", env: { ...env, DISTCRON_ATTEMPT: String(i) },
        stdin: null, maxBytes: 1048576, killGraceMs: 10000, deadline: null },
      { spawned() {}, output() {}, over: one },
    );`,
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  logLevel: "warning",
};
const banner = { js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);' };
await build({ ...common, entryPoints: ["src/execute/warden/warden-main.ts"], outfile: join(dir, "the-warden.mjs") });
for (const [name, contents] of Object.entries(contenders))
  await build({
    ...common,
    banner,
    stdin: { contents, resolveDir: root, loader: "ts" },
    outfile: join(dir, `${name}.mjs`),
  });

const run = (file) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (data) => (text += data));
    child.once("close", (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`${file} ended with ${code}`)),
    );
  });

// Turn by turn, so that what else the machine does hits all alike; the best round is the least disturbed one.
const rounds = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
for (let i = 0; i < Number(values.rounds); i++)
  for (const name of Object.keys(contenders)) rounds[name].push(await run(join(dir, `${name}.mjs`)));
for (const [name, results] of Object.entries(rounds)) {
  const byTime = results.sort((a, b) => a.ms - b.ms);
  const [best, median] = [byTime[0], byTime[Math.floor(byTime.length / 2)]];
  const rate = Math.round((Number(values.commands) / best.ms) * 1000);
  console.log(
    `${name.padEnd(7)} ${rate} commands/s at best (${best.ms} ms; median ${median.ms} ms), ${best.rssMb} MB resident at most`,
  );
}
