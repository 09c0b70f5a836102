// A node, or role all, as main.ts puts it together, but with an executor whose attempts succeed at once: what is left is
// planning, assigning, claiming, the spool, reporting and recording. Bundled and run by cluster.mjs.
//   node no-op.js CONFIG.yaml
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { createHttpLink } from "../../src/api/client/http-link.ts";
import { systemClock } from "../../src/clock.ts";
import { createClosers } from "../../src/compose/closers.ts";
import { nodeParts } from "../../src/compose/node-parts.ts";
import { openCoordinator } from "../../src/compose/open-coordinator.ts";
import { schedulerParts } from "../../src/compose/scheduler-parts.ts";
import { loadConfig } from "../../src/config.ts";
import type { Executor } from "../../src/execute/executor.ts";
import { systemRandom } from "../../src/random.ts";
import { createAllInOne } from "../../src/roles/all-in-one.ts";
import { createNodeRole } from "../../src/roles/node.ts";
import { createLogger } from "../../src/telemetry/logger.ts";

const noOp: Executor = {
  start: () => ({
    result: Promise.resolve({
      outcome: "succeeded",
      exitCode: null,
      signal: null,
      httpStatus: 200,
      error: null,
      reason: null,
      retryAfterMs: null,
      retryable: true,
      outputBytes: 0,
      outputTruncated: false,
    }),
    end() {},
  }),
  async close() {},
};

const file = process.argv[2];
if (!file) throw new Error("expected a configuration file");
const { config, origins } = loadConfig({ env: {}, file });
const [clock, random] = [systemClock, systemRandom];
const log = await createLogger({ level: "warn", format: "pretty" });
const closers = createClosers(log);
const dataDir = resolve(config.dataDir);
mkdirSync(dataDir, { recursive: true });
const coordinator = await openCoordinator(config, { clock, random, log });
closers.push(() => coordinator.close());
const onFatal = (err: Error) => {
  throw err;
};
const parts = { config, origins, dataDir, coordinator, closers, clock, random, log, originalTz: undefined, onFatal };
const node = { ...(await nodeParts(parts)).deps, executors: { cmd: noOp, http: noOp } };

if (config.role === "all") {
  const scheduling = await schedulerParts(parts);
  const machine = createAllInOne({ scheduler: { ...scheduling.deps, coordinator }, node });
  await scheduling.serve(machine.scheduler, () => []);
  closers.push(() => machine.stop());
  await machine.start();
} else {
  const link = createHttpLink({
    schedulers: async () => (await coordinator.schedulers()).map(({ url }) => url).filter(Boolean),
    clusterToken: config["cluster.token"] ?? "",
    clock,
    random,
    log,
  });
  closers.push(() => link.close());
  const role = createNodeRole({ ...node, link, coordinator });
  closers.push(() => role.stop());
  await role.start();
}
process.stdout.write("ready\n");
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => void closers.closeAll().then(() => process.exit(0)));
