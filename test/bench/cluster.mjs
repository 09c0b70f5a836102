// A cluster of one scheduler, two nodes, etcd and PostgreSQL on this machine, beside role all with SQLite: lateness, bursts,
// what it carries, and the processor time of each part. Prints one table; exits with 1 if a run was lost.
//   npm run bench:cluster                     some ten minutes
//   npm run bench:cluster -- --quick          two, for a look
//   npm run bench:cluster -- steady ceiling   only these
import { createServer } from "node:http";
import { cpus, loadavg } from "node:os";
import { dailyAt, many, secondIn } from "./jobs.mjs";
import { all, cluster, noOpAll, noOpCluster, slots } from "./scenes.mjs";
import { sleep, until } from "./server.mjs";
import { percentile, printColumns } from "./table.mjs";

const asked = process.argv.slice(2);
const quick = asked.includes("--quick");
const iso = (at) => new Date(at).toISOString();
const ms = (value) => `${Math.round(value)} ms`;
const lateOf = (run) => run.latenessMs ?? Number.POSITIVE_INFINITY;

/** Something for jobs to ask: the cheapest answer there is. */
async function startTarget() {
  const server = createServer((_, response) => response.end());
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
const ownCpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Seconds of processor time of each part between two moments, as shares of one core. */
function startCpu(scene) {
  const [before, own, from] = [scene.cpu(), ownCpu(), performance.now()];
  return () => {
    const seconds = (performance.now() - from) / 1000;
    const share = (used) => `${Math.round((100 * used) / seconds)} %`;
    const after = scene.cpu();
    const parts = Object.entries(after).map(([part, used]) => `${part} ${share(used - before[part])}`);
    return [...parts, `jobs' target ${share(ownCpu() - own)}`].join(", ");
  };
}

/** Of ticks from `from` until before `to`. */
async function untilOver(scene, from, to, withinMs) {
  const query = `/runs?limit=1&state=planned,assigned,running&from=${iso(from)}&to=${iso(to)}`;
  await until("the runs are over", async () => (await scene.api("GET", query)).items.length === 0, {
    everyMs: 250,
    withinMs,
  });
}

/** 1,000 jobs, each every five seconds, 200 of them in each second. */
async function steady(scene, target) {
  const [jobs, everyS, seconds] = [1000, 5, quick ? 20 : 120];
  const http = { url: target.url };
  await scene.apply(many(jobs, "steady", (i) => ({ schedule: `${i % everyS}-59/${everyS} * * * * *`, http })));
  const from = secondIn(10_000);
  const to = from + seconds * 1000;
  await sleep(from - Date.now());
  const cpu = startCpu(scene);
  await sleep(to - Date.now());
  const used = cpu();
  await untilOver(scene, from, to, 60_000);
  const runs = await scene.runs(`&from=${iso(from)}&to=${iso(to)}`);
  const expected = (jobs / everyS) * seconds;
  const ticks = new Set(runs.map((run) => `${run.job.name} ${run.scheduledFor}`));
  const good = runs.filter((run) => run.state === "succeeded");
  const late = good.map(lateOf);
  const lost = runs.length !== expected || ticks.size !== expected || good.length !== expected;
  return [
    [`${jobs} HTTP jobs every ${everyS} s for ${seconds} s: succeeded`, `${good.length} of ${expected}`, lost],
    ["  lateness p50, p99, max", [percentile(late, 50), percentile(late, 99), Math.max(...late)].map(ms).join(", ")],
    ["  processor (100 % = one core)", used],
  ];
}

/** All due in one second. */
async function burst(scene, target) {
  const count = quick ? 1000 : 5000;
  // Creating them takes a while, and planning ahead is part of the bargain.
  const due = secondIn(count * 10 + 15_000);
  await scene.apply(many(count, "burst", () => ({ schedule: dailyAt(due), http: { url: target.url } })));
  if (Date.now() > due - 5000) throw new Error("creating the jobs took longer than the time until they are due");
  await sleep(due - 1000 - Date.now());
  const cpu = startCpu(scene);
  await sleep(2000);
  await untilOver(scene, due, due + 1, 180_000);
  const used = cpu();
  const runs = await scene.runs(`&from=${iso(due)}&to=${iso(due + 1)}`);
  const good = runs.filter((run) => run.state === "succeeded");
  const lost = runs.length !== count || good.length !== count;
  const last = (field) => ms(Math.max(...runs.map((run) => Date.parse(run[field]))) - due);
  return [
    [`${count} HTTP jobs due in one second: succeeded`, `${good.length} of ${count}`, lost],
    [`  until the last start, the last end (${slots} slots)`, `${last("startedAt")}, ${last("finishedAt")}`],
    ["  processor meanwhile", used],
  ];
}

/** Nothing is executed. More jobs every second until they can't be kept up with. */
async function ceiling(scene) {
  const seconds = quick ? 5 : 10;
  const rates = quick ? [250, 500] : [250, 500, 1000, 1500, 2000, 3000];
  const rows = [];
  let made = 0;
  let best = 0;
  for (const rate of rates) {
    const more = many(rate - made, `ceiling-${rate}`, () => ({
      schedule: "* * * * * *",
      overlap: "allow",
      http: { url: "http://127.0.0.1/" },
    }));
    made = rate;
    await scene.apply(more);
    const from = secondIn(6000);
    const to = from + seconds * 1000;
    await sleep(from - Date.now());
    const cpu = startCpu(scene);
    await sleep(to - Date.now());
    const used = cpu();
    await sleep(3000);
    const query = `&from=${iso(from)}&to=${iso(to)}`;
    const runs = await scene.runs(query);
    const good = runs.filter((run) => run.state === "succeeded");
    const late = good.map(lateOf);
    const keptUp = good.length === rate * seconds && percentile(late, 99) < 1000;
    const what = `  ${rate} a second for ${seconds} s: recorded 3 s later; lateness p50, p99`;
    const shares = `${good.length} of ${rate * seconds}; ${ms(percentile(late, 50))}, ${ms(percentile(late, 99))}`;
    rows.push([what, shares], [`  processor at ${rate} a second`, used]);
    if (keptUp) best = rate;
    else break;
  }
  return [["no-op runs, planned, assigned, claimed, recorded: kept up with", `${best} a second`], ...rows];
}

/** Where the time goes when everything comes at once. */
async function stages(scene) {
  const count = quick ? 1000 : 5000;
  const due = secondIn(count * 10 + 15_000);
  await scene.apply(many(count, "stage", () => ({ schedule: dailyAt(due), http: { url: "http://127.0.0.1/" } })));
  await sleep(due - Date.now() + 200);
  await untilOver(scene, due, due + 1, 120_000);
  const recorded = Date.now() - due;
  const runs = await scene.runs(`&from=${iso(due)}&to=${iso(due + 1)}`);
  const good = runs.filter((run) => run.state === "succeeded").length;
  const at = (field) => runs.map((run) => Date.parse(run[field]));
  const span = (field) => ms(Math.max(...at(field)) - Math.min(...at(field)));
  const after = (field) => ms(Math.max(...at(field)) - due);
  return [
    [
      `${count} no-op jobs due in one second: succeeded`,
      `${good} of ${count}`,
      good !== count || runs.length !== count,
    ],
    ["  from the first to the last planned; assigned", `${span("plannedAt")}; ${span("assignedAt")}`],
    ["  until the last start; all recorded", `${after("startedAt")}; ${ms(recorded)}`],
  ];
}

const measurements = {
  steady: [steady, cluster, all],
  burst: [burst, cluster, all],
  ceiling: [ceiling, noOpCluster, noOpAll],
  stages: [stages, noOpCluster, noOpAll],
};

const names = asked.filter((each) => each !== "--quick");
const unknown = names.filter((name) => !Object.hasOwn(measurements, name));
if (unknown.length) {
  console.error(`unknown: ${unknown.join(", ")}; there are ${Object.keys(measurements).join(", ")}, and --quick`);
  process.exit(64);
}

const target = await startTarget();
const table = [];
let failed = false;
for (const name of names.length ? names : Object.keys(measurements)) {
  const [measure, ...scenes] = measurements[name];
  const columns = [];
  for (const open of scenes) {
    console.error(`measuring ${name}, ${open.name} …`);
    let scene = null;
    try {
      scene = await open();
      columns.push(await measure(scene, target));
    } catch (err) {
      console.error(err);
      failed = true;
      columns.push([[name, "failed, see above"]]);
    } finally {
      await scene?.stop();
    }
  }
  failed ||= columns.flat().some(([, , lost]) => lost);
  const whats = [...new Set(columns.flat().map(([what]) => what))];
  const value = (column, what) => column.find((row) => row[0] === what)?.[1] ?? "–";
  for (const what of whats) table.push({ what, cluster: value(columns[0], what), all: value(columns[1], what) });
}
target.stop();
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(1)}`;
printColumns({ what: "what", cluster: "cluster (1 scheduler, 2 nodes, etcd, PostgreSQL)", all: "role all (SQLite)" }, [
  ...table,
  { what: "the machine", cluster: machine, all: "" },
]);
process.exit(failed ? 1 : 0);
