// The composition root: configuration becomes implementations, implementations become a running process. With compose/ the
// only place that names them; it builds and joins, and decides nothing.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { createHttpLink } from "./api/client/http-link.ts";
import { createMetricsReaders } from "./api/metrics-readers.ts";
import { createNodeServer } from "./api/node-server.ts";
import { systemClock } from "./clock.ts";
import { createClosers } from "./compose/closers.ts";
import { checkConfig, clusterCa } from "./compose/config-rules.ts";
import { exampleJobs, offerExamples, wantsExamples, welcome } from "./compose/examples.ts";
import { createFatal, type Fatal } from "./compose/fatal.ts";
import { explainFullDisk } from "./compose/full-disk.ts";
import { nodeParts } from "./compose/node-parts.ts";
import { openCoordinator } from "./compose/open-coordinator.ts";
import { type ProcessParts, schedulerParts } from "./compose/scheduler-parts.ts";
import { ConfigError, type LoadedConfig } from "./config.ts";
import { version } from "./lib/version.ts";
import { systemRandom } from "./random.ts";
import { createAllInOne } from "./roles/all-in-one.ts";
import { createNodeRole } from "./roles/node.ts";
import { createScheduler } from "./roles/scheduler.ts";
import { lockDataDirectory } from "./store/sqlite/lock.ts";
import { createLogger } from "./telemetry/logger.ts";
import { createMetrics } from "./telemetry/metrics.ts";

export { offline } from "./compose/offline.ts";

export interface Running {
  url: string;
  /**
   * Resolves when everything has stopped; rejects, when all is closed, if it could not start after all (a name is taken).
   * Rejects at once, with things still open, when the process can't go on.
   */
  finished: Promise<void>;
  /** Gently (running work may finish for node.stopTimeout), or now. Safe to repeat. */
  stop(how: { now: boolean }): Promise<void>;
}

/** What one role adds: where it answers, and how it is hurried when asked to stop a second time. */
interface Role {
  url: string;
  /** Takes as long as the others are away; may be stopped meanwhile. */
  starting: Promise<void>;
  hurry(): void;
}
type Parts = ProcessParts & { originalTz: string | undefined; examples: boolean };

/** Starts what the configuration asks for. Throws errors with a code that the command line has an exit code for. */
export async function serve(loaded: LoadedConfig, options: { examples: boolean }): Promise<Running> {
  const { config, origins } = loaded;
  checkConfig(config, process.platform);
  // Commands get the machine's own zone; the process itself computes in UTC.
  const originalTz = process.env.TZ;
  process.env.TZ = "UTC";
  const log = await createLogger({ level: config["log.level"], format: config["log.format"] });
  const dataDir = resolve(config.dataDir);
  const closers = createClosers(log);
  const fatal = createFatal(log);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const lock = lockDataDirectory(dataDir);
    closers.push(() => lock.release());
    const given = { clock: systemClock, random: systemRandom, log };
    const coordinator = await openCoordinator(config, given);
    closers.push(() => coordinator.close());
    const { examples } = options;
    const parts: Parts = {
      ...given,
      config,
      origins,
      dataDir,
      coordinator,
      closers,
      originalTz,
      examples,
      onFatal: fatal.report,
    };
    return running(await fatal.unlessFatal(roles[config.role](parts)), parts, fatal);
  } catch (err) {
    await closers.closeAll();
    throw explainFullDisk(err, dataDir);
  }
}

const roles: Record<"all" | "scheduler" | "node", (parts: Parts) => Promise<Role>> = {
  async all(parts) {
    const { closers, coordinator } = parts;
    let spoolSize = () => 0;
    const scheduling = await schedulerParts(parts, { spoolEvents: () => spoolSize() });
    const { deps: node } = await nodeParts(parts);
    const machine = createAllInOne({ scheduler: { ...scheduling.deps, coordinator }, node });
    spoolSize = machine.node.spoolSize;
    const { url, jobs, setupLink } = await scheduling.serve(machine.scheduler, () => [
      { name: "node", ready: machine.node.isReady() },
      ...machine.node.readiness().filter(({ name }) => name === "spool"),
    ]);
    closers.push(() => machine.stop());
    async function start() {
      await machine.start();
      if (!parts.examples) return;
      const { store } = scheduling;
      if (await wantsExamples(store)) {
        await machine.scheduler.whenReady();
        await offerExamples({ store, jobs, examples: exampleJobs(url) }).catch((err) =>
          parts.log.error({ err }, "not all examples could be made; the next start goes on with them"),
        );
      }
      process.stderr.write(welcome(url, parts.dataDir, setupLink));
    }
    const starting = Promise.all([start(), scheduling.unlessSecond(machine.scheduler)]).then(() => undefined);
    return { url, starting, hurry: () => machine.node.hurry() };
  },

  async scheduler(parts) {
    const { closers } = parts;
    const { deps, serve: open, unlessSecond } = await schedulerParts(parts);
    const scheduler = createScheduler(deps);
    const { url } = await open(scheduler, () => []);
    closers.push(() => scheduler.stop());
    scheduler.start();
    return { url, starting: unlessSecond(scheduler), hurry: () => {} };
  },

  async node(parts) {
    const { config, closers, coordinator, clock, random, log } = parts;
    const { deps, pool } = await nodeParts(parts);
    const clusterToken = config["cluster.token"] ?? "";
    const link = createHttpLink({
      schedulers: async () => (await coordinator.schedulers()).map(({ url }) => url).filter(Boolean),
      clusterToken,
      clock,
      random,
      log,
      tls: { ca: clusterCa(config) },
      onLastWill: (will) => pool.setLastWill(will),
    });
    closers.push(() => link.close());
    const node = createNodeRole({ ...deps, link, coordinator });
    const metrics = createMetrics({
      clock,
      version,
      perJob: "off",
      node: node.figures,
      spoolEvents: node.spoolSize,
      onError: (err) => log.error({ err }, "a metric could not be read"),
    });
    const server = createNodeServer({
      host: config["node.host"],
      port: config["node.port"],
      mayRead: createMetricsReaders({ ask: link.mayReadMetrics, clock }),
      readiness: node.readiness,
      metrics,
      clock,
      log,
    });
    const { url } = await server.listen();
    closers.push(() => server.close());
    log.info({ url, dataDir: parts.dataDir, version }, "listening");
    closers.push(() => node.stop());
    return { url, starting: node.start().catch(explainRefusal), hurry: () => node.hurry() };
  },
};

/** What schedulers refuse for good is this node's configuration. */
function explainRefusal(err: Error & { code?: string }): never {
  if (err.code !== "unauthenticated") throw err;
  throw new ConfigError([`cluster.token: the schedulers know another one (${err.message})`]);
}

function running({ url, starting, hurry }: Role, { closers, log }: Parts, fatal: Fatal): Running {
  let stopping: Promise<void> | null = null;
  let finish!: () => void;
  const asked = new Promise<void>((resolve) => {
    finish = resolve;
  });
  // What fails because it is being stopped is no failure.
  const failed = starting.then(
    () => asked,
    (err) => (stopping !== null ? asked : Promise.reject(err)),
  );
  const finished = fatal.unlessFatal(Promise.race([asked, failed]).finally(() => closers.closeAll()));
  finished.catch(() => {});
  return {
    url,
    finished,
    async stop({ now }) {
      if (now) hurry();
      else if (!stopping) log.info({}, "stopping: nothing new starts, running work may finish; again to stop at once");
      stopping ??= closers.closeAll().then(finish);
      await stopping;
    },
  };
}
