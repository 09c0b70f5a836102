// The program of a thread, bundled as the build does it: Node runs no TypeScript in a thread.
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./repository.ts";

export interface BundledThread {
  file: string;
  dispose(): void;
}

/** `more`: statements at its end. */
export async function bundleThread(entry: string, more = ""): Promise<BundledThread> {
  const folder = mkdtempSync(join(tmpdir(), "distcron-thread-"));
  const file = join(folder, "thread.mjs");
  const banner =
    'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: banner },
    logLevel: "warning",
  });
  if (more) appendFileSync(file, `\n${more}\n`);
  return { file, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
