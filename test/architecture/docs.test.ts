// The documentation is held to the program: its jobs are valid, its commands exist, its tables are the code's, its links
// lead somewhere.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { exampleConfig } from "../../src/cli/config-example.ts";
import { exitCodes } from "../../src/cli/exit.ts";
import { type ConfigKey, keys, loadConfig } from "../../src/config.ts";
import { parseJobDefaults, parseJobDocument } from "../../src/model/job-document.ts";
import { jobKeys } from "../../src/model/job-schema.ts";
import { finalStates, openStates, reasonCodes, triggers } from "../../src/model/run.ts";
import { createTimetable } from "../../src/schedule/timetable.ts";
import { commandProblems } from "../support/command-line.ts";
import { configTable } from "../support/config-table.ts";
import { anchors, type Block, codeBlocks, links, prose, shellCommands } from "../support/markdown.ts";
import { filesBelow, read, root } from "../support/repository.ts";

const guide = filesBelow("docs/guide", ".md");
const pages = ["README.md", "CHANGELOG.md", "docs/README.md", ...guide];
const blocks = (language: string): [where: string, block: Block][] =>
  pages.flatMap((page) =>
    codeBlocks(read(page))
      .filter((block) => block.language === language)
      .map((block): [string, Block] => [`${page}:${block.line}`, block]),
  );

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The job documents of a file: one, a list, `jobs: [...]`, or several YAML documents. Others are left out. */
function jobsOf(text: string): Json[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length) throw document.errors[0];
    const value: unknown = document.toJS();
    const inner = isObject(value) && "jobs" in value ? value.jobs : value;
    return [inner].flat().filter((each): each is Json => isObject(each) && "name" in each);
  });
}

/** What is wrong with a job, judged as the program judges it when it is saved. */
function problemsOf(job: Json): string[] {
  const parsed = parseJobDocument(job, { defaults: {} });
  if (!parsed.ok) return parsed.errors.map((error) => `${error.path}: ${error.message}`);
  try {
    createTimetable(parsed.effective).next(Date.UTC(2026, 0, 1));
    return parsed.warnings;
  } catch (err) {
    return [(err as Error).message];
  }
}

function loadText(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "distcron-docs-"));
  try {
    const file = join(folder, "config.yaml");
    const secret = join(folder, "secret");
    writeFileSync(secret, "postgres://distcron@127.0.0.1/distcron");
    writeFileSync(file, text.replace(/^(\s*\w+File: ).*$/gm, `$1${secret}`));
    return loadConfig({ env: {}, file });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("YAML in the documentation", () => {
  test.each(blocks("yaml"))("%s is valid: jobs, or configuration", (_, block) => {
    const jobs = jobsOf(block.text);
    for (const job of jobs) expect(problemsOf(job), String(job.name)).toEqual([]);
    if (jobs.length) return;
    const { config } = loadText(block.text);
    expect(parseJobDefaults(config.defaults)).toMatchObject({ ok: true });
  });

  test("the examples that a first start creates are valid", () => {
    const jobs = jobsOf(read("docs/examples/jobs.yaml"));
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) expect(problemsOf(job), String(job.name)).toEqual([]);
  });

  test("a bad job would be found", () => {
    expect(problemsOf({ name: "a", schedule: "61 * * * *", cmd: "true" })).not.toEqual([]);
    expect(problemsOf({ name: "a", schedule: "* * * * *", cmd: "true", timout: "5s" })).not.toEqual([]);
  });
});

describe("commands in the documentation", () => {
  let program: Command;
  beforeAll(async () => {
    const { buildProgram } = await import("../../src/cli/main.ts");
    program = buildProgram();
  });

  test.each(blocks("sh"))("%s uses commands, arguments and flags that exist", (_, block) => {
    for (const words of shellCommands(block.text)) {
      if (words[0] === "sudo") words.splice(0, words[1] === "-u" ? 3 : 1);
      if (words[0] === "npm" && words[1] === "start") words.splice(0, words[2] === "--" ? 3 : 2, "distcron", "serve");
      if (words[0] !== "distcron" && !words[0]?.endsWith("/distcron.js")) continue;
      expect(commandProblems(program, words.slice(1)), words.join(" ")).toEqual([]);
    }
  });

  test("a mistake would be found", () => {
    expect(commandProblems(program, ["jobs", "list"])).not.toEqual([]);
    expect(commandProblems(program, ["job", "list", "--nope"])).not.toEqual([]);
    expect(commandProblems(program, ["job", "get"])).not.toEqual([]);
    expect(commandProblems(program, ["apply"])).not.toEqual([]);
    expect(commandProblems(program, ["job", "list", "-o", "xml"])).not.toEqual([]);
  });

  test("every command is somewhere in the guide", () => {
    const text = pages.map(read).join("\n");
    const missing = leaves(program)
      .map((path) => `distcron ${path}`)
      .filter((path) => !text.includes(path));
    expect(missing).toEqual([]);
  });
});

const leaves = (command: Command, path: string[] = []): string[] =>
  command.commands.flatMap((each) =>
    each.commands.length ? leaves(each, [...path, each.name()]) : [[...path, each.name()].join(" ")],
  );

describe("links", () => {
  const all = [...pages, "src/README.md"].flatMap((page) =>
    links(read(page))
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link): [string, string] => [page, link]),
  );
  test.each(all)("%s: %s leads somewhere", (page, link) => {
    const [path, anchor] = link.split("#") as [string, string?];
    const target = path === "" ? page : normalize(join(dirname(page), path));
    expect(existsSync(join(root, target)), target).toBe(true);
    if (anchor) expect(anchors(read(target))).toContain(anchor);
  });

  test("every page of the guide is in the index", () => {
    const index = links(read("docs/README.md")).map((link) => normalize(join("docs", link)));
    expect(guide.filter((page) => !index.includes(page))).toEqual([]);
  });
});

