// What commands do to a warden, and what becomes of them: floods, forks, deaf ones, runaways, and deaths on either side.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock as clock } from "../../../src/clock.ts";
import type { OutputPiece } from "../../../src/execute/executor.ts";
import { createFrameReader, encodeFrame } from "../../../src/execute/warden/frames.ts";
import type { FromWarden } from "../../../src/execute/warden/protocol.ts";
import { wardensFor } from "../../../src/execute/warden/warden.ts";
import { buildWarden } from "../../support/build-warden.ts";
import { type CommandLab, isRunning, openCommandLab, residentBytes } from "../../support/command-lab.ts";

const mib = 1024 * 1024;
const timedOut = { outcome: "timed_out", reason: { code: "timeout", message: "took longer than 1 s" } } as const;
const cancelled = { outcome: "cancelled", reason: { code: "cancelled_by_user", message: "by ada" } } as const;

let lab: CommandLab;
beforeAll(async () => {
  lab = await openCommandLab();
});
afterAll(() => lab.close());

const until = async (what: () => boolean) => {
  while (!what()) await clock.sleep(20);
};

/** Pieces lie end to end, and what they leave out is what is missing. */
function checkPieces(pieces: OutputPiece[], outputBytes: number) {
  let at = 0;
  for (const { offset, gapBytes, data } of pieces) {
    expect(offset).toBe(at + gapBytes);
    at = offset + data.length;
  }
  expect(at).toBe(outputBytes);
}

describe("output", () => {
  it("of 64 MiB is kept in its head and tail, in bounded memory", async () => {
    const before = residentBytes(lab.pool.pids()[0]!);
    const script = "echo first; head -c 67108864 /dev/zero | tr '\\0' x; echo last";
    const { result, pieces, text } = await lab.run(script);
    expect(result).toMatchObject({ outcome: "succeeded", outputTruncated: true, outputBytes: 64 * mib + 11 });
    checkPieces(pieces, result.outputBytes);
    expect(text().length).toBeLessThanOrEqual(mib);
    expect(text().length).toBeGreaterThan(mib - 65_536);
    expect(text().startsWith("first\nxxx")).toBe(true);
    expect(text().endsWith("xxxlast\n")).toBe(true);
    expect(pieces.filter((piece) => piece.gapBytes > 0)).toHaveLength(1);
    expect(residentBytes(lab.pool.pids()[0]!, true) - before, "far less than it wrote").toBeLessThan(24 * mib);
  });
  it("that alternates between streams byte by byte is bounded too", async () => {
    const script = `for (let i = 0; i < 3000; i++) { require("fs").writeSync(1, "o"); require("fs").writeSync(2, "e"); }`;
    const { result, pieces } = await lab.run([process.execPath, "-e", script]);
    expect(result.outputBytes).toBe(6000);
    checkPieces(pieces, 6000);
  });
  it("is passed on while the command runs, line or no line", async () => {
    const { attempt, says } = lab.start("printf working; sleep 30");
    await says(/working/);
    attempt.end({ ...cancelled, graceMs: 0 });
    expect((await attempt.result).outcome).toBe("cancelled");
  });
  it("that isn't UTF-8 comes as it is", async () => {
    const { pieces, result } = await lab.run("printf '\\377\\376\\0\\200'");
    expect([...Buffer.concat(pieces.map(({ data }) => data))]).toEqual([255, 254, 0, 128]);
    expect(result.outcome).toBe("succeeded");
  });
  it("may be closed by the command long before it ends", async () => {
    const { result } = await lab.run("exec >&- 2>&-; sleep 0.2; exit 4");
    expect(result.exitCode).toBe(4);
  });
});

