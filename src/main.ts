// The composition root: configuration becomes implementations, implementations become a running process. The only file
// that names them; it builds and joins, and decides nothing.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkListenAddress } from "./api/listen-address.ts";
import { createApiServer } from "./api/server.ts";
import { systemClock } from "./clock.ts";
import { type Config, ConfigError, type LoadedConfig } from "./config.ts";
import { createInProcessCoordinator } from "./coordinator/in-process/in-process-coordinator.ts";
import { importCrontab } from "./define/import-crontab.ts";
import { readJobFile } from "./define/job-files.ts";
import { createJobService } from "./define/jobs.ts";
import { createCommandEnvironment } from "./execute/command-environment.ts";
import { createCommandExecutor } from "./execute/executors/command.ts";
import { createHttpExecutor } from "./execute/executors/http.ts";
import { createHostLoad } from "./execute/host-load.ts";
import { openSpool } from "./execute/spool.ts";
import { openDiskSpoolFiles } from "./execute/spool-files.ts";
import { endSurvivors } from "./execute/survivors.ts";
import { createFindAccount } from "./execute/warden/accounts.ts";
import { createWardenPool } from "./execute/warden/warden.ts";
import { newId } from "./lib/id.ts";
import type { Log } from "./lib/log.ts";
import { nearest } from "./lib/nearest.ts";
import { version } from "./lib/version.ts";
import { parseJobDefaults, parseJobDocument } from "./model/job-document.ts";
import { systemRandom } from "./random.ts";
import { createAllInOne } from "./roles/all-in-one.ts";
import type { NodeDeps } from "./roles/node.ts";
import { previewSchedule } from "./schedule/preview.ts";
import { ScheduleError } from "./schedule/schedule-error.ts";
import { createTimetable } from "./schedule/timetable.ts";
import { lockDataDirectory } from "./store/sqlite/lock.ts";
import { openSqliteStore } from "./store/sqlite/sqlite-store.ts";
import { createEventBus } from "./telemetry/events.ts";
import { createLogger } from "./telemetry/logger.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { markOrigin } from "./telemetry/request-origin.ts";
import { timedStore } from "./telemetry/timed-store.ts";

const here = dirname(fileURLToPath(import.meta.url));
/** A file of the build: chunks stand one folder below the entry. */
const built = (name: string) =>
  [join(here, name), join(here, "..", name)].find((file) => existsSync(file)) ?? join(here, name);

export interface Running {
  url: string;
  /** Resolves when everything has stopped. */
  finished: Promise<void>;
  /** Gently (running work may finish for node.stopTimeout), or now. Safe to repeat. */
  stop(how: { now: boolean }): Promise<void>;
}

/** Checks of a schedule, as the job document's parser wants them. */
function checkSchedule(schedule: string[], timezone: string): { path?: string; message: string }[] {
  try {
    createTimetable({ schedule, timezone, startAtMs: null, endAtMs: null });
    return [];
  } catch (err) {
    if (!(err instanceof ScheduleError)) throw err;
    if (err.field === "timezone") return [{ path: "timezone", message: err.message }];
    return [
      {
        path: err.index === null || schedule.length === 1 ? "schedule" : `schedule[${err.index}]`,
        message: err.message,
      },
    ];
  }
}

function defaultsOf(config: Config) {
  const parsed = parseJobDefaults(config.defaults, { nearest });
  if (!parsed.ok) throw new ConfigError(parsed.errors.map(({ path, message }) => `defaults.${path}: ${message}`));
  return { timezone: config.timezone, ...parsed.defaults };
}

function refuseWhatIsNotBuilt(config: Config) {
  const problems: string[] = [];
  if (config.role !== "all")
    problems.push(`role: ${config.role} needs a cluster, which this version can't form; use role: all`);
  if (config["coordinator.etcd.endpoints"].length)
    problems.push("coordinator.etcd.endpoints: this version coordinates inside one process only; leave it out");
  if (!/^sqlite:/.test(config["store.url"]))
    problems.push("store.url: this version keeps its data in SQLite only; leave it out, or say sqlite:");
  if (process.platform === "win32")
    problems.push("Windows is not supported: DistCron runs on Linux (and macOS for development)");
  if (problems.length) throw new ConfigError(problems);
}

function tlsOf(config: Config): { cert: string; key: string } | null {
  const { "server.tls.cert": cert, "server.tls.key": key } = config;
  if (!cert && !key) return null;
  if (!cert || !key) throw new ConfigError(["server.tls: cert and key are both needed, only one is given"]);
  try {
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } catch (err) {
    throw new ConfigError([`server.tls: ${(err as Error).message}`]);
  }
}

