// The spool: a node's journal on its own disk. It holds what the scheduler hasn't acknowledged, and which runs have begun
// here without a verdict. The line before a start ("started") is on the disk before anything is spawned, so a node that
// comes back can always say of a claim whether it may have run.
//
//   append ─▶ queued ─▶ one write and sync for all that is queued ─▶ pending (in memory) ─▶ taken by the sender ─▶ acked
//                                                                └─▶ or, beyond `memoryBytes`, read back from disk later
import type { Clock } from "../clock.ts";
import type { Log } from "../lib/log.ts";
import { createSerialQueue } from "../lib/serial-queue.ts";
import type { NodeEvent } from "../model/assignment.ts";
import { createOpenRuns, type OpenRuns } from "./open-runs.ts";
import type { OpenRun, SpoolRecord } from "./spool-frames.ts";
import { createJournal, type SpoolFiles } from "./spool-journal.ts";

/** The line could not be put on the disk, so nothing may be started on the strength of it. */
export class SpoolUnwritableError extends Error {
  readonly code = "spool_unwritable";
}

export type StartedEvent = Extract<NodeEvent, { type: "started" }>;
export type OutputEvent = Extract<NodeEvent, { type: "output" }>;

/** An event that waits to be acknowledged. Numbers only grow; acknowledging is cumulative. */
export interface SpooledEvent {
  n: number;
  event: NodeEvent;
  bytes: number;
}

export interface Spool {
  /** Resolves when the line is on the disk, in one sync with all that was asked for meanwhile. Rejects with SpoolUnwritableError. */
  intend(event: StartedEvent): Promise<void>;
  /**
   * Resolves when the event is written (a kill of the process doesn't lose it; for a power cut see SpoolOptions.lazySync), or
   * (said in the log) kept in memory because the disk takes nothing. Never rejects.
   */
  append(event: Exclude<NodeEvent, StartedEvent | OutputEvent>): Promise<void>;
  /** Takes a piece of output without waiting. False: not taken (disk full or too slow); the caller marks the gap. */
  offerOutput(event: OutputEvent): boolean;
  /** Notes the process group of an attempt, for whoever must find survivors. */
  spawned(run: { runId: string; fence: number; attempt: number }, process: { pid: number; startTime: string }): void;
  /** Runs that have begun and have no verdict. */
  open(): OpenRun[];

  /** The oldest events, in order, at least one if there is any. They stay until acknowledged. */
  take(maxEvents: number, maxBytes: number): Promise<SpooledEvent[]>;
  acknowledge(through: number): void;
  /** Calls back whenever there is something new to take. */
  onAvailable(fn: () => void): void;

  /** `waiting`: events not yet acknowledged. */
  stats(): { waiting: number; bytes: number; unwritable: boolean };
  /** After a write that failed: tries one, so that it is known when the disk takes something again. Never rejects. */
  probe(): Promise<void>;
  /** Resolves when all that was appended is written (or known to be unwritable). */
  settled(): Promise<void>;
  /** Writes what is left and lets the files go. Safe to repeat. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  files: SpoolFiles;
  log: Log;
  /**
   * What isn't a start may wait so long for a sync, and shares the next start's: in a burst every start would wait for the
   * syncs of verdicts otherwise. It is written a moment later, too, or with the next start. A power cut within this time
   * (a kill of the process within that moment) can turn a verdict that nobody has recorded yet into a
   * lost run; never into a second one. Absent: synced at once.
   */
  lazySync?: { clock: Pick<Clock, "after">; withinMs: number };
  /** Size from which a segment is followed by another. */
  segmentBytes?: number;
  /** Events held in memory; more than that is read back from the disk when its turn comes. */
  memoryBytes?: number;
  /** The spool takes no output above this size, and above twice this size no new starts. */
  maxOutputBytes?: number;
}

type Queued = { record: Extract<SpoolRecord, { kind: "event" | "spawned" }>; sync: boolean; done?: Done };
interface Done {
  resolve(): void;
  reject(err: Error): void;
}

