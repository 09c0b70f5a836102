// Bundles the store's worker for tests, which run from source: a thread can't load TypeScript here. It goes below
// node_modules so that it finds the packages that stay outside the bundle.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

export async function buildStoreWorker(): Promise<{ url: URL; remove(): Promise<void> }> {
  const dir = join(root, "node_modules/.cache/distcron-tests", `store-worker-${process.pid}`);
  const outfile = join(dir, "store-worker.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["src/store/sqlite/worker.ts"],
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    external: ["better-sqlite3"],
    outfile,
    logLevel: "warning",
  });
  return {
    url: pathToFileURL(outfile),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
