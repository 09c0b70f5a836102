// The command line as scripts use it: what it prints where, and the code that it ends with.
import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { program, run, until } from "../support/program.ts";
import { createServer, type RunRow, type Server } from "../support/server.ts";

let server: Server;
let jobsFile: string;
const jobs = `jobs:
  - name: quick
    tags: [team-a]
    schedule: "0 3 * * *"
    timezone: Europe/Berlin
    cmd: echo out; echo err >&2
  - name: bad
    tags: [team-a]
    schedule: "@manual"
    cmd: exit 7
  - name: slow
    tags: [team-a]
    schedule: "@manual"
    cmd: for i in 1 2 3; do echo line $i; sleep 0.3; done; sleep "\${NAP:-0}"
`;

beforeAll(async () => {
  server = await createServer();
  jobsFile = join(server.folder, "jobs.yaml");
  writeFileSync(jobsFile, jobs);
  await server.json(["apply", "-f", jobsFile]);
});
afterAll(() => server?.dispose());

/** Ends with the code, with nothing but data on stdout when it failed; what it printed. */
async function ends(code: number, args: string[], options: Parameters<Server["cli"]>[1] = {}) {
  const answer = await server.cli(args, options);
  expect(answer.code, `${args.join(" ")}\n${answer.stderr}`).toBe(code);
  expect(answer.stderr, "words, not a stack trace").not.toMatch(/\n\s+at .*\.js/);
  if (code !== 0) expect(answer.stderr, args.join(" ")).not.toBe("");
  return answer;
}

/** Ends with the code, where no server is needed or wanted. */
async function alone(code: number, args: string[], options: Parameters<typeof run>[1] = {}) {
  const answer = await run(args, { cwd: server.folder, ...options });
  expect(answer.code, `${args.join(" ")}\n${answer.stderr}`).toBe(code);
  return answer;
}

