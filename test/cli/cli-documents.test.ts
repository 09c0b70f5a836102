// -o json and -o yaml: what every command of the program prints for other programs.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { buildProgram } from "../../src/cli/main.ts";
import { commandNames } from "../support/command-line.ts";
import { run, until } from "../support/program.ts";
import { createServer, type RunRow, type Server } from "../support/server.ts";

let server: Server;
let runId: string;
const gone: string[] = [];
const manual = { schedule: "@manual", cmd: "true" };
const jobFile = JSON.stringify({ jobs: [{ name: "quick", ...manual }] });

interface Node {
  id: string;
  name: string;
  state: string;
}
const nodes = async () => (await server.json<{ items: Node[] }>(["node", "list"])).items;

beforeAll(async () => {
  server = await createServer();
  // A node that comes back under another id leaves one behind that is gone for good.
  for (let count = 0; count < 2; count++) {
    const [node] = (await nodes()).filter(({ id }) => !gone.includes(id));
    gone.push((node as Node).id);
    await server.end("SIGTERM");
    rmSync(join(server.dataDir, "node-id"));
    await server.up();
  }
  await server.apply({ name: "quick", ...manual }, { name: "long", ...manual, cmd: "sleep 60" });
  runId = await server.trigger("quick");
  await server.over(runId);
});
afterAll(() => server?.dispose());

const liveNode = async () => ((await nodes()).find(({ state }) => state !== "down") as Node).name;
const freshJob = async (name: string) => {
  await server.apply({ name, ...manual });
  return name;
};
const freshUser = async (name: string) => {
  await server.json(["user", "create", name, "--generate"]);
  return name;
};
const freshToken = async (name: string) => (await server.json<{ id: string }>(["token", "create", "--name", name])).id;
const running = async () => {
  const { id } = await server.json<RunRow>(["job", "run", "long", "--overlap", "allow"]);
  await until("it runs", async () => (await server.getRun(id)).state === "running");
  return id;
};

/** A data directory that no server uses, with the backup that was made above. */
function restored(format: string): string {
  const folder = join(server.folder, `restored-${format}`);
  mkdirSync(folder);
  copyFileSync(join(server.folder, `${format}.db`), join(folder, "distcron.db"));
  return folder;
}

interface Example {
  /** What follows the command; `format` makes names that are used once. */
  args?: (format: string) => (string | Promise<string>)[];
  env?: Record<string, string>;
  input?: string;
  /** What has to be in the document. */
  says: object;
}
const items = { items: expect.any(Array) };
const results = (result: string) => ({ results: [expect.objectContaining({ result })] });
const editor = "sed -i s/true/false/";

