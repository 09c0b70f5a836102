// The spool's files on a real disk.
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SpoolFiles } from "./spool-journal.ts";

/** Makes the directory (mode 0700: output may hold secrets). */
export async function openDiskSpoolFiles(directory: string): Promise<SpoolFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  /** Two ways into one file: what is written through `synced` is on the disk when the write returns, in one step. */
  let current: { name: string; handle: FileHandle; synced: FileHandle; entrySynced: boolean; dirty: boolean } | null =
    null;

  async function fileNamed(name: string) {
    if (current?.name === name) return current;
    if (current?.dirty) await current.handle.datasync();
    await close();
    const path = join(directory, name);
    const { O_WRONLY, O_APPEND, O_DSYNC } = constants;
    const handle = await open(path, "a", 0o600);
    try {
      const synced = await open(path, O_WRONLY | O_APPEND | O_DSYNC);
      current = { name, handle, synced, entrySynced: false, dirty: false };
      return current;
    } catch (err) {
      await handle.close();
      throw err;
    }
  }

  async function close() {
    const last = current;
    current = null;
    await last?.handle.close();
    await last?.synced.close();
  }

  return {
    list: () => readdir(directory),
    read: (name) => readFile(join(directory, name)),
    async append(name, data, sync) {
      const file = await fileNamed(name);
      // Only this write's bytes reach the disk by it: what was written before without a sync needs one of its own.
      const atOnce = sync && !file.dirty;
      const handle = atOnce ? file.synced : file.handle;
      file.dirty = true;
      for (let at = 0; at < data.length; ) at += (await handle.write(data, at)).bytesWritten;
      if (!sync) return;
      if (!atOnce || data.length === 0) await file.handle.datasync();
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
    close,
  };
}
