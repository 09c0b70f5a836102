// A real cluster whose nodes are about to be harmed: jobs of every policy at work, long runs begun where the fault will
// hit, and what is watched meanwhile. finish() matches every tick against what happened.
import { createApiClient } from "../../src/api/client.ts";
import { type Observed, observe } from "./cluster-history.ts";
import { readEvidence, type Witnessed, witness } from "./evidence.ts";
import { watchMachine } from "./machine-watch.ts";
import { type Cluster, type ClusterOptions, type ClusterRun, type Member, startCluster } from "./real-cluster.ts";

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a node may be silent towards etcd. */
export const sessionTtlMs = 3000;

/** Longer than a claim takes effect before its run is due (scheduler.claimAhead). */
const claimedMs = 700;

/** By hand and long: what a fault finds begun. `nightly` has its next tick far away. */
export type LongJob = "once" | "again" | "nightly";

export interface NodeEvent {
  at: number;
  node: string;
  state: string;
}

export type FaultyNodes = Awaited<ReturnType<typeof startFaultyNodes>>;

/** Two of its three ticks find the first one still going: whoever loses sight of that runs two at once. */
const slowJob = (file: string) => ({
  name: "slow",
  schedule: "*/10 * * * * *",
  overlap: "skip",
  cmd: witness(file, "sleep 25"),
});

function jobsOf(file: string, longS: number): object[] {
  const several = (count: number, name: string, job: object) =>
    Array.from({ length: count }, (_, i) => ({ name: `${name}-${i}`, ...job }));
  const long = { schedule: "@manual", overlap: "allow", cmd: witness(file, `sleep ${longS}`) };
  return [
    ...several(8, "tick", { schedule: "* * * * * *", overlap: "allow", cmd: witness(file) }),
    ...several(3, "skip", { schedule: "*/2 * * * * *", overlap: "skip", cmd: witness(file, "sleep 1.2") }),
    ...several(2, "turn", {
      schedule: "*/3 * * * * *",
      overlap: "skip",
      onNodeLoss: "rerun",
      cmd: witness(file, "sleep 2"),
    }),
    ...several(1, "queue", { schedule: "*/2 * * * * *", overlap: "queue", cmd: witness(file, "sleep 0.7") }),
    // Four come due at once, and two of them may run at once in all the cluster.
    ...several(4, "limited", {
      schedule: "*/6 * * * * *",
      overlap: "skip",
      limit: { key: "two", max: 2 },
      cmd: witness(file, "sleep 0.5"),
    }),
    { ...long, name: "once", onNodeLoss: "fail" },
    { ...long, name: "again", onNodeLoss: "rerun" },
    { ...long, name: "nightly", onNodeLoss: "fail", overlap: "skip", schedule: "0 4 * * *" },
    slowJob(file),
  ];
}

/**
 * Only nodes are harmed: a machine that is short of time is to be taken for no other fault. Nor are a node's slots to be
 * full of the long runs that begin() asks for until enough of them have begun on the node it wants.
 */
const patient = {
  "node.slots": "64",
  "coordinator.leaderTtl": "8s",
  "coordinator.sessionTtl": `${sessionTtlMs}ms`,
  "scheduler.nodeGrace": "8s",
};

