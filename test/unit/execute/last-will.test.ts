// What a warden says when its node dies: a real warden below a process that stands for the node, and a scheduler that listens.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock as clock } from "../../../src/clock.ts";
import { buildWarden } from "../../support/build-warden.ts";
import { isRunning } from "../../support/command-lab.ts";
import { type FakeScheduler, openFakeScheduler } from "../../support/fake-scheduler.ts";

/** Starts wardens, gives the first the will and each a command, says their pids, and obeys what it is told. */
const nodeScript = `
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
const [wardenFile, count, will] = process.argv.slice(2);
const frame = (header) => {
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length);
  bytes.writeUInt32BE(json.length + 4, 0);
  bytes.writeUInt32BE(json.length, 4);
  json.copy(bytes, 8);
  return bytes;
};
const wardens = Array.from({ length: Number(count) }, () =>
  spawn(process.execPath, [wardenFile, "{}"], { stdio: ["pipe", "ignore", "inherit", "pipe"], detached: true }));
const commands = [];
for (const [i, warden] of wardens.entries()) {
  const peers = wardens.slice(1).map(({ pid }) => pid);
  warden.stdio[0].write(frame({ t: "will", will: i === 0 ? { ...JSON.parse(will), peers } : null }));
  // The last one's command takes its time to end.
  const trap = i === wardens.length - 1 ? "trap 'sleep 1; exit' TERM; " : "";
  warden.stdio[0].write(frame({ t: "start", id: 1, runId: "will-" + process.pid + "-" + i, attempt: 1, file: "/bin/sh",
    args: ["-c", trap + "while :; do sleep 0.05; done"], cwd: "/",
    env: { PATH: process.env.PATH, DISTCRON_RUN_ID: "will-" + process.pid + "-" + i, DISTCRON_ATTEMPT: "1" },
    hasStdin: false, maxBytes: 1000, killGraceMs: 5000, deadline: null }));
  warden.stdio[3].on("data", (data) => {
    const pid = /"t":"spawned","id":1,"pid":(\\d+)/.exec(data.toString("latin1"))?.[1];
    if (pid) commands.push(Number(pid));
    if (pid && commands.length === wardens.length)
      console.log(JSON.stringify({ commands, wardens: wardens.map(({ pid }) => pid) }));
  });
}
setInterval(() => wardens.forEach((warden) => warden.stdio[0].write(frame({ t: "beat" }))), 1000);
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "goodbye") for (const warden of wardens) warden.stdio[0].write(frame({ t: "close" }));
  if (line === "drop") for (const warden of wardens) warden.stdio[0].end();
});
`;

let folder: string;
let scheduler: FakeScheduler;
const nodes: ChildProcess[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "distcron-will-"));
  writeFileSync(join(folder, "node.mjs"), nodeScript);
  scheduler = await openFakeScheduler({ token: "cluster" });
  scheduler.state.sessions.set("s-1", "secret");
});
afterAll(async () => {
  await scheduler.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  for (const node of nodes.splice(0)) node.kill("SIGKILL");
  scheduler.state.abandoned.length = 0;
});

const until = async (what: () => boolean) => {
  while (!what()) await clock.sleep(20);
};
async function startNode(urls: string[], wardens = 1) {
  const will = { urls, path: "/internal/v1/sessions/s-1/abandoned", credential: "secret", ca: null };
  const args = [join(folder, "node.mjs"), await buildWarden(), String(wardens), JSON.stringify(will)];
  const node = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  nodes.push(node);
  const [line] = (await once(createInterface({ input: node.stdout }), "line")) as [string];
  return { node, ...(JSON.parse(line) as { commands: number[]; wardens: number[] }) };
}

describe("a warden whose node was killed", () => {
  it("says so to a scheduler that answers, once nothing of the node runs, and goes", async () => {
    const { node, commands, wardens } = await startNode(["http://127.0.0.1:1", scheduler.url]);
    node.kill("SIGKILL");
    let alive = commands;
    await until(() => {
      alive = commands.filter(isRunning);
      return scheduler.state.abandoned.length > 0;
    });
    expect(alive).toEqual([]);
    expect(scheduler.state.abandoned).toEqual(["s-1"]);
    await until(() => wardens.every((pid) => !isRunning(pid)));
  });

  it("waits for what the other wardens have to end", async () => {
    const { node, commands, wardens } = await startNode([scheduler.url], 2);
    node.kill("SIGKILL");
    let alive = commands;
    await until(() => {
      alive = commands.filter(isRunning);
      return scheduler.state.abandoned.length > 0;
    });
    expect(alive).toEqual([]);
    await until(() => wardens.every((pid) => !isRunning(pid)));
    expect(scheduler.state.abandoned).toEqual(["s-1"]);
  });

  it("tries again while no scheduler answers", async () => {
    scheduler.state.instead.set("/abandoned", { status: 503 });
    const before = scheduler.state.requests;
    const { node } = await startNode([scheduler.url]);
    node.kill("SIGKILL");
    await until(() => scheduler.state.requests >= before + 2);
    scheduler.state.instead.clear();
    await until(() => scheduler.state.abandoned.length > 0);
  });
});

describe("a warden says nothing", () => {
  it("when its node has said goodbye", async () => {
    const { node, wardens } = await startNode([scheduler.url]);
    node.stdin?.write("goodbye\n");
    await until(() => wardens.every((pid) => !isRunning(pid)));
    expect(scheduler.state.abandoned).toEqual([]);
  });

  it("of a node that has only fallen silent and may go on", async () => {
    const { node, wardens, commands } = await startNode([scheduler.url]);
    node.stdin?.write("drop\n");
    await until(() => wardens.every((pid) => !isRunning(pid)));
    expect(commands.filter(isRunning)).toEqual([]);
    expect(scheduler.state.abandoned).toEqual([]);
  });
});
