// A disk that fills up under the real server: commands go on, what can't be done is said, nothing is lost, and with room
// again everything goes on by itself. The disk is a small tmpfs, which only root may mount.
// Found with it: after a full disk an idle node stayed unready for good. Seen red with that, and with an end that isn't kept.
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasEnded, run, until } from "../support/program.ts";
import { createServer, type RunRow, type Server } from "../support/server.ts";

const seconds = (n: number) => new Promise((resolve) => setTimeout(resolve, n * 1000));

/** A disk of so many MiB, or null where none can be mounted. */
function mountDisk(sizeMiB: number) {
  const folder = mkdtempSync(join(tmpdir(), "distcron-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMiB}m`, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  const filler = join(folder, "filler");
  return {
    folder,
    /** Leaves `freeKiB` (none by default), which others may use before the next call. */
    fill(freeKiB = 0) {
      const file = openSync(filler, "a");
      for (let size = 1 << 20; size > 0; ) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          size >>= 1;
        }
      }
      closeSync(file);
      if (freeKiB > 0) execFileSync("truncate", ["-s", `-${freeKiB}K`, filler]);
    },
    free: () => rmSync(filler, { force: true }),
    remove() {
      // Lazily: should somebody still have a file open, the mount goes all the same.
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
type Disk = NonNullable<ReturnType<typeof mountDisk>>;

const probe = mountDisk(1);
probe?.remove();
const canMount = probe !== null;
if (!canMount) console.warn("test/cluster/full-disk.test.ts is left out: mounting a tmpfs needs root");

describe.runIf(canMount)("a disk that fills up", () => {
  let disk: Disk;
  let server: Server;
  let witness = "";
  let long = "";
  let filledAt = 0;
  let freedAt = 0;
  let refusal = "";
  let readyWhileFull = "";
  let aliveWhileFull = 0;
  let longEndedAfter = Number.NaN;
  let readyAgainAfter = Number.NaN;
  let rows: RunRow[] = [];
  let ranBefore: string[] = [];
  const ran = () => readFileSync(witness, "utf8").trim().split("\n");

  const ready = async () => {
    const response = await fetch(`${server.url}/readyz`);
    return `${response.status} ${await response.text()}`;
  };

  beforeAll(async () => {
    disk = mountDisk(24) as Disk;
    server = await createServer({ dataDir: join(disk.folder, "data") });
    witness = join(server.folder, "witness");
    const noise = (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' x`;
    await server.apply(
      {
        name: "tick",
        schedule: "* * * * * *",
        overlap: "allow",
        cmd: `${noise(20_000)}; echo "$DISTCRON_RUN_ID $DISTCRON_ATTEMPT" >> ${witness}`,
      },
      {
        name: "long",
        schedule: "@manual",
        cmd: `for i in $(seq 1 100); do ${noise(5000)}; sleep 0.05; done; date +%s%N >> ${witness}.long; echo; echo LAST`,
      },
    );
    await until("ticks run", () => existsSync(witness));
    long = await server.trigger("long");
    await until("it runs", async () => (await server.getRun(long)).state === "running");
    await seconds(0.5);

    disk.fill();
    filledAt = Date.now();
    const isOver = () => existsSync(`${witness}.long`);
    while (Date.now() - filledAt < 6000 || !isOver()) {
      await seconds(0.5);
      disk.fill();
      if (isOver() && Number.isNaN(longEndedAfter)) longEndedAfter = Date.now() - filledAt;
      if (Date.now() - filledAt > 30_000) break;
    }
    readyWhileFull = await ready();
    aliveWhileFull = (await fetch(`${server.url}/livez`)).status;
    refusal = await server.trigger("long").catch((err: Error) => err.message);

    disk.free();
    freedAt = Date.now();
    await until("it is ready again", async () => (await ready()).startsWith("200"));
    readyAgainAfter = Date.now() - freedAt;
    await server.over(long);
    await seconds(3);
    // Ticks go on: what has a row by now is asked of those that ran before, and what is done of those that ran since.
    ranBefore = ran();
    rows = await server.runsOf("tick");
  }, 90_000);
  afterAll(async () => {
    try {
      await server?.dispose();
    } finally {
      disk?.remove();
    }
  });

  it("keeps no command waiting: what runs goes on to its end, though its output has nowhere to go", async () => {
    expect(longEndedAfter, "five seconds of work").toBeLessThan(15_000);
    const ended = await server.getRun(long);
    expect(ended).toMatchObject({ state: "succeeded", exitCode: 0, attempt: 1 });
    // Every byte is counted, and what is missing is said to be.
    expect(ended.output).toEqual({ bytes: 100 * 5000 + 6, truncated: true });
    // Where in the output it is missing stands there only if anything came after it: the spool takes such a mark no sooner.
    expect(await server.output(long)).toMatch(/^xxx/);
  });

  it("is named by the log and by /readyz, and what needs the store is refused in words", () => {
    const log = server.process.text.stdout + server.process.text.stderr;
    expect(log).toMatch(/"level":"error"[^\n]*the disk is full; free some space/);
    expect(log).toMatch(/the spool can't be written/);
    expect(readyWhileFull).toMatch(/^503 .*spool/);
    expect(aliveWhileFull).toBe(200);
    expect(refusal).toMatch(/503.*store_unavailable.*the disk is full; free some space/);
  });

  it("loses no tick: each second has one row, or is covered by one, with its reason", () => {
    const seen = new Map<number, RunRow[]>();
    for (const row of rows) {
      const from = Date.parse(row.covers?.from ?? row.scheduledFor);
      const to = Date.parse(row.covers?.to ?? row.scheduledFor);
      for (let at = from; at <= to; at += 1000) seen.set(at, [...(seen.get(at) ?? []), row]);
    }
    const wrong: string[] = [];
    const last = Date.now() - 2000;
    for (let at = Math.min(...seen.keys()); at < last; at += 1000) {
      const found = seen.get(at) ?? [];
      const words = found.map(({ state, reason }) => `${state} ${reason?.code ?? ""}`).join(", ");
      if (found.length !== 1) wrong.push(`${new Date(at).toISOString()}: ${words || "none"}`);
      else if (found[0]?.state !== "succeeded" && !found[0]?.reason?.message) wrong.push(`${words} without a reason`);
    }
    expect(wrong).toEqual([]);
    const inTheDark = rows.filter(
      (row) => Date.parse(row.scheduledFor) > filledAt && Date.parse(row.scheduledFor) < freedAt,
    );
    expect(inTheDark.length, "ticks came due while the disk was full").toBeGreaterThan(4);
  });

  it("makes nothing run twice, and calls nothing done that wasn't", () => {
    const all = ran();
    expect(all.filter((key, i) => all.indexOf(key) !== i)).toEqual([]);
    const done = rows.filter(({ state }) => state === "succeeded").map(({ id, attempt }) => `${id} ${attempt}`);
    expect(done.filter((key) => !all.includes(key))).toEqual([]);
    const known = new Set(rows.map(({ id }) => id));
    expect(ranBefore.filter((key) => !known.has(key.split(" ")[0] as string))).toEqual([]);
  });

  it("with room again goes on by itself, soon, in the same process", async () => {
    expect(hasEnded(server.process.child)).toBe(false);
    expect(readyAgainAfter).toBeLessThan(15_000);
    const since = rows.filter((row) => Date.parse(row.scheduledFor) > freedAt && row.trigger === "schedule");
    expect(since.filter(({ state }) => state === "succeeded").length).toBeGreaterThan(1);
    expect((await server.over(await server.trigger("long"))).state).toBe("succeeded");
  });
});

describe.runIf(canMount)("a server on a disk that is idle", () => {
  it("notices that there is room again though nothing is due", async () => {
    const disk = mountDisk(24) as Disk;
    let server: Server | null = null;
    try {
      server = await createServer({ dataDir: join(disk.folder, "data") });
      await server.apply({ name: "short", schedule: "@manual", cmd: "sleep 1; head -c 300000 /dev/zero" });
      const id = await server.trigger("short");
      await until("it runs", async () => (await server?.getRun(id))?.state === "running");
      disk.fill();
      const ready = async () => (await fetch(`${server?.url}/readyz`)).status;
      await until("its output finds the disk full", async () => {
        disk.fill();
        return (await ready()) === 503;
      });
      disk.free();
      await until("it is ready again", async () => (await ready()) === 200);
      expect(await server.over(id)).toMatchObject({ state: "succeeded", exitCode: 0 });
    } finally {
      await server?.dispose();
      disk.remove();
    }
  });
});

describe.runIf(canMount)("a start on a full disk", () => {
  it.each([0, 16, 200])("with %i KiB left ends with 1 and says what to do", async (leftKiB) => {
    const disk = mountDisk(8) as Disk;
    try {
      disk.fill(leftKiB);
      const dataDir = join(disk.folder, "data");
      const ended = await run(["serve", "--data-dir", dataDir, "--port", "0"]);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(
        /^distcron: the disk of [^ ]+data is full: .*Free some space there, then start again\n$/,
      );
      expect(ended.stderr).toContain(dataDir);
      expect(ended.stdout, "nothing that would lead astray").not.toContain('"level":"error"');
    } finally {
      disk.remove();
    }
  });
});
