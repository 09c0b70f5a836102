// Commands from start to end through real wardens: results, words, environment, standard input.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandLab, openCommandLab } from "../../support/command-lab.ts";

let lab: CommandLab;
const dir = mkdtempSync(join(tmpdir(), "distcron-command-"));
beforeAll(async () => {
  lab = await openCommandLab({
    environment: {
      nodeEnv: {
        PATH: process.env.PATH,
        NOTIFY_SOCKET: "/run/x",
        DISTCRON_CLUSTER__TOKEN: "secret",
        KEPT: "yes",
        TZ: "UTC",
      },
      originalTz: "Asia/Shanghai",
      cmdEnv: { FROM_NODE: "1", BOTH: "node" },
    },
  });
});
afterAll(async () => {
  await lab.close();
  rmSync(dir, { recursive: true });
});

describe("a command's result", () => {
  it("succeeds with exit code 0 and its output, streams told apart", async () => {
    const { result, text } = await lab.run("echo out; echo err >&2");
    expect(result).toMatchObject({ outcome: "succeeded", exitCode: 0, signal: null, reason: null, error: null });
    expect(result).toMatchObject({ outputBytes: 8, outputTruncated: false });
    expect([text("stdout"), text("stderr")]).toEqual(["out\n", "err\n"]);
  });
  it("fails with another exit code, and says which", async () => {
    const { result } = await lab.run("exit 3");
    expect(result).toMatchObject({
      outcome: "failed",
      exitCode: 3,
      reason: { code: "exit_code", message: "exit code 3" },
    });
  });
  it("goes by expectExit", async () => {
    const { result } = await lab.run("exit 3", { expectExit: [0, 3] });
    expect(result).toMatchObject({ outcome: "succeeded", exitCode: 3 });
    const other = await lab.run("exit 0", { expectExit: [3] });
    expect(other.result.reason?.message).toBe("exit code 0, expected 3");
  });
  it("explains the shell's own codes", async () => {
    const { result } = await lab.run("no-such-program-here");
    expect(result.reason?.message).toBe("exit code 127 (command not found)");
  });
  it("names the signal that ended it", async () => {
    const { result } = await lab.run("kill -SEGV $$");
    expect(result).toMatchObject({ outcome: "failed", exitCode: null, signal: "SIGSEGV", reason: { code: "signal" } });
  });
  it("runs a list as it is, without a shell", async () => {
    const { text } = await lab.run(["printf", "%s|", "$HOME", "a b"]);
    expect(text()).toBe("$HOME|a b|");
  });
  it("gives it its standard input, and none where none is set", async () => {
    expect((await lab.run("cat", { stdin: "héllo\n" })).text()).toBe("héllo\n");
    expect((await lab.run("cat")).text()).toBe("");
    expect((await lab.run("exit 0", { stdin: "x".repeat(1_000_000) })).result.outcome).toBe("succeeded");
  });
});

