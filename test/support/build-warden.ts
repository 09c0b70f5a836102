// Bundles the warden as the build does, once per test process, into a directory that goes with it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

let built: Promise<string> | null = null;

/** Resolves to the path of a bundled warden. */
export function buildWarden(): Promise<string> {
  built ??= (async () => {
    const dir = mkdtempSync(join(tmpdir(), "distcron-warden-"));
    process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
    const outfile = join(dir, "warden.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("../../src/execute/warden/warden-main.ts", import.meta.url))],
      bundle: true,
      platform: "node",
      target: "node20.19",
      format: "esm",
      outfile,
      logLevel: "warning",
    });
    return outfile;
  })();
  return built;
}
