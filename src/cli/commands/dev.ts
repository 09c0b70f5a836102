// distcron dev cluster: a cluster on this machine, to try.
import { type Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../../clock.ts";
import { systemRandom } from "../../random.ts";
import { type Common, connect, createOutput, path } from "../context.ts";
import type { DevCluster, Member } from "../dev/cluster.ts";
import type { ClusterFolder } from "../dev/folder.ts";
import { CliError, exitCodes } from "../exit.ts";
import type { Format, Out } from "../output.ts";
import { partColumns } from "../tables.ts";

interface ClusterOptions {
  schedulers: number;
  nodes: number;
  port: number;
  keep?: string;
  store?: string;
  logs?: boolean;
  output?: Format;
}

const count = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
};

export function devCommands(program: Command): void {
  const dev = program.command("dev").description("for trying and developing");
  dev
    .command("cluster")
    .description("a cluster on this machine until Ctrl-C: etcd, a database, schedulers and nodes")
    .option("--schedulers <n>", "how many; one alone works with SQLite", count(1, 9), 2)
    .option("--nodes <n>", "how many", count(0, 50), 3)
    .option("--port <port>", "of the first scheduler; the others take the free ones above", count(1024, 65_000), 8470)
    .option("--keep <dir>", "folder for everything, which stays and can be started again")
    .option("--store <store>", "URL of a database that runs, or which one to start: postgres, mariadb")
    .option("--logs", "print the logs of schedulers and nodes too")
    .addOption(new Option("-o, --output <format>", "how to print").choices(["table", "json", "yaml"]).default("table"))
    .addHelpText(
      "after",
      `
Examples:
  distcron dev cluster
  distcron dev cluster --schedulers 1 --nodes 1
  distcron dev cluster --keep ./my-cluster --store mariadb --logs`,
    )
    .action(async (options: ClusterOptions) => runCluster(options));
}

async function runCluster(options: ClusterOptions) {
  const { schedulers, nodes, port, store = null } = options;
  if (store?.startsWith("sqlite") && schedulers > 1)
    throw new CliError(exitCodes.usage, "--store: SQLite serves exactly one scheduler: say --schedulers 1 as well");
  const out = createOutput(options as Common);
  const { createCluster } = await import("../dev/cluster.ts");
  const { openFolder } = await import("../dev/folder.ts");
  const { followLogs } = await import("../dev/follow.ts");
  const folder = openFolder(options.keep);
  let up = false;
  const cluster = createCluster(
    { schedulers, nodes, port, store },
    {
      folder,
      env: process.env,
      clock: systemClock,
      random: systemRandom,
      onStep: out.note,
      onEnd({ name, logFile }, how) {
        // Before that its end is the failure of the start.
        if (!up) return;
        out.note(
          `${name} ${how}; the rest goes on. Its log: ${logFile}. kill -USR2 ${process.pid} starts what has ended again`,
        );
      },
    },
  );
  const ending = new AbortController();
  const followed = options.logs
    ? followLogs(() => logsOf(cluster), { clock: systemClock, write: out.note, signal: ending.signal })
    : null;
  const asked = onSignals(cluster, out);
  const starting = cluster.start();
  try {
    // A start that is broken off fails, and that is no failure.
    await Promise.race([starting, asked.once]);
    up = true;
    if (!asked.already()) await describe(cluster, folder, out);
    await asked.once;
  } finally {
    await cluster.stop({ now: !asked.already() });
    await starting.catch(() => {});
    ending.abort();
    await followed;
    asked.forget();
    folder.leave();
  }
  out.note(folder.kept ? `stopped; the same again: distcron dev cluster --keep ${folder.path}` : "stopped");
}

const logsOf = ({ members }: DevCluster) =>
  members.filter(({ dataDir }) => dataDir !== null).map(({ part }) => ({ name: part.name, file: part.logFile }));

/** SIGINT, SIGTERM and SIGHUP stop, the second one at once; SIGUSR2 starts again what has ended. */
function onSignals(cluster: DevCluster, out: Out) {
  const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let count = 0;
  let resolve!: () => void;
  const once = new Promise<void>((done) => {
    resolve = done;
  });
  const stop = () => {
    count++;
    if (count === 1) out.note("stopping nodes, then schedulers, then etcd and the database; again to stop at once");
    resolve();
    if (count > 1) cluster.stop({ now: true }).catch((err: Error) => out.note(err.message));
  };
  const startAgain = () => {
    const names = cluster.startAgain();
    out.note(names.length ? `started again: ${names.join(", ")}` : "nothing has ended");
  };
  for (const signal of stopSignals) process.on(signal, stop);
  process.on("SIGUSR2", startAgain);
  const kill = () => cluster.kill();
  process.on("exit", kill);
  return {
    once,
    already: () => count > 0,
    forget() {
      for (const signal of stopSignals) process.off(signal, stop);
      process.off("SIGUSR2", startAgain);
      process.off("exit", kill);
    },
  };
}

async function describe(cluster: DevCluster, folder: ClusterFolder, out: Out) {
  const { members } = cluster;
  const leader = await leaderOf(members);
  const parts = members.map(({ role, part, dataDir }) => ({
    name: part.name,
    role,
    pid: part.pid(),
    address: part.address,
    leads: part === leader?.part,
    dataDir,
    log: part.logFile,
  }));
  const files = { folder: folder.path, clusterTokenFile: folder.file("cluster-token") };
  if (out.format !== "table") return out.data({ pid: process.pid, ...files, parts });
  out.text(`A cluster runs in ${folder.path}${folder.kept ? "" : " (removed at the end; --keep DIR keeps one)"}\n`);
  out.table(parts, partColumns(folder.path));
  const [first, ...others] = members.filter(({ role }) => role === "scheduler");
  const node = members.find(({ role }) => role === "node");
  const hints = [
    `The web page and the API's description: ${first?.part.address}/ and ${first?.part.address}/docs`,
    `For the command line in another terminal: export DISTCRON_DATA_DIR=${first?.dataDir}`,
    ...others.map(({ part, dataDir }) => `  (or with every command: --data-dir ${dataDir}, which asks ${part.name})`),
    "  distcron status",
    "  distcron run list",
    `The cluster's token, with which nodes join: ${files.clusterTokenFile}; configurations: ${folder.file("*.yaml")}`,
    "",
    "To see it survive:",
    ...(leader && others.length
      ? [`  kill -9 ${leader.part.pid()}    # ${leader.part.name} leads: another does in about 5 s`]
      : []),
    ...(node ? [`  kill -9 ${node.part.pid()}    # ${node.part.name}: its runs start elsewhere`] : []),
    `  kill -USR2 ${process.pid}  # starts again what has ended`,
    "Ctrl-C stops everything.",
  ];
  for (const line of hints) out.text(line);
}

/** The scheduler that leads, as one of them says. */
async function leaderOf(members: Member[]): Promise<Member | null> {
  const schedulers = members.filter(({ role }) => role === "scheduler");
  for (const { dataDir } of schedulers) {
    const { api } = connect({ ...(dataDir ? { dataDir } : {}) });
    const { items } = await api.get<{ items: { url: string; leader: boolean }[] }>(path("schedulers"));
    const url = items.find((each) => each.leader)?.url;
    const found = schedulers.find(({ part }) => part.address === url);
    if (found) return found;
  }
  return null;
}
