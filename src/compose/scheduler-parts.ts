// A scheduler's process put together: metrics, events, the role, the job service, the API, and, in a cluster, the other
// schedulers. What runs the role (alone, or beside a node) is main.ts's.
import { X509Certificate } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createAskPeer } from "../api/client/peer.ts";
import { createPeers } from "../api/client/peers.ts";
import type { ApiDeps } from "../api/deps.ts";
import { createApiServer } from "../api/server.ts";
import type { Clock } from "../clock.ts";
import { type Config, type LoadedConfig, type PrintedKey, printable } from "../config.ts";
import type { Coordinator } from "../coordinator/coordinator.ts";
import { createFollowDefaults } from "../define/follow-defaults.ts";
import type { JobService } from "../define/job-service.ts";
import { createJobService } from "../define/jobs.ts";
import { version } from "../lib/version.ts";
import type { Random } from "../random.ts";
import { createLoadHistory } from "../report/load-history.ts";
import type { Scheduler, SchedulerDeps } from "../roles/scheduler.ts";
import { previewSchedule } from "../schedule/preview.ts";
import { createTimetable } from "../schedule/timetable.ts";
import type { Store } from "../store/store.ts";
import { createEventBus } from "../telemetry/events.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { markOrigin } from "../telemetry/request-origin.ts";
import { timedStore } from "../telemetry/timed-store.ts";
import { built } from "./built.ts";
import type { Closers } from "./closers.ts";
import { clusterCa, isCluster, serverTls, storeKind } from "./config-rules.ts";
import { adminFromFile, offerFirstAccount } from "./first-account.ts";
import { keptId } from "./identity.ts";
import { checkSchedule, defaultsOf } from "./job-rules.ts";
import { openStore } from "./open-store.ts";
import { createReadiness } from "./readiness.ts";
import { refuseOtherLeaderOnSqlite, refuseSecondOnSqlite } from "./sole-scheduler.ts";

export interface ProcessParts extends LoadedConfig {
  dataDir: string;
  clock: Clock;
  random: Random;
  log: Logger;
  coordinator: Coordinator;
  closers: Closers;
  /** Something is lost that the process can't go on without. */
  onFatal: (err: Error) => void;
}

export interface SchedulerParts {
  deps: SchedulerDeps;
  store: Store;
  /** Opens the door: the API listens from here on, and other schedulers hear of this one. Closed by `closers`. */
  serve(
    scheduler: Scheduler,
    also: () => { name: string; ready: boolean }[],
  ): Promise<{ url: string; jobs: JobService; setupLink: string | null }>;
  /** Once it stands for election: rejects with ConfigError when its store allows no other scheduler, and another leads. */
  unlessSecond(scheduler: Scheduler): Promise<void>;
}

