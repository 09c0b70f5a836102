// A real etcd for tests: one member or three, on free loopback ports in a temporary folder, with timers so short that an
// election takes a fraction of a second. Members are ended, stopped and wiped one by one; only our own children.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStat } from "../../src/execute/processes.ts";
import type { Certificates } from "./certificates.ts";
import { until } from "./program.ts";

export interface EtcdMember {
  url: string;
  port: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again, on what it had on disk. */
  start(): void;
  /** SIGSTOP and SIGCONT. Resolves when it stands still: one of its threads has to run before they all stop. */
  freeze(): Promise<void>;
  thaw(): void;
}

export interface Etcd {
  endpoints: string[];
  members: EtcdMember[];
  /** Resolves when every member answers. */
  healthy(): Promise<void>;
  /** All members lose their disks. */
  wipe(): Promise<void>;
  /** Saves a backup; resolves to how to go back to it. For one member. */
  backUp(): Promise<() => Promise<void>>;
  /** Runs etcdctl on all members; resolves to what it prints. */
  ctl(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** `tls`: clients need a certificate of its authority, and reach it as localhost. */
export async function startEtcd(given: { members?: number; flags?: string[]; tls?: Certificates } = {}): Promise<Etcd> {
  const { members: count = 1, flags = [], tls } = given;
  const folder = mkdtempSync(join(tmpdir(), "distcron-etcd-"));
  const ports: { client: number; peer: number }[] = [];
  for (let i = 0; i < count; i++) ports.push({ client: await freePort(), peer: await freePort() });
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const secure = (port: number, host: string) => (tls ? `https://${host}:${port}` : at(port));
  const serverTls = tls && ["--cert-file", tls.cert, "--key-file", tls.key, "--trusted-ca-file", tls.ca];
  const clientTls = tls && ["--cacert", tls.ca, "--cert", tls.clientCert, "--key", tls.clientKey];
  const cluster = ports.map(({ peer }, i) => `m${i}=${at(peer)}`).join(",");
  let token = 0;

  const members = ports.map(({ client, peer }, i) => {
    let child: ChildProcess | null = null;
    const member: EtcdMember & { wipe(): void } = {
      url: secure(client, "localhost"),
      port: client,
      start() {
        const log = openSync(join(folder, `m${i}.log`), "a");
        const own = [
          ...["--name", `m${i}`, "--data-dir", join(folder, `m${i}`)],
          ...["--listen-client-urls", secure(client, "127.0.0.1")],
          ...["--advertise-client-urls", secure(client, "localhost")],
          ...(serverTls ? [...serverTls, "--client-cert-auth"] : []),
          ...["--listen-peer-urls", at(peer), "--initial-advertise-peer-urls", at(peer)],
          ...["--initial-cluster", cluster, "--initial-cluster-token", `${folder}-${token}`],
          ...["--initial-cluster-state", "new", "--heartbeat-interval", "20", "--election-timeout", "200"],
          ...["--logger", "zap", ...flags],
        ];
        const env = { ...process.env, ...(process.arch === "arm64" && { ETCD_UNSUPPORTED_ARCH: "arm64" }) };
        const started = spawn("etcd", own, { stdio: ["ignore", log, log], env });
        closeSync(log);
        children.add(started);
        started.once("exit", () => children.delete(started));
        child = started;
      },
      async kill() {
        const ending = child;
        child = null;
        if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
        ending.kill("SIGKILL");
        await once(ending, "exit");
      },
      async freeze() {
        child?.kill("SIGSTOP");
        await until("the member stands still", () => readStat(child?.pid as number)?.state === "T");
      },
      thaw: () => void child?.kill("SIGCONT"),
      wipe: () => rmSync(join(folder, `m${i}`), { recursive: true, force: true }),
    };
    return member;
  });
  const endpoints = members.map(({ url }) => url);

  function run(args: string[]): Promise<string> {
    const all = ["--endpoints", endpoints.join(","), "--command-timeout", "3s", ...(clientTls ?? []), ...args];
    return new Promise((resolve, reject) => {
      execFile("etcdctl", all, { env: { ...process.env, ETCDCTL_API: "3" } }, (err, out, problems) => {
        if (err) reject(new Error(`etcdctl ${args.join(" ")}: ${problems.trim()}`, { cause: err }));
        else resolve(out.trim());
      });
    });
  }
  async function healthy() {
    let last: unknown;
    for (const until = performance.now() + 30_000; performance.now() < until; ) {
      try {
        await run(["endpoint", "health"]);
        return;
      } catch (err) {
        last = err;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
    throw new Error(`etcd is not healthy:\n${readFileSync(join(folder, "m0.log"), "utf8").slice(-2000)}`, {
      cause: last,
    });
  }

  for (const member of members) member.start();
  await healthy();
  return {
    endpoints,
    members,
    healthy,
    ctl: (...args) => run(args),
    async wipe() {
      await Promise.all(members.map((member) => member.kill()));
      token++;
      for (const member of members) member.wipe();
      for (const member of members) member.start();
      await healthy();
    },
    async backUp() {
      const file = join(folder, `backup-${token++}.db`);
      await run(["snapshot", "save", file]);
      return async () => {
        const [member] = members;
        await member!.kill();
        member!.wipe();
        const own = ["--name", "m0", "--data-dir", join(folder, "m0"), "--initial-cluster", cluster];
        await run(["snapshot", "restore", file, ...own, "--initial-advertise-peer-urls", at(ports[0]!.peer)]);
        member!.start();
        await healthy();
      };
    },
    async stop() {
      await Promise.all(members.map((member) => member.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
