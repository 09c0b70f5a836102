// How fast it starts, how much memory it holds and what it does while nothing is due.
import { availableParallelism } from "node:os";
import { mixed, quietDaily } from "./jobs.mjs";
import { load } from "./load.mjs";
import { sleep, startServer } from "./server.mjs";
import { atMost } from "./table.mjs";

const { wardensFor } = await load("src/execute/warden/warden.ts");
/** The bound is that of two cores, which have one warden; each further one holds 45 MB. */
const memoryBound = (megabytes) => megabytes + 45 * (wardensFor(availableParallelism()) - 1);

async function startAgain(folder) {
  const server = await startServer({ folder });
  await server.ready();
  await sleep(5000);
  return server;
}

export async function startup() {
  const rows = [];
  const first = await startServer({ args: ["--examples"] });
  rows.push(atMost("start to /livez, empty store", 1000, "ms", first.livezMs));
  await first.ready();
  await sleep(12_000);
  rows.push(atMost("resident memory with the examples", memoryBound(180), "MB", first.residentMb()));
  await first.stop();
  return rows;
}

export async function idle() {
  const server = await startServer();
  await server.ready();
  await server.apply(quietDaily(1000));
  // What creating them leaves to collect is collected by then.
  await sleep(30_000);
  const before = server.cpuSeconds();
  await sleep(30_000);
  const percent = ((server.cpuSeconds() - before) / 30) * 100;
  await server.stop();
  return [atMost("idle CPU with 1,000 daily jobs", 1, "% of a core", percent)];
}

export async function manyJobs({ jobs = 100_000 } = {}) {
  const filled = await startServer();
  await filled.ready();
  await filled.apply(mixed(jobs));
  await filled.stop({ keep: true });
  const again = await startAgain(filled.folder);
  const rows = [
    atMost(`start to /livez, ${jobs} jobs`, 3000, "ms", again.livezMs),
    atMost(`resident memory with ${jobs} jobs`, memoryBound(400), "MB", again.residentMb()),
  ];
  await again.stop();
  return rows;
}
