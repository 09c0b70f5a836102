// Makes a checkout runnable: installs the locked dependencies if they are missing or outdated, builds if sources changed.
// Needs nothing but Node and npm. Used by `npm start` and `npm test`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules/.distcron-lock");

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`DistCron needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

export function installDependencies() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(process.versions.modules)
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("installing dependencies (the first time two minutes or so, if SQLite has to be compiled) …");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.status !== 0) {
    console.error("npm ci failed: see above. Compiling SQLite needs python3, make and a C++ compiler.");
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

/** In a process of its own: what a build takes, most of a gigabyte, the server would hold as long as it runs. */
export function buildIfStale() {
  const { status } = spawnSync(process.execPath, ["build.mjs", "--if-stale"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("the build failed: see above");
}
