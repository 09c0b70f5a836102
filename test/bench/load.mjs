// Our TypeScript for scripts: bundled to where they can import it, packages left outside.
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

export const root = resolve(import.meta.dirname, "../..");

export async function load(entry) {
  const outfile = join(root, `node_modules/.cache/distcron-${process.pid}-${entry.replaceAll("/", "-")}.mjs`);
  const how = { bundle: true, platform: "node", format: "esm", packages: "external" };
  await build({ entryPoints: [join(root, entry)], ...how, outfile });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}