describe("processes that a command leaves behind", () => {
  it("are ended with it when they are in its group, and it is said", async () => {
    const { result, text } = await lab.run("sleep 300 & echo $!; exit 0");
    expect(result).toMatchObject({ outcome: "succeeded", exitCode: 0 });
    expect(result.error).toMatch(/1 process that the command had left running/);
    expect(isRunning(Number(text()))).toBe(false);
  });
  it("may finish by themselves when that takes only a moment", async () => {
    const { result, text } = await lab.run("(sleep 0.3; echo flushed) & exit 0");
    expect(result).toMatchObject({ outcome: "succeeded", error: null });
    expect(text()).toBe("flushed\n");
  });
  it("are killed when they ignore TERM", async () => {
    const { result, text } = await lab.run(
      "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & sleep 0.3; exit 7",
      {
        killGraceMs: 300,
      },
    );
    expect(result).toMatchObject({ outcome: "failed", exitCode: 7 });
    expect(isRunning(Number(text()))).toBe(false);
  });
  it("are ended when they became daemons, which only their environment gives away", async () => {
    const { result, text } = await lab.run("setsid sh -c 'echo $$; exec sleep 300' & sleep 0.3; exit 0");
    expect(result.error).toMatch(/left running/);
    expect(isRunning(Number(text()))).toBe(false);
  });
  it("are let go when they left group and run on purpose, though they hold the output", async () => {
    const { result, text } = await lab.run("env -u DISTCRON_RUN_ID setsid sh -c 'echo $$; exec sleep 300' & sleep 0.3");
    const pid = Number(text());
    expect(result).toMatchObject({ outcome: "succeeded", error: null });
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });
});

describe("a command that is to end", () => {
  it("gets TERM and may end in order", async () => {
    const { attempt, says, text } = lab.start("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done");
    await says(/up/);
    attempt.end({ ...timedOut, graceMs: 5_000 });
    expect(await attempt.result).toMatchObject({ ...timedOut, exitCode: 0 });
    expect(text()).toMatch(/bye/);
  });
  it("gets KILL after the grace when it ignores TERM, with children and grandchildren", async () => {
    const { attempt, says, text } = lab.start(
      "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ up; sleep 300; true'; true",
    );
    await says(/up/);
    attempt.end({ ...timedOut, graceMs: 200 });
    expect(await attempt.result).toMatchObject({ outcome: "timed_out", signal: "SIGKILL" });
    expect(isRunning(Number.parseInt(text(), 10))).toBe(false);
  });
  it("is over only when nobody of its group is left", async () => {
    const { attempt, says, text } = lab.start(
      "sh -c 'trap \"sleep 0.5; exit\" TERM; echo $$ up; while :; do sleep 0.05; done' & wait",
    );
    await says(/up/);
    attempt.end({ ...cancelled, graceMs: 5_000 });
    expect(await attempt.result).toMatchObject({ outcome: "cancelled" });
    expect(isRunning(Number.parseInt(text(), 10))).toBe(false);
  });
  it("takes its daemons with it", async () => {
    const { attempt, says, text } = lab.start("setsid sh -c 'echo $$ up; exec sleep 300' & sleep 300");
    await says(/up/);
    attempt.end({ ...cancelled, graceMs: 500 });
    await attempt.result;
    expect(isRunning(Number.parseInt(text(), 10))).toBe(false);
  });
  it("ends although it is stopped", async () => {
    const { attempt, spawned } = lab.start("kill -STOP $$");
    const pid = await spawned;
    await until(() => !isRunning(pid) || process.kill(pid, 0));
    await clock.sleep(200);
    attempt.end({ ...cancelled, graceMs: 10_000 });
    expect((await attempt.result).outcome).toBe("cancelled");
  });
  it("keeps the first reason, and a shorter grace shortens", async () => {
    const { attempt, says } = lab.start("trap '' TERM; echo up; while :; do sleep 0.05; done");
    await says(/up/);
    attempt.end({ ...timedOut, graceMs: 60_000 });
    attempt.end({ ...cancelled, graceMs: 0 });
    expect(await attempt.result).toMatchObject({ outcome: "timed_out", signal: "SIGKILL" });
  });
  it("stays what it was when it had ended by itself", async () => {
    const { attempt, says } = lab.start("(sleep 300) & echo up; exit 5");
    await says(/up/);
    await clock.sleep(100);
    attempt.end({ ...cancelled, graceMs: 0 });
    expect(await attempt.result).toMatchObject({ outcome: "failed", exitCode: 5 });
  });
  it("has exactly one verdict, asked for at the moment of its exit", async () => {
    const results = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const { attempt } = lab.start("sleep 0.1");
        await clock.sleep(90 + (i % 20) * 2);
        attempt.end({ ...cancelled, graceMs: 0 });
        return attempt.result;
      }),
    );
    for (const { outcome, exitCode, signal } of results)
      expect([`succeeded 0 null`, `cancelled null SIGKILL`, `cancelled 0 null`]).toContain(
        `${outcome} ${exitCode} ${signal}`,
      );
    // Between our look at the process and the signal there is a moment that nobody can close.
    expect(results.filter(({ outcome, exitCode }) => outcome === "cancelled" && exitCode === 0).length).toBeLessThan(4);
  });
  it("isn't started any more when it was to end before", async () => {
    const { attempt, text } = lab.start("echo ran");
    attempt.end({ ...cancelled, graceMs: 0 });
    expect(await attempt.result).toMatchObject({ ...cancelled, exitCode: null });
    expect(text()).toBe("");
  });
});

