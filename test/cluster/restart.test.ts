// A server that is killed again and again: every tick stays accounted for, nothing runs twice, nothing is left running.
//
// Seen red, each with a fault planted in the program for once:
//   the spool is thrown away at a start           "no process of a run …", "starts none of them a second time …"
//   survivors aren't ended at a start             "no process of a run that was lost …"
//   the warden ends nothing when its node dies    "no process outlives its node …"
//   ticks that came due in between are forgotten  "every second has exactly one run …"
//   a rerun counts from 1 again                   "a run that may run again did, as its second attempt"
//   onNodeLoss is always taken for rerun          the runs of "long" never come to where they are killed
//   a stop ends at once what runs                 "lets what runs finish …", "twice ends at once …"
// A spool whose former life isn't settled changes nothing here, for what it replays says enough to call a run lost; what
// became of the attempt is then wrong, which reruns.test.ts sees, as it does when the former life is said to be given back.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
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

/** Pids of a process's own children. */
const childrenOf = (parent: number) =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[1]) === parent;
      } catch {
        return false; // It ended meanwhile.
      }
    })
    .map(Number);

describe("killed three times at random moments", () => {
  let server: Server;
  let ticks = "";
  const long: string[] = [];
  const rerunnable: string[] = [];
  const survivors: number[] = [];
  const outlived: number[] = [];
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
      // The ledger may know a moment before the process is there: a start is written down before it happens.
      await until("both run", async () => {
        const runs = await Promise.all(ids.map(server.getRun));
        return runs.every((run) => run.state === "running" && processesOf(run.id).length > 0);
      });
      const before = lines().length;
      await until("a tick has run", () => lines().length > before);
      await seconds(Math.random() * 1.5);
      const old = ids.flatMap(processesOf);
      // The third time its warden dies with it, and nobody is left to end what runs.
      if (life === 2) {
        server.process.child.kill("SIGSTOP");
        for (const pid of childrenOf(server.process.child.pid as number)) process.kill(pid, "SIGKILL");
      }
      await server.end("SIGKILL");
      if (life === 2) expect(ids.flatMap(processesOf).length, "what ran outlives them").toBeGreaterThan(1);
      // The second time it is away for longer than it plans ahead: ticks come due that nobody has planned.
      if (life === 1) {
        await seconds(3);
        outlived.push(...ids.flatMap(processesOf));
        await seconds(4);
      }
      await server.up();
      await seconds(5);
      survivors.push(...ids.flatMap(processesOf).filter((pid) => old.includes(pid)), ...processesOf(ids[0] as string));
    }
  }, 90_000);
  afterAll(() => server?.dispose());

  it("no process outlives its node by three seconds, as long as there is a warden", () => {
    expect(outlived).toEqual([]);
  });

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

describe("killed when runs had started and nobody could record that", () => {
  let server: Server;
  let file = "";
  const started = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  beforeAll(async () => {
    server = await createServer();
    file = join(server.folder, "started");
    const cmd = `echo $DISTCRON_RUN_ID >> ${file}; sleep 60`;
    await server.apply({ name: "tick", schedule: "* * * * * *", overlap: "allow", onNodeLoss: "fail", cmd });
    await until("a tick has started", () => started().length > 0);
    for (let life = 0; life < 3; life++) {
      // Somebody else keeps the ledger: only the spool knows of what starts now.
      const ledger = new SqliteDatabase(join(server.dataDir, "distcron.db"));
      ledger.exec("begin immediate");
      const before = started().length;
      await until("another has", () => started().length > before);
      await server.end("SIGKILL");
      ledger.exec("rollback");
      ledger.close();
      await server.up();
      await seconds(1);
    }
    await server.api("POST", "/jobs/tick/disable", {});
  }, 60_000);
  afterAll(async () => {
    // What runs would have its time to finish else.
    await server?.end("SIGKILL");
    await server?.dispose();
  });

  it("starts none of them a second time, and calls each lost", async () => {
    const ids = started();
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    const rows = new Map((await server.runsOf("tick")).map((row) => [row.id, row]));
    const before = ids.slice(
      0,
      ids.findIndex((id) => rows.get(id)?.state === "running"),
    );
    expect(before.length).toBeGreaterThan(3);
    for (const id of before)
      expect(rows.get(id)).toMatchObject({ state: "lost", attempt: 1, reason: { code: "node_lost" } });
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
