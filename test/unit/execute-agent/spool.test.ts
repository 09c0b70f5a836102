import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { settleFormerLife } from "../../../src/execute/former-life.ts";
import { type OutputEvent, openSpool, type Spool, type StartedEvent } from "../../../src/execute/spool.ts";
import { openDiskSpoolFiles } from "../../../src/execute/spool-files.ts";
import { type Log, silentLog } from "../../../src/lib/log.ts";
import type { NodeEvent } from "../../../src/model/assignment.ts";
import { succeeded } from "../../support/fake-executor.ts";
import { ManualClock, settle } from "../../support/manual-clock.ts";
import { createMemorySpoolFiles, type MemorySpoolFiles } from "../../support/memory-spool-files.ts";

const base = (runId: string) => ({ runId, fence: 1, sessionId: "s", at: 5 });
const started = (runId: string, attempt = 1): StartedEvent => ({ ...base(runId), type: "started", attempt });
const attemptEnded = (runId: string, nextAttemptAt: number | null = null) => ({
  ...base(runId),
  type: "attempt-ended" as const,
  attempt: 1,
  startedAt: 5,
  result: succeeded,
  nextAttemptAt,
});
const finished = (runId: string) => ({
  ...base(runId),
  type: "finished" as const,
  attempt: 1,
  state: "succeeded" as const,
  reason: null,
  outputBytes: 0,
  outputTruncated: false,
});
const output = (runId: string, seq: number, text: string): OutputEvent => ({
  ...base(runId),
  type: "output",
  attempt: 1,
  seq,
  stream: "stdout",
  offset: 0,
  gapBytes: 0,
  data: Buffer.from(text),
});

const open = (files: MemorySpoolFiles, more: Partial<Parameters<typeof openSpool>[0]> = {}) =>
  openSpool({ files, log: silentLog, ...more });
const words = (events: NodeEvent[]) =>
  events.map((event) => `${event.runId} ${event.type}${event.type === "output" ? ` ${Buffer.from(event.data)}` : ""}`);
const waiting = async (spool: Spool) => words((await spool.take(1e6, 1e9)).map(({ event }) => event));
const openIds = (spool: Spool) =>
  spool.open().map(({ runId, attemptOpen }) => `${runId}${attemptOpen ? "" : " (between)"}`);