describe("a deadline of trust", () => {
  it("ends the command by itself, and can be moved", async () => {
    const { attempt, says } = lab.start("trap '' TERM; echo up; while :; do sleep 0.05; done");
    await says(/up/);
    attempt.setDeadline?.({ termInMs: 100, killInMs: 60_000 });
    attempt.setDeadline?.({ termInMs: 60_000, killInMs: 60_000 });
    await clock.sleep(300);
    attempt.setDeadline?.({ termInMs: 50, killInMs: 200 });
    expect(await attempt.result).toMatchObject({
      outcome: "interrupted",
      signal: "SIGKILL",
      reason: { code: "node_lost" },
    });
  });
  it("that has passed lets nothing begin", async () => {
    const { attempt, text } = lab.start("echo ran");
    attempt.setDeadline?.({ termInMs: -1, killInMs: -1 });
    expect(await attempt.result).toMatchObject({ outcome: "interrupted" });
    expect(text()).toBe("");
  });
});

it("there is one warden for two cores, one at least and four at most", () => {
  expect([0.5, 1, 2, 3, 4, 7.5, 8, 64].map(wardensFor)).toEqual([1, 1, 1, 1, 2, 3, 4, 4]);
});

describe("the death of a warden", () => {
  it("by kill -9 ends its commands, says so, spares the others', and is made good", async () => {
    const two = await openCommandLab({ count: 2 });
    const first = two.start("setsid sh -c 'echo $$ up; exec sleep 300' & sleep 300");
    const second = two.start("echo up; sleep 300");
    await Promise.all([first.says(/up/), second.says(/up/)]);
    const [victim] = two.pool.pids();
    process.kill(victim!, "SIGKILL");
    const result = await first.attempt.result;
    expect(result).toMatchObject({ outcome: "interrupted", reason: { code: "node_lost" } });
    expect(result.reason?.message).toMatch(/SIGKILL/);
    expect(isRunning(await first.spawned)).toBe(false);
    expect(isRunning(Number.parseInt(first.text(), 10))).toBe(false);
    expect(isRunning(await second.spawned)).toBe(true);
    await until(() => two.pool.pids().length === 2);
    expect(two.pool.pids()).not.toContain(victim);
    expect((await two.run("echo on")).result.outcome).toBe("succeeded");
    await two.close();
    expect((await second.attempt.result).outcome).toBe("interrupted");
  });
  it("is assumed when it is silent, as one that is stopped", async () => {
    const short = await openCommandLab({ silenceMs: 2_000 });
    const { attempt, spawned } = short.start("sleep 300");
    const pid = await spawned;
    process.kill(short.pool.pids()[0]!, "SIGSTOP");
    expect((await attempt.result).reason?.message).toMatch(/silent/);
    expect(isRunning(pid)).toBe(false);
    expect((await short.run("echo on")).result.outcome).toBe("succeeded");
    await short.close();
  });
  it("doesn't refuse commands that come before the next one lives", async () => {
    const one = await openCommandLab();
    process.kill(one.pool.pids()[0]!, "SIGKILL");
    await until(() => one.pool.pids().length === 0);
    expect((await one.run("echo on")).result.outcome).toBe("succeeded");
    await one.close();
  });
});