describe("jobs as files", () => {
  it("apply creates, then changes nothing, then says what changed", async () => {
    const file = join(server.folder, "life.yaml");
    const write = (command: string) => writeFileSync(file, `{name: life, schedule: "@manual", cmd: "${command}"}`);
    const applied = async (...more: string[]) =>
      (await server.json<{ results: { result: string; diff?: { path: string }[] }[] }>(["apply", "-f", file, ...more]))
        .results[0];
    write("true");
    expect(await applied("--dry-run")).toMatchObject({ result: "created" });
    await ends(3, ["job", "get", "life"]);
    expect(await applied()).toMatchObject({ result: "created" });
    expect(await applied()).toMatchObject({ result: "unchanged" });
    expect((await ends(0, ["diff", "-f", file])).stdout).toBe("");
    write("false");
    const differs = await ends(1, ["diff", "-f", file]);
    expect(differs.stdout).toMatch(/changed\s+life/);
    expect(await applied()).toMatchObject({ result: "changed", diff: [{ path: expect.stringContaining("cmd") }] });
    await ends(0, ["job", "delete", "life", "--yes"]);
    await ends(3, ["job", "get", "life"]);
  });

  it("apply reads standard input, and prunes only what has the tag", async () => {
    const two =
      "[{name: p1, tags: [gone], schedule: '@manual', cmd: 'true'}, {name: p2, tags: [gone], schedule: '@manual', cmd: 'true'}]";
    await ends(0, ["apply", "-f", "-"], { input: two });
    await ends(2, ["apply", "-f", "-", "--prune"], { input: two });
    const one = "{name: p1, tags: [gone], schedule: '@manual', cmd: 'true'}";
    const { stdout } = await ends(0, ["apply", "-f", "-", "--prune", "--tag", "gone"], { input: one });
    expect(stdout).toMatch(/deleted\s+p2/);
    await ends(0, ["job", "get", "quick"]);
    await ends(0, ["job", "delete", "p1", "-y"]);
  });

  it("export gives what apply takes, unchanged", async () => {
    const { stdout } = await ends(0, ["export", "--tag", "team-a"]);
    const written = parse(jobs).jobs as { name: string }[];
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(parse(stdout).jobs.sort(byName)).toMatchObject([...written].sort(byName));
    await ends(0, ["diff", "-f", "-"], { input: stdout });
    const json = await server.json<{ jobs: object[] }>(["export", "--tag", "team-a"]);
    expect(json).toEqual(parse(stdout));
  });

  it("validate needs no server and names file, line and the nearest key", async () => {
    await alone(0, ["validate", "-f", jobsFile]);
    const file = join(server.folder, "wrong.yaml");
    writeFileSync(
      file,
      "jobs:\n  - name: a\n    schedule: '61 * * * *'\n    cmd: 'true'\n  - name: b\n    schedul: '@daily'\n    cmd: 'true'\n",
    );
    const { stderr } = await alone(2, ["validate", "-f", file]);
    expect(stderr).toContain(`${file}:3:5: schedule`);
    expect(stderr).toContain(`${file}:6:5: schedul`);
    expect(stderr).toMatch(/schedul\b.*schedule/);
    const json = await alone(2, ["validate", "-f", file, "-o", "json"]);
    expect(JSON.parse(json.stdout).errors).toContainEqual(
      expect.objectContaining({ file, line: 3, column: 5, path: "schedule" }),
    );
    await alone(2, ["validate", "-f", join(server.folder, "nowhere.yaml")]);
    await ends(2, ["apply", "-f", file]);
  });

  it("import crontab names every line that it can't carry over", async () => {
    const crontab =
      "MAILTO=ops@example.com\n# a comment\n*/5 * * * * /usr/bin/poll --all\n0 4 * * 1 cat%hello%there\n@reboot /usr/bin/boot\n99 * * * * never\n";
    const args = ["import", "crontab", "-", "--timezone", "Europe/Berlin", "--dry-run"];
    const { stdout } = await alone(2, [...args, "-o", "json"], { input: crontab });
    const read = JSON.parse(stdout) as {
      jobs: { line: number; timezone: string }[];
      errors: { line: number }[];
      warnings: { line: number }[];
    };
    expect(read.jobs.map((each) => each.line)).toEqual([3, 4, 5]);
    expect(read.jobs.every((each) => each.timezone === "Europe/Berlin")).toBe(true);
    expect(read.errors.map((each) => each.line)).toEqual([6]);
    expect((await alone(2, args, { input: crontab })).stderr).toMatch(/line 6: schedule.*99/);
    expect(read.warnings.map((each) => each.line)).toEqual(expect.arrayContaining([1, 5]));
    const good = "*/5 * * * * /usr/bin/poll --all\n";
    const yaml = await alone(0, args, { input: good });
    await alone(0, ["validate", "-f", "-"], { input: yaml.stdout });
    expect((await server.json<{ items: unknown[] }>(["job", "list"])).items, "nothing was created").toHaveLength(3);
  });
});