/** `sqlite:` alone is a file in the data directory; `sqlite:/path` names one. */
const databaseFile = (url: string, dataDir: string) => {
  const path = url.replace(/^sqlite:(\/\/)?/, "");
  return path === "" ? join(dataDir, "distcron.db") : resolve(path);
};

export async function serve(loaded: LoadedConfig, options: { examples: boolean }): Promise<Running> {
  const { config } = loaded;
  refuseWhatIsNotBuilt(config);
  const defaults = defaultsOf(config);
  const tls = tlsOf(config);
  checkListenAddress({ host: config["server.host"], tls: tls !== null, insecure: config["server.insecure"] });
  // Commands get the machine's own zone; the process itself computes in UTC.
  const originalTz = process.env.TZ;
  process.env.TZ = "UTC";
  const clock = systemClock;
  const random = systemRandom;
  const log = await createLogger({ level: config["log.level"], format: config["log.format"] });
  const dataDir = resolve(config.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  const closers: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse())
      try {
        await close();
      } catch (err) {
        log.error({ err }, "closing failed");
      }
  };
  try {
    const lock = lockDataDirectory(dataDir);
    closers.push(() => lock.release());
    const file = databaseFile(config["store.url"], dataDir);
    const sqlite = await openSqliteStore({ file, clock, logger: log });
    closers.push(() => sqlite.close());
    const onError = (err: unknown) => log.error({ err }, "something failed in the background");
    let spoolSize = () => 0;
    const metrics = createMetrics({
      clock,
      version,
      perJob: config["metrics.perJob"],
      store: sqlite,
      spoolEvents: () => spoolSize(),
      onError,
    });
    const store = markOrigin(timedStore(sqlite, clock, metrics.storeOp));
    const events = createEventBus(clock);
    const coordinator = createInProcessCoordinator({ clock, random, onError });
    closers.push(() => coordinator.close());
    const { node, close } = await nodeParts(config, { dataDir, log, originalTz });
    closers.push(close);
    const me = { id: newId(clock, random), url: "", version, startedAt: clock.now() };
    const machine = createAllInOne({
      scheduler: {
        store,
        coordinator,
        clock,
        random,
        me,
        events,
        horizonMs: config["scheduler.horizon"],
        nodeGraceMs: config["scheduler.nodeGrace"],
        retention: { ageMs: config["retention.runs.age"], count: config["retention.runs.count"] },
        log,
        metrics,
      },
      node,
    });
    spoolSize = machine.node.spoolSize;
    const jobs = createJobService({
      store,
      revisions: machine.scheduler.revisions,
      clock,
      random,
      defaults,
      timezone: config.timezone,
      checkSchedule,
      events,
    });
    const localToken = Buffer.from(random.bytes(32)).toString("base64url");
    const api = await createApiServer({
      store,
      jobs,
      operations: machine.scheduler.operations,
      events,
      metrics,
      logger: log,
      clock,
      random,
      config: {
        host: config["server.host"],
        port: config["server.port"],
        publicUrl: config["server.publicUrl"] ?? null,
        tls,
        insecure: config["server.insecure"],
        timezone: config.timezone,
      },
      schedulers: () => coordinator.schedulers(),
      term: machine.scheduler.term,
      readiness() {
        const components = [
          { name: "scheduler", ready: machine.scheduler.isReady() },
          { name: "node", ready: machine.node.isReady() },
        ];
        return { ready: components.every((each) => each.ready), components };
      },
      preview: previewSchedule,
      timetable: createTimetable,
      version,
      localToken,
    });
    const { url } = await api.listen();
    closers.push(() => api.close());
    me.url = config["server.publicUrl"] ?? url;
    const localFile = join(dataDir, "local.json");
    rmSync(localFile, { force: true });
    writeFileSync(localFile, `${JSON.stringify({ url, token: localToken })}\n`, { mode: 0o600 });
    closers.push(() => rmSync(localFile, { force: true }));
    log.info({ url, dataDir, version }, "listening");

    closers.push(() => machine.stop());
    await machine.start();
    if (options.examples && (await store.getSetting("examples")) === null) {
      await machine.scheduler.whenReady();
      await store.setSetting("examples", "offered");
      await createExamples(jobs, url);
    }
    if (options.examples) process.stderr.write(welcome(url, dataDir));
    return running(() => machine.node.hurry(), closeAll, log);

    function running(hurry: () => void, close: () => Promise<void>, logger: Log): Running {
      let finish!: () => void;
      const finished = new Promise<void>((ok) => {
        finish = ok;
      });
      let stopping: Promise<void> | null = null;
      return {
        url,
        finished,
        async stop({ now }) {
          if (now) hurry();
          else if (!stopping)
            logger.info({}, "stopping: nothing new starts, running work may finish; again to stop at once");
          stopping ??= close().then(finish);
          await stopping;
        },
      };
    }
  } catch (err) {
    await closeAll();
    throw err;
  }
}

