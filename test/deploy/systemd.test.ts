// The units are what systemd takes them for, start what the program has, and let the program work.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/main.ts";
import { keys } from "../../src/config.ts";
import { parseDuration } from "../../src/lib/duration.ts";
import { commandProblems } from "../support/command-line.ts";
import { cleanEnv, hasEnded, program, run, until } from "../support/program.ts";
import { filesBelow, read, root } from "../support/repository.ts";
import { commandOf, parseUnit } from "../support/unit-file.ts";

const folder = join(root, "deploy/systemd");
const units = filesBelow("deploy/systemd", ".service").map((path) => path.split("/").at(-1)!);
const service = (unit: string) => parseUnit(read(`deploy/systemd/${unit}`)).Service!;
const isThere = spawnSync("systemd-analyze", ["--version"]).status === 0;
if (!isThere)
  console.warn("systemd-analyze is not here (Debian package: systemd): the units are not checked by systemd itself");

test("there is a unit for every role", () => {
  expect(units).toEqual(["distcron-node.service", "distcron-scheduler.service", "distcron.service"]);
  const roles = units.map((unit) => commandOf(service(unit).ExecStart![0]!).find((word) => word.startsWith("--role=")));
  expect(roles).toEqual(["--role=node", "--role=scheduler", "--role=all"]);
});

describe.each(units)("%s", (unit) => {
  const { ExecStart, ExecStartPost, StateDirectory, TimeoutStopSec, ...rest } = service(unit);
  const start = commandOf(ExecStart![0]!);
  const wait = commandOf(ExecStartPost![0]!);

  test("starts and asks with commands and flags that exist", () => {
    const cli = buildProgram();
    for (const [file, ...words] of [start, wait]) {
      expect(existsSync(file!.replace("/opt/distcron", root)), file).toBe(true);
      expect(commandProblems(cli, words)).toEqual([]);
    }
  });

  test("keeps its data in its state directory, and asks there or at the node's own port", () => {
    const dataDir = `--data-dir=/var/lib/${StateDirectory![0]}`;
    expect(start).toContain(dataDir);
    const port = keys["node.port"].default;
    expect(wait).toContain(start.includes("--role=node") ? `--server=http://127.0.0.1:${port}` : dataDir);
  });

  test("leaves the end of the commands to the program, and time for it", () => {
    expect(rest.KillMode).toEqual(["mixed"]);
    expect(rest.RestartPreventExitStatus).toEqual(["78"]);
    const killGraceMs = 10_000;
    if (!start.includes("--role=scheduler"))
      expect(parseDuration(TimeoutStopSec![0]!)).toBeGreaterThan(
        parseDuration(String(keys["node.stopTimeout"].default)) + killGraceMs,
      );
  });

  test("never forbids memory that is both written and executed: V8 would not start", () => {
    expect(rest.MemoryDenyWriteExecute).toBeUndefined();
  });
});

test("what runs jobs forbids them nothing by itself", () => {
  const forbidding = /^(Protect|Restrict(?!Prevent)|Private|NoNew|Lock|SystemCall|Capability|UMask|Memory)/;
  for (const unit of ["distcron.service", "distcron-node.service"])
    expect(Object.keys(service(unit)).filter((key) => forbidding.test(key) && key !== "RestartSec")).toEqual([]);
});