describe("running", () => {
  it("job run --wait tells by its code whether the run succeeded", async () => {
    await ends(0, ["job", "run", "quick", "--wait"]);
    expect((await ends(1, ["job", "run", "bad", "--wait"])).stderr).toMatch(/failed.*7/);
    const { stdout } = await ends(0, ["job", "run", "quick", "--wait", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ state: "succeeded", job: { name: "quick" } });
    await ends(3, ["job", "run", "nobody"]);
    await ends(7, ["job", "run", "slow", "-e", "NAP=3", "--overlap", "allow", "--wait", "--timeout", "300ms"]);
  });

  it("job run --follow shows the output, stdout and stderr apart", async () => {
    const { stdout, stderr } = await ends(0, ["job", "run", "quick", "--follow"]);
    expect(stdout).toBe("out\n");
    expect(stderr).toContain("err\n");
    const document = await ends(0, ["job", "run", "quick", "--follow", "-o", "json"]);
    expect(JSON.parse(document.stdout), "a document alone").toMatchObject({ state: "succeeded" });
    expect(document.stderr).toContain("out\n");
  });

  it("run logs -f follows to the end; --tail and --stream choose", async () => {
    const { id } = await server.json<RunRow>(["job", "run", "slow", "--overlap", "allow"]);
    expect((await ends(0, ["run", "logs", id, "-f"])).stdout).toBe("line 1\nline 2\nline 3\n");
    await ends(0, ["run", "wait", id]);
    expect((await ends(0, ["run", "logs", id, "--tail", "1"])).stdout).toBe("line 3\n");
    expect((await ends(0, ["run", "logs", id, "--stream", "stderr"])).stdout).toBe("");
  });

  it("run get, list, retry and cancel", async () => {
    const { id } = await server.json<RunRow>(["job", "run", "bad"]);
    await ends(1, ["run", "wait", id]);
    expect((await ends(0, ["run", "get", id])).stdout).toMatch(/failed[\s\S]*exit 7/);
    const again = await ends(1, ["run", "retry", id, "--wait"]);
    const second = await server.json<RunRow & { of?: string }>(["run", "get", again.stdout.trim()]);
    const waited = await ends(1, ["run", "retry", id, "--wait", "-o", "json"]);
    expect(JSON.parse(waited.stdout), "how it ended, alone").toMatchObject({ trigger: "retry_of", state: "failed" });
    expect(second).toMatchObject({ trigger: "retry_of", state: "failed" });
    const { items } = await server.json<{ items: RunRow[] }>(["run", "list", "--job", "bad", "--state", "failed"]);
    expect(items.map((each) => each.id)).toEqual(expect.arrayContaining([id, second.id]));

    const long = await server.json<RunRow>(["job", "run", "slow", "-e", "NAP=60", "--overlap", "allow"]);
    await until("it runs", async () => (await server.getRun(long.id)).state === "running");
    await ends(7, ["run", "wait", long.id, "--timeout", "200ms"]);
    await ends(5, ["run", "retry", long.id]);
    await ends(0, ["run", "cancel", long.id]);
    expect(await server.over(long.id)).toMatchObject({ state: "cancelled", reason: { code: "cancelled_by_user" } });
    expect((await ends(0, ["run", "cancel", long.id])).stderr, "once more is no mistake").toContain("cancelled");
    await ends(3, ["run", "get", "01aaaaaaaaaaaaaaaaaaaaaaaa"]);
  });
});

describe("explaining", () => {
  it("job why tells the rule that made no run", async () => {
    const answer = await server.json<{ run: null; rule: { code: string; message: string } }>([
      "job",
      "why",
      "quick",
      "--at",
      "2026-01-01T12:00:00Z",
    ]);
    expect(answer.run).toBeNull();
    expect(answer.rule.message).toBeTruthy();
    await ends(2, ["job", "why", "quick", "--at", "yesterday"]);
  });

  it("job next, versions, history, disable, enable", async () => {
    const next = await server.json<{ ticks: { at: string; local: string }[] }>(["job", "next", "quick", "-n", "3"]);
    expect(next.ticks).toHaveLength(3);
    expect(next.ticks.every((tick) => tick.local.includes("T03:00:00") || tick.local.includes(" 03:00:00"))).toBe(true);
    await ends(0, ["job", "disable", "quick"]);
    expect(await server.json(["job", "get", "quick"])).toMatchObject({ enabled: false });
    await ends(0, ["job", "enable", "quick"]);
    expect(await server.json(["job", "get", "quick"])).toMatchObject({ enabled: true });
    expect((await server.json<{ items: unknown[] }>(["job", "versions", "quick"])).items).toHaveLength(1);
  });

  it("pause stops planning and status shows it until resume", async () => {
    await ends(2, ["pause"]);
    await ends(0, ["pause", "--reason", "moving house"]);
    expect((await ends(0, ["status"])).stdout).toContain("moving house");
    await ends(0, ["resume"]);
    expect((await ends(0, ["status"])).stdout).not.toContain("moving house");
  });

  it("cron next and explain need no server", async () => {
    const args = [
      "cron",
      "next",
      "30 2 * * *",
      "--timezone",
      "Europe/Berlin",
      "--from",
      "2026-03-28T12:00:00Z",
      "-n",
      "2",
    ];
    const { stdout } = await alone(0, [...args, "-o", "json"]);
    expect(JSON.parse(stdout).ticks).toHaveLength(2);
    expect((await alone(0, ["cron", "explain", "*/5 * * * *"])).stdout).toMatch(/5 minutes/);
    expect((await alone(2, ["cron", "next", "61 * * * *"])).stderr).toContain("61");
    await alone(2, ["cron", "next", "* * * * *", "--timezone", "Mars/Olympus"]);
  });
});

