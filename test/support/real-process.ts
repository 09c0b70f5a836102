// One process of a real cluster: its log in a file, signals by its pid, started again as it was.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv, hasEnded, until } from "./program.ts";
import { programCopy } from "./program-copy.ts";

export interface ProcessSpec {
  /** s1, s2, n1, …: its name in messages, and of its node. */
  name: string;
  role: "scheduler" | "node";
  /** Its folder: data/ and log stand in it. */
  folder: string;
  port: number;
  args: string[];
  env: Record<string, string>;
}

export interface LogLine {
  time: string;
  level: number | string;
  msg: string;
  [more: string]: unknown;
}

export type RealProcess = ReturnType<typeof createRealProcess>;

const living = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

export function createRealProcess({ name, role, folder, port, args, env }: ProcessSpec) {
  const dataDir = join(folder, "data");
  const logFile = join(folder, "log");
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  let lastExit: { code: number | null; signal: NodeJS.Signals | null } | null = null;

  const logText = () => (existsSync(logFile) ? readFileSync(logFile, "utf8") : "");
  const logTail = (bytes = 4000) => `--- ${name}, the end of its log:\n${logText().slice(-bytes)}`;
  const isUp = () => child !== null && !hasEnded(child);

  async function spawnNow() {
    if (isUp()) throw new Error(`${name} is running already`);
    const log = openSync(logFile, "a");
    const started = spawn(process.execPath, [await programCopy(), "serve", "--data-dir", dataDir, ...args], {
      cwd: folder,
      env: cleanEnv({ DISTCRON_LOG__FORMAT: "json", ...env }),
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    living.add(started);
    lastExit = null;
    started.once("exit", (code, signal) => {
      living.delete(started);
      if (child === started) lastExit = { code, signal };
    });
    child = started;
  }

  /** GET /readyz: the answer; null: it doesn't answer. */
  async function readyz() {
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3000) });
      return (await response.json()) as { ready: boolean; components: { name: string; ready: boolean }[] };
    } catch {
      return null;
    }
  }

  async function ready(timeoutMs = 40_000) {
    let last: unknown = null;
    try {
      await until(
        `${name} is ready`,
        async () => {
          if (lastExit) throw new Error(`${name} ended at its start with ${JSON.stringify(lastExit)}`);
          last = await readyz();
          return (last as { ready?: boolean } | null)?.ready === true;
        },
        timeoutMs,
      );
    } catch (err) {
      throw new Error(`${(err as Error).message}; /readyz: ${JSON.stringify(last)}\n${logTail()}`, { cause: err });
    }
  }

  /** Resolves with how it ended; after the time it is killed, and this rejects. */
  async function ended(timeoutMs = 40_000) {
    const ending = child;
    if (!ending) throw new Error(`${name} was never started`);
    if (!hasEnded(ending)) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), timeoutMs);
      try {
        await once(ending, "exit", { signal: late.signal });
      } catch {
        ending.kill("SIGKILL");
        throw new Error(`${name} didn't end within ${timeoutMs} ms\n${logTail()}`);
      } finally {
        clearTimeout(timer);
      }
    }
    return { code: ending.exitCode, signal: ending.signalCode };
  }

  return {
    name,
    role,
    url,
    port,
    folder,
    dataDir,
    isUp,
    readyz,
    ready,
    ended,
    logText,
    logTail,
    /** Its id as the cluster knows it (a scheduler's, a node's). */
    id: () => readFileSync(join(dataDir, `${role}-id`), "utf8").trim(),
    /** Of a scheduler on this machine: who has it may do everything. */
    token: () => (JSON.parse(readFileSync(join(dataDir, "local.json"), "utf8")) as { token: string }).token,
    /** Lines of its log that hold the text; `from`: a length of the log, to see only what came after it. */
    logged: (text: string, from = 0): LogLine[] =>
      logText()
        .slice(from)
        .split("\n")
        .filter((line) => line.includes(text) && line.startsWith("{"))
        .map((line) => JSON.parse(line) as LogLine),
    get pid() {
      if (!isUp()) throw new Error(`${name} isn't running`);
      return child?.pid as number;
    },
    start: spawnNow,
    /** Sends a signal. SIGKILL also waits for its end. */
    async kill(signal: NodeJS.Signals = "SIGKILL") {
      if (!isUp()) throw new Error(`${name} isn't running: ${JSON.stringify(lastExit)}\n${logTail()}`);
      child?.kill(signal);
      if (signal === "SIGKILL") await ended();
    },
    /** Ends it as asked (SIGTERM: gently) and starts it again, until it is ready. */
    async restart(signal: NodeJS.Signals = "SIGTERM", timeoutMs?: number) {
      if (isUp()) {
        child?.kill(signal);
        await ended(timeoutMs);
      }
      await spawnNow();
      await ready(timeoutMs);
    },
  };
}