describe.skipIf(!isThere)("systemd-analyze", () => {
  /** Units, their program and systemd's own targets, as installed on a machine. */
  let machine: string;
  const analyze = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["--no-pager", `--root=${machine}`, ...words], {
      encoding: "utf8",
    });
    return { ok: status === 0, said: stdout + stderr };
  };
  const exposure = (unit: string, threshold: number) =>
    analyze("security", "--offline=true", `--threshold=${threshold}`, unit);

  beforeAll(() => {
    machine = mkdtempSync(join(tmpdir(), "distcron-machine-"));
    const own = join(machine, "etc/systemd/system");
    const systems = join(machine, "usr/lib/systemd/system");
    for (const dir of [own, systems, join(machine, "opt/distcron/bin")]) mkdirSync(dir, { recursive: true });
    for (const name of readdirSync("/lib/systemd/system"))
      if (/\.(target|slice|socket)$/.test(name)) cpSync(join("/lib/systemd/system", name), join(systems, name));
    for (const unit of units) cpSync(join(folder, unit), join(own, unit));
    cpSync(program, join(machine, "opt/distcron/bin/distcron.js"));
  });
  afterAll(() => rmSync(machine, { recursive: true, force: true }));

  const harden = (unit: string) => {
    const dropIn = join(machine, "etc/systemd/system", `${unit}.d`);
    mkdirSync(dropIn, { recursive: true });
    cpSync(join(folder, "hardening-jobs.conf"), join(dropIn, "hardening.conf"));
    return () => rmSync(dropIn, { recursive: true });
  };

  test.each(units)("verifies %s", (unit) => expect(analyze("verify", unit)).toEqual({ ok: true, said: "" }));

  test("would find a mistake", () => {
    const text = read("deploy/systemd/distcron.service").replace("KillMode=mixed", "KillMode=gently");
    writeFileSync(join(machine, "etc/systemd/system/mistake.service"), text);
    expect(analyze("verify", "mistake.service").said).toContain("kill mode");
  });

  test("finds the scheduler well closed in", () => {
    expect(exposure("distcron-scheduler.service", 20)).toMatchObject({ ok: true });
    expect(exposure("distcron-scheduler.service", 5)).toMatchObject({ ok: false });
  });

  test.each(["distcron.service", "distcron-node.service"])("finds %s closed in with the drop-in", (unit) => {
    expect(exposure(unit, 30)).toMatchObject({ ok: false });
    const undo = harden(unit);
    try {
      expect(analyze("verify", unit)).toEqual({ ok: true, said: "" });
      expect(exposure(unit, 30)).toMatchObject({ ok: true });
    } finally {
      undo();
    }
  });

  test.each(["distcron-scheduler.service", "hardening-jobs.conf"])(
    "the program and its jobs work under the system calls that %s allows",
    async (file) => {
      const { SystemCallFilter, RestrictAddressFamilies } = service(file);
      const dataDir = mkdtempSync(join(tmpdir(), "distcron-filtered-"));
      const families = RestrictAddressFamilies?.[0] ?? "AF_INET AF_INET6 AF_UNIX AF_NETLINK";
      const filter = [join(root, "test/support/under-filter.py"), SystemCallFilter![0]!, families];
      const words = ["serve", "--host=0.0.0.0", "--port=0", `--data-dir=${dataDir}`];
      const server = spawn("python3", [...filter, process.execPath, program, ...words], {
        env: cleanEnv({ DISTCRON_SERVER__INSECURE: "true" }),
        stdio: ["ignore", "ignore", "pipe"],
      });
      let said = "";
      server.stderr.on("data", (piece) => (said += piece));
      try {
        await until("the server leaves its address", () => {
          if (hasEnded(server)) throw new Error(`it ended: ${said}`);
          return existsSync(join(dataDir, "local.json"));
        });
        const here = [`--data-dir=${dataDir}`];
        expect(await run(["health", "--ready", "--wait=20s", ...here])).toMatchObject({ code: 0 });
        const jobs = "{name: hi, schedule: '@manual', cmd: 'cat /proc/self/status; date; id'}";
        expect(await run(["apply", "-f", "-", ...here], { input: jobs })).toMatchObject({ code: 0 });
        const ran = await run(["job", "run", "hi", "--follow", ...here]);
        expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Seccomp:\s+2$/m) });
      } finally {
        const ended = new Promise((resolve) => server.once("exit", resolve));
        server.kill("SIGTERM");
        if (!hasEnded(server)) await ended;
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  );
});

test.skipIf(!isThere)("the filter that stands in for systemd does refuse", () => {
  const python =
    "import socket\ntry: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)\nexcept OSError as e: print(e.errno)";
  const words = [join(root, "test/support/under-filter.py"), "@system-service", "AF_INET", "python3", "-c", python];
  expect(execFileSync("python3", words, { encoding: "utf8" })).toBe("97\n");
});
