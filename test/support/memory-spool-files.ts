// A disk for the spool in memory. What was appended without a sync is lost, at a length of the test's choice, in a crash.
import type { SpoolFiles } from "../../src/execute/spool-journal.ts";

interface File {
  bytes: number[];
  synced: number;
}

export interface MemorySpoolFiles extends SpoolFiles {
  /** Appends fail once this many bytes are held (a part of the data is written first, as on a full disk). */
  capacity: number;
  /** From now on a sync completes only when the returned function is called (which lets through what waits then). */
  holdSyncs(): () => void;
  syncs: number;
  appends: number;
  /** A copy as a machine would find it after its power came back: `keep` of each file's unsynced bytes survive. */
  crash(keep?: (name: string, unsynced: number) => number): MemorySpoolFiles;
  /** A copy with one file cut to a length. */
  cut(name: string, length: number): MemorySpoolFiles;
  /** A copy with one byte of a file changed. */
  damage(name: string, at: number): MemorySpoolFiles;
  size(name: string): number;
  /** What a crash would leave of each file. */
  synced(): Uint8Array[];
}

export function createMemorySpoolFiles(given = new Map<string, File>()): MemorySpoolFiles {
  const files = new Map([...given].map(([name, file]) => [name, { bytes: [...file.bytes], synced: file.synced }]));
  const held = () => [...files.values()].reduce((sum, file) => sum + file.bytes.length, 0);
  let beforeSync: () => Promise<void> | void = () => undefined;
  const self: MemorySpoolFiles = {
    capacity: Number.POSITIVE_INFINITY,
    holdSyncs() {
      let held: (() => void)[] = [];
      beforeSync = () => new Promise((resolve) => void held.push(resolve));
      return () => {
        const go = held;
        held = [];
        for (const resolve of go) resolve();
      };
    },
    syncs: 0,
    appends: 0,
    list: async () => [...files.keys()],
    read: async (name) => Uint8Array.from(files.get(name)?.bytes ?? []),
    async append(name, data, sync) {
      self.appends++;
      const file = files.get(name) ?? { bytes: [], synced: 0 };
      if (!files.has(name)) for (const former of files.values()) former.synced = former.bytes.length;
      files.set(name, file);
      const room = self.capacity - held();
      for (const byte of data.subarray(0, Math.max(0, room))) file.bytes.push(byte);
      if (data.length > room) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      if (!sync) return;
      const length = file.bytes.length;
      await beforeSync();
      self.syncs++;
      file.synced = Math.max(file.synced, length);
    },
    async remove(name) {
      files.delete(name);
    },
    close: async () => undefined,
    crash(keep = () => 0) {
      const left = new Map<string, File>();
      for (const [name, file] of files) {
        const length = file.synced + keep(name, file.bytes.length - file.synced);
        if (length > 0) left.set(name, { bytes: file.bytes.slice(0, length), synced: length });
      }
      return createMemorySpoolFiles(left);
    },
    cut(name, length) {
      const copy = new Map([...files].map(([key, file]) => [key, { ...file }]));
      const file = copy.get(name) as File;
      copy.set(name, { bytes: file.bytes.slice(0, length), synced: length });
      return createMemorySpoolFiles(copy);
    },
    damage(name, at) {
      const file = files.get(name) as File;
      const bytes = file.bytes.map((byte, i) => (i === at ? byte ^ 0x20 : byte));
      return createMemorySpoolFiles(new Map([...files, [name, { bytes, synced: file.synced }]]));
    },
    synced: () => [...files.values()].map((file) => Uint8Array.from(file.bytes.slice(0, file.synced))),
    size: (name) => files.get(name)?.bytes.length ?? 0,
  };
  return self;
}
