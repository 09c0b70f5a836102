// One process to a data directory, and no stale lock after any death.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockDataDirectory } from "../../../src/store/sqlite/lock.ts";

describe("the lock of a data directory", () => {
  const dir = mkdtempSync(join(tmpdir(), "distcron-lock-"));
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const cache = join(root, "node_modules/.cache/distcron-tests", `lock-${process.pid}`);
  let holder: ChildProcess | null = null;

  beforeAll(async () => {
    await build({
      absWorkingDir: root,
      entryPoints: ["src/store/sqlite/lock.ts"],
      bundle: true,
      platform: "node",
      format: "esm",
      external: ["better-sqlite3"],
      outfile: join(cache, "lock.mjs"),
      logLevel: "warning",
    });
  });
  afterAll(() => {
    holder?.kill("SIGKILL");
    for (const path of [dir, cache]) rmSync(path, { recursive: true, force: true });
  });

  it("is held once, names its holder, and can be taken again when released", () => {
    const lock = lockDataDirectory(dir);
    expect(() => lockDataDirectory(dir)).toThrow(new RegExp(`pid ${process.pid}\\b`));
    lock.release();
    lock.release();
    lockDataDirectory(dir).release();
  });

  it("holds against another process, and is free the moment that one is killed", async () => {
    const program = `import { lockDataDirectory } from ${JSON.stringify(join(cache, "lock.mjs"))};
      lockDataDirectory(${JSON.stringify(dir)}); process.stdout.write("held"); setInterval(() => {}, 1000);`;
    holder = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    await once(holder.stdout!, "data");
    const attempt = () => lockDataDirectory(dir);
    expect(attempt).toThrow(`pid ${holder.pid}`);
    expect(attempt).toThrow(expect.objectContaining({ code: "data_dir_locked" }));
    holder.kill("SIGKILL");
    await once(holder, "exit");
    attempt().release();
  });
});
