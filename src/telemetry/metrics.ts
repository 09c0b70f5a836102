// Every metric of this program, in Prometheus's names and base units. Counted where things happen; what the ledger knows
// is read when somebody scrapes, at most every two seconds and for a second at most: a slow store never hangs a scrape.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "../clock.ts";
import type { NodeRecord } from "../model/node.ts";
import { finalStates, isFinal, triggers } from "../model/run.ts";
import type { RunChange, Store } from "../store/store.ts";

export interface MetricsOptions {
  clock: Clock;
  version: string;
  /** Series for each job: up to 2,000, all, or none. */
  perJob: "top" | "on" | "off";
  /** What the cluster's figures are read from; only the leader shows them, so that sums over schedulers are right. */
  store?: Pick<Store, "jobStats" | "queuedByReason" | "summary" | "oldestUnassignedDue" | "listNodes"> | undefined;
  /** This process's own node, where there is no store. */
  node?: (() => NodeFigures | null) | undefined;
  /** Events that the node's spool holds. */
  spoolEvents?: (() => number) | undefined;
  /** Event streams that are open. */
  streams?: (() => number) | undefined;
  onError(err: unknown): void;
  /** Node's own figures (process_*, nodejs_*); off in tests. */
  runtime?: boolean;
}

export interface NodeFigures {
  name: string;
  up: boolean;
  slots: number | null;
  running: number;
  cpuRatio: number | null;
  memoryRatio: number | null;
  disks: { mount: string; usedRatio: number }[];
  /** A scheduler's clock less the node's own. */
  clockOffsetMs?: number | null;
}

export interface Metrics {
  /** A run changed its state. */
  changed(change: RunChange): void;
  leader(isLeader: boolean): void;
  notification(channel: string, result: "sent" | "failed"): void;
  /** `surprise`: an error that a healthy store does not give. */
  storeOp(op: string, seconds: number, surprise?: boolean): void;
  request(method: string, route: string, status: number): void;
  authFailed(reason: string): void;
  scrape(): Promise<{ contentType: string; body: string }>;
}

const startDelayBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300];
const durationBuckets = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];
const opBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const keepMs = 2000;
const giveUpMs = 1000;
const topJobs = 2000;
const allJobs = 1_000_000;

