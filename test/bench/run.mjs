// The measurements of the built program, as one table. Exits with 1 if a bound was missed.
//   npm run bench                      everything but scale
//   npm run bench -- burst lateness    only these
import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { burstOfCommands, burstOfRequests } from "./burst.mjs";
import { lateness, runNow, steady } from "./lateness.mjs";
import { endAll } from "./server.mjs";
import { idle, manyJobs, startup } from "./startup.mjs";
import { calibration, printTable } from "./table.mjs";
import { uiLog } from "./ui-log.mjs";

function scale() {
  execFileSync(process.execPath, [fileURLToPath(new URL("store-scale.mjs", import.meta.url))], { stdio: "inherit" });
  return [];
}

const measurements = {
  startup,
  idle,
  jobs: manyJobs,
  burst: burstOfCommands,
  http: burstOfRequests,
  lateness,
  now: runNow,
  steady,
  log: uiLog,
};
const byName = { ...measurements, scale };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(byName, name));
if (unknown.length) {
  console.error(`unknown: ${unknown.join(", ")}; there are ${Object.keys(byName).join(", ")}`);
  process.exit(64);
}

const rows = [];
for (const name of asked.length ? asked : Object.keys(measurements)) {
  console.error(`measuring ${name} …`);
  try {
    rows.push(...(await byName[name]()));
  } catch (err) {
    console.error(err);
    await endAll();
    rows.push({ what: name, bound: "", measured: "failed, see above", verdict: "MISSED" });
  }
}
if (rows.length) printTable([...rows, calibration("the machine's load over the last minute", loadavg()[0].toFixed(1))]);
process.exit(rows.some((row) => row.verdict === "MISSED") ? 1 : 0);
