// A whole cluster on this machine, to try: etcd, a database server, schedulers and nodes as processes of their own, started
// in the order in which they need each other and ended in the opposite one.
import { writeFileSync } from "node:fs";
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { type DatabaseKind, prepareDatabase } from "./databases.ts";
import type { ClusterFolder } from "./folder.ts";
import { etcdSpec, type MemberPlan, memberSpec, type Spec, urlAt } from "./members.ts";
import { createPart, type Part } from "./part.ts";
import { createPorts } from "./ports.ts";
import { ownProgram, requireEtcd } from "./programs.ts";

export interface ClusterPlan {
  schedulers: number;
  nodes: number;
  /** Ports from here upwards; those that are taken are left out. */
  port: number;
  /** A URL; a kind of server to start; null: whichever is installed. */
  store: string | null;
}

type Role = "scheduler" | "node" | "etcd" | "store";
export interface Member {
  role: Role;
  part: Part;
  /** Of a scheduler or a node. */
  dataDir: string | null;
}

export interface DevCluster {
  readonly members: Member[];
  /** Resolves when everything is ready; may be stopped meanwhile, which makes it reject. */
  start(): Promise<void>;
  /** Starts what has ended; the names of that. */
  startAgain(): string[];
  /** Nodes, then schedulers, then what they need; each within its time, or at once. Safe to repeat. */
  stop(how: { now: boolean }): Promise<void>;
  /** For the very end of this process. */
  kill(): void;
}

const readyWithinMs = 60_000;
const isKind = (store: string | null): store is DatabaseKind => store === "postgres" || store === "mariadb";

export function createCluster(
  plan: ClusterPlan,
  given: {
    folder: ClusterFolder;
    env: NodeJS.ProcessEnv;
    clock: Clock;
    random: Random;
    onEnd: (part: Part, how: string) => void;
    onStep: (words: string) => void;
  },
): DevCluster {
  const { folder, clock, random, onEnd, onStep } = given;
  // What configures this process is not for them.
  const env = Object.fromEntries(Object.entries(given.env).filter(([name]) => !name.startsWith("DISTCRON_")));
  const common = { folder, env, clock };
  const newSecret = () => Buffer.from(random.bytes(24)).toString("base64url");
  const members: Member[] = [];
  const stopped = new AbortController();
  let stopping: Promise<void> | null = null;

  function launch(role: Role, spec: Spec, dataDir: string | null = null): Part {
    if (stopping !== null) throw new Error("stopped before everything was started");
    const part = createPart({ ...spec, logFile: folder.logFile(spec.name) }, { clock, onEnd });
    members.push({ role, part, dataDir });
    part.start();
    return part;
  }
  const ready = (parts: Part[]) => Promise.all(parts.map((part) => part.ready(readyWithinMs)));

  /** Addresses in the order in which people ask for them. */
  async function choosePorts() {
    const ports = createPorts(plan.port);
    const several = async (count: number) => {
      const found: number[] = [];
      while (found.length < count) found.push(await ports.next());
      return found;
    };
    return {
      schedulers: await several(plan.schedulers),
      nodes: await several(plan.nodes),
      etcd: { client: await ports.next(), peer: await ports.next() },
      store: await ports.next(),
    };
  }

  /** The store's part of a scheduler's configuration. */
  async function launchStore(port: number): Promise<object> {
    const { store, schedulers } = plan;
    if (store === null && schedulers === 1) return { url: "sqlite:" };
    const urlFile = folder.file("store-url");
    const save = (url: string) => writeFileSync(urlFile, `${url}\n`, { mode: 0o600 });
    if (store !== null && !isKind(store)) save(store);
    else {
      onStep("preparing a database server …");
      const database = await prepareDatabase(store, {
        folder: folder.path,
        clock,
        port,
        env,
        newPassword: newSecret,
        signal: stopped.signal,
      });
      save(database.url);
      await ready([launch("store", { name: "store", ...database.part })]);
    }
    return { urlFile };
  }

  async function start() {
    const etcdProgram = requireEtcd(env);
    const program = ownProgram();
    const ports = await choosePorts();
    const etcd = launch("etcd", etcdSpec(etcdProgram, ports.etcd, common));
    const isUp = ready([etcd]).catch((err: Error) => {
      stopped.abort();
      throw err;
    });
    // Both to their end: nobody may write any more when this has failed.
    const [made, up] = await Promise.allSettled([launchStore(ports.store), isUp]);
    if (up.status === "rejected") throw up.reason;
    if (made.status === "rejected") throw made.reason;
    const store = made.value;
    onStep("starting schedulers and nodes …");
    const tokenFile = folder.secret("cluster-token", newSecret);
    const shared = { etcd: urlAt(ports.etcd.client), tokenFile, store };
    const launchMember = (member: MemberPlan) =>
      launch(member.role, memberSpec(program, member, common), folder.file(member.name));
    const name = (letter: string, i: number) => `${letter}${i + 1}`;
    const parts = [
      ...ports.schedulers.map((port, i) => launchMember({ ...shared, name: name("s", i), role: "scheduler", port })),
      ...ports.nodes.map((port, i) => launchMember({ ...shared, name: name("n", i), role: "node", port })),
    ];
    await ready(parts);
  }

  async function stopInTurn() {
    for (const roles of [["node"], ["scheduler"], ["store", "etcd"]] as Role[][])
      await Promise.all(members.filter(({ role }) => roles.includes(role)).map(({ part }) => part.stop()));
  }

  return {
    members,
    start,
    startAgain() {
      const ended = stopping !== null ? [] : members.map(({ part }) => part).filter((part) => part.pid() === null);
      for (const part of ended) part.start();
      return ended.map(({ name }) => name);
    },
    async stop({ now }) {
      stopped.abort();
      stopping ??= stopInTurn();
      if (now) await Promise.all(members.map(({ part }) => part.stop({ now })));
      await stopping;
    },
    kill() {
      for (const { part } of members) part.kill();
    },
  };
}
