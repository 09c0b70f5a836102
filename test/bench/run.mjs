// The measurements of the built program, as one table. Exits with 1 if a bound was missed.
//   npm run bench                      everything
//   npm run bench -- burst lateness    only these
import { loadavg } from "node:os";
import { burstOfCommands, burstOfRequests } from "./burst.mjs";
import { lateness, runNow, steady } from "./lateness.mjs";
import { scale } from "./scale.mjs";
import { endAll } from "./server.mjs";
import { idle, manyJobs, startup } from "./startup.mjs";
import { calibration, printTable } from "./table.mjs";
import { uiLog } from "./ui-log.mjs";

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
  scale,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(measurements, name));
if (unknown.length) {
  console.error(`unknown: ${unknown.join(", ")}; there are ${Object.keys(measurements).join(", ")}`);
  process.exit(64);
}

const rows = [];
for (const name of asked.length ? asked : Object.keys(measurements)) {
  console.error(`measuring ${name} …`);
  try {
    rows.push(...(await measurements[name]()));
  } catch (err) {
    console.error(err);
    await endAll();
    rows.push({ what: name, bound: "", measured: "failed, see above", verdict: "MISSED" });
  }
}
if (rows.length) printTable([...rows, calibration("the machine's load over the last minute", loadavg()[0].toFixed(1))]);
process.exit(rows.some((row) => row.verdict === "MISSED") ? 1 : 0);
