// `npm start` in a checkout: dependencies and build are made when they are missing or outdated, and only then. The folder
// is a stand-in: its npm, its build and its program only write down that they were called.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "../../support/repository.ts";

let folder: string;
const file = (name: string) => join(folder, name);
function write(name: string, text: string, mode = 0o644) {
  mkdirSync(dirname(file(name)), { recursive: true });
  writeFileSync(file(name), text, { mode });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "distcron-checkout-"));
  cpSync(join(root, "bin"), file("bin"), { recursive: true });
  write("package.json", '{"type": "module"}');
  write("package-lock.json", "{}");
  write("path/npm", '#!/bin/sh\necho "npm $*" >> calls\n[ ! -e npm-fails ]\n', 0o755);
  write(
    "build.mjs",
    `import { appendFileSync, existsSync, writeFileSync } from "node:fs";
     if (process.argv[2] !== "--if-stale" || existsSync("built")) process.exit(0);
     console.error("building …");
     appendFileSync("calls", "build\\n");
     writeFileSync("built", String(process.pid));`,
  );
  write(
    "dist/cli.js",
    `import { appendFileSync, writeFileSync } from "node:fs";
     writeFileSync("served", String(process.pid));
     export const main = async (argv) => appendFileSync("calls", argv.slice(1).join(" ") + "\\n");`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What it called, one after the other. */
function start(script = "start", args: string[] = []) {
  rmSync(file("calls"), { force: true });
  const env = { ...process.env, PATH: `${file("path")}:${process.env.PATH}` };
  const { status, stderr } = spawnSync(process.execPath, [file(`bin/${script}.mjs`), ...args], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  const calls = existsSync(file("calls")) ? readFileSync(file("calls"), "utf8").trim().split("\n") : [];
  return { status, stderr, calls };
}
const install = "npm ci --no-audit --no-fund";
const serve = () => `${file("bin/distcron.js")} serve --examples`;

it("installs, builds and starts the first time, and only starts the second", () => {
  const first = start();
  expect(first).toMatchObject({ status: 0, calls: [install, "build", serve()] });
  expect(first.stderr).toMatch(/installing dependencies[\s\S]*building/);
  expect(start()).toMatchObject({ status: 0, calls: [serve()], stderr: "" });
});

it("builds in a process of its own, whose memory the server doesn't keep", () => {
  start();
  const pids = ["built", "served"].map((name) => readFileSync(file(name), "utf8"));
  expect(new Set(pids).size).toBe(2);
});

it("starts nothing when the build fails", () => {
  write("build.mjs", "process.exit(3);");
  const failed = start();
  expect(failed).toMatchObject({ status: 1, calls: [install] });
  expect(failed.stderr).toMatch(/the build failed/);
});

it("installs again when the lock file changed", () => {
  start();
  write("package-lock.json", '{"changed": true}');
  expect(start().calls).toEqual([install, serve()]);
  expect(start().calls).toEqual([serve()]);
});

it("builds again when the sources changed", () => {
  start();
  rmSync(file("built"));
  expect(start().calls).toEqual(["build", serve()]);
});

it("starts nothing when the dependencies can't be installed, says why, and tries again the next time", () => {
  write("npm-fails", "");
  const failed = start();
  expect(failed).toMatchObject({ status: 1, calls: [install] });
  expect(failed.stderr).toMatch(/npm ci failed/);
  rmSync(file("npm-fails"));
  expect(start().calls).toEqual([install, "build", serve()]);
});

it("hands on what it is given, and so does npm run cluster", () => {
  expect(start("start", ["--port", "9000"]).calls.at(-1)).toBe(`${serve()} --port 9000`);
  expect(start("cluster", ["--nodes", "1"]).calls).toEqual([`${file("bin/distcron.js")} dev cluster --nodes 1`]);
});
