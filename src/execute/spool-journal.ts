// The files under the spool: segments that are only appended to, deleted whole when everything in them was recorded.
// Each begins with a head that sums up all before it, so any prefix of the segments may go. A segment in which a write
// failed is never appended to again: what follows a torn frame could not be read.
import { decodeFrames, encodeFrame, type SpoolRecord } from "./spool-frames.ts";

/** Where segments are kept. Disk: spool-files.ts; a simulation has one whose unsynced part is lost in a crash. */
export interface SpoolFiles {
  /** Names of the files there are, in any order. */
  list(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
  /**
   * Appends, making the file if need be. With `sync` it resolves only when all of the file is on the disk. What was
   * appended to another file before goes to the disk with it. After a rejection any part of `data` may be there.
   */
  append(name: string, data: Uint8Array, sync: boolean): Promise<void>;
  /** Absent is fine. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

interface Segment {
  name: string;
  bytes: number;
  /** Number of the newest event in it or before it. */
  lastNumber: number;
}

export interface Journal {
  readonly bytes: number;
  /** Reads all segments, oldest first. Later writes go to a new one. Answers the bytes that could not be read. */
  replay(on: (record: SpoolRecord) => void): Promise<number>;
  write(records: SpoolRecord[], sync: boolean): Promise<void>;
  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void>;
  /** Records of the first segment that holds events after `number`; null: there is none. */
  readAfter(number: number): Promise<{ records: SpoolRecord[]; lastNumber: number } | null>;
  /** Deletes the segments whose events are all up to `acked`, except the one being written. */
  drop(acked: number): Promise<void>;
}

const nameOf = (index: number) => `spool-${String(index).padStart(10, "0")}`;
const namePattern = /^spool-(\d{10})$/;

export function createJournal(files: SpoolFiles, segmentBytes: number, head: () => SpoolRecord): Journal {
  let segments: Segment[] = [];
  let current: Segment | null = null;
  let nextIndex = 1;

  async function replay(on: (record: SpoolRecord) => void) {
    const names = (await files.list()).filter((name) => namePattern.test(name)).sort();
    let tornBytes = 0;
    let lastNumber = 0;
    for (const name of names) {
      const bytes = await files.read(name);
      const { records, soundBytes } = decodeFrames(bytes);
      tornBytes += bytes.length - soundBytes;
      for (const record of records) {
        if (record.kind === "event") lastNumber = Math.max(lastNumber, record.n);
        on(record);
      }
      segments.push({ name, bytes: bytes.length, lastNumber });
      nextIndex = Number(namePattern.exec(name)?.[1]) + 1;
    }
    return tornBytes;
  }

  async function write(records: SpoolRecord[], sync: boolean) {
    const frames = records.map(encodeFrame);
    let target = current;
    if (!target || target.bytes >= segmentBytes) {
      frames.unshift(encodeFrame(head()));
      const lastNumber = segments.at(-1)?.lastNumber ?? 0;
      target = { name: nameOf(nextIndex++), bytes: 0, lastNumber };
      segments.push(target);
      // Older segments may be deleted from here on: the head that replaces them must be on the disk.
      sync = true;
    }
    const data = Buffer.concat(frames);
    const isNew = target.bytes === 0;
    current = null;
    target.bytes += data.length;
    try {
      await files.append(target.name, data, sync);
    } catch (err) {
      // A full disk must not fill up with the beginnings of segments. What can't be removed either is read as torn.
      if (isNew) await forget(target).catch(() => undefined);
      throw err;
    }
    for (const record of records)
      if (record.kind === "event") target.lastNumber = Math.max(target.lastNumber, record.n);
    current = target;
  }

  async function forget(segment: Segment) {
    await files.remove(segment.name);
    segments = segments.filter((other) => other !== segment);
  }

  return {
    get bytes() {
      return segments.reduce((sum, segment) => sum + segment.bytes, 0);
    },
    replay,
    write,
    async sync() {
      if (current) await files.append(current.name, new Uint8Array(0), true);
    },
    async readAfter(number) {
      const segment = segments.find(({ lastNumber }) => lastNumber > number);
      if (!segment) return null;
      const { records } = decodeFrames(await files.read(segment.name));
      return { records, lastNumber: segment.lastNumber };
    },
    async drop(acked) {
      if (!current) return;
      const gone = segments.filter((segment) => segment !== current && segment.lastNumber <= acked);
      for (const segment of gone) await forget(segment);
    },
  };
}
