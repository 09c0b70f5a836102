// Running a server, and asking one how it is.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { ApiError, createApiClient } from "../../api/client.ts";
import { systemClock } from "../../clock.ts";
import { type keys, loadConfig, printable } from "../../config.ts";
import { version } from "../../lib/version.ts";
import { exampleConfig } from "../config-example.ts";
import { common, connect, createOutput, duration, findServer, path } from "../context.ts";
import { CliError, exitCodes, explain } from "../exit.ts";
import { humanMs, relative } from "../output.ts";
import { checkColumns, configColumns } from "../tables.ts";

/** Flags of serve and the keys that they set. */
const serveFlags: [flag: string, key: keyof typeof keys, about: string][] = [
  ["--role <role>", "role", "all, scheduler or node"],
  ["--data-dir <dir>", "dataDir", "folder for the database and the node's state"],
  ["--host <address>", "server.host", "address that the API listens on"],
  ["--port <port>", "server.port", "its port"],
  ["--etcd <urls>", "coordinator.etcd.endpoints", "etcd's client addresses"],
  ["--store <url>", "store.url", "where jobs and runs are kept"],
  ["--node-name <name>", "node.name", "name of this node"],
  ["--labels <k=v,…>", "node.labels", "labels that jobs may ask for"],
  ["--slots <n>", "node.slots", "how many runs at once"],
];
const camel = (flag: string) =>
  (flag.split(" ")[0] as string).slice(2).replace(/-(\w)/g, (_, c: string) => c.toUpperCase());

export function serverCommands(program: Command): void {
  const serve = program
    .command("serve")
    .description("run a scheduler, a node, or both")
    .option("--config <file>", "configuration file");
  for (const [flag, key, about] of serveFlags) serve.option(flag, `${about} (${key})`);
  serve
    .option("--examples", "create the example jobs if this is the very first start")
    .addHelpText(
      "after",
      "\nExamples:\n  distcron serve\n  distcron serve --role=node --config /etc/distcron/config.yaml",
    )
    .action(async (options) => {
      const flags = Object.fromEntries(serveFlags.map(([flag, key]) => [key, options[camel(flag)]]));
      const loaded = loadConfig({ flags, env: process.env, file: options.config });
      const { serve: run } = await import("../../main.ts");
      await runUntilSignal(await run(loaded, { examples: options.examples ?? false }));
    });

  common(program.command("status"))
    .description("how the cluster is")
    .action(async (options) => status(options));

  common(program.command("health"))
    .description("exit 0 if the server is alive, or with --ready if it does its work")
    .option("--ready", "ask /readyz")
    .option("--wait <duration>", "keep trying for this long", duration)
    .action(async (options) => health(options));

  common(program.command("doctor"))
    .description("check a server and its data")
    .action(async (options) => doctor(options));

  common(program.command("backup <file>"))
    .description("a consistent copy of the SQLite store, while it is in use")
    .action(async (file, options) => {
      const { api, out } = connect(options);
      const answer = await api.send<{ file: string }>("POST", path("scheduler", "backup"), { file: resolve(file) });
      out.done(`saved to ${answer.file}`, answer);
    });

  common(program.command("pause"))
    .description("plan nothing at all until resumed; ticks are recorded as skipped")
    .requiredOption("--reason <text>", "why, for everybody to see")
    .option("--until <instant>", "resumes by itself then (ISO 8601 with offset)")
    .action(async (options) => {
      const { api, out } = connect(options);
      const { reason, until } = options;
      const paused = await api.send("POST", path("scheduler", "pause"), { reason, ...(until ? { until } : {}) });
      out.done(`scheduling is paused${until ? ` until ${until}` : ""}`, paused);
    });

  common(program.command("resume"))
    .description("plan again")
    .action(async (options) => {
      const { api, out } = connect(options);
      const resumed = await api.send("POST", path("scheduler", "resume"), {});
      out.done("scheduling goes on", resumed);
    });

  const config = program.command("config").description("show, check and explain the server's configuration");
  common(config.command("print").option("--config <file>", "configuration file"))
    .description("what is in force and where each value came from; secrets masked")
    .action((options) => {
      const out = createOutput(options);
      const values = printable(loadConfig({ env: process.env, file: options.config }));
      out.table(values, configColumns, { values });
    });
  common(config.command("check").option("--config <file>", "configuration file"))
    .description("exit 78 with every problem, or 0")
    .action((options) => {
      loadConfig({ env: process.env, file: options.config });
      createOutput(options).done("the configuration is good", { valid: true });
    });
  common(config.command("example"))
    .description("every key with its default and what it is for")
    .action(() => void process.stdout.write(exampleConfig()));

  common(program.command("version"))
    .description("version of this program")
    .action((options) => {
      const out = createOutput(options);
      if (out.format === "table") out.text(`distcron ${version} (Node.js ${process.versions.node})`);
      else out.data({ version, node: process.versions.node });
    });
}

/**
 * Stops on SIGTERM and SIGINT: gently at first, at once the second time. A server that can't go on ends the process,
 * whatever is still open in it.
 */
