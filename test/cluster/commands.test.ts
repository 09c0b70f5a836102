// Commands and HTTP requests as the real program runs them: output, environment, endings, retries.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/program.ts";
import { createServer, type Server } from "../support/server.ts";

let server: Server;
beforeAll(async () => {
  server = await createServer({
    env: { DISTCRON_TOKEN: "not-for-commands", NOTIFY_SOCKET: "/run/none", WATCHDOG_USEC: "1", KEPT: "yes" },
  });
});
afterAll(() => server?.dispose());

let made = 0;
/** Makes a job of it and runs it once; the run when it is over. */
async function once(spec: object, timeoutMs?: number) {
  const name = `job-${++made}`;
  await server.apply({ name, schedule: "@manual", ...spec });
  return server.over(await server.trigger(name), timeoutMs);
}
const isAlive = (pid: number) => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

describe("output", () => {
  it("of 5 MiB keeps its head and its tail, says that it was cut, and counts every byte", async () => {
    const script = "echo HEAD; head -c 5242880 /dev/zero | tr '\\0' x; echo; echo TAIL";
    const run = await once({ cmd: script });
    expect(run.state).toBe("succeeded");
    expect(run.output).toEqual({ bytes: 5 + 5_242_880 + 1 + 5, truncated: true });
    const text = await server.output(run.id);
    expect(text.startsWith("HEAD\nxxx")).toBe(true);
    expect(text.endsWith("xxx\nTAIL\n")).toBe(true);
    expect(text).toMatch(/bytes/);
    expect(text.length).toBeLessThan(1024 * 1024 + 1000);
    expect((await server.cli(["run", "get", run.id])).stdout).toMatch(/5242891 bytes, cut/);
  });

  it("that is no UTF-8 is shown with replacement characters, its neighbours unharmed", async () => {
    const run = await once({ cmd: "printf 'a\\377\\376b\\303\\244\\n'" });
    expect(run.state).toBe("succeeded");
    expect(run.output.bytes).toBe(7);
    expect(await server.output(run.id)).toBe("a\ufffd\ufffdbä\n");
  });

  it("keeps stdout and stderr apart and in order", async () => {
    const run = await once({ cmd: "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three" });
    expect(await server.output(run.id)).toBe("one\ntwo\nthree\n");
    expect(await server.output(run.id, "stdout")).toBe("one\nthree\n");
    expect(await server.output(run.id, "stderr")).toBe("two\n");
  });

  it("may be closed long before the command ends, which decides nothing", async () => {
    const run = await once({ cmd: "echo before; exec >&- 2>&-; sleep 0.5; exit 3" });
    expect(run).toMatchObject({ state: "failed", exitCode: 3, reason: { code: "exit_code" } });
    expect(await server.output(run.id)).toBe("before\n");
  });

  it("of a background child that holds the pipe doesn't hold the run", async () => {
    const began = Date.now();
    const run = await once({ cmd: "sleep 60 & echo started $!" });
    expect(run.state).toBe("succeeded");
    expect(Date.now() - began, "not the child's minute").toBeLessThan(30_000);
    const text = await server.output(run.id);
    expect(text).toMatch(/^started \d+\n$/);
    const pid = Number(text.split(" ")[1]);
    await until("the child is gone, for a run leaves nothing behind", () => !isAlive(pid));
  });
});

describe("an ending", () => {
  it("by timeout reaches a command that ignores TERM, and its children", async () => {
    const run = await once({
      cmd: "trap '' TERM; sleep 61 & echo $$ $!; while :; do sleep 0.1; done",
      timeout: "1s",
      killGrace: "1s",
    });
    expect(run).toMatchObject({ state: "timed_out", reason: { code: "timeout" } });
    const pids = (await server.output(run.id)).trim().split(" ").map(Number);
    expect(pids).toHaveLength(2);
    await until("all are gone", () => pids.every((pid) => !isAlive(pid)));
  });

  it("with any exit code is recorded as it was, and expectExit decides what is good", async () => {
    expect(await once({ cmd: "exit 42" })).toMatchObject({
      state: "failed",
      exitCode: 42,
      reason: { code: "exit_code" },
    });
    expect(await once({ cmd: { command: "exit 42", expectExit: [0, 42] } })).toMatchObject({
      state: "succeeded",
      exitCode: 42,
      reason: null,
    });
  });

  it("by a signal is recorded with the signal", async () => {
    expect(await once({ cmd: "kill -9 $$" })).toMatchObject({
      state: "failed",
      signal: "SIGKILL",
      reason: { code: "signal" },
    });
  });

  it("before the start says what could not be started", async () => {
    const run = await once({ cmd: ["/nowhere/at-all"] });
    expect(run).toMatchObject({ state: "failed", reason: { code: "spawn_failed" } });
    expect(run.reason?.message).toContain("/nowhere/at-all");
  });
});