/** In the order in which they run. */
const examples: Record<string, Example> = {
  status: { says: { ready: true, schedulers: [expect.objectContaining({ leader: true })] } },
  health: { args: () => ["--ready"], says: { ready: true, url: expect.stringContaining("http") } },
  doctor: { says: { checks: expect.any(Array) } },
  backup: { args: (format) => [join(server.folder, `${format}.db`)], says: { file: expect.stringMatching(/\.db$/) } },
  pause: { args: () => ["--reason", "moving house"], says: { paused: { reason: "moving house" } } },
  resume: { says: { paused: null } },
  "config print": { says: { values: expect.any(Array) } },
  "config check": { says: { valid: true } },
  version: { says: { version: expect.any(String) } },
  apply: { args: () => ["-f", "-"], input: jobFile, says: results("unchanged") },
  diff: { args: () => ["-f", "-"], input: jobFile, says: results("unchanged") },
  export: { says: { jobs: expect.any(Array) } },
  validate: { args: () => ["-f", "-"], input: jobFile, says: { jobs: 1, errors: [], warnings: [] } },
  "import crontab": {
    args: () => ["-", "--dry-run"],
    input: "MAILTO=ops\n@daily /usr/bin/report\n",
    says: { jobs: [{ line: 2 }], errors: [], warnings: [{ line: 1 }, { line: 2 }] },
  },
  "job list": { says: items },
  "job get": { args: () => ["quick"], says: { name: "quick" } },
  "job edit": { args: (format) => [freshJob(`edit-${format}`)], env: { VISUAL: editor }, says: { version: 2 } },
  "job run": { args: () => ["quick"], says: { job: { name: "quick" }, trigger: "manual" } },
  "job enable": { args: () => ["quick"], says: { name: "quick", enabled: true } },
  "job disable": {
    args: () => ["long", "--until", "2999-01-01T00:00:00Z"],
    says: { name: "long", enabled: false, enableAt: "2999-01-01T00:00:00.000Z" },
  },
  "job delete": { args: (format) => [freshJob(`delete-${format}`), "--yes"], says: { id: expect.any(String) } },
  "job next": { args: () => ["quick"], says: { ticks: [] } },
  "job why": { args: () => ["quick", "--at", "2026-01-01T12:00:00Z"], says: { run: null } },
  "job history": { args: () => ["quick"], says: items },
  "job versions": { args: () => ["quick"], says: items },
  "job rollback": { args: () => ["edit-json", "--to", "1"], says: { name: "edit-json" } },
  "run list": { says: items },
  "run get": { args: () => [runId], says: { state: "succeeded" } },
  "run cancel": { args: () => [running(), runId], says: { items: [{ settled: false }, { settled: true }] } },
  "run retry": { args: () => [runId], says: { trigger: "retry_of" } },
  "run wait": { args: () => [runId], says: { state: "succeeded" } },
  "node list": { says: items },
  "node get": { args: () => [liveNode()], says: { state: "live" } },
  "node drain": { args: () => [liveNode(), "--wait"], says: { state: "draining", running: 0 } },
  "node resume": { args: () => [liveNode()], says: { state: "live" } },
  "node delete": { args: () => [gone.pop() as string], says: { result: "deleted" } },
  "cron next": { args: () => ["@daily"], says: { ticks: expect.any(Array) } },
  "cron explain": { args: () => ["@daily"], says: { description: expect.any(String) } },
  "token create": { args: (format) => ["--name", format], says: { token: expect.any(String) } },
  "token list": { says: items },
  "token revoke": { args: (format) => [freshToken(format)], says: { result: "revoked" } },
  "user list": { says: items },
  "user create": { args: (format) => [`made-${format}`, "--generate"], says: { password: expect.any(String) } },
  "user edit": { args: () => ["made-json", "--role", "operator"], says: { role: "operator" } },
  "user password": { args: () => ["made-json", "--generate"], says: { password: expect.any(String) } },
  "user disable": { args: () => ["made-json"], says: { disabled: true } },
  "user enable": { args: () => ["made-json"], says: { disabled: false } },
  "user delete": { args: (format) => [freshUser(`gone-${format}`)], says: { result: "deleted" } },
  migrate: { args: (format) => ["--data-dir", restored(format)], says: { before: expect.any(Number) } },
};

const without: Record<string, string> = {
  serve: "runs until it is stopped, and logs",
  "config example": "is a file with comments, which JSON has not",
  "run logs": "is the run's output, byte for byte",
  completion: "is a script for a shell",
  "dev cluster": "runs until it is stopped; what it prints then is in dev-cluster.test.ts",
};

it("every command is here", () => {
  const here = [...Object.keys(examples), ...Object.keys(without)].sort();
  expect(here).toEqual(commandNames(buildProgram()).sort());
});

it.each(Object.entries(examples))("%s prints one document in either format", async (command, example) => {
  const keys: string[][] = [];
  for (const [format, read] of [
    ["json", (text: string) => JSON.parse(text)],
    ["yaml", (text: string) => parse(text)],
  ] as const) {
    const args = await Promise.all(example.args?.(format) ?? []);
    const { env = {}, input = "" } = example;
    const answer = await run([...command.split(" "), "--data-dir", server.dataDir, ...args, "-o", format], {
      env,
      input,
    });
    expect(answer.code, answer.stderr).toBe(0);
    const document = read(answer.stdout);
    expect(document).toMatchObject(example.says);
    keys.push(Object.keys(document));
  }
  expect(keys[1]).toEqual(keys[0]);
});