export function createMetrics(options: MetricsOptions): Metrics {
  const { clock, store } = options;
  const registers = [new Registry()] as const;
  const registry = registers[0];
  const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge<L>({ name: `distcron_${name}`, help, labelNames, registers: [...registers] });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter<L>({ name: `distcron_${name}`, help, labelNames, registers: [...registers] });
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
    new Histogram<L>({ name: `distcron_${name}`, help, buckets, labelNames, registers: [...registers] });

  const buildInfo = gauge("build_info", "Version of this program; always 1", ["version", "node_version"]);
  buildInfo.set({ version: options.version, node_version: process.versions.node }, 1);
  const isLeader = gauge("scheduler_leader", "1 where this scheduler leads");
  const leaderChanges = counter(
    "scheduler_leader_changes_total",
    "How often this scheduler began or ceased to lead",
    [],
  );
  const lag = gauge("scheduler_lag_seconds", "How long the oldest due run has been waiting to be handed out");
  const runs = counter("runs_total", "Runs that reached a final state", ["state", "trigger"]);
  const startDelay = histogram("run_start_delay_seconds", "From the due instant to the first start", startDelayBuckets);
  const duration = histogram("run_duration_seconds", "From the first start to the end of the run", durationBuckets);
  const running = gauge("runs_running", "Runs that are running");
  const queued = gauge("runs_queued", "Due runs that wait, by what for", ["reason"]);
  const lastSuccess = gauge("job_last_success_timestamp_seconds", "When the job last succeeded", ["job"]);
  const failures = gauge("job_consecutive_failures", "Failed runs in a row", ["job"]);
  const nodeUp = gauge("node_up", "1 while the node's session lives", ["node"]);
  const nodeSlots = gauge("node_slots", "How many runs the node takes at once", ["node"]);
  const nodeUsed = gauge("node_slots_used", "How many it runs", ["node"]);
  const nodeCpu = gauge("node_cpu_usage_ratio", "CPU in use, 0–1", ["node"]);
  const nodeMemory = gauge("node_memory_used_ratio", "Memory in use, 0–1", ["node"]);
  const nodeDisk = gauge("node_disk_used_ratio", "Disk in use, 0–1", ["node", "mount"]);
  const nodeOffset = gauge("node_clock_offset_seconds", "A scheduler's clock less the node's own", ["node"]);
  const nodeGauges = [nodeUp, nodeSlots, nodeUsed, nodeCpu, nodeMemory, nodeDisk, nodeOffset];
  const spool = gauge("spool_events", "Events on this node's disk that no scheduler has acknowledged");
  const notifications = counter("notifications_total", "Notifications sent or failed", ["channel", "result"]);
  const storeOps = histogram("store_op_seconds", "Time of operations of the store", opBuckets, ["op"]);
  const storeErrors = counter("store_errors_total", "Operations of the store that failed unexpectedly", []);
  const requests = counter("http_requests_total", "Requests answered", ["method", "route", "code"]);
  const authFailures = counter("auth_failures_total", "Requests refused for a bad token", ["reason"]);
  const streams = gauge("sse_clients", "Event streams that are open");
  // An increase over a series that isn't there yet can't be seen: the first lost run has to be the second sample.
  if (store) for (const state of finalStates) for (const trigger of triggers) runs.inc({ state, trigger }, 0);
  // Its clock for the event loop's lag ticks as often as that, and an idle process would do little else at the usual 10 ms.
  if (options.runtime !== false) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });

  let leads = false;
  let readAt: number | null = null;
  let reading: Promise<void> | null = null;

  function showNodes(nodes: NodeFigures[]) {
    for (const each of nodeGauges) each.reset();
    for (const node of nodes) {
      const label = { node: node.name };
      nodeUp.set(label, node.up ? 1 : 0);
      nodeUsed.set(label, node.running);
      if (node.slots !== null) nodeSlots.set(label, node.slots);
      if (node.cpuRatio !== null) nodeCpu.set(label, node.cpuRatio);
      if (node.memoryRatio !== null) nodeMemory.set(label, node.memoryRatio);
      if (typeof node.clockOffsetMs === "number") nodeOffset.set(label, node.clockOffsetMs / 1000);
      for (const { mount, usedRatio } of node.disks) nodeDisk.set({ ...label, mount }, usedRatio);
    }
  }

  async function readStore(from: NonNullable<MetricsOptions["store"]>) {
    const now = clock.now();
    const limit = { top: topJobs, on: allJobs, off: 0 }[options.perJob];
    const [summary, waiting, oldest, jobs, nodes] = await Promise.all([
      from.summary(now),
      from.queuedByReason(now),
      from.oldestUnassignedDue(),
      limit === 0 ? [] : from.jobStats(limit),
      allNodes(from, now),
    ]);
    if (!leads) return; // Leadership may have gone while we asked.
    running.set(summary.runs.running);
    lag.set(oldest === null ? 0 : Math.max(0, (now - oldest) / 1000));
    queued.reset();
    for (const [reason, count] of Object.entries(waiting)) queued.set({ reason }, count ?? 0);
    lastSuccess.reset();
    failures.reset();
    for (const job of jobs) {
      failures.set({ job: job.name }, job.consecutiveFailures);
      if (job.lastSuccessAt !== null) lastSuccess.set({ job: job.name }, job.lastSuccessAt / 1000);
    }
    showNodes(nodes);
  }

  async function refresh() {
    if (options.spoolEvents) spool.set(options.spoolEvents());
    if (options.streams) streams.set(options.streams());
    if (!store) {
      const own = options.node?.();
      if (own) showNodes([own]);
      return;
    }
    if (!leads || (readAt !== null && clock.monotonic() - readAt < keepMs)) return;
    reading ??= readStore(store)
      .then(() => {
        readAt = clock.monotonic();
      })
      .catch(options.onError)
      .finally(() => {
        reading = null;
      });
    const enough = new AbortController();
    await Promise.race([reading, clock.sleep(giveUpMs, enough.signal).catch(() => undefined)]);
    enough.abort();
  }

  /** A former leader's figures of the cluster would be added to its successor's. */
  function forget() {
    running.set(0);
    lag.set(0);
    for (const each of [queued, lastSuccess, failures, ...nodeGauges]) each.reset();
    readAt = null;
  }

  return {
    changed(change) {
      const { from, to, startedAt, finishedAt, dueAt } = change;
      const hadStarted = from === "running" || (from !== null && isFinal(from));
      if (startedAt !== null && !hadStarted && change.attempt <= 1)
        startDelay.observe(Math.max(0, startedAt - dueAt) / 1000);
      if (!isFinal(to)) return;
      runs.inc({ state: to, trigger: change.trigger });
      if (startedAt !== null && finishedAt !== null) duration.observe(Math.max(0, finishedAt - startedAt) / 1000);
    },
    leader(now) {
      if (now !== leads) leaderChanges.inc();
      leads = now;
      isLeader.set(now ? 1 : 0);
      if (!now) forget();
    },
    notification: (channel, result) => notifications.inc({ channel, result }),
    storeOp(op, seconds, surprise = false) {
      storeOps.observe({ op }, seconds);
      if (surprise) storeErrors.inc();
    },
    request: (method, route, status) => requests.inc({ method, route, code: String(status) }),
    authFailed: (reason) => authFailures.inc({ reason }),
    async scrape() {
      await refresh();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

async function allNodes(from: Pick<Store, "listNodes">, now: number): Promise<NodeFigures[]> {
  const nodes: NodeFigures[] = [];
  let cursor: string | undefined;
  do {
    const page = await from.listNodes({ limit: 500, now, ...(cursor === undefined ? {} : { cursor }) });
    nodes.push(...page.items.map(nodeFigures));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return nodes;
}

function nodeFigures(node: NodeRecord): NodeFigures {
  const up = node.session?.state === "live";
  const load = up ? node.session?.load : null;
  return {
    name: node.name,
    up,
    slots: up ? (node.session?.info.slots ?? null) : null,
    running: node.running,
    cpuRatio: load?.cpuRatio ?? null,
    memoryRatio: load?.memoryRatio ?? null,
    disks: load?.disks ?? [],
    clockOffsetMs: load?.clockOffsetMs ?? null,
  };
}
