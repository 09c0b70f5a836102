// The images and compose.yaml, as far as they can be judged without a container engine: everything they name is there,
// the program takes the commands and the configuration, and it works in the image's layout under the image's user.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkListenAddress } from "../../src/api/listen-address.ts";
import { buildProgram } from "../../src/cli/main.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import { parseDuration } from "../../src/lib/duration.ts";
import { commandProblems } from "../support/command-line.ts";
import { parseDockerfile, type Stage } from "../support/dockerfile.ts";
import { startEtcd } from "../support/etcd.ts";
import { freePort } from "../support/free-port.ts";
import { codeBlocks, shellCommands } from "../support/markdown.ts";
import { startPostgres } from "../support/postgres.ts";
import { cleanEnv, hasEnded, run, until } from "../support/program.ts";
import { read, root } from "../support/repository.ts";

interface Service {
  image: string;
  build?: { context: string; target?: string };
  environment?: Record<string, string>;
  command?: string[];
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  stop_grace_period?: string;
  read_only?: boolean;
  healthcheck?: { test: string[] };
}
const compose = parse(read("deploy/compose.yaml"), { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build?.target);
const stages = parseDockerfile(read("Dockerfile"));
const etcdImage = parseDockerfile(read("deploy/etcd/Dockerfile"))[0]!;
const stageOf = (name: string): Stage => stages.find((stage) => stage.name === name)!;
const wordsOf = ({ build, command }: Service) => {
  const { entrypoint, cmd } = stageOf(build!.target!);
  return [...entrypoint, ...(command ?? cmd)];
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "distcron-image-"));
  for (const name of Object.keys(compose.secrets))
    writeFileSync(join(folder, name), "postgres://u:p@postgres/d\n", { mode: 0o644 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the program makes of a service's environment and command, with the secrets' files of this test. */
function configOf(service: Service): Config {
  const given = { ...stageOf(service.build!.target!).env, ...service.environment };
  const env = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value.replace("/run/secrets", folder)]),
  );
  const role = /^--role=(.*)/.exec(wordsOf(service).find((word) => word.startsWith("--role=")) ?? "")?.[1];
  return loadConfig({ env, flags: { role }, defaultFile: "/nonexistent" }).config;
}

describe("the images", () => {
  test("are a scheduler and a node, and what is built by default is a node", () => {
    expect(stages.map(({ name }) => name)).toEqual(["build", "scheduler", "node"]);
    expect(stageOf("node").from).toBe("scheduler");
  });

  test("begin with pinned images of no particular registry", () => {
    const named = [...stages, etcdImage].map(({ from }) => from).concat(services.map(([, { image }]) => image));
    for (const image of named.filter((name) => name !== "scheduler"))
      expect(image).toMatch(/^[a-z]+(\/[a-z]+)?(-[a-z]+)?:v?\d+(\.\d+)+(-[a-z]+)*$/);
  });

  test("are built from files that are there and not kept out", () => {
    const ignored = read(".dockerignore").split("\n");
    const sources = stageOf("build").copies.flatMap((copy) => copy.sources);
    for (const source of sources.filter((each) => each !== "."))
      expect(existsSync(join(root, source)) && !ignored.includes(source), source).toBe(true);
    for (const needed of ["bin", "src", "docs", "build.mjs", "LICENSE"]) expect(ignored).not.toContain(needed);
    for (const kept of ["node_modules", "deploy", "distcron-data", ".git"]) expect(ignored).toContain(kept);
  });

  test.each(["scheduler", "node"])("%s runs the program under tini, as a user without rights", (name) => {
    const { entrypoint, user } = stageOf(name);
    expect(entrypoint).toEqual(["tini", "--", "distcron"]);
    expect(user).toBe("10001:10001");
  });

  test.each(["scheduler", "node"])("%s starts and is asked with commands and flags that exist", (name) => {
    const { cmd, healthcheck } = stageOf(name);
    const cli = buildProgram();
    expect(commandProblems(cli, cmd)).toEqual([]);
    expect(healthcheck[0]).toBe("distcron");
    expect(commandProblems(cli, healthcheck.slice(1))).toEqual([]);
  });

  test("of etcd sets what etcd knows", () => {
    const help = spawnSync("etcd", ["--help"], { encoding: "utf8" });
    const flags = new Set((help.stdout + help.stderr).match(/--[a-z-]+/g));
    const members = services.filter(([name]) => name.startsWith("etcd-"));
    const names = [etcdImage.env, ...members.map(([, { environment }]) => environment!)].flatMap(Object.keys);
    for (const name of names.filter((each) => each.startsWith("ETCD_")))
      expect(flags).toContain(`--${name.slice("ETCD_".length).toLowerCase().replaceAll("_", "-")}`);
    const cluster = members.map(([, { environment: env }]) => {
      expect(env!.ETCD_ADVERTISE_CLIENT_URLS).toBe(`http://${env!.ETCD_NAME}:2379`);
      return `${env!.ETCD_NAME}=${env!.ETCD_INITIAL_ADVERTISE_PEER_URLS}`;
    });
    expect(etcdImage.env.ETCD_INITIAL_CLUSTER).toBe(cluster.join(","));
  });
});