async function runUntilSignal(running: { finished: Promise<void>; stop(how: { now: boolean }): Promise<void> }) {
  let asked = 0;
  const onSignal = () => {
    asked++;
    running.stop({ now: asked > 1 }).catch((err) => process.stderr.write(`${err.stack}\n`));
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  await running.finished.catch((err: unknown) => {
    const { exitCode, message } = explain(err);
    process.stderr.write(`distcron: ${message}\n`);
    process.exit(exitCode);
  });
  process.off("SIGTERM", onSignal);
  process.off("SIGINT", onSignal);
}

async function status(options: Parameters<typeof connect>[0]) {
  const { api, out, clock, url } = connect(options);
  const [summary, schedulers, ready] = await Promise.all([
    api.get<{
      jobs: { enabled: number; disabled: number; failing: number };
      runs: { running: number; waiting: number };
      last24h: Record<string, number>;
      nodes: { live: number; total: number; draining: number };
      paused?: { reason: string; by: string; since: string; until: string | null } | null;
    }>(path("stats", "summary")),
    api.get<{ items: { id: string; url: string; leader: boolean; version: string; startedAt: string }[] }>(
      path("schedulers"),
    ),
    api.get<{ ready: boolean }>("/readyz").catch((err) => ({ ready: false, detail: (err as Error).message })),
  ]);
  if (out.format !== "table") return out.data({ url, ready: ready.ready, summary, schedulers: schedulers.items });
  const leader = schedulers.items.find((each) => each.leader);
  out.text(`server     ${url}${ready.ready ? "" : " (not ready)"}`);
  out.text(
    `leader     ${leader ? `${leader.url} (${leader.version}, up ${relative(leader.startedAt, clock.now()).replace(" ago", "")})` : "none"}`,
  );
  if (summary.paused) out.text(`PAUSED     by ${summary.paused.by}: ${summary.paused.reason}`);
  out.text(
    `nodes      ${summary.nodes.live} up of ${summary.nodes.total}${summary.nodes.draining ? `, ${summary.nodes.draining} draining` : ""}`,
  );
  out.text(
    `jobs       ${summary.jobs.enabled} enabled, ${summary.jobs.disabled} disabled, ${summary.jobs.failing} failing`,
  );
  out.text(`runs       ${summary.runs.running} running, ${summary.runs.waiting} waiting`);
  const day = Object.entries(summary.last24h).map(([state, count]) => `${count} ${state}`);
  out.text(`last 24 h  ${day.join(", ") || "nothing yet"}`);
}

async function health(options: Parameters<typeof connect>[0] & { ready?: boolean; wait?: number }) {
  const until = systemClock.monotonic() + (options.wait ?? 0);
  for (;;) {
    try {
      const { url, fingerprint } = findServer(options, process.env);
      // Asked without a token: a node's own port answers the same.
      const api = createApiClient({ url, token: null, via: "cli", timeoutMs: healthMs, fingerprint });
      const answer = await api.get<object>(options.ready ? "/readyz" : "/livez");
      return createOutput(options).done(`${url} is ${options.ready ? "ready" : "alive"}`, { url, ...answer });
    } catch (err) {
      if (systemClock.monotonic() >= until) throw unhealthy(err);
      await systemClock.sleep(200);
    }
  }
}

const healthMs = 10_000;

/** Nobody answers, or says what it is waiting for. */
function unhealthy(err: unknown) {
  if (!(err instanceof ApiError)) return err;
  const isThere = err.status !== undefined || err.code === "bad_answer";
  return new CliError(isThere ? exitCodes.failed : exitCodes.unreachable, err.detail);
}

async function doctor(options: Parameters<typeof connect>[0]) {
  const out = createOutput(options);
  const checks: { check: string; ok: boolean; detail: string }[] = [];
  /** Answers what went wrong. */
  const check = async (name: string, look: () => Promise<string> | string): Promise<unknown> => {
    try {
      checks.push({ check: name, ok: true, detail: await look() });
      return null;
    } catch (err) {
      checks.push({ check: name, ok: false, detail: (err as Error).message });
      return err;
    }
  };
  await check("configuration", () => {
    loadConfig({ env: process.env });
    return "good";
  });
  let isThere = (await check("server", () => findServer(options, process.env).url)) === null;
  if (isThere) {
    const { api } = connect(options);
    const failure = await check("ready", async () => {
      await api.get("/readyz");
      return "yes";
    });
    // One that was killed has left its address behind.
    isThere = !(failure instanceof ApiError && failure.code === "unreachable");
  }
  if (isThere) {
    const { api, clock } = connect(options);
    await check("store", async () => {
      const { problems } = await api.get<{ problems: string[] }>(path("scheduler", "integrity"));
      if (problems.length) throw new Error(problems.join("; "));
      return "sound";
    });
    await check("clock", async () => {
      const before = clock.now();
      const { now } = await api.get<{ now: string }>(path("auth", "me"));
      const off = new Date(now).getTime() - (before + clock.now()) / 2;
      if (Math.abs(off) > 2000)
        throw new Error(`the server's clock differs from this machine's by ${humanMs(Math.abs(off))}`);
      return "agrees";
    });
  } else {
    const dir = options.dataDir ?? process.env.DISTCRON_DATA_DIR ?? "./distcron-data";
    await check("database file", async () => {
      const { offline } = await import("../../main.ts");
      const file = resolve(dir, "distcron.db");
      if (!existsSync(file)) return `none at ${file}`;
      const problems = await offline.checkDatabase(file);
      if (problems.length) throw new Error(problems.join("; "));
      return `${file} is sound`;
    });
  }
  out.table(checks, checkColumns(out.state), { checks });
  if (checks.some((each) => !each.ok)) throw new CliError(exitCodes.failed, "something is wrong: see above");
}
