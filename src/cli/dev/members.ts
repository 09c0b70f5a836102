// How each process of a cluster on this machine is started: etcd by flags, schedulers and nodes by a file of configuration
// that can be read as an example.
import { mkdirSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import type { Clock } from "../../clock.ts";
import type { ClusterFolder } from "./folder.ts";
import type { PartSpec } from "./part.ts";

export type Spec = Omit<PartSpec, "logFile">;

interface Given {
  folder: ClusterFolder;
  env: NodeJS.ProcessEnv;
  clock: Clock;
}

/** As quick to notice a loss as etcd's timers below allow, so that a fail-over is seen while one watches. */
const quick = {
  coordinator: { sessionTtl: "4s", leaderTtl: "4s" },
  scheduler: { nodeGrace: "15s" },
  node: { stopTimeout: "5s" },
};

export const urlAt = (port: number) => `http://127.0.0.1:${port}`;

export function etcdSpec(program: string, ports: { client: number; peer: number }, given: Given): Spec {
  const { folder, env, clock } = given;
  const [client, peer] = [urlAt(ports.client), urlAt(ports.peer)];
  return {
    name: "etcd",
    command: program,
    args: [
      ...["--name", "etcd", "--data-dir", folder.file("etcd"), "--logger", "zap"],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `etcd=${peer}`],
      ...["--heartbeat-interval", "50", "--election-timeout", "500"],
    ],
    // Elsewhere than on x86 older versions want to be told that this is meant.
    env: { ...env, ...(process.arch === "arm64" && { ETCD_UNSUPPORTED_ARCH: "arm64" }) },
    address: client,
    stop: [["SIGTERM", 5000]],
    isReady: () => answers(`${client}/health`, clock),
  };
}

export interface MemberPlan {
  name: string;
  role: "scheduler" | "node";
  port: number;
  etcd: string;
  tokenFile: string;
  /** Keys of store: url, or urlFile. */
  store: object;
}

/** Writes its configuration; its data directory is the folder of its name. */
export function memberSpec(program: string, plan: MemberPlan, given: Given): Spec {
  const { folder, env, clock } = given;
  const { name, role, port } = plan;
  const dataDir = folder.file(name);
  const configFile = folder.file(`${name}.yaml`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const config = {
    role,
    dataDir,
    ...(role === "scheduler" ? { server: { port }, store: plan.store } : { node: { name, port, ...quick.node } }),
    coordinator: { ...quick.coordinator, etcd: { endpoints: [plan.etcd] } },
    scheduler: quick.scheduler,
    cluster: { tokenFile: plan.tokenFile },
    log: { format: "pretty" },
  };
  writeFileSync(configFile, stringify(config), { mode: 0o600 });
  return {
    name,
    command: process.execPath,
    args: [program, "serve", "--config", configFile],
    env,
    address: urlAt(port),
    // Gently, then at once.
    stop: [
      ["SIGTERM", 6000],
      ["SIGTERM", 4000],
    ],
    isReady: () => answers(`${urlAt(port)}/readyz`, clock),
  };
}

async function answers(url: string, clock: Clock): Promise<boolean> {
  const late = new AbortController();
  const cancel = clock.after(2000, () => late.abort());
  try {
    return (await fetch(url, { signal: late.signal })).ok;
  } finally {
    cancel();
  }
}
