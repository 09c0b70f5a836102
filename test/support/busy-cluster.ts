// A real cluster at work: forty jobs from every second to every minute, and what is done to its leader meanwhile. Each
// fault proves that it has bitten; finish() matches every tick against what happened.
import { expect } from "vitest";
import { type Random, seededRandom } from "../../src/random.ts";
import { latenessWords, type Observed, type ObserveOptions, observe, quantile } from "./cluster-history.ts";
import { witness } from "./evidence.ts";
import { watchMachine } from "./machine-watch.ts";
import { type Cluster, type ClusterOptions, type ClusterRun, type Member, startCluster } from "./real-cluster.ts";

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** As long as the clusters' horizon. */
const afterwardsMs = 8000;

export interface Fault {
  what: string;
  /** Epoch ms: when it was done, and when its effect was over for those who start commands. */
  from: number;
  to: number;
}

export type BusyCluster = Awaited<ReturnType<typeof startBusyCluster>>;

/** How often the forty jobs run: seconds, and how many jobs. Between eleven and twelve starts a second in all. */
const load: [everyS: number, jobs: number][] = [
  [1, 6],
  [2, 6],
  [5, 8],
  [10, 8],
  [15, 6],
  [30, 4],
  [60, 2],
];

function busyJobs(file: string): object[] {
  const byHand = { name: "by-hand", schedule: "@manual", overlap: "allow", cmd: witness(file) };
  const scheduled = load.flatMap(([everyS, jobs]) =>
    Array.from({ length: jobs }, (_, i) => ({
      name: `each-${everyS}-${i}`,
      schedule: everyS === 60 ? `${20 * i} * * * * *` : `${i % everyS}-59/${everyS} * * * * *`,
      // Every third one may overlap, every other one takes a while; all of it far shorter than the period.
      overlap: i % 3 === 0 ? "allow" : "skip",
      onNodeLoss: i % 4 === 3 ? "rerun" : "fail",
      cmd: witness(file, i % 2 === 0 ? ":" : `sleep ${Math.min(2, 0.2 * everyS)}`),
    })),
  );
  return [...scheduled, byHand];
}

