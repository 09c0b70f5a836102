// Who waits for the death of a warden and its node: does its work when both are gone without a word, and never else.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listPids, readStat, signalProcess } from "../../../src/execute/processes.ts";
import { isRunning } from "../../support/command-lab.ts";
import { until } from "../../support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "distcron-heir-"));
const program = join(folder, "warden.mjs");
beforeAll(async () => {
  // As much of a warden as has an heir: "bye" on its input dismisses it, and then the process goes on.
  await build({
    stdin: {
      contents: `import { startHeir } from "./src/execute/warden/heir.ts";
        import { systemClock } from "./src/clock.ts";
        const heir = startHeir(["touch", process.argv[2]], Number(process.argv[3]), systemClock);
        process.stdin.on("data", () => heir.dismiss());`,
      resolveDir: fileURLToPath(new URL("../../..", import.meta.url)),
    },
    ...{ bundle: true, platform: "node", format: "esm", outfile: program, logLevel: "warning" },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function scene(name: string) {
  const file = join(folder, name);
  const node = spawn("sleep", ["300"], { stdio: "ignore" });
  const warden = spawn(process.execPath, [program, file, String(node.pid)], { stdio: ["pipe", "ignore", "inherit"] });
  // A shell makes itself at home in a session of its own.
  const heirNow = () =>
    listPids().find((pid) => readStat(pid)?.session === pid && parentOf(pid) === warden.pid && isRunning(pid));
  const heir = await until("there is an heir", heirNow);
  const kill = async (child: typeof node) => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  };
  return { file, node, warden, heir, heirNow, kill };
}
const parentOf = (pid: number) => readStat(pid)?.parent;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it("acts once both are gone, whoever goes first, and whatever it was told by signals", async () => {
  for (const first of ["node", "warden"] as const) {
    const { file, heir, kill, ...both } = await scene(`both-${first}`);
    for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) signalProcess(heir, signal);
    await kill(both[first]);
    await wait(600);
    expect(existsSync(file), "while one of them lives").toBe(false);
    await kill(both[first === "node" ? "warden" : "node"]);
    await until("it has acted", () => existsSync(file));
    await until("it is gone", () => !isRunning(heir));
  }
});

it("goes without a deed when it is dismissed", async () => {
  const { file, heir, warden, node, kill, heirNow } = await scene("dismissed");
  warden.stdin.write("bye");
  await wait(300);
  await kill(node);
  await kill(warden);
  await wait(600);
  expect(isRunning(heir)).toBe(false);
  expect(existsSync(file)).toBe(false);
  expect(heirNow()).toBeUndefined();
});

it("is replaced when it is killed", async () => {
  const { file, heir, warden, node, kill, heirNow } = await scene("replaced");
  signalProcess(heir, "SIGKILL");
  const next = await until("there is another", () => {
    const now = heirNow();
    return now === heir ? null : now;
  });
  await kill(warden);
  await kill(node);
  await until("it has acted", () => existsSync(file));
  await until("it is gone", () => !isRunning(next));
});
