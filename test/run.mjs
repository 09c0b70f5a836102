// `npm test`: everything that must hold before a change lands, on a fresh clone too. Installs what is missing, builds,
// runs the static checks and the test suites, and ends with what failed and one line that counts them.
//
// The suites run beside each other, for two processors are enough for all of them only if none of them idles: the tests of
// real clusters mostly wait, and what only computes takes what the others leave.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { buildIfStale, checkNode, installDependencies, root } from "../bin/setup.mjs";
import { installPackages } from "./packages.mjs";

const bin = (name) => join(root, "node_modules/.bin", name);
const checks = [
  ["types", "tsc", ["-p", "tsconfig.json"]],
  ["types of the web app", "tsc", ["-p", "src/ui/tsconfig.json"]],
  ["lint and format", "biome", ["check", "--error-on-warnings", "."]],
  ["import rules", "depcruise", ["src", "--config", ".dependency-cruiser.cjs"]],
  ["unused code", "knip", []],
];
const lowPriority = 10;

const folder = mkdtempSync(join(tmpdir(), "distcron-tests-"));
const counts = { passed: 0, failed: 0 };
const failures = [];

checkNode();
installPackages();
installDependencies();
buildIfStale();

const given = process.argv.slice(2);
if (given.length > 0) {
  // The long fault tests are `npm run test:faults`.
  const selected = given.some((each) => each.startsWith("--project")) ? [] : ["--project=!faults"];
  await test({ args: [...selected, ...given] });
} else
  await Promise.all([
    test({ lane: "waiting" }),
    test({ lane: "rest" }),
    checkAll().then(() => test({ lane: "computing", niceness: lowPriority })),
  ]);
rmSync(folder, { recursive: true, force: true });
for (const failure of failures) console.log(`\n✗ ${failure.slice(0, 2000)}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);

async function checkAll() {
  for (const [name, command, args] of checks) {
    const { ok, text } = await run(bin(command), args, { niceness: lowPriority, out: "pipe" });
    count(ok, ok ? "" : `${name}\n${text}`);
    console.log(`${ok ? "✓" : "✗"} ${name}`);
  }
}

/** Runs a lane's tests (vitest.config.ts), or those that `args` name, and counts them by vitest's report. */
async function test({ lane, args = [], niceness }) {
  const report = join(folder, `${lane}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile=${report}`];
  const env = lane ? { TEST_LANE: lane } : {};
  const { ok } = await run(bin("vitest"), ["run", ...reporters, ...args], { niceness, env });
  const seen = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  counts.passed += seen?.numPassedTests ?? 0;
  counts.failed += seen?.numFailedTests ?? 0;
  for (const { name, message, assertionResults } of seen?.testResults ?? []) {
    const file = relative(root, name);
    if (message) failures.push(`${file}\n${message}`);
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === "failed") failures.push(`${file} > ${fullName}\n${failureMessages.join("\n")}`);
  }
  // A suite that can't even be loaded, or an error outside a test, counts as a failure of its own.
  if (!ok && (seen?.numFailedTests ?? 0) === 0) count(false, "an error outside of the tests: see above");
}

function count(ok, failure) {
  if (ok) counts.passed++;
  else {
    counts.failed++;
    failures.push(failure);
  }
}

function run(command, args, { niceness = 0, env = {}, out = "inherit" }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", out, out], env: { ...process.env, ...env } });
    // Inherited by what it starts from now on.
    if (niceness > 0 && child.pid) setPriority(child.pid, niceness);
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (piece) => {
        text += piece;
      });
    child.on("error", (err) => resolve({ ok: false, text: String(err) }));
    child.on("close", (code) => resolve({ ok: code === 0, text }));
  });
}
