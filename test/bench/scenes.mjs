// What the measurements of a cluster run on: the real program as role all and as a cluster, and both with an executor that
// does nothing (no-op.ts) where the nodes are. Each tells what to ask, and the processes of which part.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createClient, familyCpuSeconds, startServer, temporaryFolder, until } from "./server.mjs";

const root = resolve(import.meta.dirname, "../..");
const program = fileURLToPath(new URL("../../bin/distcron.js", import.meta.url));
const cleanEnv = { PATH: process.env.PATH, HOME: process.env.HOME ?? "/" };
const alive = new Set();
process.once("exit", () => {
  // The cluster's own launcher ends its parts on SIGTERM.
  for (const child of alive) child.kill("SIGTERM");
});

/** So many runs at once, in every scene together. */
export const slots = 32;

function start(args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: cleanEnv });
  alive.add(child);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    child[name].setEncoding("utf8").on("data", (text) => {
      said[name] += text;
    });
  const ended = new Promise((done) => child.once("close", done)).then(() => alive.delete(child));
  async function stop() {
    if (child.exitCode === null) child.kill("SIGTERM");
    const worst = setTimeout(() => child.kill("SIGKILL"), 60_000);
    await ended;
    clearTimeout(worst);
  }
  const saysIt = (what, text) =>
    until(what, () => {
      if (child.exitCode !== null) throw new Error(`${what}: it ended with ${child.exitCode}: ${said.stderr}`);
      return said.stdout.endsWith(text) ? said.stdout : null;
    });
  return { pid: child.pid, stop, saysIt };
}

const local = (dataDir) =>
  until("local.json is there", () => {
    const file = join(dataDir, "local.json");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return text.endsWith("\n") ? JSON.parse(text) : null;
  });

/** `pids` by part. */
function scene({ client, pids, stop }) {
  const cpu = () => Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, cpuOf(pid)]));
  return { ...client, cpu, stop };
}
const cpuOf = (pids) => [pids].flat().reduce((sum, pid) => sum + familyCpuSeconds(pid), 0);

async function startDev(nodes) {
  const dev = start([
    program,
    "dev",
    "cluster",
    "-o",
    "json",
    "--schedulers",
    "1",
    "--nodes",
    String(nodes),
    "--store",
    "postgres",
  ]);
  const description = JSON.parse(await dev.saysIt("the cluster is up", "}\n"));
  const part = (name) => description.parts.find((each) => each.name === name);
  const client = createClient(await local(part("s1").dataDir));
  await client.ready();
  const pids = { scheduler: part("s1").pid, etcd: part("etcd").pid, store: part("store").pid };
  return { dev, description, part, client, pids };
}

export async function cluster() {
  const { dev, part, client, pids } = await startDev(2);
  return scene({ client, pids: { ...pids, nodes: [part("n1").pid, part("n2").pid] }, stop: dev.stop });
}

export async function all() {
  const server = await startServer({ args: ["--slots", String(slots)] });
  await server.ready();
  return scene({ client: server, pids: { "role all": server.pid }, stop: () => server.stop() });
}

/** The bundle finds the warden and the store's thread beside it, as the program does. */
async function bundleNoOp() {
  const outfile = join(root, "dist/bench/no-op.js");
  await build({
    entryPoints: [join(root, "test/bench/no-op.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3", "etcd3", "@grpc/grpc-js", "cockatiel", "pg", "mysql2"],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  return outfile;
}

async function startNoOp(folder, name, config) {
  const dataDir = join(folder, name);
  mkdirSync(dataDir, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ dataDir, ...config }));
  const started = start([await bundleNoOp(), file]);
  await started.saysIt(`${name} is ready`, "ready\n");
  return { ...started, dataDir };
}

/** Many slots, so that they are never what is waited for. */
const many = 5000;

export async function noOpCluster() {
  const { dev, description, part, client, pids } = await startDev(0);
  const folder = temporaryFolder();
  const shared = {
    role: "node",
    cluster: { tokenFile: description.clusterTokenFile },
    coordinator: { sessionTtl: "4s", leaderTtl: "4s", etcd: { endpoints: [part("etcd").address] } },
    scheduler: { nodeGrace: "15s" },
  };
  const nodes = [];
  for (const name of ["n1", "n2"])
    nodes.push(await startNoOp(folder, name, { ...shared, node: { name, slots: many, port: 0 } }));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await dev.stop();
  };
  return scene({ client, pids: { ...pids, nodes: nodes.map(({ pid }) => pid) }, stop });
}

export async function noOpAll() {
  const machine = await startNoOp(temporaryFolder(), "all", {
    role: "all",
    server: { port: 0 },
    node: { slots: 2 * many },
  });
  const client = createClient(await local(machine.dataDir));
  await client.ready();
  return scene({ client, pids: { "role all": machine.pid }, stop: machine.stop });
}
