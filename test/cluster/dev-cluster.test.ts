// `distcron dev cluster`: everything starts on free ports, work runs on its nodes, it survives a loss, and nothing of it is
// left when it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { cleanEnv, hasEnded, run, until } from "../support/program.ts";
import { programCopy } from "../support/program-copy.ts";
import { steadyPort } from "../support/steady-port.ts";

interface Description {
  pid: number;
  folder: string;
  clusterTokenFile: string;
  parts: {
    name: string;
    role: string;
    pid: number;
    address: string;
    leads: boolean;
    dataDir: string | null;
    log: string;
  }[];
}

let running: ChildProcess | null = null;
const folders: string[] = [];
afterEach(async () => {
  if (running && !hasEnded(running)) {
    const ended = new Promise((resolve) => running?.once("exit", resolve));
    running.kill("SIGTERM");
    await ended;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function startDev(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [await programCopy(), "dev", "cluster", "-o", "json", ...args], {
    env: cleanEnv(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = child;
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  /** What it prints when everything is ready. */
  const up = () =>
    until(
      "the cluster is up",
      () => {
        if (hasEnded(child)) throw new Error(`it ended at its start: ${said.stderr}`);
        return said.stdout.endsWith("}\n") ? (JSON.parse(said.stdout) as Description) : null;
      },
      90_000,
    );
  return { child, said, ended, up };
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

/** A process and everything below it: wardens, their commands, a database's helpers. */
function family(root: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ")[1];
        return [[Number(name), Number(parent)] as const];
      } catch {
        return []; // It has gone.
      }
    });
  const all = [root];
  for (const pid of all) all.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  return all;
}

async function runNow(dataDir: string, job: string): Promise<{ state: string; node: { name: string } }> {
  const { stdout, stderr } = await run(["job", "run", job, "--wait", "-o", "json", "--data-dir", dataDir]);
  expect(stderr).not.toMatch(/distcron:/);
  return JSON.parse(stdout);
}

describe("distcron dev cluster", () => {
  it("runs a job on a node, goes on without its leader and a node, starts them again, and leaves nothing", async () => {
    const { child, said, ended, up } = await startDev(["--port", String(await steadyPort())]);
    const { parts, folder, pid } = await up();
    expect(pid).toBe(child.pid);
    expect(parts.map(({ name }) => name)).toEqual(["etcd", "store", "s1", "s2", "n1", "n2", "n3"]);
    for (const { log } of parts) expect(existsSync(log), log).toBe(true);

    const leader = parts.find(({ leads }) => leads)!;
    const standby = parts.find(({ role, leads }) => role === "scheduler" && !leads)!;
    const input = "name: hello\nschedule: '@manual'\ncmd: echo hello\n";
    expect((await run(["apply", "-f", "-", "--data-dir", standby.dataDir!], { input })).code).toBe(0);
    expect(await runNow(leader.dataDir!, "hello")).toMatchObject({
      state: "succeeded",
      node: { name: expect.stringMatching(/^n\d$/) },
    });

    const node = parts.find(({ role }) => role === "node")!;
    for (const lost of [leader, node]) process.kill(lost.pid, "SIGKILL");
    await until("both losses are said", () =>
      [leader, node].every(({ name }) => said.stderr.includes(`${name} ended by SIGKILL; the rest goes on`)),
    );
    const works = async () => (await run(["job", "run", "hello", "--wait", "--data-dir", standby.dataDir!])).code === 0;
    await until("the other scheduler leads", works, 60_000);
    expect(parts.filter((each) => each !== leader && each !== node).every((each) => isAlive(each.pid))).toBe(true);

    child.kill("SIGUSR2");
    await until("they are started again", () => /started again: s\d, n\d/.test(said.stderr));
    const nodes = () => run(["node", "list", "-o", "json", "--data-dir", standby.dataDir!]);
    await until(
      "all nodes are up",
      async () =>
        (JSON.parse((await nodes()).stdout) as { items: { state: string }[] }).items.filter(
          ({ state }) => state === "live",
        ).length === 3,
      60_000,
    );

    const all = family(child.pid as number);
    expect(all.length).toBeGreaterThan(8);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(all.filter(isAlive)).toEqual([]);
    expect(existsSync(folder), "the temporary folder is gone").toBe(false);
  }, 180_000);

  it("keeps a folder, starts again in it, and steps aside for ports that are taken", async () => {
    const keep = mkdtempSync(join(tmpdir(), "distcron-kept-"));
    folders.push(keep);
    const port = await steadyPort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const args = ["--schedulers", "1", "--nodes", "1", "--port", String(port), "--keep", keep];
    try {
      const first = await startDev(args);
      const { parts } = await first.up();
      expect(parts.map(({ name }) => name)).toEqual(["etcd", "s1", "n1"]);
      const scheduler = parts.find(({ role }) => role === "scheduler")!;
      expect(Number(new URL(scheduler.address).port)).toBeGreaterThan(port);
      const input = "name: kept\nschedule: '@manual'\ncmd: 'true'\n";
      expect((await run(["apply", "-f", "-", "--data-dir", scheduler.dataDir!], { input })).code).toBe(0);

      const second = await run(["dev", "cluster", ...args]);
      expect(second.code).toBe(5);
      expect(second.stderr).toContain(`is in use by the cluster of process ${first.child.pid}`);
      first.child.kill("SIGINT");
      expect(await first.ended).toBe(0);
    } finally {
      other.close();
    }
    const again = await startDev([...args, "--logs"]);
    const { parts } = await again.up();
    expect(await runNow(parts.find(({ role }) => role === "scheduler")!.dataDir!, "kept")).toMatchObject({
      state: "succeeded",
    });
    expect(again.said.stderr).toMatch(/^s1 {4}\| .*listening/m);
    again.child.kill("SIGTERM");
    expect(await again.ended).toBe(0);
    expect(existsSync(join(keep, "s1"))).toBe(true);
  }, 120_000);

  it("starts MariaDB where that is asked for", async () => {
    const args = ["--store", "mariadb", "--nodes", "1", "--port", String(await steadyPort())];
    const { child, ended, up } = await startDev(args);
    const { parts } = await up();
    expect(parts.find(({ name }) => name === "store")!.address).toMatch(/^mysql:/);
    const all = family(child.pid as number);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(all.filter(isAlive)).toEqual([]);
  }, 120_000);

  it.each(["temporary", "kept"])(
    "ends within seconds when it is stopped while a database is made (%s)",
    async (kind) => {
      const home = mkdtempSync(join(tmpdir(), "distcron-stopped-"));
      folders.push(home);
      chmodSync(home, 0o711);
      const args = ["--port", String(await steadyPort()), "--store", "postgres"];
      if (kind === "kept") args.push("--keep", join(home, "kept"));
      const { child, said, ended } = await startDev(args, { TMPDIR: home });
      // initdb is at its longest step, by processes of its own that write.
      await until("the database's folder fills", () =>
        readdirSync(home, { recursive: true, encoding: "utf8" }).some((name) => name.includes("/base/1/")),
      );
      const all = family(child.pid as number);
      expect(all.length).toBeGreaterThan(2);
      child.kill("SIGTERM");
      expect(await ended, said.stderr).toBe(0);
      expect(all.filter(isAlive)).toEqual([]);
      if (kind === "temporary") return expect(readdirSync(home)).toEqual([]);
      expect(readdirSync(join(home, "kept/postgres")), "it was broken off").toEqual(["data-new"]);
      // What was half made is made anew.
      const again = await startDev(args, { TMPDIR: home });
      await again.up();
      again.child.kill("SIGTERM");
      expect(await again.ended).toBe(0);
    },
    120_000,
  );

  it("says what to install when etcd or a database is missing, and what can't be", async () => {
    const empty = mkdtempSync(join(tmpdir(), "distcron-empty-"));
    folders.push(empty);
    const noEtcd = await run(["dev", "cluster"], { env: { PATH: empty } });
    expect(noEtcd.code).toBe(1);
    expect(noEtcd.stderr).toContain("apt-get install etcd-server");
    expect((await run(["dev", "cluster", "--store", "sqlite:"])).stderr).toContain("--schedulers 1");
    expect((await run(["dev", "cluster", "--schedulers", "0"])).code).toBe(2);
  });
});
