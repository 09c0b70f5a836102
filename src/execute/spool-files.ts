// The spool's files on a real disk.
import { type FileHandle, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SpoolFiles } from "./spool-journal.ts";

/** Makes the directory (mode 0700: output may hold secrets). */
export async function openDiskSpoolFiles(directory: string): Promise<SpoolFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let current: { name: string; handle: FileHandle; entrySynced: boolean; dirty: boolean } | null = null;

  async function fileNamed(name: string) {
    if (current?.name === name) return current;
    if (current?.dirty) await current.handle.datasync();
    await current?.handle.close();
    current = null;
    current = { name, handle: await open(join(directory, name), "a", 0o600), entrySynced: false, dirty: false };
    return current;
  }

  return {
    list: () => readdir(directory),
    read: (name) => readFile(join(directory, name)),
    async append(name, data, sync) {
      const file = await fileNamed(name);
      for (let at = 0; at < data.length; ) at += (await file.handle.write(data, at)).bytesWritten;
      file.dirty = true;
      if (!sync) return;
      await file.handle.datasync();
      file.dirty = false;
      if (file.entrySynced) return;
      // A new file's name is in its directory, which has its own way to the disk.
      const entry = await open(directory, "r");
      try {
        await entry.sync();
      } finally {
        await entry.close();
      }
      file.entrySynced = true;
    },
    remove: (name) => rm(join(directory, name), { force: true }),
    async close() {
      await current?.handle.close();
      current = null;
    },
  };
}
