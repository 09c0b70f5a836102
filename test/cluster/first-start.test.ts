// What `npm start` starts, on a machine where it never ran: jobs that run, and words that lead on.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { buildProgram } from "../../src/cli/main.ts";
import { commandProblems } from "../support/command-line.ts";
import { hasEnded, run, start, until } from "../support/program.ts";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "distcron-first-"));
const dataDir = join(folder, "data");
const localFile = join(dataDir, "local.json");
let server: ReturnType<typeof start>;
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As bin/start.mjs does it; resolves with what is printed when it runs. */
async function begin(): Promise<string> {
  server = start(["serve", "--examples", "--data-dir", dataDir, "--port", "0"]);
  await until("it says that it runs", () => {
    if (hasEnded(server.child)) throw new Error(`it ended: ${server.text.stderr}`);
    return /DistCron is running\.[\s\S]*Try[\s\S]*\n\n/.test(server.text.stderr);
  });
  return server.text.stderr.slice(server.text.stderr.indexOf("DistCron is running."));
}

async function stop() {
  if (!server || hasEnded(server.child)) return;
  server.child.kill("SIGTERM");
  await server.ended;
}

async function json<T>(...args: string[]): Promise<T> {
  const answer = await run([...args, "--data-dir", dataDir, "-o", "json"]);
  if (answer.code !== 0) throw new Error(`${args.join(" ")} ended with ${answer.code}: ${answer.stderr}`);
  return JSON.parse(answer.stdout) as T;
}
const jobNames = async () =>
  (await json<{ items: { name: string }[] }>("job", "list")).items.map(({ name }) => name).sort();
/** The command lines that were printed, without `node bin/distcron.js`. */
const commandsIn = (words: string) =>
  [...words.matchAll(/^ *(?:\S.*: )?node bin\/distcron\.js (.+)$/gm)].map(([, line]) => (line as string).split(" "));

it("runs examples within a minute, and says where the API is, how to get in and what to do next", async () => {
  const words = await begin();
  const { url, token } = JSON.parse(readFileSync(localFile, "utf8")) as { url: string; token: string };
  expect(words).toContain(localFile);
  expect(commandsIn(words).length, "for people, and for other programs").toBeGreaterThanOrEqual(4);
  for (const path of ["/docs", "/api/v1/openapi.json"]) {
    expect(words).toContain(`${url}${path}`);
    expect((await fetch(`${url}${path}`)).status, path).toBe(200);
  }
  const [, link] = /Web +(\S+)/.exec(words) ?? [];
  expect(link, "the first account").toMatch(new RegExp(`^${url}/\\S+`));
  const me = await fetch(`${url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } });
  expect(me.status, "the token that the words lead to").toBe(200);

  expect(await jobNames()).toEqual(["hello", "nightly-report", "probe-self"]);
  for (const job of ["hello", "probe-self"])
    await until(
      `${job} ran by its schedule`,
      async () =>
        (await json<{ items: object[] }>("run", "list", "--job", job, "--state", "succeeded", "--trigger", "schedule"))
          .items.length,
      60_000,
    );

  const commands = commandsIn(words);
  const program = buildProgram();
  for (const command of commands) expect(commandProblems(program, command), command.join(" ")).toEqual([]);
  const toTry = commandsIn(words.slice(words.indexOf("Try")));
  expect(toTry.length).toBeGreaterThanOrEqual(3);
  for (const command of toTry) expect(await run(command, { cwd: root }), command.join(" ")).toMatchObject({ code: 0 });
});

it("leaves the jobs alone when it starts again: what was deleted stays so, what was changed too", async () => {
  await json("job", "delete", "nightly-report", "--yes");
  const changed = "{name: hello, schedule: '@manual', cmd: 'true'}";
  const applied = await run(["apply", "-f", "-", "--data-dir", dataDir], { input: changed });
  expect(applied.code, applied.stderr).toBe(0);
  await stop();
  expect(existsSync(localFile)).toBe(false);
  await begin();
  expect(await jobNames()).toEqual(["hello", "probe-self"]);
  expect(await json("job", "get", "hello")).toMatchObject({ spec: { cmd: "true" }, version: 2 });
});
