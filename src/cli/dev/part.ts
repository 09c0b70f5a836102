// One process of a cluster on this machine: its log in a file, ended by its pid.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import type { Clock } from "../../clock.ts";

export interface PartSpec {
  /** s1, n1, etcd, …: its name in messages. */
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Somebody else than us. */
  as?: { uid: number; gid: number } | undefined;
  /** Where it is reached, for people. */
  address: string;
  logFile: string;
  /** Signals with what each is given, in milliseconds; SIGKILL ends what outlives them. */
  stop: [signal: NodeJS.Signals, withinMs: number][];
  /** Whether it does its work. May reject while it doesn't. */
  isReady(): Promise<boolean>;
}

export interface Part {
  name: string;
  address: string;
  logFile: string;
  /** null: it isn't running. */
  pid(): number | null;
  start(): void;
  /** Rejects, with the end of its log, when it ends or isn't ready in time. */
  ready(withinMs: number): Promise<void>;
  /** `now`: without waiting for what it does. Safe to repeat; resolves when it is gone. */
  stop(how?: { now: boolean }): Promise<void>;
  /** Without any wait, for the very end of this process. */
  kill(): void;
}

export function createPart(spec: PartSpec, given: { clock: Clock; onEnd: (part: Part, how: string) => void }): Part {
  const { name, logFile } = spec;
  const { clock, onEnd } = given;
  let child: ChildProcess | null = null;
  let gone: Promise<void> = Promise.resolve();
  let stopping = false;
  let lastEnd = "";

  const tail = () => (existsSync(logFile) ? readFileSync(logFile, "utf8").slice(-3000) : "");

  /** Whether it is gone by then. */
  async function goneWithin(ms: number): Promise<boolean> {
    let cancel = () => {};
    const late = new Promise<boolean>((resolve) => {
      cancel = clock.after(ms, () => resolve(false));
    });
    return Promise.race([gone.then(() => true), late]).finally(() => cancel());
  }

  const part: Part = {
    name,
    address: spec.address,
    logFile,
    pid: () => child?.pid ?? null,
    start() {
      if (child) return;
      const log = openSync(logFile, "a", 0o600);
      // A group of its own: Ctrl-C reaches us alone, and we end the parts in the order that they need.
      const options = { env: spec.env, detached: true, stdio: ["ignore", log, log] as ["ignore", number, number] };
      const started = spawn(spec.command, spec.args, { ...options, ...spec.as });
      closeSync(log);
      child = started;
      gone = new Promise((resolve) => {
        const end = (how: string) => {
          child = null;
          lastEnd = how;
          resolve();
          if (!stopping) onEnd(part, how);
        };
        started.once("error", (err) => end(err.message));
        started.once("exit", (code, signal) => end(signal ? `ended by ${signal}` : `ended with code ${code}`));
      });
    },
    async ready(withinMs) {
      const until = clock.monotonic() + withinMs;
      while (!(await spec.isReady().catch(() => false))) {
        if (child === null) throw new Error(`${name} ${lastEnd}; the end of ${logFile}:\n${tail()}`);
        if (clock.monotonic() > until)
          throw new Error(`${name} is not ready after ${withinMs / 1000} s; the end of ${logFile}:\n${tail()}`);
        await clock.sleep(100);
      }
    },
    async stop({ now } = { now: false }) {
      stopping = true;
      const asked = child;
      for (const [signal, withinMs] of now ? [] : spec.stop) {
        if (child === null) return;
        asked?.kill(signal);
        if (await goneWithin(withinMs)) return;
      }
      asked?.kill("SIGKILL");
      await gone;
    },
    kill: () => void child?.kill("SIGKILL"),
  };
  return part;
}
