// What configuration must agree on beyond the type of each key. Everything wrong is said at once; the process ends with 78.
import { readFileSync } from "node:fs";
import { checkListenAddress } from "../api/listen-address.ts";
import { type Config, ConfigError } from "../config.ts";

export const storeKind = (config: Pick<Config, "store.url">): "sqlite" | "postgres" | "mysql" | null => {
  const scheme = /^([a-z]+):/.exec(config["store.url"])?.[1] ?? "";
  if (scheme === "sqlite") return "sqlite";
  if (scheme === "postgres" || scheme === "postgresql") return "postgres";
  return scheme === "mysql" || scheme === "mariadb" ? "mysql" : null;
};

export const isCluster = (config: Config): boolean => config["coordinator.etcd.endpoints"].length > 0;

/** Throws ConfigError with every rule that is broken, ListenError for an address that would be an open door. */
export function checkConfig(config: Config, platform: string): void {
  const problems: string[] = [];
  const { role } = config;
  if (platform === "win32")
    problems.push("Windows is not supported: DistCron runs on Linux (and macOS for development)");
  if (role !== "all" && !isCluster(config))
    problems.push(
      `coordinator.etcd.endpoints: role ${role} finds the others through etcd; name its addresses, or use role: all`,
    );
  if (isCluster(config) && !config["cluster.token"])
    problems.push(
      "cluster.token: nodes and schedulers know each other by it; give all of them the same long random text " +
        "(cluster.tokenFile names a file with it)",
    );
  if (/\s/.test(config["cluster.token"] ?? ""))
    problems.push("cluster.token: expected no spaces in it (it travels in a header); try `openssl rand -hex 32`");
  if (role !== "node" && storeKind(config) === null)
    problems.push("store.url: expected sqlite:, postgres://… or mysql://…");
  const badEndpoint = config["coordinator.etcd.endpoints"].find((each) => !/^https?:\/\/[^/]+\/?$/.test(each));
  if (badEndpoint !== undefined)
    problems.push(`coordinator.etcd.endpoints: expected addresses such as http://10.0.0.1:2379, got ${badEndpoint}`);
  if (problems.length) throw new ConfigError(problems);
  if (role === "node") return;
  checkListenAddress({
    host: config["server.host"],
    tls: config["server.tls.cert"] !== undefined,
    insecure: config["server.insecure"],
  });
}

/** Contents of the PEM files that these keys name. Throws ConfigError naming the key. */
function readPem(config: Config, key: keyof Config): string | undefined {
  const file = config[key];
  if (typeof file !== "string") return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (err) {
    throw new ConfigError([`${key}: ${(err as Error).message}`]);
  }
}

export function serverTls(config: Config): { cert: string; key: string } | null {
  const cert = readPem(config, "server.tls.cert");
  const key = readPem(config, "server.tls.key");
  if (!cert && !key) return null;
  if (!cert || !key) throw new ConfigError(["server.tls: cert and key are both needed, only one is given"]);
  return { cert, key };
}

/** PEM of the authority of schedulers' certificates; undefined: those that the machine knows. */
export const clusterCa = (config: Config): string | undefined => readPem(config, "cluster.ca");

export function etcdTls(config: Config): { ca: string; cert?: string; key?: string } | null {
  const ca = readPem(config, "coordinator.etcd.tls.ca");
  const cert = readPem(config, "coordinator.etcd.tls.cert");
  const key = readPem(config, "coordinator.etcd.tls.key");
  if (!cert !== !key) throw new ConfigError(["coordinator.etcd.tls: cert and key are both needed, only one is given"]);
  if (!ca) {
    if (cert)
      throw new ConfigError(["coordinator.etcd.tls.ca: a client certificate needs the authority too, to know etcd by"]);
    return null;
  }
  return { ca, ...(cert && key ? { cert, key } : {}) };
}