/** Rough size of an event in memory and in a message. */
const sizeOf = (event: NodeEvent) => (event.type === "output" ? 200 + event.data.length : 400);
const unsyncedLimitBytes = 8 << 20;
/** With `lazySync`, what isn't a start waits so long for one to be written with. */
const lazyWriteMs = 2;

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { files, log, lazySync } = options;
  const { segmentBytes = 4 << 20, memoryBytes = 16 << 20, maxOutputBytes = 256 << 20 } = options;
  const runs: OpenRuns = createOpenRuns();
  const lock = createSerialQueue();
  const listeners: (() => void)[] = [];

  let nextNumber = 1;
  let acked = 0;
  let ackedOnDisk = 0;
  let queued: Queued[] = [];
  let queuedBytes = 0;
  let flushing = false;
  let unwritable = false;
  /** In order. Its events, then (when `spilled`) those on disk after `loaded`, are all that isn't acknowledged. */
  const pending: SpooledEvent[] = [];
  let pendingBytes = 0;
  let loaded = 0;
  let spilled = false;
  /** Events that the disk refused: delivered from memory, and written again with the next batch. */
  let unwritten: SpooledEvent[] = [];
  /** Of these, the ones whose turn comes after what must be read back. */
  let aside: SpooledEvent[] = [];
  /** Starts that were refused: part of their line may stand in a file, but nothing was started. */
  const refusedStarts = new Set<number>();
  let waiting = 0;

  const journal = createJournal(files, segmentBytes, () => ({ kind: "head", nextNumber, acked, open: runs.list() }));

  function recall(record: SpoolRecord) {
    runs.recall(record);
    if (record.kind === "head") {
      nextNumber = Math.max(nextNumber, record.nextNumber);
      acked = Math.max(acked, record.acked);
    } else if (record.kind === "acked") acked = Math.max(acked, record.through);
    else if (record.kind === "event") nextNumber = Math.max(nextNumber, record.n + 1);
  }

  const numbers: number[] = [];
  const tornBytes = await journal.replay((record) => {
    recall(record);
    if (record.kind === "event") numbers.push(record.n);
  });
  waiting = new Set(numbers.filter((n) => n > acked)).size;
  if (tornBytes > 0) log.warn({ tornBytes }, "the spool ended in the middle of a line; what was before it is kept");
  ackedOnDisk = acked;
  loaded = acked;
  spilled = true;
  await lock.run(readBack);

  function hold(entry: SpooledEvent) {
    pending.push(entry);
    pendingBytes += entry.bytes;
    loaded = entry.n;
  }

  /** Fills `pending` from the disk. Runs under the lock, so that nothing is being written. */
  async function readBack() {
    while (spilled && pendingBytes <= memoryBytes) {
      const segment = await journal.readAfter(loaded);
      const found: SpooledEvent[] = [];
      for (const record of segment?.records ?? [])
        if (record.kind === "event" && record.n > loaded && !refusedStarts.has(record.n))
          found.push({ n: record.n, event: record.event, bytes: sizeOf(record.event) });
      if (!segment) spilled = false;
      const known = new Set(found.map(({ n }) => n));
      const upTo = segment ? segment.lastNumber : Number.POSITIVE_INFINITY;
      found.push(...aside.filter(({ n }) => n <= upTo && n > loaded && !known.has(n)));
      aside = aside.filter(({ n }) => n > upTo);
      found.sort((a, b) => a.n - b.n);
      for (const entry of found) hold(entry);
      // A damaged end may hide the segment's last events: go on behind them all the same.
      if (segment) loaded = Math.max(loaded, segment.lastNumber);
    }
  }

  let cancelFlush: (() => void) | null = null;

  function enqueue(item: Queued) {
    queued.push(item);
    // A run that ends makes room for another: the start that follows in a moment takes the verdict along, and doesn't wait
    // behind a write of its own for it.
    if (item.sync || !lazySync) flushNow();
    else if (!flushing) cancelFlush ??= lazySync.clock.after(lazyWriteMs, flushNow);
  }

  function flushNow() {
    cancelFlush?.();
    cancelFlush = null;
    if (flushing) return;
    flushing = true;
    // A microtask later: the starts of one moment are asked for one after the other and share one sync.
    void lock.run(flush);
  }

  /** Resolves when nothing waits to be written. */
  function flushed(): Promise<void> {
    if (cancelFlush) flushNow();
    return lock.idle();
  }

  async function flush() {
    await Promise.resolve();
    flushing = false;
    const batch = queued;
    queued = [];
    queuedBytes = 0;
    const isOutput = ({ record }: Queued) => record.kind === "event" && record.event.type === "output";
    const failure = await attempt(batch);
    if (failure !== null) {
      // A disk that has no room for output may still have some for the few bytes that matter.
      const words = batch.filter((item) => !isOutput(item));
      const again = words.length > 0 && words.length < batch.length ? await attempt(words) : failure;
      for (const item of batch) if (again !== null || isOutput(item)) refuse(item, failure);
    }
    for (const listener of listeners) listener();
  }

  /** Writes them and settles what they say. Answers why it could not, or null. */
  async function attempt(batch: Queued[]): Promise<unknown> {
    try {
      await write(batch);
    } catch (cause) {
      if (!unwritable)
        log.error({ err: cause }, "the spool can't be written: nothing new is started, output is dropped");
      unwritable = true;
      return cause ?? "no reason given";
    }
    if (unwritable) log.info({}, "the spool can be written again");
    unwritable = false;
    unwritten = [];
    for (const { record, done } of batch) {
      settle(record, false);
      done?.resolve();
    }
    return null;
  }

  async function write(batch: Queued[]) {
    unwritten = unwritten.filter(({ n }) => n > acked);
    const records: SpoolRecord[] = unwritten.map(({ n, event }) => ({ kind: "event", n, event }));
    if (acked > ackedOnDisk) records.push({ kind: "acked", through: acked });
    for (const { record } of batch) records.push(record);
    const written = acked;
    const sync = unwritten.length > 0 || batch.some((item) => item.sync);
    await journal.write(records, sync);
    ackedOnDisk = written;
    if (sync) syncedSince();
    else if (lazySync && batch.some(({ record }) => record.kind === "event" && record.event.type !== "output"))
      syncLater(lazySync);
  }

  let cancelSync: (() => void) | null = null;

  function syncedSince() {
    cancelSync?.();
    cancelSync = null;
  }

  function syncLater({ clock, withinMs }: NonNullable<SpoolOptions["lazySync"]>) {
    cancelSync ??= clock.after(withinMs, () => void lock.run(syncNow));
  }

  async function syncNow() {
    syncedSince();
    try {
      await journal.sync();
    } catch (err) {
      log.error({ err }, "the spool can't be synced to the disk: a power cut now would lose outcomes");
    }
  }

  /** What a record changes, once it is on the disk (or never will be). */
  function settle(record: Queued["record"], refused: boolean) {
    if (record.kind === "spawned") return runs.spawned(record, record.process);
    const { n, event } = record;
    runs.follow(event);
    const entry = { n, event, bytes: sizeOf(event) };
    if (!spilled) {
      hold(entry);
      spilled = pendingBytes > memoryBytes;
    } else if (refused) aside.push(entry);
    if (refused && event.type !== "output") unwritten.push(entry);
  }

  function refuse({ record, done }: Queued, cause: unknown) {
    if (record.kind === "event" && record.event.type === "started") {
      refusedStarts.add(record.n);
      waiting--;
      const expected = "expected to write the line that precedes a start";
      const message = `${expected}, but the spool took nothing (${String(cause)}); free space on the node's disk`;
      done?.reject(new SpoolUnwritableError(message, { cause }));
      return;
    }
    if (record.kind === "event" && record.event.type === "output") {
      const { gapBytes, offset, data } = record.event;
      const lost = { gapBytes: gapBytes + data.length, offset: offset + data.length, data: new Uint8Array(0) };
      settle({ ...record, event: { ...record.event, ...lost } }, true);
    } else settle(record, true);
    done?.resolve();
  }

  function put(event: NodeEvent, sync: boolean, done?: Done) {
    waiting++;
    enqueue({ record: { kind: "event", n: nextNumber++, event }, sync, ...(done ? { done } : {}) });
  }

  return {
    intend(event) {
      if (journal.bytes > 2 * maxOutputBytes) {
        const message = `the spool holds ${journal.bytes} bytes, at most ${2 * maxOutputBytes} are allowed; is a scheduler up?`;
        return Promise.reject(new SpoolUnwritableError(message));
      }
      return new Promise((resolve, reject) => put(event, true, { resolve, reject }));
    },
    append: (event) => new Promise((resolve, reject) => put(event, !lazySync, { resolve, reject })),
    offerOutput(event) {
      if (unwritable || queuedBytes > unsyncedLimitBytes || journal.bytes > maxOutputBytes) return false;
      queuedBytes += event.data.length;
      put(event, false);
      return true;
    },
    spawned: (run, process) =>
      enqueue({
        record: { kind: "spawned", runId: run.runId, fence: run.fence, attempt: run.attempt, process },
        sync: false,
      }),
    open: () => runs.list(),

    async take(maxEvents, maxBytes) {
      if (pending.length === 0 && spilled) await lock.run(readBack);
      let bytes = 0;
      let count = 0;
      while (count < Math.min(maxEvents, pending.length)) {
        bytes += (pending[count] as SpooledEvent).bytes;
        if (count > 0 && bytes > maxBytes) break;
        count++;
      }
      return pending.slice(0, count);
    },
    acknowledge(through) {
      if (through <= acked) return;
      acked = through;
      const gone = pending.findIndex(({ n }) => n > through);
      const taken = pending.splice(0, gone < 0 ? pending.length : gone);
      for (const entry of taken) pendingBytes -= entry.bytes;
      waiting -= taken.length;
      void lock.run(() => journal.drop(acked)).catch((err) => log.warn({ err }, "a spool segment can't be deleted"));
    },
    onAvailable: (fn) => void listeners.push(fn),

    async probe() {
      if (unwritable) await lock.run(async () => void (unwritable && (await attempt([]))));
    },
    stats: () => ({ waiting, bytes: journal.bytes, unwritable }),
    settled: flushed,
    async close() {
      await flushed();
      await lock.run(async () => {
        if (acked > ackedOnDisk || unwritten.length) await attempt([]);
        if (cancelSync) await syncNow();
        await files.close();
      });
    },
  };
}
