// TLS on every connection of a cluster, as docs/guide/cluster.md shows it: people and nodes to a scheduler, both to etcd
// with client certificates, the scheduler to PostgreSQL. Left out once each, the certificates' authority made its own
// connection fail: the node never joined without cluster.ca, the scheduler never led without etcd's client certificate.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { type Etcd, startEtcd } from "../support/etcd.ts";
import { freePort } from "../support/free-port.ts";
import { startPostgres } from "../support/postgres.ts";
import { run, start, until } from "../support/program.ts";

let folder: string;
let certificates: Certificates;
let etcd: Etcd;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let storeUrl: string;
const running: ReturnType<typeof start>[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "distcron-tls-"));
  certificates = makeCertificates();
  [etcd, postgres] = await Promise.all([startEtcd({ tls: certificates }), startPostgres({ tls: certificates })]);
  const url = new URL(await postgres.createDatabase("secure"));
  url.hostname = "localhost";
  url.searchParams.set("sslmode", "verify-full");
  url.searchParams.set("sslrootcert", certificates.ca);
  storeUrl = url.href;
});

afterAll(async () => {
  for (const each of running) each.child.kill("SIGKILL");
  await Promise.all([etcd?.stop(), postgres?.remove()]);
  certificates?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const etcdConfig = () => ({
  etcd: {
    endpoints: etcd.endpoints,
    tls: { ca: certificates.ca, cert: certificates.clientCert, key: certificates.clientKey },
  },
});

function startMember(name: string, config: object) {
  mkdirSync(join(folder, name));
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify(config));
  const member = start(["serve", "--config", file, "--data-dir", join(folder, name)]);
  running.push(member);
  return member;
}

const cluster = () => ({ token: "the-token-of-a-secure-cluster", ca: certificates.ca });
/** Its certificate is for localhost, not for this address: others use the advertised name. */
const schedulerAt = (port: number) => ({
  role: "scheduler",
  server: {
    host: "127.0.0.1",
    port,
    advertiseUrl: `https://localhost:${port}`,
    tls: { cert: certificates.cert, key: certificates.key },
  },
  store: { url: storeUrl },
  coordinator: etcdConfig(),
  cluster: cluster(),
});

it("runs a job, and the command line on the scheduler's machine and elsewhere reaches it", async () => {
  const port = await freePort();
  const url = `https://localhost:${port}`;
  startMember("s1", schedulerAt(port));
  startMember("n1", {
    role: "node",
    coordinator: etcdConfig(),
    cluster: cluster(),
    node: { name: "n1", port: await freePort() },
  });
  const local = { env: { DISTCRON_DATA_DIR: join(folder, "s1") } };
  const nodes = async () => JSON.parse((await run(["node", "list", "-o", "json"], local)).stdout || "{}");
  await until("the node is up", async () => (await nodes()).items?.[0]?.state === "live", 30_000);

  const job = join(folder, "job.yaml");
  writeFileSync(job, stringify({ name: "secure", schedule: "@manual", cmd: "echo done" }));
  expect((await run(["apply", "-f", job], local)).code).toBe(0);
  const ran = await run(["job", "run", "secure", "--follow"], local);
  expect(ran.stdout).toContain("done");
  expect(ran.code).toBe(0);

  // From elsewhere: by name, with the authority; without it the certificate is refused.
  const { token } = JSON.parse(readFileSync(join(folder, "s1/local.json"), "utf8"));
  const remote = ["status", "--server", url];
  const trusting = await run(remote, { env: { DISTCRON_TOKEN: token, NODE_EXTRA_CA_CERTS: certificates.ca } });
  expect(trusting.stdout).toContain("1 up of 1");
  expect((await run(remote, { env: { DISTCRON_TOKEN: token } })).code).toBe(6);
  // The store's connection is encrypted.
  const encrypted = await postgres.query("select count(*) from pg_stat_ssl where ssl", "secure");
  expect(Number(Object.values(Object(encrypted[0]))[0])).toBeGreaterThan(0);
});

it("a scheduler that stands by passes on what is asked of it, and hears what happens, over TLS too", async () => {
  startMember("s2", schedulerAt(await freePort()));
  const there = { env: { DISTCRON_DATA_DIR: join(folder, "s2") } };
  await until("it stands by", async () => (await run(["health", "--ready"], there)).code === 0, 30_000);
  const job = join(folder, "through.yaml");
  writeFileSync(job, stringify({ name: "through", schedule: "@manual", cmd: "echo heard" }));
  expect(await run(["apply", "-f", job], there)).toMatchObject({ code: 0 });
  const ran = await run(["job", "run", "through", "--follow"], there);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("heard") });
});

it("sends nothing to another server that took the scheduler's place", async () => {
  const file = join(folder, "s1/local.json");
  const local = JSON.parse(readFileSync(file, "utf8"));
  const other = join(folder, "elsewhere");
  mkdirSync(other);
  writeFileSync(join(other, "local.json"), JSON.stringify({ ...local, fingerprint: "00:11" }));
  const refused = await run(["status"], { env: { DISTCRON_DATA_DIR: other } });
  expect(refused.stderr).toContain("another server answers there");
  expect(refused.code).not.toBe(0);
});

it("the guide's commands make certificates that hold", () => {
  const guide = readFileSync("docs/guide/cluster.md", "utf8");
  const commands = /```sh\n(openssl[\s\S]*?)```/.exec(guide)?.[1];
  expect(commands).toBeTruthy();
  const there = { cwd: folder, stdio: "pipe" as const };
  execFileSync("sh", ["-e", "-c", commands as string], there);
  const checked = execFileSync(
    "openssl",
    ["verify", "-CAfile", "ca.pem", "-verify_hostname", "cron-1.example.com", "cron-1.pem"],
    there,
  );
  expect(String(checked)).toContain("OK");
});
