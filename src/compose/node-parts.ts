// A node put together: wardens, executors, spool, host figures. How it reaches schedulers is the role's.
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { createCommandEnvironment } from "../execute/command-environment.ts";
import { createCommandExecutor } from "../execute/executors/command.ts";
import { createHttpThread } from "../execute/executors/http-thread.ts";
import { createHostLoad } from "../execute/host-load.ts";
import { openSpool } from "../execute/spool.ts";
import { openDiskSpoolFiles } from "../execute/spool-files.ts";
import { attemptOf, endSurvivors } from "../execute/survivors.ts";
import { createFindAccount } from "../execute/warden/accounts.ts";
import { createWardenPool, type WardenPool, wardensFor } from "../execute/warden/warden.ts";
import { version } from "../lib/version.ts";
import type { Random } from "../random.ts";
import type { NodeDeps } from "../roles/node.ts";
import type { Logger } from "../telemetry/logger.ts";
import { built } from "./built.ts";
import type { Closers } from "./closers.ts";
import { keptId } from "./identity.ts";

export async function nodeParts(given: {
  config: Config;
  dataDir: string;
  clock: Clock;
  random: Random;
  log: Logger;
  closers: Closers;
  originalTz: string | undefined;
}): Promise<{ deps: Omit<NodeDeps, "link" | "coordinator">; pool: WardenPool }> {
  const { config, dataDir, clock, random, log, closers } = given;
  const hostLoad = createHostLoad({ clock, mounts: [dataDir] });
  const pool = createWardenPool({
    count: wardensFor((await hostLoad.read()).cores),
    clock,
    logger: log,
    wardenFile: built("warden.js"),
    heir: [process.execPath, built("heir.js"), dataDir],
    env: { PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin" },
  });
  closers.push(() => pool.close());
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
  const offers = new Set(config["node.executors"]);
  const http = offers.has("http")
    ? createHttpThread({
        clock,
        workerFile: built("http-worker.js"),
        maxOutputBytes,
        deny: config["node.http.deny"],
        log,
      })
    : null;
  closers.push(() => Promise.all([cmd.close(), http?.close()]));
  const spool = await openSpool({
    files: await openDiskSpoolFiles(join(dataDir, "spool")),
    log,
    lazySync: { clock, withinMs: 100 },
  });
  const deps: Omit<NodeDeps, "link" | "coordinator"> = {
    info: {
      nodeId: keptId(dataDir, "node-id", clock, random),
      name: config["node.name"],
      labels: config["node.labels"],
      slots: config["node.slots"],
      executors: config["node.executors"],
      version,
      host: hostname(),
      pid: process.pid,
    },
    spool,
    executors: { cmd: offers.has("cmd") ? cmd : null, http },
    clock,
    random,
    log,
    hostLoad: () => hostLoad.read(),
    async endSurvivors() {
      for (const { runId, pids, remaining } of await endSurvivors(spool.open().map(attemptOf), { clock }))
        if (pids.length) log.warn({ runId, pids, remaining }, "processes of a former life were still running; ended");
    },
    claimAheadMs: config["scheduler.claimAhead"],
    nodeGraceMs: config["scheduler.nodeGrace"],
    beatMs: Math.min(2000, config["scheduler.nodeGrace"] / 6),
    stopTimeoutMs: config["node.stopTimeout"],
    drainTimeoutMs: config["node.drainTimeout"],
  };
  return { deps, pool };
}