export async function schedulerParts(
  parts: ProcessParts,
  more: { spoolEvents?: () => number } = {},
): Promise<SchedulerParts> {
  const { config, origins, dataDir, clock, random, log, coordinator, closers, onFatal } = parts;
  const tls = serverTls(config);
  const defaults = defaultsOf(config);
  const me = { id: keptId(dataDir, "scheduler-id", clock, random), url: "", version, startedAt: clock.now() };
  await refuseSecondOnSqlite(config, coordinator, me.id);
  const opened = await openStore(config, { dataDir, clock, random, log, onFatal });
  closers.push(() => opened.close());
  let openStreams = () => 0;
  const metrics = createMetrics({
    clock,
    version,
    perJob: config["metrics.perJob"],
    store: opened,
    ...more,
    streams: () => openStreams(),
    onError: (err) => log.error({ err }, "a metric could not be read"),
  });
  const store = markOrigin(timedStore(opened, clock, metrics.storeOp));
  const events = createEventBus(clock);
  const deps: SchedulerDeps = {
    store,
    coordinator,
    clock,
    random,
    me,
    events,
    horizonMs: config["scheduler.horizon"],
    nodeGraceMs: config["scheduler.nodeGrace"],
    retention: { ageMs: config["retention.runs.age"], count: config["retention.runs.count"] },
    cluster: isCluster(config),
    followDefaults: createFollowDefaults({ store, defaults, log }),
    log,
    metrics,
  };

  const readiness = createReadiness({ store, coordinator, clock, cluster: isCluster(config) });
  async function ready(scheduler: Scheduler, also: { name: string; ready: boolean }[]) {
    const components = [...(await readiness(scheduler)), ...also];
    return { ready: components.every((each) => each.ready), components };
  }

  return {
    deps,
    store,
    unlessSecond({ isLeader }) {
      const closing = new AbortController();
      closers.push(() => closing.abort(new Error("the scheduler is closing")));
      const { signal } = closing;
      return refuseOtherLeaderOnSqlite(config, { coordinator, clock, myId: me.id, isLeader, signal });
    },
    async serve(scheduler, also) {
      const jobs = createJobService({
        store,
        revisions: scheduler.revisions,
        clock,
        random,
        defaults,
        timezone: config.timezone,
        checkSchedule,
        events,
      });
      const localToken = Buffer.from(random.bytes(32)).toString("base64url");
      const clusterToken = config["cluster.token"];
      const inForce = printable({ config, origins });
      const onError = (err: unknown) => log.warn({ err }, "the nodes' load could not be looked at; it is tried again");
      const loadHistory = createLoadHistory({ store, clock, onError });
      const ask = createAskPeer({ ca: clusterCa(config) });
      const api = await createApiServer({
        store,
        jobs,
        operations: scheduler.operations,
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
          ui: built("ui"),
        },
        schedulers: () => coordinator.schedulers(),
        schedulerId: me.id,
        parts: joinedBy(config, inForce),
        inForce,
        loadHistory,
        term: scheduler.term,
        readiness: () => ready(scheduler, also()),
        preview: previewSchedule,
        timetable: createTimetable,
        version,
        localToken,
        ...(clusterToken
          ? {
              cluster: {
                token: clusterToken,
                sessions: scheduler.sessions,
                reports: scheduler.reports,
                hear: scheduler.hear,
                ask,
              },
            }
          : {}),
      });
      openStreams = api.streams;
      const first = { store, clock, random, log };
      await adminFromFile(first, process.env);
      const { url } = await api.listen();
      closers.push(() => api.close());
      loadHistory.start();
      closers.push(() => loadHistory.stop());
      me.url = advertised(config, url);
      if (clusterToken && isCluster(config)) {
        const peers = createPeers({
          me: me.id,
          token: clusterToken,
          events,
          schedulers: () => coordinator.schedulers(),
          clock,
          log,
          ask,
        });
        peers.start();
        closers.push(() => peers.stop());
      }
      const localFile = join(dataDir, "local.json");
      rmSync(localFile, { force: true });
      const fingerprint = tls && new X509Certificate(tls.cert).fingerprint256;
      const local = { url, token: localToken, ...(fingerprint ? { fingerprint } : {}) };
      writeFileSync(localFile, `${JSON.stringify(local)}\n`, { mode: 0o600 });
      closers.push(() => rmSync(localFile, { force: true }));
      log.info({ url, advertised: me.url, dataDir, version }, "listening");
      const setupLink = await offerFirstAccount(first, config["server.publicUrl"] ?? url);
      return { url, jobs, setupLink };
    },
  };
}

/** As people may see it: `inForce` has no secrets. */
function joinedBy(config: Config, inForce: PrintedKey[]): ApiDeps["parts"] {
  const endpoints = inForce.find(({ key }) => key === "coordinator.etcd.endpoints")?.value as string[];
  return {
    coordinator: { kind: isCluster(config) ? "etcd" : "in-process", endpoints },
    store: storeKind(config) ?? "sqlite",
  };
}

/** Where nodes and other schedulers reach this one: as said, or where it listens; on every address, by the machine's name. */
function advertised(config: Config, url: string): string {
  const said = config["server.advertiseUrl"];
  if (said) return said.replace(/\/+$/, "");
  const host = config["server.host"];
  if (host !== "0.0.0.0" && host !== "::") return url;
  const address = new URL(url);
  address.hostname = hostname();
  return address.origin;
}
