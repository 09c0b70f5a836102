// Our TypeScript for scripts: bundled to where they can import it, packages left outside.
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

export const root = resolve(import.meta.dirname, "../..");

export async function load(entry) {
  const outfile = join(root, `node_modules/.cache/distcron-${process.pid}-${entry.replaceAll("/", "-")}.mjs`);
  const external = ["better-sqlite3", "playwright-core", "axe-core", "vitest"];
  await build({ entryPoints: [join(root, entry)], bundle: true, platform: "node", format: "esm", external, outfile });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}