describe("configuration", () => {
  test("running.md has every key with its default and meaning", () => {
    const page = read("docs/guide/running.md");
    for (const row of configTable()) expect(page).toContain(row);
  });

  test("running.md speaks of no other key", () => {
    const rows = read("docs/guide/running.md").match(/^\| `[\w.]+` \|.*$/gm) ?? [];
    const known = configTable();
    expect(rows.filter((row) => row.split("|").length === 5 && !known.includes(row))).toEqual([]);
  });

  test("config.example.yaml is what `distcron config example` prints", () => {
    expect(read("config.example.yaml")).toBe(exampleConfig());
  });

  test("config.example.yaml loads, and changes nothing", () => {
    const plain = loadConfig({ env: {}, defaultFile: "/nonexistent" });
    expect(loadConfig({ env: {}, file: join(root, "config.example.yaml") }).config).toEqual(plain.config);
  });

  test("config.example.yaml shows every key", () => {
    const text = read("config.example.yaml");
    const missing = (Object.keys(keys) as ConfigKey[]).filter(
      (name) => !new RegExp(`^ *(# )?${name.split(".").at(-1)}:`, "m").test(text),
    );
    expect(missing).toEqual([]);
  });
});

describe("schedules in schedules.md", () => {
  const quoted = [...prose(read("docs/guide/schedules.md")).matchAll(/`([^`\n]+)`/g)].map(
    (match) => match[1] as string,
  );
  const isSchedule = (text: string) => /^@\w+/.test(text) || /^[\d*?@+]\S*( \S+){4,5}$/.test(text);
  const refused = ["0 0 30 2 *", "@reboot", "@every", "@at"];
  const verdict = (pattern: string) => {
    try {
      createTimetable({ schedule: [pattern], timezone: "Europe/Berlin", startAtMs: null, endAtMs: null });
      return "accepted";
    } catch {
      return "refused";
    }
  };

  test.each([...new Set(quoted.filter(isSchedule))])("%s is judged as the page says", (pattern) => {
    expect(verdict(pattern)).toBe(refused.includes(pattern) ? "refused" : "accepted");
  });

  test.each([
    ["0 0 L * *", "0 0 15W * *", "0 0 LW * *", "0 0 * * MON#2", "0 0 * * FRI#L", "? 9-17 * * FRI-SUN"],
    ["*/5 * * * *", "10-50/10 * * * *", "5-59/15 * * * *", "0 30 2 * * *", "0 0 * JAN-DEC 7"],
  ])("the grammar's rows are accepted: %s, …", (...patterns) => {
    for (const pattern of patterns) expect(verdict(pattern), pattern).toBe("accepted");
  });

  test.each(["5/15 * * * *", "0 0 * * 5-1", "* * * *", "0 0 0 0 * * 2026", "@every 500ms"])(
    "%s is refused",
    (pattern) => expect(verdict(pattern)).toBe("refused"),
  );
});

describe("requests in api.md", () => {
  const shape = (path: string) => path.replace(/[?#].*$/, "").replace(/:\w+|\{\w+\}|\$[A-Z]+/g, "{}");
  const declared = new Set(
    filesBelow("src/api", ".ts")
      .flatMap((file) => [...read(file).matchAll(/\bat: "([A-Z]+) (\/[^"]*)"/g)])
      .map(([, method, path]) => `${method} ${shape(path as string)}`),
  );
  const page = read("docs/guide/api.md");
  const named = [...prose(page).matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^\s`]*)/g)].map(
    ([, method, path]) => `${method} ${shape(path as string)}`,
  );
  const sent = codeBlocks(page)
    .filter((block) => block.language === "sh")
    .flatMap((block) => shellCommands(block.text))
    .filter((words) => words[0] === "curl")
    .map((words) => {
      const method = words.includes("-X") ? words[words.indexOf("-X") + 1] : words.includes("-d") ? "POST" : "GET";
      const path = words.find((word) => word.startsWith("$URL"))?.slice("$URL".length) ?? "";
      return `${method} ${shape(path).replace(/^\/jobs\/hi\b/, "/jobs/{}")}`;
    });

  test.each([...new Set([...named, ...sent])])("%s is a route", (request) => expect([...declared]).toContain(request));
});

describe("words", () => {
  const said = (page: string, words: readonly string[]) => {
    const text = prose(read(page));
    return words.filter((word) => !text.includes(`\`${word}\``));
  };

  test("troubleshooting.md explains every reason code and every state", () => {
    expect(said("docs/guide/troubleshooting.md", [...reasonCodes, ...openStates, ...finalStates])).toEqual([]);
  });

  test("jobs.md explains every field of the job document", () => {
    const fields = Object.entries(jobKeys).flatMap(([path, names]) =>
      names.map((name) => [path, name].filter(Boolean).join(".")),
    );
    expect(said("docs/guide/jobs.md", fields)).toEqual([]);
  });

  test("api.md names every trigger", () => expect(said("docs/guide/api.md", triggers)).toEqual([]));

  test("running.md has every exit code", () => {
    const page = read("docs/guide/running.md");
    for (const code of Object.values(exitCodes)) expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
  });
});

test("the README's test command is the one that continuous integration runs", () => {
  const commands = codeBlocks(read("README.md"))
    .filter((block) => block.language === "sh")
    .flatMap((block) => shellCommands(block.text).map((words) => words.join(" ")));
  const called = shellCommands(read(".ci/run").replace(/^cd .*$/m, "")).map((words) => words.join(" "));
  expect(called.filter((command) => !command.startsWith("set "))).toEqual(["npm test"]);
  expect(commands).toContain("npm test");
});
