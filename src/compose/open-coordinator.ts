// The coordinator: inside this process, or over etcd (whose client is loaded only then).
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Coordinator } from "../coordinator/coordinator.ts";
import { createInProcessCoordinator } from "../coordinator/in-process/in-process-coordinator.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../random.ts";
import { etcdTls, isCluster } from "./config-rules.ts";

export async function openCoordinator(
  config: Config,
  given: { clock: Clock; random: Random; log: Log },
): Promise<Coordinator> {
  const { log } = given;
  const onError = (err: unknown) => log.error({ err }, "something failed in the background");
  if (!isCluster(config)) return createInProcessCoordinator({ ...given, onError });
  const { createEtcdCoordinator } = await import("../coordinator/etcd/etcd-coordinator.ts");
  const { "coordinator.etcd.username": username, "coordinator.etcd.password": password } = config;
  const tls = etcdTls(config);
  return createEtcdCoordinator({
    ...given,
    endpoints: config["coordinator.etcd.endpoints"],
    prefix: config["coordinator.etcd.prefix"],
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(tls ? { tls } : {}),
    sessionTtlMs: config["coordinator.sessionTtl"],
    leaderTtlMs: config["coordinator.leaderTtl"],
    compactEveryMs: config["coordinator.etcd.compactEvery"],
    onError,
  });
}