describe("what can't be started", () => {
  const failure = async (...args: Parameters<CommandLab["run"]>) => (await lab.run(...args)).result;
  it("names a missing program and where it was looked for", async () => {
    const result = await failure(["no-such-program-here"]);
    expect(result).toMatchObject({ outcome: "failed", exitCode: null, reason: { code: "spawn_failed" } });
    expect(result.reason?.message).toMatch(/no program "no-such-program-here" in PATH \(\//);
  });
  it("names a missing directory, which the system takes for a missing program", async () => {
    expect((await failure("true", { cwd: "/no/such/dir" })).reason?.message).toMatch(
      /working directory \/no\/such\/dir/,
    );
  });
  it("names a file that isn't executable and an interpreter that is missing", async () => {
    const plain = join(dir, "plain");
    writeFileSync(plain, "#!/bin/sh\n", { mode: 0o644 });
    expect((await failure([plain])).reason?.message).toMatch(/plain doesn't exist or isn't executable/);
    const orphan = join(dir, "orphan");
    writeFileSync(orphan, "#!/no/such/interpreter\n", { mode: 0o755 });
    expect((await failure([orphan])).reason?.message).toMatch(/the interpreter that .*orphan names/);
  });
  it("refuses a user that the node doesn't allow", async () => {
    const message = (await failure("id", { user: "daemon" })).reason?.message;
    expect(message).toMatch(/user "daemon" isn't allowed on node "web-1".*node\.cmd\.users/);
  });
  it("survives what the system can't take at all", async () => {
    expect((await failure("true", { env: { BAD: "a\0b" } })).reason?.code).toBe("spawn_failed");
    expect((await failure(["true", "x".repeat(3_000_000)])).reason?.message).toMatch(/too long/);
    expect((await failure([])).reason?.message).toMatch(/command is empty/);
  });
});

describe("a command's environment", () => {
  it("has the node's less what is the node's alone, the settings', the job's, and the run's", async () => {
    const { text, runId } = await lab.run("env", { env: { BOTH: "job", DISTCRON_RUN_ID: "forged" } });
    const env = Object.fromEntries(
      text()
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    expect(env).toMatchObject({
      KEPT: "yes",
      FROM_NODE: "1",
      BOTH: "job",
      TZ: "Asia/Shanghai",
      DISTCRON_RUN_ID: runId,
      DISTCRON_JOB: "clean-logs",
      DISTCRON_JOB_VERSION: "1",
      DISTCRON_ATTEMPT: "1",
      DISTCRON_FENCE: "1",
      DISTCRON_TRIGGER: "schedule",
      DISTCRON_SCHEDULED_FOR: "1970-01-01T00:00:00.000Z",
      DISTCRON_NODE: "web-1",
    });
    expect(env.HOME).toBeTruthy();
    expect(env).not.toHaveProperty("NOTIFY_SOCKET");
    expect(env).not.toHaveProperty("DISTCRON_CLUSTER__TOKEN");
  });
  it("tells which of how many it is where one runs on every node, and only there", async () => {
    const ask = 'echo "$DISTCRON_SHARD_INDEX/$DISTCRON_SHARD_TOTAL"';
    expect((await lab.run(ask, { shard: { index: 2, total: 5 } })).text()).toBe("2/5\n");
    expect((await lab.run(ask, { shard: { index: 0, total: 1 } })).text()).toBe("0/1\n");
    expect((await lab.run("env")).text()).not.toContain("DISTCRON_SHARD");
  });
  it("starts in the user's home when no directory is set", async () => {
    const { text } = await lab.run("pwd -P; cd ~ && pwd -P", { cwd: null });
    const [here, home] = text().trim().split("\n");
    expect(here).toBe(home);
  });
  it("inherits nothing of the warden's: only its three streams are open", async () => {
    // Whatever started the tests may have left descriptors with high numbers to everybody.
    const { text } = await lab.run("ls /proc/$$/fd");
    expect(
      text()
        .trim()
        .split("\n")
        .filter((fd) => Number(fd) < 16),
    ).toEqual(["0", "1", "2"]);
  });
});

describe.skipIf(process.getuid!() !== 0)("another user (needs root)", () => {
  it("runs as that user, with its groups and variables", async () => {
    const other = await openCommandLab({ allowedUsers: ["daemon"] });
    const { text, result } = await other.run("id -un; id -G; echo $HOME $USER $LOGNAME; echo $$", { user: "daemon" });
    expect(result.outcome).toBe("succeeded");
    const [name, groups, vars] = text().split("\n");
    expect(name).toBe("daemon");
    expect(groups).toBe("1");
    expect(vars).toMatch(/^\S+ daemon daemon$/);
    const missing = await other.run(["no-such-program-here"], { user: "daemon" });
    expect(missing.result.reason).toMatchObject({ code: "spawn_failed" });
    await other.close();
  });
  it("refuses a user that the machine doesn't have", async () => {
    const other = await openCommandLab({ allowedUsers: ["*"] });
    const { result } = await other.run("id", { user: "nobody-of-this-name" });
    expect(result.reason?.message).toBe('there is no user "nobody-of-this-name" on node "web-1"');
    await other.close();
  });
});
