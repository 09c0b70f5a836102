// A server that is killed again and again: every tick stays accounted for, nothing runs twice, nothing is left running.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasEnded, until } from "../support/program.ts";
import { createServer, type RunRow, type Server } from "../support/server.ts";

const seconds = (n: number) => new Promise((resolve) => setTimeout(resolve, n * 1000));

/** Pids of living processes that carry the run's id in their environment. */
function processesOf(runId: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`DISTCRON_RUN_ID=${runId}`);
      } catch {
        return false; // It ended meanwhile, or is a kernel thread's.
      }
    });
}

describe("killed three times at random moments", () => {
  let server: Server;
  let ticks = "";
  const long: string[] = [];
  const rerunnable: string[] = [];
  const survivors: number[] = [];
  const lines = () =>
    (existsSync(ticks) ? readFileSync(ticks, "utf8").trim().split("\n") : []).map((line) => {
      const [id, attempt, due] = line.split(" ") as [string, string, string];
      return { id, attempt, due };
    });

  beforeAll(async () => {
    server = await createServer();
    ticks = join(server.folder, "ticks");
    await server.apply(
      {
        name: "tick",
        schedule: "* * * * * *",
        overlap: "allow",
        cmd: `echo "$DISTCRON_RUN_ID $DISTCRON_ATTEMPT $DISTCRON_SCHEDULED_FOR" >> ${ticks}`,
      },
      { name: "long", schedule: "@manual", overlap: "skip", onNodeLoss: "fail", cmd: "sleep 600" },
      {
        name: "again",
        schedule: "@manual",
        overlap: "allow",
        onNodeLoss: "rerun",
        cmd: 'test "$DISTCRON_ATTEMPT" -gt 1 || sleep 600',
      },
    );
    for (let life = 0; life < 3; life++) {
      long.push(await server.trigger("long"));
      rerunnable.push(await server.trigger("again"));
      const ids = [long, rerunnable].map((list) => list.at(-1) as string);
      await until("both run", async () =>
        (await Promise.all(ids.map(server.getRun))).every((run) => run.state === "running"),
      );
      expect(ids.map((id) => processesOf(id).length > 0)).toEqual([true, true]);
      const before = lines().length;
      await until("a tick has run", () => lines().length > before);
      await seconds(Math.random() * 1.5);
      const old = ids.flatMap(processesOf);
      await server.end("SIGKILL");
      // The second time it is away for a while, so that ticks are missed, and not only planned ones run late.
      if (life === 1) await seconds(4);
      await server.up();
      await seconds(5);
      survivors.push(...ids.flatMap(processesOf).filter((pid) => old.includes(pid)), ...processesOf(ids[0] as string));
    }
  }, 90_000);
  afterAll(() => server?.dispose());

  it("no process of a run that was lost is alive five seconds after the next start", () => {
    expect(survivors).toEqual([]);
  });

  it("a run that must not run twice is lost, with the reason", async () => {
    for (const id of long) {
      const run = await server.over(id);
      expect(run).toMatchObject({ state: "lost", attempt: 1, reason: { code: "node_lost" } });
      expect(run.reason?.message).toBeTruthy();
    }
  });

  it("a run that may run again did, as its second attempt", async () => {
    for (const id of rerunnable) {
      const run = await server.over(id);
      expect(run).toMatchObject({ state: "succeeded", attempt: 2, exitCode: 0 });
      expect(run.attempts.map((each) => each.number)).toEqual([1, 2]);
    }
  });

  it("every second has exactly one run, or is covered by a summary", async () => {
    const now = Date.now();
    const rows = (await server.runsOf("tick")).filter((row) => Date.parse(row.scheduledFor) < now - 2000);
    const seen = new Map<number, RunRow[]>();
    for (const row of rows) {
      const from = Date.parse(row.covers?.from ?? row.scheduledFor);
      const to = Date.parse(row.covers?.to ?? row.scheduledFor);
      for (let at = from; at <= to; at += 1000) seen.set(at, [...(seen.get(at) ?? []), row]);
    }
    const instants = [...seen.keys()].sort((a, b) => a - b);
    const first = instants[0] as number;
    const last = instants.at(-1) as number;
    expect(first % 1000).toBe(0);
    expect(instants.length, "more than the three lives' seconds").toBeGreaterThan(15);
    const wrong: string[] = [];
    for (let at = first; at <= last; at += 1000) {
      const found = seen.get(at) ?? [];
      if (found.length !== 1)
        wrong.push(
          `${new Date(at).toISOString()}: ${found.map((row) => `${row.id} ${row.state}`).join(", ") || "none"}`,
        );
    }
    expect(wrong).toEqual([]);
  });

  it("no attempt ran twice, and whatever ran stands in the ledger under its id", async () => {
    const ran = lines();
    const keys = ran.map(({ id, attempt }) => `${id} ${attempt}`);
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
    const rows = new Map((await server.runsOf("tick")).map((row) => [row.id, row]));
    for (const { id, due } of ran) expect(rows.get(id)?.scheduledFor, id).toBe(due);
    const dues = ran.filter(({ attempt }) => attempt === "1").map(({ due }) => due);
    expect(new Set(dues).size, "no instant under two ids").toBe(dues.length);
  });

  it("whatever the ledger calls succeeded ran", async () => {
    const ran = new Set(lines().map(({ id }) => id));
    const claimed = (await server.runsOf("tick")).filter((row) => row.state === "succeeded");
    expect(claimed.length).toBeGreaterThan(3);
    expect(claimed.filter((row) => !ran.has(row.id)).map((row) => row.id)).toEqual([]);
  });
});

describe("stopped by a signal", () => {
  let server: Server;
  beforeAll(async () => {
    server = await createServer();
    await server.apply(
      { name: "two-seconds", schedule: "@manual", cmd: "sleep 2; echo finished; exit 4" },
      { name: "endless", schedule: "@manual", cmd: "sleep 600", killGrace: "1s" },
    );
  });
  afterAll(() => server?.dispose());
  const running = async (job: string) => {
    const id = await server.trigger(job);
    await until(`${job} runs`, async () => (await server.getRun(id)).state === "running" && processesOf(id).length > 0);
    return id;
  };

  it("lets what runs finish, records it, and takes its local.json away", async () => {
    const id = await running("two-seconds");
    const ended = await server.end("SIGTERM");
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(existsSync(server.localFile)).toBe(false);
    expect(processesOf(id)).toEqual([]);
    await server.up();
    expect(await server.getRun(id)).toMatchObject({ state: "failed", exitCode: 4, attempt: 1 });
    expect(await server.output(id)).toBe("finished\n");
  });

  it("twice ends at once, and leaves nothing running", async () => {
    const id = await running("endless");
    const { child, ended } = server.process;
    child.kill("SIGTERM");
    await seconds(1);
    expect(hasEnded(child), "the first signal waits for the run").toBe(false);
    child.kill("SIGTERM");
    const second = Date.now();
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(Date.now() - second, "not the thirty seconds of node.stopTimeout").toBeLessThan(15_000);
    expect(processesOf(id)).toEqual([]);
    expect(existsSync(server.localFile)).toBe(false);
    await server.up();
    const run = await server.over(id);
    expect(["cancelled", "lost", "failed"]).toContain(run.state);
    expect(run.reason).not.toBeNull();
  });
});