async function nodeParts(config: Config, given: { dataDir: string; log: Log; originalTz: string | undefined }) {
  const { dataDir, log } = given;
  const clock = systemClock;
  const pool = createWardenPool({
    count: 1,
    clock,
    logger: log,
    wardenFile: built("warden.js"),
    env: { PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin" },
  });
  await pool.ready();
  const maxOutputBytes = config["output.maxBytes"];
  const cmd = createCommandExecutor({
    pool,
    environment: createCommandEnvironment({
      nodeEnv: process.env,
      originalTz: given.originalTz,
      cmdEnv: config["node.cmd.env"],
    }),
    findAccount: createFindAccount(clock),
    ownUid: process.getuid?.() ?? 0,
    allowedUsers: config["node.cmd.users"],
    maxOutputBytes,
    shell: config["node.cmd.shell"],
  });
  const http = createHttpExecutor({ clock, maxOutputBytes, deny: config["node.http.deny"] });
  const spool = await openSpool({
    files: await openDiskSpoolFiles(join(dataDir, "spool")),
    log,
    lazySync: { clock, withinMs: 100 },
  });
  const hostLoad = createHostLoad({ clock, mounts: [dataDir] });
  const offers = new Set(config["node.executors"]);
  const node: Omit<NodeDeps, "link" | "coordinator"> = {
    info: {
      nodeId: nodeIdentity(dataDir),
      name: config["node.name"],
      labels: config["node.labels"],
      slots: config["node.slots"],
      executors: config["node.executors"],
      version,
      host: hostname(),
      pid: process.pid,
    },
    spool,
    executors: { cmd: offers.has("cmd") ? cmd : null, http: offers.has("http") ? http : null },
    clock,
    random: systemRandom,
    log,
    hostLoad: () => hostLoad.read(),
    async endSurvivors() {
      const attempts = spool.open().map((open) => ({
        runId: open.runId,
        attempt: open.attempt,
        pid: open.process?.pid ?? null,
        startTime: open.process?.startTime ?? null,
      }));
      for (const { runId, pids, remaining } of await endSurvivors(attempts, { clock }))
        if (pids.length) log.warn({ runId, pids, remaining }, "processes of a former life were still running; ended");
    },
    claimAheadMs: config["scheduler.claimAhead"],
    nodeGraceMs: config["scheduler.nodeGrace"],
    beatMs: Math.min(2000, config["scheduler.nodeGrace"] / 6),
    stopTimeoutMs: config["node.stopTimeout"],
    drainTimeoutMs: config["node.drainTimeout"],
  };
  const close = async () => {
    await Promise.all([cmd.close(), http.close()]);
    await pool.close();
  };
  return { node, close };
}

/** Made once and kept: a node that came back under another id would leave its runs behind. */
function nodeIdentity(dataDir: string): string {
  const file = join(dataDir, "node-id");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const id = newId(systemClock, systemRandom);
  writeFileSync(file, `${id}\n`, { mode: 0o600 });
  return id;
}

async function createExamples(jobs: ReturnType<typeof createJobService>, url: string) {
  const text = readFileSync(built("examples/jobs.yaml"), "utf8").replaceAll("http://127.0.0.1:8470", url);
  const documents = readJobFile(text).documents.map((each) => each.document);
  await jobs.apply(documents, { prune: false, selector: null, dryRun: false, actor: "distcron" });
}

const welcome = (url: string, dataDir: string) => `
DistCron is running.
  API      ${url}/docs   (its description: ${url}/api/v1/openapi.json)
  Access   on this machine the command line finds its token in ${join(dataDir, "local.json")};
           for other programs: node bin/distcron.js token create --name NAME

Try, in another terminal:
  node bin/distcron.js job list
  node bin/distcron.js job run hello --follow
  node bin/distcron.js run list

`;

/** What the command line can do without a server. */
export const offline = {
  preview: previewSchedule,
  readJobFile,
  /** As `define` has it, with schedules judged at once: an import shows every bad line before anything is sent. */
  importCrontab: (text: string, options: { system: boolean; timezone?: string | undefined }) =>
    importCrontab(text, { ...options, checkSchedule }),
  validateJob(document: unknown): { errors: { path: string; message: string }[]; warnings: string[] } {
    const parsed = parseJobDocument(document, {
      defaults: { timezone: "UTC" },
      checkSchedule,
      nearest,
      now: systemClock.now(),
    });
    return parsed.ok ? { errors: [], warnings: parsed.warnings } : { errors: parsed.errors, warnings: [] };
  },
  /** Problems of a database that no server has open. */
  async checkDatabase(file: string): Promise<string[]> {
    const store = await openSqliteStore({ file, clock: systemClock });
    try {
      return await store.checkIntegrity();
    } finally {
      await store.close();
    }
  },
};
