// The command line and what is around it: environment, files, the terminal, the editor, the shell.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "../../src/cli/main.ts";
import { textWidth } from "../../src/lib/text-width.ts";
import { commandNames } from "../support/command-line.ts";
import { type RunOptions, run, until } from "../support/program.ts";
import { createServer, type Server } from "../support/server.ts";
import { onTerminal } from "../support/terminal.ts";

const home = mkdtempSync(join(tmpdir(), "distcron-home-"));
const elsewhere = mkdtempSync(join(tmpdir(), "distcron-elsewhere-"));
const longName = "verification-of-the-nightly-database-backup";
let server: Server;
beforeAll(async () => {
  server = await createServer({ dataDir: join(home, "distcron-data") });
  await server.apply(
    { name: "quick", schedule: "@manual", cmd: "true" },
    { name: longName, schedule: "0,10,20,30,40,50 6-22 * * MON-FRI", timezone: "Asia/Shanghai", cmd: "false" },
  );
});
afterAll(async () => {
  await server?.dispose();
  for (const folder of [home, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

async function ends(code: number, args: string[], options: RunOptions = {}) {
  const answer = await run(args, { cwd: elsewhere, ...options });
  expect(answer.code, `${args.join(" ")}\n${answer.stderr}`).toBe(code);
  return answer;
}

describe("the server is found", () => {
  it("through local.json, which its owner alone may read, in the folder here or in the one that is named", async () => {
    expect(statSync(server.localFile).mode & 0o777).toBe(0o600);
    await ends(0, ["job", "list"], { cwd: home });
    await ends(0, ["job", "list"], { env: { DISTCRON_DATA_DIR: server.dataDir } });
    await ends(6, ["job", "list"], { env: { DISTCRON_DATA_DIR: elsewhere } });
  });

  it("through DISTCRON_SERVER, with the token of DISTCRON_TOKEN or the file of DISTCRON_TOKEN_FILE", async () => {
    const { token } = await server.json<{ token: string }>(["token", "create", "--name", "by hand"]);
    const file = join(home, "token");
    writeFileSync(file, `${token}\n`);
    const env = { DISTCRON_SERVER: server.url };
    await ends(4, ["job", "list"], { env });
    await ends(0, ["job", "list"], { env: { ...env, DISTCRON_TOKEN: token } });
    await ends(0, ["job", "list"], { env: { ...env, DISTCRON_TOKEN_FILE: file } });
    await ends(4, ["job", "list"], { env: { ...env, DISTCRON_TOKEN: "wrong", DISTCRON_TOKEN_FILE: file } });
    await ends(0, ["job", "list", "--token-file", file], { env: { ...env, DISTCRON_TOKEN: "wrong" } });
    await ends(2, ["job", "list"], { env: { ...env, DISTCRON_TOKEN_FILE: join(elsewhere, "nothing") } });
    await ends(0, ["job", "list", "--server", server.url], {
      env: { DISTCRON_SERVER: "http://127.0.0.1:1", DISTCRON_TOKEN: token },
    });
  });
});

describe("on a terminal", () => {
  const list = (columns: number, more: string[] = [], env = {}, what = "job") =>
    onTerminal(columns, [what, "list", "--data-dir", server.dataDir, ...more], env);

  it("states have a colour, unless --no-color or NO_COLOR says otherwise, or nobody looks", async () => {
    await server.json(["job", "disable", "quick"]);
    const dim = "\u001b[2mdisabled";
    expect(list(120).join("\n")).toContain(dim);
    expect(list(120, ["--no-color"]).join("\n")).not.toContain("\u001b[");
    expect(list(120, [], { NO_COLOR: "1" }).join("\n")).not.toContain("\u001b[");
    expect((await server.cli(["job", "list"])).stdout).not.toContain("\u001b[");
  });

  it("a table fits, wide characters too; elsewhere it is whole", async () => {
    const shown = "每日数据库备份与校验任务的负责人".repeat(3);
    await server.json(["user", "create", "ann", "--generate", "--display-name", shown]);
    for (const columns of [60, 80, 120])
      for (const [what, whole] of [
        ["job", longName],
        ["user", "ann"],
      ] as const) {
        const lines = list(columns, [], {}, what).map((line) => stripVTControlCharacters(line));
        for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
        expect(lines.join("\n")).toContain(whole);
      }
    expect((await server.cli(["user", "list"])).stdout).toContain(shown);
    expect((await server.cli(["job", "list"])).stdout).toContain("0,10,20,30,40,50 6-22 * * MON-FRI");
  });
});

describe("commands", () => {
  it("node get shows a node, by name or id", async () => {
    const { items } = await server.json<{ items: { id: string; name: string }[] }>(["node", "list"]);
    const { id, name } = items[0] as { id: string; name: string };
    for (const given of [id, name]) {
      const { stdout } = await ends(0, ["node", "get", given, "--data-dir", server.dataDir]);
      expect(stdout).toMatch(new RegExp(`^id +${id}$`, "m"));
      expect(stdout).toMatch(/^state +live$/m);
      expect(stdout).toMatch(/^labels +\{/m);
    }
    await ends(3, ["node", "get", "nobody", "--data-dir", server.dataDir]);
  });

  it("job edit saves what the editor left, and nothing when that is the same or the editor failed", async () => {
    await server.apply({ name: "edited", schedule: "@manual", cmd: "echo before" });
    const edit = (code: number, VISUAL: string) =>
      ends(code, ["job", "edit", "edited", "--data-dir", server.dataDir], { env: { VISUAL, TMPDIR: elsewhere } });
    const found = () => server.json(["job", "get", "edited"]);
    expect((await edit(0, "sed -i s/before/after/")).stderr).toContain("edited is at version 2");
    expect(await found()).toMatchObject({ version: 2, spec: { cmd: "echo after" } });
    expect((await edit(0, "true")).stderr).toContain("nothing changed");
    expect((await edit(1, "false")).stderr).toContain("nothing was changed");
    const refused = await edit(2, "sed -i s/schedule/schedul/");
    expect(refused.stderr).toMatch(/your text is kept in (\S+)/);
    expect(await found()).toMatchObject({ version: 2 });
  });

  it("import crontab creates the jobs, or none of them when a line is wrong", async () => {
    const args = ["import", "crontab", "-", "--timezone", "UTC", "--data-dir", server.dataDir];
    const names = async () => (await server.json<{ jobs: { name: string }[] }>(["export"])).jobs.map((job) => job.name);
    const before = await names();
    const wrong = await ends(2, args, { input: "5 4 * * * /usr/bin/poll\n99 * * * * never\n" });
    expect(wrong.stderr).toContain("nothing was created");
    expect(await names()).toEqual(before);
    const { stdout, stderr } = await ends(0, args, { input: "MAILTO=ops\n5 4 * * * /usr/bin/poll --all\n" });
    const [, made] = /^created +(\S+)$/m.exec(stdout) ?? [];
    expect(stderr).toMatch(/line 1: warning: MAILTO/);
    expect(await names()).toEqual(expect.arrayContaining([...before, made]));
    expect(await server.json(["job", "get", made as string])).toMatchObject({
      spec: { schedule: "5 4 * * *", cmd: "/usr/bin/poll --all", timezone: "UTC" },
    });
    expect((await ends(0, args, { input: "5 4 * * * /usr/bin/poll --all\n" })).stdout).toMatch(/^unchanged/);
  });

  it("job disable --until ends by itself", async () => {
    await server.apply({ name: "paused", schedule: "@daily", cmd: "true" });
    const enabled = async () => (await server.json<{ enabled: boolean }>(["job", "get", "paused"])).enabled;
    const disable = (instant: string) => ["job", "disable", "paused", "--until", instant, "--data-dir", server.dataDir];
    await ends(2, disable("tomorrow"));
    expect(await enabled()).toBe(true);
    const soon = new Date(Date.now() + 4000).toISOString();
    expect((await ends(0, disable(soon))).stderr).toContain(`until ${soon}`);
    expect(await enabled()).toBe(false);
    await until("it is enabled again", enabled, 30_000);
  });
});

describe("completion", () => {
  const script = async (shell: string) => (await ends(0, ["completion", shell])).stdout;
  const names = commandNames(buildProgram());
  const wordsAfter = (name: string) => {
    const command = name
      .split(" ")
      .reduce((at, word) => at.commands.find((each) => each.name() === word) ?? at, buildProgram());
    return [...command.options.map(({ long }) => long), "--help"].sort();
  };

  /** What bash would offer after these words. */
  const offered = (bash: string, words: string[]) => {
    const typed = ["distcron", ...words, ""].map((word) => `'${word}'`).join(" ");
    const ask = `${bash}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length + 1}; _distcron; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", ask], { encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout.trim().split(" ").sort();
  };

  it.each(["bash", "zsh"])("of %s offers each command's own words", async (shell) => {
    const text = await script(shell);
    // Zsh reads bash's script, after this line.
    const first = "autoload -U +X bashcompinit && bashcompinit\n";
    expect(text.startsWith(first)).toBe(shell === "zsh");
    const bash = text.replace(first, "");
    for (const name of names) expect(offered(bash, name.split(" ")), name).toEqual(wordsAfter(name));
    expect(offered(bash, ["job", "history", "quick", "-n", "5"])).toEqual(wordsAfter("job history"));
    expect(offered(bash, ["node"])).toEqual(["--help", "delete", "drain", "get", "list", "resume"]);
  });

  it("of fish offers them too, by the whole path: run is a command, and one of job", async () => {
    const text = await script("fish");
    const words = (path: string) =>
      [...text.matchAll(/'test \(__distcron_path\) = "([^"]*)"' -(l|a) (\S+)$/gm)]
        .filter(([, at]) => at === path)
        .map(([, , kind, word]) => (kind === "l" ? `--${word}` : word))
        .sort();
    for (const name of names) expect(words(name), name).toEqual(wordsAfter(name));
    expect(words("run")).toEqual(["--help", "cancel", "get", "list", "logs", "retry", "wait"]);
    for (const name of names) expect(text.match(/ contains -- .*/)?.[0]).toContain(` '${name}'`);
  });
});