/** The jobs run since some seconds when this resolves. `seed` decides the moments of what is done. */
export async function startBusyCluster(options: ClusterOptions & { seed?: number } = {}) {
  const seed = options.seed ?? 1 + Math.floor(Math.random() * 1_000_000);
  const random: Random = seededRandom(seed);
  // A stopped scheduler's transaction may keep a session's row for four seconds: nodes are to outlast that.
  const config = { "scheduler.nodeGrace": "15s", ...options.config };
  const cluster: Cluster = await startCluster({ ...options, config });
  const file = cluster.file("evidence");
  const machine = watchMachine();
  const faults: Fault[] = [];
  const calm: { from: number; to: number }[] = [];
  let from = 0;
  let refusedWrites: () => Promise<number>;
  try {
    refusedWrites = await countRefusedWrites(cluster);
    await cluster.jobs.apply(busyJobs(file));
    // Only what is due from here on is looked at: the first ticks may have been planned late.
    from = Math.ceil((Date.now() + 2000) / 1000) * 1000;
    await pause(from - Date.now());
  } catch (err) {
    machine.stop();
    await cluster.dispose();
    throw err;
  }

  /** Lets it be: how late starts are now is what faults are measured by. */
  async function rest(ms: number) {
    const began = Date.now();
    await pause(ms);
    calm.push({ from: began, to: began + ms });
  }

  /** Waits for a term beyond the given one; the scheduler that leads it. */
  async function nextTerm(old: Member, term: number): Promise<{ leader: Member; term: number }> {
    return cluster.eventually(`${old.name}'s term ${term} is followed by another one's`, async () => {
      const leader = await cluster.leaderNow();
      if (!leader || leader === old) return null;
      const answer = await cluster.api<{ term: number | null }>("GET", "/schedulers", undefined, { via: leader });
      return answer.term !== null && answer.term > term ? { leader, term: answer.term } : null;
    });
  }

  /**
   * Ends the leader by a signal at a random moment of two seconds; the one that follows has a higher term. `tookOverMs`: until
   * that one led.
   */
  async function endLeader(signal: "SIGKILL" | "SIGTERM"): Promise<Fault & { tookOverMs: number; member: Member }> {
    const member = await cluster.leader();
    const term = await cluster.term();
    await pause(random.next() * 2000);
    const log = member.logText().length;
    const at = Date.now();
    await member.kill(signal);
    const next = await nextTerm(member, term);
    const [leads] = next.leader.logged('"msg":"leading"').slice(-1);
    // From when it let go, if it did: how long its work takes it until then is the machine's doing.
    const [letGo] = member.logged("leadership is over", log);
    const tookOverMs = Date.parse(leads?.time ?? "") - (letGo ? Date.parse(letGo.time) : at);
    expect(next.leader.name).not.toBe(member.name);
    const exit = await member.ended();
    expect(exit, `${member.name} has ended`).toEqual(
      signal === "SIGKILL" ? { code: null, signal } : { code: 0, signal: null },
    );
    const fault = { what: `${signal} of ${member.name}, term ${term} → ${next.term}`, from: at, to: Date.now() };
    faults.push(fault);
    return { ...fault, tookOverMs, member };
  }

  /**
   * Stops the leader in the middle of its writes to the store for longer than its lease, and lets it go on: what it had
   * begun to write comes after its successor's term. Needs the store's proxies.
   */
  async function stopLeader(forMs: number): Promise<Fault & { member: Member; refused: number }> {
    const member = await cluster.leader();
    const term = await cluster.term();
    const { store } = member.proxies;
    if (!store) throw new Error("the store's proxies are needed: what stands between a leader and its store");
    await pause(random.next() * 1000);
    // Runs asked for by hand, one after the other, keep it writing; each takes so long that some are under way at any time.
    store.delayMs = 80;
    const asked: Promise<unknown>[] = [];
    for (let i = 0; i < 15; i++) {
      const options = { via: member, timeoutMs: 30_000 };
      asked.push(cluster.jobs.trigger("by-hand", options).catch((err: unknown) => err));
      await pause(100);
    }
    const log = member.logText().length;
    const before = await refusedWrites();
    const at = Date.now();
    await member.kill("SIGSTOP");
    const next = await nextTerm(member, term);
    await pause(at + forMs - Date.now());
    await member.kill("SIGCONT");
    await Promise.all(asked);
    store.delayMs = 0;
    await cluster.eventually(`${member.name} knows that it leads no more`, () => {
      return member.logged("leadership is over", log).length > 0;
    });
    await member.ready();
    const fault = { what: `SIGSTOP of ${member.name}, term ${term} → ${next.term}`, from: at, to: Date.now() };
    faults.push(fault);
    return { ...fault, member, refused: (await refusedWrites()) - before };
  }

  async function back(member: Member) {
    await member.start();
    await member.ready();
  }

  /** Restarts every process, one after the other, as asked (SIGTERM). */
  async function rollingRestart(): Promise<void> {
    for (const member of cluster.members) {
      const at = Date.now();
      const { pid } = member;
      await member.kill("SIGTERM");
      expect(await member.ended(), `${member.name} ends as asked\n${member.logTail()}`).toEqual({
        code: 0,
        signal: null,
      });
      await back(member);
      expect(member.pid).not.toBe(pid);
      faults.push({ what: `restart of ${member.name}`, from: at, to: Date.now() });
    }
  }

  /** The same with what they stand on: each of etcd's members, then the database, which is away for a moment. */
  async function rollingRestartBelow(): Promise<void> {
    const { etcd, database } = cluster;
    const restart = async (what: string, end: () => Promise<void>, start: () => Promise<unknown>) => {
      const from = Date.now();
      await end();
      await start();
      faults.push({ what: `restart of ${what}`, from, to: Date.now() });
      await Promise.all(cluster.members.map((member) => member.ready()));
    };
    for (const [i, member] of etcd.members.entries())
      await restart(`etcd's member ${i}`, member.kill, async () => {
        member.start();
        await etcd.healthy();
      });
    if (database) await restart("the database", database.server.crash, database.server.start);
  }

  /** All ticks from the first to now. Late is judged apart. */
  async function finish(more: Pick<ObserveOptions, "isForgotten" | "forgotten"> = {}): Promise<Observed> {
    // The effect of a fault shows until all is used up that had been planned before it.
    await pause(Math.max(0, (faults.at(-1)?.to ?? 0) + afterwardsMs - Date.now()));
    machine.stop();
    const through = Date.now() - 500;
    const seen = await observe(cluster, { file, from, through, faults, calmLatenessMs: 10_000, ...more });
    expect(seen.violations, `${faults.map(({ what }) => what).join("; ")} (seed ${seed})`).toEqual([]);
    return seen;
  }

  /** Starts that were due while it was let be. */
  function inCalm(seen: Observed): Observed["lateness"] {
    const quiet = seen.lateness.filter(({ dueAt }) => calm.some(({ from, to }) => dueAt >= from && dueAt <= to));
    expect(quiet.length, "calm was measured").toBeGreaterThan(20);
    return quiet;
  }

  return {
    cluster,
    seed,
    random,
    file,
    faults,
    rest,
    nextTerm,
    endLeader,
    stopLeader,
    rollingRestart,
    rollingRestartBelow,
    back,
    finish,
    inCalm,
    /** How long the machine itself stood still at most, between two moments. */
    heldUp: machine.worst,
    /**
     * Starts due in a fault or in the seconds after it aren't later than in calm by more than `byMs`, beyond what the
     * machine itself held up then. `of`: all faults, unless given; each counts until another one that isn't among them.
     */
    expectOnTime(seen: Observed, byMs = 500, of: Fault[] = faults) {
      const isHit = (at: number) => of.some(({ from, to }) => at >= from - 500 && at <= to + afterwardsMs);
      const dueIn = (from: number, to: number) => seen.lateness.filter(({ dueAt }) => dueAt >= from && dueAt <= to);
      const quiet = inCalm(seen);
      const usual = quantile(quiet, 1);
      // What is made up for counts from then on: it was forgotten before.
      const made = seen.runs.filter(({ trigger, dueAt }) => trigger === "catch_up" && isHit(Date.parse(dueAt)));
      expect(wordsOf(made), "ticks that were made up for").toEqual([]);
      for (const fault of of) {
        const other = faults.find((each) => each.from >= fault.to && !of.includes(each));
        const hit = dueIn(fault.from - 500, Math.min(fault.to + afterwardsMs, (other?.from ?? Infinity) - 1000));
        expect(hit.length, `${fault.what}: starts were due in it`).toBeGreaterThan(20);
        const heldUp = machine.worst(fault.from - 500, fault.to + afterwardsMs);
        const words = `${fault.what} (seed ${seed}), the machine stood still for ${Math.round(heldUp)} ms\ncalm: ${latenessWords(quiet)}\nfault: ${latenessWords(hit)}`;
        expect(quantile(hit, 1), words).toBeLessThan(usual + byMs + 2 * heldUp);
      }
    },
    async dispose() {
      machine.stop();
      await cluster.dispose();
    },
  };
}