describe("access", () => {
  it("a token does what its role may, until it is revoked", async () => {
    const file = join(server.folder, "viewer.token");
    const made = await server.cli(["token", "create", "--name", "watcher", "--role", "viewer"]);
    expect(made.code).toBe(0);
    writeFileSync(file, made.stdout);
    const as = ["--server", server.url, "--token-file", file];
    await alone(0, ["job", "list", ...as]);
    await alone(4, ["job", "run", "quick", ...as]);
    await alone(4, ["job", "list", "--server", server.url]);
    const listed = await server.json<{ items: { id: string; name: string }[] }>(["token", "list"]);
    const { id } = listed.items.find((each) => each.name === "watcher") as { id: string };
    expect(JSON.stringify(listed), "the secret is never shown again").not.toContain(made.stdout.trim());
    await ends(0, ["token", "revoke", id]);
    await alone(4, ["job", "list", ...as]);
  });

  it("accounts are made, changed, shut out and deleted; passwords come from a file or are shown once", async () => {
    const login = (name: string, password: string) =>
      fetch(`${server.url}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name, password }),
      }).then(({ status }) => status);
    const password = "correct horse battery";
    await ends(0, ["user", "create", "ann", "--role", "admin", "--password-file", "-"], { input: `${password}\n` });
    expect(await login("ann", password)).toBe(200);
    const made = await ends(0, ["user", "create", "bob", "--generate", "--display-name", "Bob B."]);
    expect(await login("bob", made.stdout.trim())).toBe(200);
    expect(made.stderr).toContain("bob");
    await ends(5, ["user", "create", "Bob", "--generate"]);
    await ends(2, ["user", "create", "eve", "--role", "king", "--generate"]);
    await ends(2, ["user", "create", "eve", "--password-file", "-"], { input: "short" });
    await ends(2, ["user", "edit", "bob"]);
    await ends(0, ["user", "edit", "bob", "--role", "operator", "--timezone", "Asia/Tokyo"]);
    await ends(2, ["user", "edit", "bob", "--timezone", "Mars/Olympus"]);
    const listed = await server.json<{ items: object[] }>(["user", "list"]);
    expect(listed.items).toMatchObject([
      { name: "ann", role: "admin" },
      { name: "bob", role: "operator", displayName: "Bob B.", timezone: "Asia/Tokyo", disabled: false },
    ]);
    expect((await ends(0, ["user", "list"])).stdout).toMatch(/bob +Bob B\. +operator +enabled/);
    await ends(0, ["user", "disable", "bob"]);
    expect(await login("bob", made.stdout.trim())).toBe(401);
    await ends(0, ["user", "enable", "bob"]);
    const next = await server.json<{ password: string }>(["user", "password", "bob", "--generate"]);
    expect(await login("bob", made.stdout.trim())).toBe(401);
    expect(await login("bob", next.password)).toBe(200);
    expect((await ends(5, ["user", "delete", "ann"])).stderr).toMatch(/admin/);
    await ends(0, ["user", "delete", "bob"]);
    await ends(3, ["user", "disable", "bob"]);
    expect(await login("bob", next.password)).toBe(401);
  });

  it("a stale version is a conflict", async () => {
    const editor = `sh -c 'sed -i s/true/false/ "$0"; exec ${process.execPath} ${program} apply -f - --data-dir ${server.dataDir} < ${join(server.folder, "newer.yaml")}'`;
    writeFileSync(join(server.folder, "newer.yaml"), "{name: edited, schedule: '@manual', cmd: 'echo newer'}");
    await server.apply({ name: "edited", schedule: "@manual", cmd: "true" });
    await ends(5, ["job", "edit", "edited"], { env: { EDITOR: editor, VISUAL: editor } });
    expect(await server.json(["job", "get", "edited"])).toMatchObject({ spec: { cmd: "echo newer" }, version: 2 });
    await ends(0, ["job", "rollback", "edited", "--to", "1"]);
    expect(await server.json(["job", "get", "edited"])).toMatchObject({ spec: { cmd: "true" }, version: 3 });
    await ends(0, ["job", "delete", "edited", "-y"]);
  });

  it("no server is code 6, in words, whether none is named or none answers", async () => {
    expect((await alone(6, ["job", "list", "--data-dir", join(server.folder, "empty")])).stderr).toContain("--server");
    expect((await alone(6, ["status", "--server", "http://127.0.0.1:1"])).stderr).toContain("127.0.0.1:1");
    await alone(6, ["health", "--server", "http://127.0.0.1:1"]);
  });
});

describe("upkeep", () => {
  it("backup writes a whole database, doctor finds it and the server sound", async () => {
    const file = join(server.folder, "backup.db");
    await ends(0, ["backup", file]);
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).mode & 0o077, "for its owner alone").toBe(0);
    const { checks } = await server.json<{ checks: { check: string; ok: boolean }[] }>(["doctor"]);
    expect(checks.map((each) => each.check)).toEqual(["configuration", "server", "ready", "store", "clock"]);
    expect(checks.every((each) => each.ok)).toBe(true);
  });

  it("health and version answer", async () => {
    await ends(0, ["health"]);
    await ends(0, ["health", "--ready", "--wait", "5s"]);
    expect((await alone(0, ["version"])).stdout).toMatch(/^distcron \d+\.\d+\.\d+ \(Node\.js /);
    expect(JSON.parse((await alone(0, ["version", "-o", "json"])).stdout).version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("config print says where a value came from, masks secrets; check and example agree", async () => {
    const file = join(server.folder, "own.yaml");
    writeFileSync(file, "coordinator: { etcd: { password: geheim } }\nnode: { slots: 3 }\n");
    const { stdout } = await alone(0, ["config", "print", "--config", file, "-o", "json"], {
      env: { DISTCRON_LOG__LEVEL: "warn" },
    });
    expect(stdout).not.toContain("geheim");
    const values = JSON.parse(stdout).values as { key: string; value: unknown; origin: string }[];
    const origin = (key: string) => values.find((each) => each.key === key);
    expect(origin("node.slots")).toMatchObject({ value: 3, origin: expect.stringContaining(file) });
    expect(origin("log.level")).toMatchObject({
      value: "warn",
      origin: expect.stringContaining("DISTCRON_LOG__LEVEL"),
    });
    expect(origin("timezone")).toMatchObject({ value: "UTC", origin: "default" });
    await alone(0, ["config", "check", "--config", file]);
    writeFileSync(file, "node: { slotz: 3 }\n");
    expect((await alone(78, ["config", "check", "--config", file])).stderr).toContain("node.slots");
    const example = await alone(0, ["config", "example"]);
    writeFileSync(file, example.stdout);
    await alone(0, ["config", "check", "--config", file]);
  });

  it("completion is a script that its shell can read", async () => {
    const { stdout } = await alone(0, ["completion", "bash"]);
    const checked = spawnSync("bash", ["-n"], { input: stdout, encoding: "utf8" });
    expect(checked.stderr).toBe("");
    expect(checked.status).toBe(0);
    await alone(2, ["completion", "tcsh"]);
  });
});

it.each([
  [["frobnicate"]],
  [["job", "frobnicate"]],
  [["job", "list", "--frobnicate"]],
  [["job", "run"]],
  [["job", "list", "-o", "xml"]],
  [["job", "list", "-n", "many"]],
  [["serve", "--frobnicate"]],
  [["health", "--wait", "soon"]],
  [["job", "run", "quick", "--wait", "--timeout", "soon"]],
  [["job", "rollback", "quick", "--to", "yesterday"]],
  [["token", "create", "--name", "x", "--role", "emperor"]],
])("%j is a usage error", async (args) => {
  const { stderr } = args[0] === "serve" || args[0] === "frobnicate" ? await alone(2, args) : await ends(2, args);
  expect(stderr).not.toBe("");
});

it("a reader that goes away early is no failure", () => {
  const line = `${process.execPath} ${program} config example | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout } = spawnSync("bash", ["-c", line], { encoding: "utf8", cwd: server.folder });
  expect(stdout.trim().split("\n").at(-1)).toBe("0");
});