/** One scheduler and three nodes unless said; jobs run since a moment when this resolves. `longS`: of long runs. */
export async function startFaultyNodes(options: ClusterOptions & { longS?: number } = {}) {
  const { longS = 6 } = options;
  const cluster: Cluster = await startCluster({ schedulers: 1, nodes: 3, config: patient, ...options });
  const file = cluster.file("evidence");
  const faults: { from: number; to: number }[] = [];
  const events: NodeEvent[] = [];
  const listening = new AbortController();
  const machine = watchMachine();
  let from = 0;
  try {
    void listen().catch(() => {}); // What it doesn't hear is missed by who waits for it.
    await cluster.jobs.apply(jobsOf(file, longS));
    from = Math.ceil((Date.now() + 1500) / 1000) * 1000;
    await pause(from - Date.now());
  } catch (err) {
    await dispose();
    throw err;
  }

  async function listen() {
    const [via] = cluster.schedulers as [Member];
    const client = createApiClient({ url: `${via.url}/api/v1`, token: via.token() });
    for await (const { event, data } of client.events("/events", { signal: listening.signal })) {
      if (event !== "node") continue;
      const { at, node, state } = JSON.parse(data) as { at: string; node: { name: string }; state: string };
      events.push({ at: Date.parse(at), node: node.name, state });
    }
  }

  async function dispose() {
    listening.abort();
    machine.stop();
    await cluster.dispose();
  }

  const startsOf = (runIds: Iterable<string>): Witnessed[] => {
    const wanted = new Set(runIds);
    return readEvidence(file).filter(({ runId }) => wanted.has(runId));
  };

  const cancel = (runId: string) => cluster.api("POST", `/runs/${runId}/cancel`, {});

  /** How many runs more it has in hand than the least busy one: much, if that has just come back. */
  async function lead(node: Member): Promise<number> {
    const held = new Map(cluster.nodes.map(({ name }) => [name, 0]));
    for (const { node } of await cluster.runs({ state: "assigned,running" }))
      if (node) held.set(node.name, (held.get(node.name) ?? 0) + 1);
    return (held.get(node.name) ?? 0) - Math.min(...held.values());
  }

  /** So many runs of the long jobs have begun on the node. Their ids. */
  async function begin(node: Member, wanted: Partial<Record<LongJob, number>>): Promise<Record<LongJob, string[]>> {
    const ids: Record<LongJob, string[]> = { once: [], again: [], nightly: [] };
    const all = () => Object.values(ids).flat();
    const haveBegun = () =>
      cluster.eventually("what was asked for has begun", () => startsOf(all()).length === all().length);
    // Bound to a node these would wait for it instead of going elsewhere. They go to the least busy one: what goes elsewhere
    // goes on there until it has made the others busier than this one.
    const there = () => startsOf(ids.again).filter((each) => each.node === node.name && each.endedAt === null);
    if (wanted.again) await cluster.eventually("others have as much to do", async () => (await lead(node)) < 5);
    for (let many = 1; there().length < (wanted.again ?? 0); many *= 2) {
      if (many > 16) throw new Error(`none of ${ids.again.length} runs began on ${node.name}`);
      ids.again.push(...(await Promise.all(Array.from({ length: many }, () => cluster.jobs.trigger("again")))));
      await haveBegun();
    }
    const chosen = there().map(({ runId }) => runId);
    const elsewhere = startsOf(ids.again).filter((each) => each.node !== node.name && each.endedAt === null);
    await Promise.all(elsewhere.map(({ runId }) => cancel(runId)));
    ids.again = chosen;
    for (const name of ["once", "nightly"] as const)
      for (let i = 0; i < (wanted[name] ?? 0); i++)
        ids[name].push(await cluster.jobs.trigger(name, { node: node.name }));
    await haveBegun();
    await cluster.eventually("all of it was heard of", async () => {
      const running = new Set((await cluster.runs({ state: "running" })).map(({ id }) => id));
      return all().every((id) => running.has(id));
    });
    return ids;
  }

  /** What waits there for its moment and isn't claimed yet, nor will be in a while. */
  async function unclaimedOn(node: Member): Promise<ClusterRun[]> {
    const assigned = await cluster.runs({ state: "assigned" });
    const after = Date.now() + claimedMs;
    return assigned.filter(
      (run) => run.node?.name === node.name && run.job.name.startsWith("tick") && Date.parse(run.dueAt) > after,
    );
  }

  /** The attempts of the job that never stops for long, in their order. */
  const slow = () => readEvidence(file).filter(({ job }) => job === "slow");

  /** Where it goes on now. */
  async function slowNode(): Promise<Member> {
    const going = await cluster.eventually("the slow job goes on", () =>
      slow().find(({ endedAt }) => endedAt === null),
    );
    return cluster.member(going.node);
  }

  /** The same, once there is any: else moving it would prove nothing. */
  const waitingOn = (node: Member): Promise<ClusterRun[]> =>
    cluster.eventually(`runs wait on ${node.name}`, async () => {
      const found = await unclaimedOn(node);
      return found.length > 0 ? found : null;
    });

  /** What started there in a span of epoch ms. */
  const startedOn = (node: Member, from: number, to: number): Witnessed[] =>
    readEvidence(file).filter((each) => each.node === node.name && each.startedAt >= from && each.startedAt <= to);

  /** Resolves when something has started there after an instant. */
  const startsAgain = (node: Member, after: number) =>
    cluster.eventually(`${node.name} starts runs again`, () => startedOn(node, after, Date.now()).length > 0);

  /** Of the runs due from then on: how often they were handed out, and how often the one that fared worst. */
  async function handOuts(from: number): Promise<{ runs: number; all: number; most: number }> {
    const { server } = cluster.database as NonNullable<Cluster["database"]>;
    const text = `select count(*) as runs, sum(fence) as all, max(fence) as most from runs where due_at >= ${from} and fence > 0`;
    const [row] = (await server.query(text, "distcron")) as Record<string, string>[];
    return { runs: Number(row?.runs), all: Number(row?.all), most: Number(row?.most) };
  }

  /** Runs whose commands have begun there and told no end. */
  const openOn = (node: Member): string[] =>
    readEvidence(file)
      .filter((each) => each.node === node.name && each.endedAt === null)
      .map(({ runId }) => runId);

  /**
   * Resolves when what had waited on a node has started on another, in the order of the runs: how long after it was due, or
   * after the fault if that came later.
   */
  async function moved(runs: ClusterRun[], away: Member, at: number, withinMs: number): Promise<number[]> {
    const ids = runs.map(({ id }) => id);
    await cluster.eventually(
      `${ids.length} runs that waited on ${away.name} start elsewhere`,
      () => startsOf(ids).length === ids.length,
      withinMs,
    );
    const starts = new Map(startsOf(ids).map((each) => [each.runId, each]));
    return runs.map(({ id, dueAt }) => {
      const start = starts.get(id) as Witnessed;
      if (start.node === away.name) throw new Error(`${id} started on ${away.name}, which was to have been cut off`);
      return start.startedAt - Math.max(Date.parse(dueAt), at);
    });
  }

  return {
    cluster,
    file,
    events,
    startsOf,
    begin,
    waitingOn,
    openOn,
    startedOn,
    startsAgain,
    handOuts,
    slow,
    slowNode,
    moved,
    /** In this span lateness and losses have a cause. */
    fault(from: number, to: number) {
      faults.push({ from, to });
    },
    /** Waits for an event of the node after an instant. */
    heard: (node: Member, state: string, after: number, timeoutMs?: number) =>
      cluster.eventually(
        `an event says that ${node.name} is ${state}`,
        () => events.find((each) => each.node === node.name && each.state === state && each.at >= after),
        timeoutMs,
      ),
    /**
     * Lets it be: from half a minute after the last fault on (half of that is the fault's own span) nothing is late by more than the two seconds of calm, which
     * finish() sees.
     */
    async calm() {
      const healed = Math.max(...faults.map(({ to }) => to));
      for (const fault of faults) if (fault.to === healed) fault.to += 15_000;
      await pause(Math.max(0, healed + 45_000 - Date.now()));
      const later = readEvidence(file).filter(({ startedAt }) => startedAt > healed + 15_000);
      if (later.length < 100) throw new Error(`${later.length} starts in calm: nothing was proven`);
    },
    over: async (runIds: string[]) => Promise.all(runIds.map((id) => cluster.over(id, 40_000))),
    /** All ticks so far, against what happened. */
    async finish(): Promise<Observed> {
      await pause(2000);
      for (const { id } of await cluster.runs({ job: "slow", state: "running" })) await cancel(id);
      const through = Date.now() - 500;
      const calmLatenessMs = 2000 + 2 * machine.worst(from, through);
      return observe(cluster, { file, from, through, faults, calmLatenessMs });
    },
    dispose,
  };
}