/**
 * Has PostgreSQL count the writes of leaders that it refused because a newer term has begun: their check changes no row.
 * A sequence goes on although their transaction is undone.
 */
async function countRefusedWrites({ database }: Cluster): Promise<() => Promise<number>> {
  if (!database?.url.startsWith("postgres")) return async () => 0;
  const { query } = database.server;
  await query(
    `create sequence refused_writes;
     create function count_refused() returns trigger language plpgsql as $$ begin
       if not exists (select from changed) then perform nextval('refused_writes'); end if;
       return null;
     end $$;
     create trigger count_refused after update on leadership referencing new table as changed
       for each statement execute function count_refused()`,
    "distcron",
  );
  return async () => {
    const text = "select case when is_called then last_value else 0 end as count from refused_writes";
    const [row] = await query(text, "distcron");
    return Number((row as { count: number | string }).count);
  };
}

const wordsOf = (runs: ClusterRun[]) =>
  runs.map((run) => `${run.job.name} ${run.scheduledFor} ${run.state} ${JSON.stringify(run.reason)}`);

/**
 * Nothing lost, nothing skipped, nothing twice: each run has succeeded, and was started once. But a command that a busy
 * machine takes a second over is in the next one's way, whatever else goes on; whether it was late is judged apart.
 */
export function expectEachRanOnce(seen: Observed) {
  expectNoneLostOrDoubled(seen);
  const starts = new Map(seen.evidence.map((each) => [each.runId, each]));
  const metASlowOne = ({ state, reason, scheduledFor }: ClusterRun) => {
    const before = starts.get(/^run (\S+) /.exec(reason?.message ?? "")?.[1] ?? "");
    return state === "skipped" && before !== undefined && (before.endedAt ?? Infinity) > Date.parse(scheduledFor) - 300;
  };
  expect(wordsOf(seen.runs.filter((run) => run.state !== "succeeded" && !metASlowOne(run)))).toEqual([]);
}

/** The same, but a tick may have found the run before it still going: that one was late, and `overlap: skip` decided. */
export function expectNoneLostOrDoubled(seen: Observed) {
  const skipped = seen.runs.filter((run) => run.state === "skipped" && run.reason?.code === "overlap");
  const others = seen.runs.filter((run) => run.state !== "succeeded" && !skipped.includes(run));
  expect(wordsOf(others)).toEqual([]);
  expect(skipped.length, wordsOf(skipped).join("\n")).toBeLessThan(0.05 * seen.runs.length);
  const starts = new Map<string, number>();
  for (const { runId } of seen.evidence) starts.set(runId, (starts.get(runId) ?? 0) + 1);
  const ran = seen.runs.filter(({ state }) => state === "succeeded");
  expect(ran.filter(({ id }) => starts.get(id) !== 1).map((run) => `${run.job.name} ${run.id}`)).toEqual([]);
}