describe("the spool", () => {
  it("gives what was appended, in order, until it is acknowledged", async () => {
    const spool = await open(createMemorySpoolFiles());
    await spool.intend(started("a"));
    spool.offerOutput(output("a", 0, "hi"));
    await spool.append(finished("a"));
    expect(await waiting(spool)).toEqual(["a started", "a output hi", "a finished"]);
    const [first] = await spool.take(1, 1e9);
    spool.acknowledge(first!.n);
    expect(await waiting(spool)).toEqual(["a output hi", "a finished"]);
    expect(spool.stats().waiting).toBe(2);
  });

  it("resolves a start only after its sync, one sync for all that is asked for meanwhile", async () => {
    const files = createMemorySpoolFiles();
    const release = files.holdSyncs();
    const spool = await open(files);
    const done: string[] = [];
    const intend = (id: string) => void spool.intend(started(id)).then(() => done.push(id));
    intend("a");
    intend("b");
    await settle();
    intend("c");
    intend("d");
    await settle();
    expect(done).toEqual([]);
    release();
    await settle();
    expect(done).toEqual(["a", "b"]);
    release();
    await settle();
    expect(done).toEqual(["a", "b", "c", "d"]);
    expect(files.syncs).toBe(2);
  });

  it("lets verdicts share the next start's write and sync when it may, and sees to them soon when there is none", async () => {
    const files = createMemorySpoolFiles();
    const clock = new ManualClock();
    const spool = await open(files, { lazySync: { clock, withinMs: 100 } });
    await spool.intend(started("a"));
    const before = { syncs: files.syncs, appends: files.appends };
    const verdict = spool.append(finished("a"));
    await spool.intend(started("b"));
    await verdict;
    expect(files).toMatchObject({ syncs: before.syncs + 1, appends: before.appends + 1 });
    await clock.advance(200);
    expect(files).toMatchObject({ syncs: before.syncs + 1, appends: before.appends + 1 });

    const alone = spool.append(finished("b"));
    await settle();
    expect(await waiting(spool), "a moment is waited for a start").not.toContain("b finished");
    await clock.advance(2);
    await alone;
    expect(await waiting(spool)).toContain("b finished");
    await clock.advance(99);
    expect(files.syncs).toBe(before.syncs + 1);
    await clock.advance(1);
    expect(files.syncs).toBe(before.syncs + 2);

    void spool.append(finished("c"));
    await spool.settled();
    expect(await waiting(spool)).toContain("c finished");
    void spool.append(finished("d"));
    await spool.close();
    expect(files.syncs).toBe(before.syncs + 3);
    expect(await waiting(await open(files))).toContain("d finished");
  });

  it("takes at most so many events and bytes, but always one", async () => {
    const spool = await open(createMemorySpoolFiles());
    for (let i = 0; i < 5; i++) spool.offerOutput(output("a", i, "x".repeat(1000)));
    await spool.settled();
    expect(await spool.take(3, 1e9)).toHaveLength(3);
    expect(await spool.take(10, 2500)).toHaveLength(2);
    expect(await spool.take(10, 1)).toHaveLength(1);
  });

  it("remembers over a restart what is unacknowledged, which runs are open, and their process groups", async () => {
    const files = createMemorySpoolFiles();
    const spool = await open(files);
    await spool.intend(started("a"));
    spool.spawned({ runId: "a", fence: 1, attempt: 1 }, { pid: 77, startTime: "t" });
    await spool.intend(started("b"));
    await spool.append(attemptEnded("b", 99));
    await spool.intend(started("c"));
    await spool.append(finished("c"));
    spool.acknowledge((await spool.take(2, 1e9)).at(-1)!.n);
    await spool.close();
    const again = await open(files);
    expect(await waiting(again)).toEqual(["b attempt-ended", "c started", "c finished"]);
    expect(openIds(again)).toEqual(["a", "b (between)"]);
    expect(again.open()[0]).toMatchObject({ process: { pid: 77, startTime: "t" }, sessionId: "s", attempt: 1 });
    expect(again.stats().waiting).toBe(3);
  });

  it("says of a former life's open runs that they are over, once", async () => {
    const files = createMemorySpoolFiles();
    const spool = await open(files);
    await Promise.all([spool.intend(started("a")), spool.intend(started("b"))]);
    await spool.append(finished("b"));
    const second = await open(files.crash());
    expect(await settleFormerLife(second, new ManualClock())).toBe(1);
    expect((await waiting(second)).at(-1)).toBe("a interrupted");
    expect(second.open()).toEqual([]);
    expect(await settleFormerLife(second, new ManualClock())).toBe(0);
  });

  it("deletes segments when all in them is acknowledged, and keeps the open runs all the same", async () => {
    const files = createMemorySpoolFiles();
    const spool = await open(files, { segmentBytes: 2000 });
    await spool.intend(started("long"));
    for (let i = 0; i < 100; i++) {
      await spool.intend(started(`r${i}`));
      await spool.append(finished(`r${i}`));
      spool.acknowledge((await spool.take(100, 1e9)).at(-1)!.n);
    }
    await spool.settled();
    expect((await files.list()).length).toBeLessThanOrEqual(2);
    expect(spool.stats().bytes).toBeLessThan(6000);
    const again = await open(files.crash());
    expect(openIds(again)).toEqual(["long"]);
  });

  it("keeps little in memory: what is more is read back from the disk, in order", async () => {
    const files = createMemorySpoolFiles();
    const spool = await open(files, { segmentBytes: 3000, memoryBytes: 2000 });
    for (let i = 0; i < 60; i++) await spool.append(finished(`r${i}`));
    expect((await spool.take(1e6, 1e9)).length).toBeLessThan(10);
    const seen: string[] = [];
    for (let batch = await spool.take(7, 1e9); batch.length; batch = await spool.take(7, 1e9)) {
      seen.push(...batch.map(({ event }) => event.runId));
      spool.acknowledge(batch.at(-1)!.n);
      if (seen.length < 100) await spool.append(finished(`more${seen.length}`));
    }
    const old = seen.filter((id) => id.startsWith("r"));
    expect(old).toEqual(Array.from({ length: 60 }, (_, i) => `r${i}`));
    expect(new Set(seen).size).toBe(seen.length);
    expect(spool.stats().waiting).toBe(0);
  });

  it("calls a full disk by its name: starts are refused, verdicts are delivered from memory and written later", async () => {
    const files = createMemorySpoolFiles();
    const said: string[] = [];
    const log: Log = { ...silentLog, error: (_, text) => said.push(text) };
    const spool = await open(files, { log });
    await spool.intend(started("a"));
    files.capacity = 0;
    await expect(spool.intend(started("b"))).rejects.toMatchObject({ code: "spool_unwritable" });
    await expect(spool.intend(started("c"))).rejects.toThrow(/ENOSPC/);
    await spool.append(finished("a"));
    expect(spool.offerOutput(output("a", 0, "x"))).toBe(false);
    expect(await waiting(spool)).toEqual(["a started", "a finished"]);
    expect(said).toHaveLength(1);
    expect(spool.open()).toEqual([]);
    files.capacity = Number.POSITIVE_INFINITY;
    await spool.intend(started("d"));
    const again = await open(files.crash());
    expect(await waiting(again)).toEqual(["a started", "a finished", "d started"]);
    expect(openIds(again)).toEqual(["d"]);
  });

  it("finds out that a full disk has room again though nothing is to be written", async () => {
    const files = createMemorySpoolFiles();
    const spool = await open(files);
    await spool.probe();
    expect(spool.stats().bytes, "nothing was wrong: nothing is written").toBe(0);
    files.capacity = 0;
    await spool.append(finished("a"));
    await spool.probe();
    expect(spool.stats().unwritable).toBe(true);
    files.capacity = Number.POSITIVE_INFINITY;
    await spool.probe();
    expect(spool.stats().unwritable).toBe(false);
    expect(await waiting(await open(files.crash()))).toEqual(["a finished"]);
  });

  it("doesn't fill a full disk with the beginnings of segments", async () => {
    const files = createMemorySpoolFiles();
    const spool = await open(files);
    await spool.intend(started("a"));
    files.capacity = 0;
    for (let i = 0; i < 50; i++) await spool.intend(started("b")).catch(() => undefined);
    expect((await files.list()).length).toBeLessThan(5);
  });

  it("takes no output beyond its limit, and no starts beyond twice that", async () => {
    const spool = await open(createMemorySpoolFiles(), { maxOutputBytes: 5000 });
    let taken = 0;
    while (spool.offerOutput(output("a", taken, "x".repeat(1000))) && taken < 100) {
      taken++;
      await spool.settled();
    }
    expect(taken).toBeLessThan(6);
    await spool.intend(started("a"));
    while (spool.stats().bytes <= 10_000) await spool.append(finished("z"));
    await expect(spool.intend(started("b"))).rejects.toThrow(/at most 10000/);
  });

  it("says that it was torn, and goes on behind it", async () => {
    const files = createMemorySpoolFiles();
    const spool = await open(files);
    await spool.intend(started("a"));
    await spool.intend(started("b"));
    const [name] = await files.list();
    const warnings: object[] = [];
    const log: Log = { ...silentLog, warn: (fields) => warnings.push(fields) };
    const torn = files.cut(name!, files.size(name!) - 3);
    const second = await openSpool({ files: torn, log });
    expect(warnings).toEqual([{ tornBytes: expect.any(Number) }]);
    await second.intend(started("c"));
    expect(openIds(await open(torn.crash()))).toEqual(["a", "c"]);
  });

  it("works on a real disk", async () => {
    const directory = await mkdtemp(join(tmpdir(), "spool-"));
    try {
      const spool = await openSpool({ files: await openDiskSpoolFiles(join(directory, "s")), log: silentLog });
      await Promise.all([spool.intend(started("a")), spool.intend(started("b"))]);
      spool.offerOutput(output("a", 0, "héllo\n"));
      await spool.append(finished("a"));
      await spool.close();
      const again = await openSpool({ files: await openDiskSpoolFiles(join(directory, "s")), log: silentLog });
      expect(await waiting(again)).toEqual(["a started", "b started", "a output héllo\n", "a finished"]);
      expect(openIds(again)).toEqual(["b"]);
      await again.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("a crash at any byte", () => {
  /** A few lives' worth of events over several small segments; answers what had been promised at each moment. */
  async function scenario(files: MemorySpoolFiles) {
    const spool = await open(files, { segmentBytes: 700 });
    const promised: string[] = [];
    for (const id of ["a", "b", "c"]) {
      await spool.intend(started(id));
      promised.push(`${id} started`);
      spool.spawned({ runId: id, fence: 1, attempt: 1 }, { pid: 1, startTime: "t" });
      spool.offerOutput(output(id, 0, `${id}-out`));
      await spool.append(attemptEnded(id));
      await spool.append(finished(id));
      promised.push(`${id} output ${id}-out`, `${id} attempt-ended`, `${id} finished`);
    }
    await spool.intend(started("d"));
    promised.push("d started");
    return promised;
  }

  it("loses nothing but the end of what was cut, and can be written again", async () => {
    const files = createMemorySpoolFiles();
    const promised = await scenario(files);
    const names = (await files.list()).sort();
    expect(names.length).toBeGreaterThan(2);
    const last = names.at(-1) as string;
    for (let length = 0; length <= files.size(last); length++) {
      const cut = files.cut(last, length);
      const spool = await open(cut);
      const seen = await waiting(spool);
      expect(seen).toEqual(promised.slice(0, seen.length));
      // Whatever stood in the segments before is all there.
      expect(seen.length).toBeGreaterThan(4);
      const begun = seen.filter((word) => word.endsWith(" started")).map((word) => word.split(" ")[0]);
      const over = new Set(seen.filter((word) => word.endsWith(" finished")).map((word) => word.split(" ")[0]));
      expect(spool.open().map(({ runId }) => runId)).toEqual(begun.filter((id) => !over.has(id)));
      await spool.intend(started("new"));
      const again = await open(cut.crash());
      expect(await waiting(again)).toEqual([...seen, "new started"]);
    }
    expect(await waiting(await open(files))).toEqual(promised);
  });

  it("keeps everything that was promised when only unsynced bytes are lost", async () => {
    for (let keep = 0; keep < 400; keep += 7) {
      const files = createMemorySpoolFiles();
      const promised = await scenario(files);
      const spool = await open(files.crash((_, unsynced) => Math.min(keep, unsynced)));
      expect(await waiting(spool)).toEqual(promised);
    }
  });

  it("reads the same when any one byte of a segment is damaged: a prefix of it, never something else", async () => {
    const files = createMemorySpoolFiles();
    const promised = await scenario(files);
    for (const name of await files.list())
      for (let at = 0; at < files.size(name); at += 5) {
        const spool = await open(files.damage(name, at));
        for (const word of await waiting(spool)) expect(promised).toContain(word);
      }
  });
});