describe("a command's surroundings", () => {
  it("hold the run's variables, the node's and the job's, and nothing that is DistCron's own", async () => {
    const run = await once({ cmd: { command: ["/usr/bin/env"], env: { OF_JOB: "a b" } } });
    const env = Object.fromEntries(
      (await server.output(run.id))
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    expect(env).toMatchObject({
      DISTCRON_RUN_ID: run.id,
      DISTCRON_JOB: run.job.name,
      DISTCRON_JOB_VERSION: "1",
      DISTCRON_ATTEMPT: "1",
      DISTCRON_FENCE: "1",
      DISTCRON_TRIGGER: "manual",
      DISTCRON_SCHEDULED_FOR: run.scheduledFor,
      OF_JOB: "a b",
      KEPT: "yes",
    });
    expect(env.DISTCRON_NODE).toBeTruthy();
    expect(env.PATH).toBeTruthy();
    for (const name of ["DISTCRON_TOKEN", "NOTIFY_SOCKET", "WATCHDOG_USEC", "NODE_CHANNEL_FD"])
      expect(env).not.toHaveProperty(name);
    // The process computes in UTC; what it runs has the machine's own zone.
    expect(env.TZ).toBe(process.env.TZ);
  });

  it("are the working directory that the job names, or the user's home", async () => {
    const dir = join(server.folder, "work");
    mkdirSync(dir);
    const named = await once({ cmd: { command: "pwd -P", cwd: dir } });
    expect((await server.output(named.id)).trim()).toBe(realpathSync(dir));
    const home = await once({ cmd: "pwd -P; cd; pwd -P" });
    const [at, own] = (await server.output(home.id)).trim().split("\n");
    expect(at).toBe(own);
    const missing = await once({ cmd: { command: "pwd", cwd: join(server.folder, "none") } });
    expect(missing).toMatchObject({ state: "failed", reason: { code: "spawn_failed" } });
  });

  it("are the given standard input, or an empty one", async () => {
    const given = await once({ cmd: { command: ["cat"], stdin: "line 1\näöü\n" } });
    expect(await server.output(given.id)).toBe("line 1\näöü\n");
    const none = await once({ cmd: ["cat"] });
    expect(none).toMatchObject({ state: "succeeded", output: { bytes: 0 } });
  });

  it("are the arguments of a list as they stand, without a shell", async () => {
    const run = await once({ cmd: ["printf", "%s|", "a b", "$HOME", "*", "", 'say "hi"'] });
    expect(await server.output(run.id)).toBe('a b|$HOME|*||say "hi"|');
  });

  it("leave no open file of the server's to it", async () => {
    const run = await once({ cmd: ["ls", "/proc/self/fd"] });
    // What the tests themselves were started with goes through everybody; the server adds nothing.
    expect(await server.output(run.id)).toBe(execFileSync("ls", ["/proc/self/fd"], { encoding: "utf8" }));
  });
});

describe("retries", () => {
  it("are counted, told to the command, and end with the first success", async () => {
    const run = await once({
      cmd: 'echo "attempt $DISTCRON_ATTEMPT"; test "$DISTCRON_ATTEMPT" = 3',
      retry: { limit: 5, delay: "100ms", jitterRatio: 0 },
    });
    expect(run).toMatchObject({ state: "succeeded", attempt: 3, exitCode: 0 });
    expect(run.attempts.map(({ number, outcome, exitCode }) => [number, outcome, exitCode])).toEqual([
      [1, "failed", 1],
      [2, "failed", 1],
      [3, "succeeded", 0],
    ]);
  });

  it("end with the limit", async () => {
    const run = await once({ cmd: "exit 9", retry: { limit: 2, delay: "50ms" } });
    expect(run).toMatchObject({ state: "failed", attempt: 3, exitCode: 9 });
  });
});

describe("an HTTP job", () => {
  const requests: { url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const failures = new Map<string, number>();
  const target = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = request.url ?? "";
    requests.push({ url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    const left = failures.get(url) ?? 0;
    failures.set(url, left - 1);
    response.writeHead(left > 0 ? 500 : 200).end(left > 0 ? "not yet" : '{"ok":true}');
  });
  let base = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(target.address() as { port: number }).port}`;
  });
  afterAll(() => {
    target.closeAllConnections();
    target.close();
  });

  it("that meets 500 and then 200 succeeds with its second attempt, under one idempotency key", async () => {
    failures.set("/flaky", 1);
    const run = await once({
      http: { url: `${base}/flaky`, method: "POST", body: "run {{run.id}}", headers: { "x-job": "{{job.name}}" } },
      retry: { limit: 2, delay: "100ms" },
    });
    expect(run).toMatchObject({ state: "succeeded", attempt: 2 });
    expect(run.attempts.map((each) => each.httpStatus)).toEqual([500, 200]);
    const seen = requests.filter((each) => each.url === "/flaky");
    expect(seen).toHaveLength(2);
    for (const { headers, body } of seen) {
      expect(headers["idempotency-key"]).toBe(run.id);
      expect(headers["distcron-run"]).toBe(run.id);
      expect(headers["distcron-job"]).toBe(run.job.name);
      expect(headers["x-job"]).toBe(run.job.name);
      expect(body).toBe(`run ${run.id}`);
    }
    expect(seen.map(({ headers }) => headers["distcron-attempt"])).toEqual(["1", "2"]);
  });

  it("fails on a body other than the expected one, with the reason", async () => {
    const good = await once({ http: { url: `${base}/body`, expectBody: '"ok":\\s*true' } });
    expect(good.state).toBe("succeeded");
    expect(await server.output(good.id)).toContain('{"ok":true}');
    const bad = await once({ http: { url: `${base}/body`, expectBody: "degraded" } });
    expect(bad).toMatchObject({ state: "failed", reason: { code: "http_body" } });
  });

  it("fails with the status, or with what kept it from asking", async () => {
    failures.set("/broken", 9);
    const broken = await once({ http: `${base}/broken` });
    expect(broken).toMatchObject({ state: "failed", reason: { code: "http_status" } });
    const nobody = await once({ http: "http://127.0.0.1:1/" });
    expect(nobody).toMatchObject({ state: "failed", reason: { code: "http_error" } });
    const denied = await once({ http: "http://169.254.169.254/latest/meta-data" });
    expect(denied).toMatchObject({ state: "failed", reason: { code: "http_error" } });
  });
});
