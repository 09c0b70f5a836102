// A cluster of the real program: real etcd, a real database, schedulers and nodes as processes of their own in one
// temporary folder, with short leases. Everything is asked over the API, broken by pid or through proxies, and ended by pid.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envName } from "../../src/config.ts";
import { type Etcd, startEtcd } from "./etcd.ts";
import { startMariadb } from "./mariadb.ts";
import { holderOf } from "./node-process.ts";
import { startPostgres } from "./postgres.ts";
import { type RunOptions, run, until } from "./program.ts";
import { createRealProcess, type RealProcess } from "./real-process.ts";
import type { RunRow } from "./server.ts";
import { steadyPort } from "./steady-port.ts";
import { type ProxyMode, startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export interface ClusterOptions {
  schedulers?: number;
  nodes?: number;
  store?: "postgres" | "mariadb" | "sqlite";
  etcdMembers?: 1 | 3;
  /** Configuration of every process, by its keys ("scheduler.nodeGrace": "5s"). */
  config?: Record<string, string>;
  /**
   * What each process reaches through a proxy of its own: `etcd` (one for each member), `store`. `schedulers`: one in front
   * of each scheduler, which is what it advertises to nodes and to other schedulers.
   */
  proxies?: ("etcd" | "store" | "schedulers")[];
  /** False: nothing is started; tests start the members themselves. */
  started?: boolean;
}

/** A run as GET /runs shows it. */
export interface ClusterRun extends RunRow {
  job: { id: string; name: string };
  dueAt: string;
  plannedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  node: { id: string; name: string } | null;
}

/** A process with the proxies between it and the rest. */
export type Member = RealProcess & { proxies: { etcd: TcpProxy[]; store: TcpProxy | null; self: TcpProxy | null } };

export interface ApiOptions {
  /** Whom to ask; none: whichever scheduler answers. */
  via?: RealProcess;
  timeoutMs?: number;
}

export class ApiError extends Error {
  readonly status: number;
  readonly body: string;
  constructor(what: string, status: number, body: string) {
    super(`${what}: ${status} ${body.slice(0, 1000)}`);
    this.status = status;
    this.body = body;
  }
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>;

const token = "the-secret-of-a-cluster-in-a-test";
/** As short as leases and graces may be; the horizon outlasts a lease and an election by far. */
const quick = {
  "coordinator.sessionTtl": "2s",
  "coordinator.leaderTtl": "2s",
  "scheduler.nodeGrace": "5s",
  "scheduler.horizon": "8s",
  "node.stopTimeout": "10s",
};

/** Resolves when every process is ready and somebody leads. Whatever was started is ended when this fails. */
export async function startCluster(options: ClusterOptions = {}) {
  const { schedulers: schedulerCount = 2, nodes: nodeCount = 3, store = "postgres", started = true } = options;
  const folder = mkdtempSync(join(tmpdir(), "distcron-cluster-"));
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const proxied = new Set(options.proxies ?? []);
  const members: Member[] = [];

  async function dispose() {
    for (let close = closers.pop(); close; close = closers.pop()) await close();
  }

  async function openDatabase() {
    if (store === "sqlite") return null;
    const server = await (store === "postgres" ? startPostgres() : startMariadb());
    closers.push(() => server.remove());
    return { server, url: await server.createDatabase("distcron") };
  }

  async function proxyTo(port: number, clientOf?: (port: number, to: number) => string | null): Promise<TcpProxy> {
    const proxy = await startTcpProxy(port, clientOf && { clientOf });
    closers.push(() => proxy.close());
    return proxy;
  }

  /** The node that has opened a connection from this port to that one, it or its wardens. */
  const nodeBehind = (port: number, to: number) =>
    holderOf(
      port,
      to,
      nodes().filter((each) => each.isUp()),
    )?.name ?? null;

  async function addMember(role: Member["role"], name: string, more: Record<string, string> = {}): Promise<Member> {
    const own = join(folder, name);
    mkdirSync(join(own, "data"), { recursive: true });
    const port = await steadyPort();
    const proxies: Member["proxies"] = { etcd: [], store: null, self: null };
    if (proxied.has("etcd")) for (const member of etcd.members) proxies.etcd.push(await proxyTo(member.port));
    if (proxied.has("store") && database && role === "scheduler") proxies.store = await proxyTo(database.server.port);
    if (proxied.has("schedulers") && role === "scheduler") proxies.self = await proxyTo(port, nodeBehind);
    const endpoints = proxies.etcd.length ? proxies.etcd.map(({ url }) => url) : etcd.endpoints;
    const storePort = proxies.store ? Number(new URL(proxies.store.url).port) : undefined;
    const config: Record<string, string> = {
      ...quick,
      role,
      "cluster.token": token,
      "coordinator.etcd.endpoints": endpoints.join(","),
      ...(role === "scheduler"
        ? {
            "server.port": String(port),
            "store.url": database ? database.server.urlOf("distcron", storePort) : "sqlite:",
            ...(proxies.self ? { "server.advertiseUrl": proxies.self.url } : {}),
          }
        : { "node.port": String(port), "node.name": name }),
      ...options.config,
      ...more,
    };
    const env = Object.fromEntries(Object.entries(config).map(([key, value]) => [envName(key), value]));
    const created = createRealProcess({ name, role, folder: own, port, args: [], env });
    const member: Member = Object.assign(created, { proxies });
    closers.push(async () => {
      // A process that is stopped takes no other signal to heart.
      if (created.isUp()) await created.kill("SIGKILL");
    });
    members.push(member);
    return member;
  }

  const schedulers = () => members.filter(({ role }) => role === "scheduler");
  const nodes = () => members.filter(({ role }) => role === "node");

  async function send<T>(via: RealProcess, method: string, path: string, body: unknown, timeoutMs: number): Promise<T> {
    const response = await fetch(`${via.url}${path.startsWith("/readyz") ? "" : "/api/v1"}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${via.token()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(`${method} ${path} through ${via.name}`, response.status, text);
    return (response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as T;
  }

  /** Asks one scheduler; reads go on to the next one while there is any. Throws ApiError, or what fetch throws. */
  async function api<T = unknown>(method: string, path: string, body?: unknown, options: ApiOptions = {}): Promise<T> {
    const { via, timeoutMs = 10_000 } = options;
    const asked = via ? [via] : schedulers().filter((each) => each.isUp());
    let failure: unknown = new Error(`${method} ${path}: no scheduler is running`);
    for (const each of asked)
      try {
        return await send<T>(each, method, path, body, timeoutMs);
      } catch (err) {
        failure = err;
        if (method !== "GET" || (err instanceof ApiError && err.status < 500)) break;
      }
    throw failure;
  }

  /** The scheduler that leads, as somebody who answers says; null: nobody does, or nobody answers. */
  async function leaderNow(): Promise<Member | null> {
    for (const asked of schedulers().filter((each) => each.isUp()))
      try {
        const { items } = await send<{ items: { id: string; leader: boolean }[] }>(
          asked,
          ...(["GET", "/schedulers", undefined, 2000] as const),
        );
        const id = items.find((each) => each.leader)?.id;
        const found = schedulers().find((each) => each.isUp() && each.id() === id);
        if (found) return found;
      } catch {
        // Stopped, starting, cut off: the next one may know.
      }
    return null;
  }

  /** Waits with the logs of all in the failure. */
  async function eventually<T>(what: string, ask: () => T | Promise<T>, timeoutMs = 30_000): Promise<NonNullable<T>> {
    try {
      return await until(what, ask, timeoutMs);
    } catch (err) {
      const logs = members.map((each) => each.logTail(2000)).join("\n");
      throw new Error(`${(err as Error).message}\n${logs}`, { cause: err });
    }
  }

  const leader = (timeoutMs?: number) => eventually("somebody leads", leaderNow, timeoutMs);

  /** All pages, oldest first; what isn't due yet is left out. `query` as GET /runs takes it. */
  async function runs(query: Record<string, string> = {}): Promise<ClusterRun[]> {
    const rows: ClusterRun[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const asked = new URLSearchParams({ limit: "500", ...query, ...(cursor ? { cursor } : {}) });
      const page: { items: ClusterRun[]; nextCursor: string | null } = await api("GET", `/runs?${asked}`);
      rows.push(...page.items);
      cursor = page.nextCursor;
    }
    return rows.reverse();
  }

  /** Cuts one node off from etcd, from every scheduler, or both; "pass" mends it. Needs their proxies. */
  async function cut(node: Member, links: { etcd?: ProxyMode; schedulers?: ProxyMode }): Promise<void> {
    const needed = (proxy: TcpProxy | null | undefined): TcpProxy => {
      if (!proxy) throw new Error("there is no proxy between them: see ClusterOptions.proxies");
      return proxy;
    };
    const { etcd: toEtcd, schedulers: toSchedulers } = links;
    if (toEtcd) {
      needed(node.proxies.etcd[0]);
      for (const proxy of node.proxies.etcd) await proxy.set(toEtcd);
    }
    if (toSchedulers) for (const { proxies } of schedulers()) await needed(proxies.self).set(toSchedulers, node.name);
  }

  const getRun = (id: string, options?: ApiOptions) => api<ClusterRun>("GET", `/runs/${id}`, undefined, options);
  const isOpen = (run: ClusterRun) => ["planned", "assigned", "running"].includes(run.state);

  let etcd: Etcd;
  let database: Awaited<ReturnType<typeof openDatabase>>;
  try {
    etcd = await startEtcd({ members: options.etcdMembers ?? 1 });
    closers.push(() => etcd.stop());
    database = await openDatabase();
    for (let i = 1; i <= schedulerCount; i++) await addMember("scheduler", `s${i}`);
    for (let i = 1; i <= nodeCount; i++) await addMember("node", `n${i}`);
    if (started) await start();
  } catch (err) {
    await dispose();
    throw err;
  }

  /** All that aren't running: the schedulers first, the first one as leader. */
  async function start() {
    const [first, ...others] = members.filter((each) => !each.isUp());
    await first?.start();
    await first?.ready();
    for (const each of others) await each.start();
    await Promise.all(others.map((each) => each.ready()));
    await leader();
  }

  return {
    folder,
    etcd,
    /** The database's server and the store's URL; null: SQLite. */
    database,
    get schedulers() {
      return schedulers();
    },
    get nodes() {
      return nodes();
    },
    members,
    member(name: string): Member {
      const found = members.find((each) => each.name === name);
      if (!found) throw new Error(`expected one of ${members.map((each) => each.name).join(", ")}, got ${name}`);
      return found;
    },
    /** A further process, not started yet. `config` as in startCluster. */
    addMember,
    start,
    api,
    cut,
    eventually,
    leader,
    leaderNow,
    /** A scheduler that is up and doesn't lead. */
    async standby(): Promise<Member> {
      const leading = await leader();
      const found = schedulers().find((each) => each.isUp() && each !== leading);
      if (!found) throw new Error("every scheduler that is up leads");
      return found;
    },
    /** Of the leadership of the time, as the leader says. */
    async term(): Promise<number> {
      const via = await leader();
      const { term } = await api<{ term: number | null }>("GET", "/schedulers", undefined, { via });
      if (term === null) throw new Error(`${via.name} led a moment ago and does no more`);
      return term;
    },
    jobs: {
      apply: (jobs: object[], options?: ApiOptions) => api("POST", "/jobs/apply", { jobs }, options),
      get: (name: string) =>
        api<{ id: string; name: string; enabled: boolean; createdAt: string; spec: Record<string, unknown> }>(
          "GET",
          `/jobs/${name}`,
        ),
      /** Runs it now, where it is said to or anywhere; the run's id. */
      trigger: async (name: string, { node, ...options }: ApiOptions & { node?: string } = {}) =>
        (await api<ClusterRun>("POST", `/jobs/${name}/run`, node === undefined ? {} : { node }, options)).id,
    },
    runs,
    getRun,
    over: (id: string, timeoutMs?: number) =>
      eventually(
        `run ${id} is over`,
        async () => {
          const found = await getRun(id);
          return isOpen(found) ? null : found;
        },
        timeoutMs,
      ),
    /** Resolves when every run that was due by then (epoch ms) is over. */
    async settled(through: number, timeoutMs = 60_000) {
      let left: ClusterRun[] = [];
      const words = () => left.map((run) => `${run.job.name} ${run.id} ${run.state}`).join("\n");
      try {
        await eventually(
          "all runs that are due are over",
          async () => {
            left = (await runs({ state: "planned,assigned,running" })).filter(
              (run) => Date.parse(run.dueAt) <= through,
            );
            return left.length === 0;
          },
          timeoutMs,
        );
      } catch (err) {
        throw new Error(`${words()}\n${(err as Error).message}`, { cause: err });
      }
    },
    /** The command line, talking to one scheduler. */
    cli: (args: string[], via: RealProcess, options: RunOptions = {}) =>
      run([...args, "--data-dir", via.dataDir], options),
    /** A file in the cluster's folder. */
    file(name: string, content?: string): string {
      const path = join(folder, name);
      if (content !== undefined) writeFileSync(path, content);
      return path;
    },
    /** For afterAll: ends every process, and removes all it left. Never call it while a process is needed. */
    dispose,
  };
}
