// The real program as a child process: started, asked, and always ended by its pid.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./repository.ts";

export const program = join(root, "bin/distcron.js");

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}
export interface RunOptions {
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** Ends what takes longer, so that a test fails with its output instead of hanging. */
  timeoutMs?: number;
}

/** The tests' own environment without what would configure the program. */
export function cleanEnv(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(DISTCRON|VITEST|NODE_OPTIONS|NODE_ENV)/.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

export function start(args: string[], options: RunOptions = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? root,
    env: cleanEnv(options.env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (piece: string) => {
      text[name] += piece;
    });
  child.stdin.on("error", () => {}); // it may end without having read
  child.stdin.end(options.input ?? "");
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...text }));
  });
  return { child, text, ended };
}

/** Runs the program to its end. */
export async function run(args: string[], options: RunOptions = {}): Promise<Ended> {
  const { child, ended } = start(args, options);
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 30_000);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Asks until the answer is neither false, null nor undefined; the error tells the last answer. */
export async function until<T>(what: string, ask: () => T | Promise<T>, timeoutMs = 20_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as NonNullable<T>;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