describe("compose.yaml", () => {
  test("has PostgreSQL, three etcd, two schedulers, three nodes, Prometheus and Grafana", () => {
    expect(Object.keys(compose.services)).toEqual(
      "etcd-1 etcd-2 etcd-3 postgres scheduler-1 scheduler-2 node-1 node-2 node-3 prometheus grafana".split(" "),
    );
    expect(ours.map(([, { build }]) => build!.target)).toEqual(["scheduler", "scheduler", "node", "node", "node"]);
  });

  test.each(services)("%s mounts what is there, or what is declared", (_, { volumes = [], secrets = [], build }) => {
    for (const mount of volumes) {
      const source = mount.split(":")[0]!;
      if (source.startsWith(".")) expect(existsSync(join(root, "deploy", source)), source).toBe(true);
      else expect(compose.volumes).toHaveProperty([source]);
    }
    for (const secret of secrets) expect(compose.secrets).toHaveProperty([secret]);
    if (build) expect(existsSync(join(root, "deploy", build.context, "Dockerfile"))).toBe(true);
  });

  test.each(services)("%s reads only secrets that it is given", (_, { environment = {}, secrets = [] }) => {
    for (const value of Object.values(environment))
      if (value.startsWith("/run/secrets/")) expect(secrets).toContain(value.slice("/run/secrets/".length));
  });

  test("publishes nothing beyond loopback", () => {
    for (const port of services.flatMap(([, { ports = [] }]) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test.each(ours)("%s is configured with what the program knows", (name, service) => {
    const config = configOf(service);
    const target = service.build!.target!;
    expect(config.role).toBe(target);
    expect(config["coordinator.etcd.endpoints"]).toEqual([1, 2, 3].map((n) => `http://etcd-${n}:2379`));
    expect(config["cluster.token"]).toBeTruthy();
    expect(service).toMatchObject({ read_only: true, volumes: [`${name}:${config.dataDir}`] });
    if (target === "node") expect(config["node.name"]).toBe(name);
  });

  test.each(ours.filter(([name]) => name.startsWith("scheduler")))(
    "%s is where others look for it",
    (name, service) => {
      const config = configOf(service);
      checkListenAddress({ host: config["server.host"], tls: false, insecure: config["server.insecure"] });
      expect(config["server.advertiseUrl"]).toBe(`http://${name}:${config["server.port"]}`);
      expect(stageOf("scheduler").exposed).toEqual([config["server.port"]]);
      expect(service.ports![0]).toMatch(new RegExp(`:${config["server.port"]}$`));
      expect(config["store.url"]).toMatch(/^postgres:/);
    },
  );

  test.each(ours.filter(([name]) => name.startsWith("node")))("%s has time to end its commands", (_, service) => {
    const config = configOf(service);
    expect(parseDuration(service.stop_grace_period!)).toBeGreaterThan(config["node.stopTimeout"] + 10_000);
    expect(stageOf("node").healthcheck).toContain(`--server=http://127.0.0.1:${config["node.port"]}`);
  });

  test("has Prometheus ask every scheduler and every node", () => {
    const { scrape_configs } = parse(read("deploy/prometheus/prometheus.yml")) as {
      scrape_configs: { authorization: { credentials_file: string }; static_configs: { targets: string[] }[] }[];
    };
    const asked = scrape_configs.flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets));
    const there = ours.map(([name, service]) => {
      const config = configOf(service);
      return `${name}:${config[service.build!.target === "node" ? "node.port" : "server.port"]}`;
    });
    expect(asked).toEqual(there);
    for (const { authorization } of scrape_configs)
      expect(compose.services.prometheus!.secrets).toContain(authorization.credentials_file.split("/").at(-1));
  });

  test("needs no secret that the guide doesn't make", () => {
    const page = read("docs/guide/deploying.md");
    for (const { file } of Object.values(compose.secrets)) expect(page).toContain(file.replace("./", "deploy/"));
    expect(read(".gitignore")).toContain("deploy/secrets/");
  });
});

describe("docker's commands in the guide", () => {
  const commands = codeBlocks(read("docs/guide/deploying.md"))
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => shellCommands(text))
    .filter((words) => words[0] === "docker" && words[1] !== "build");
  const runs = commands.filter((words) => words[1] === "run");

  test("run the program with commands and flags that exist", () => {
    const cli = buildProgram();
    const told = commands.flatMap((words) => {
      const at = words.findLastIndex((word) => word === "distcron" || word.startsWith("distcron-node:"));
      return words.includes("exec") || words[1] === "run" ? [words.slice(at + 1)] : [];
    });
    expect(told.length).toBeGreaterThan(3);
    for (const words of told) expect(commandProblems(cli, words), words.join(" ")).toEqual([]);
  });

  test.each(runs)("%s run: its variables are the program's, its stop time is long enough", (...words) => {
    const valuesOf = (flag: string) => words.flatMap((word, i) => (word === flag ? [words[i + 1]!] : []));
    const given = Object.fromEntries(valuesOf("-e").map((each) => each.split(/=(.*)/s) as [string, string]));
    const config = loadConfig({ env: given, defaultFile: "/nonexistent" }).config;
    checkListenAddress({ host: config["server.host"], tls: false, insecure: config["server.insecure"] });
    expect(Number(valuesOf("--stop-timeout")[0]) * 1000).toBeGreaterThan(config["node.stopTimeout"] + 10_000);
    expect(words).toContain(compose.services["node-1"]!.image);
  });
});

/** Everything that isn't for development only, linked from where the image has it. */
function installProduction(target: string) {
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { dev?: boolean }> };
  for (const [path, { dev }] of Object.entries(packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    if (!name || dev || !existsSync(join(root, path))) continue;
    mkdirSync(join(target, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(root, path), join(target, "node_modules", name));
  }
}

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)("in the image's layout, under its user, with a home that can't be written", () => {
  const node = stageOf("node");
  const [uid, gid] = node.user.split(":");
  const running: ChildProcess[] = [];
  let installed: string;
  beforeAll(() => {
    const moved = /&& mv (.*) \/out$/.exec(stageOf("build").runs.at(-1)!)![1]!.split(" ");
    installed = join(folder, "opt");
    mkdirSync(installed);
    chmodSync(folder, 0o755);
    for (const name of moved.filter((each) => !["node_modules", "sbom.json"].includes(each)))
      execFileSync("cp", ["-r", join(root, name), installed]);
    installProduction(installed);
  });
  afterAll(async () => {
    for (const child of running.reverse()) await end(child);
  });

  async function end(child: ChildProcess) {
    if (hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }

  /** What tini starts, with these words; resolves when it lives, with its data directory. */
  async function startAs(name: string, words: string[], given: Record<string, string>, isUp: (dir: string) => unknown) {
    const dir = join(folder, `data-${name}`);
    mkdirSync(dir);
    chownSync(dir, Number(uid), Number(gid));
    const user = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
    const program = [process.execPath, join(installed, "bin/distcron.js")];
    const env = cleanEnv({ ...given, DISTCRON_DATA_DIR: dir, HOME: "/nonexistent" });
    const child = spawn("setpriv", [...user, ...program, ...words], {
      cwd: dir,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    running.push(child);
    let said = "";
    child.stderr!.on("data", (piece) => (said += piece));
    await until(`${name} is up`, () => {
      if (hasEnded(child)) throw new Error(`${name} ended: ${said}`);
      return isUp(dir);
    });
    return { child, dir };
  }
  const hasAddress = (dir: string) => existsSync(join(dir, "local.json"));

  test("the program works as role all", async () => {
    const port = await freePort();
    const { child, dir } = await startAs("all", ["serve", "--role=all", `--port=${port}`], node.env, hasAddress);
    const asked = await run(stageOf("scheduler").healthcheck.slice(1), { env: { DISTCRON_DATA_DIR: dir } });
    expect(asked).toMatchObject({ code: 0 });
    await end(child);
    expect(child.exitCode).toBe(0);
  });

  // What can't be had without an engine: their network's names, read-only roots, tini itself.
  test("compose.yaml's scheduler and node work together as they are told to, and Prometheus may read both", async () => {
    const [etcd, postgres] = await Promise.all([startEtcd({ members: 3 }), startPostgres()]);
    try {
      writeFileSync(join(folder, "store-url"), await postgres.createDatabase("composed"));
      const ports = { scheduler: await freePort(), node: await freePort() };
      /** The service's own, but for names and ports that only its network has. */
      const told = (name: string, more: Record<string, string>) => {
        const service = compose.services[name]!;
        const env = { ...stageOf(service.build!.target!).env, ...service.environment };
        const here = Object.entries(env).map(([key, value]) => [key, value.replace("/run/secrets", folder)]);
        return {
          words: wordsOf(service).slice(wordsOf(service).indexOf("distcron") + 1),
          env: {
            ...Object.fromEntries(here),
            DISTCRON_COORDINATOR__ETCD__ENDPOINTS: etcd.endpoints.join(","),
            ...more,
          } as Record<string, string>,
        };
      };
      for (const name of Object.keys(compose.secrets)) chownSync(join(folder, name), Number(uid), Number(gid));
      const scheduler = told("scheduler-1", {
        DISTCRON_SERVER__PORT: String(ports.scheduler),
        DISTCRON_SERVER__ADVERTISE_URL: `http://127.0.0.1:${ports.scheduler}`,
      });
      const first = await startAs("scheduler", scheduler.words, scheduler.env, hasAddress);
      const second = told("node-1", { DISTCRON_NODE__PORT: String(ports.node) });
      const health = (words: string[], dir: string) => run(words, { env: { DISTCRON_DATA_DIR: dir } });
      await startAs("node", second.words, second.env, async (dir) => {
        const words = stageOf("node").healthcheck.slice(1);
        return (
          (
            await health(
              words.map((word) => word.replace("8471", String(ports.node))),
              dir,
            )
          ).code === 0
        );
      });
      expect(await health(stageOf("scheduler").healthcheck.slice(1), first.dir)).toMatchObject({ code: 0 });

      const cli = (words: string[], input?: string) =>
        run(words, { env: { DISTCRON_DATA_DIR: first.dir }, ...(input === undefined ? {} : { input }) });
      const job = '{"name": "there", "schedule": "@manual", "cmd": "id -u; echo $DISTCRON_NODE"}';
      expect(await cli(["apply", "-f", "-"], job)).toMatchObject({ code: 0 });
      expect(await cli(["job", "run", "there", "--follow"])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`${uid}\nnode-1`),
      });
      const words = "token create --name prometheus --role viewer --scope metrics --expires 365d".split(" ");
      const token = (await cli(words)).stdout.trim();
      for (const port of Object.values(ports)) {
        // As a proxy passes on what comes from another machine.
        const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "10.0.0.9" };
        const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
        expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("distcron_build_info")]);
      }
    } finally {
      for (const child of running.reverse()) await end(child);
      await Promise.all([etcd.stop(), postgres.remove()]);
    }
  });
});