describe("the death of the node", () => {
  /** A warden without a node behind it: only its pipes, and beats while they are wanted. */
  async function loneWarden(nodeSilenceMs: number) {
    const warden = spawn(process.execPath, [await buildWarden(), JSON.stringify({ nodeSilenceMs })], {
      stdio: ["pipe", "inherit", "inherit", "pipe"],
    });
    const input = warden.stdio[0]!;
    const pids: number[] = [];
    const read = createFrameReader<FromWarden>((frame) => frame.t === "spawned" && pids.push(frame.pid));
    warden.stdio[3]!.on("data", read);
    const begin = (command: string) =>
      input.write(
        encodeFrame({
          ...{ t: "start", id: pids.length + 1, runId: `lone-${process.pid}`, attempt: 1, file: "/bin/sh" },
          ...{
            args: ["-c", command],
            cwd: "/",
            env: { DISTCRON_RUN_ID: `lone-${process.pid}`, DISTCRON_ATTEMPT: "1" },
          },
          ...{ hasStdin: false, maxBytes: 1000, killGraceMs: 60_000, deadline: null },
        }),
      );
    begin("trap '' TERM; while :; do sleep 0.1; done");
    begin("setsid sleep 300 & wait");
    await until(() => pids.length === 2);
    return { warden, input, pids };
  }
  it("closes the pipe: everything ends within 3 s, the warden too", async () => {
    const { warden, input, pids } = await loneWarden(60_000);
    const began = clock.monotonic();
    input.end();
    await once(warden, "exit");
    expect(clock.monotonic() - began).toBeLessThan(4_000);
    expect(pids.filter(isRunning)).toEqual([]);
  });
  it("or its silence: the same", async () => {
    const { warden, pids } = await loneWarden(2_000);
    await once(warden, "exit");
    expect(pids.filter(isRunning)).toEqual([]);
  });
  it("while it floods and nobody reads: the command isn't held up, memory stays bounded", async () => {
    const warden = spawn(process.execPath, [await buildWarden(), "{}"], {
      stdio: ["pipe", "inherit", "inherit", "pipe"],
    });
    // Nobody reads what it says: it is a stream that doesn't flow.
    const done = `/tmp/distcron-flood-${process.pid}`;
    const header = {
      t: "start",
      id: 1,
      runId: "flood",
      attempt: 1,
      file: "/bin/sh",
      cwd: "/",
      env: { PATH: process.env.PATH },
    };
    const args = ["-c", `head -c 100000000 /dev/zero; touch ${done}`];
    warden.stdio[0]!.write(
      encodeFrame({ ...header, args, hasStdin: false, maxBytes: 50_000_000, killGraceMs: 1000, deadline: null }),
    );
    const { existsSync, rmSync } = await import("node:fs");
    await until(() => existsSync(done));
    rmSync(done);
    expect(residentBytes(warden.pid!, true)).toBeLessThan(110 * mib);
    warden.stdio[0]!.end();
    await once(warden, "exit");
  });
});

describe("many commands", () => {
  it("at once, 500 of them, all end well in a small warden", async () => {
    const crowd = await openCommandLab();
    const [pid] = crowd.pool.pids();
    expect(residentBytes(pid!)).toBeLessThan(50 * mib);
    const results = await Promise.all(Array.from({ length: 500 }, (_, i) => crowd.run(`echo ${i}`)));
    expect(results.map(({ text }) => Number(text()))).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(residentBytes(pid!, true)).toBeLessThan(70 * mib);
    await crowd.close();
    expect(isRunning(pid!)).toBe(false);
  });
  it("end all when the executor closes, and closing again is fine", async () => {
    const some = await openCommandLab({ count: 2 });
    const started = Array.from({ length: 10 }, () => some.start("trap '' TERM; echo up; while :; do sleep 0.1; done"));
    await Promise.all(started.map(({ says }) => says(/up/)));
    const pids = await Promise.all(started.map(({ spawned }) => spawned));
    await Promise.all([some.close(), some.close()]);
    expect(pids.filter(isRunning)).toEqual([]);
    for (const { attempt } of started) expect((await attempt.result).outcome).toBe("interrupted");
    expect((await some.run("echo no")).result).toMatchObject({ reason: { code: "spawn_failed" } });
  });
});
