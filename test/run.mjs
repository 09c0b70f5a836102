// `npm test`: everything that must hold before a change lands, on a fresh clone too. Installs what is missing, builds,
// runs the static checks and the test suites, and ends with one line that counts them.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIfStale, checkNode, installDependencies, root } from "../bin/setup.mjs";
import { installPackages } from "./packages.mjs";

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.on("exit", (code) => resolve(code === 0));
  });
}

checkNode();
installPackages();
installDependencies();
await buildIfStale();

const bin = (name) => join(root, "node_modules/.bin", name);
const checks = [
  ["types", "tsc", ["-p", "tsconfig.json"]],
  ["types of the web app", "tsc", ["-p", "src/ui/tsconfig.json"]],
  ["lint and format", "biome", ["check", "--error-on-warnings", "."]],
  ["import rules", "depcruise", ["src", "--config", ".dependency-cruiser.cjs"]],
  ["unused code", "knip", []],
];
let passed = 0;
let failed = 0;
const only = process.argv.slice(2);
if (only.length === 0)
  for (const [name, command, args] of checks) {
    const ok = await run(bin(command), args);
    console.log(`${ok ? "✓" : "✗"} ${name}`);
    if (ok) passed++;
    else failed++;
  }

const folder = mkdtempSync(join(tmpdir(), "distcron-tests-"));
const report = join(folder, "report.json");
// The long fault tests are `npm run test:faults`.
const selected = only.some((each) => each.startsWith("--project")) ? [] : ["--project=!faults"];
const ok = await run(bin("vitest"), [
  "run",
  ...selected,
  "--reporter=default",
  "--reporter=json",
  `--outputFile=${report}`,
  ...only,
]);
const counts = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
rmSync(folder, { recursive: true, force: true });
passed += counts?.numPassedTests ?? 0;
failed += counts?.numFailedTests ?? 0;
// A suite that can't even be loaded, or an error outside a test, counts as a failure of its own.
if (!ok && (counts?.numFailedTests ?? 0) === 0) failed++;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
