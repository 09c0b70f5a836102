// Real wardens and a real command executor for tests, and words to run a command with them.
import { readFileSync } from "node:fs";
import { systemClock } from "../../src/clock.ts";
import { createCommandEnvironment, type EnvironmentOptions } from "../../src/execute/command-environment.ts";
import type { OutputPiece, RunningAttempt } from "../../src/execute/executor.ts";
import { type CommandExecutorOptions, createCommandExecutor } from "../../src/execute/executors/command.ts";
import { createFindAccount } from "../../src/execute/warden/accounts.ts";
import { createWardenPool, type WardenPoolOptions } from "../../src/execute/warden/warden.ts";
import type { Assignment } from "../../src/model/assignment.ts";
import type { CommandTask, EffectiveJob } from "../../src/model/job.ts";
import { anAssignment } from "./an-assignment.ts";
import { buildWarden } from "./build-warden.ts";

export interface Said {
  level: string;
  message: string;
  fields: object;
}

export type LabOptions = Partial<Pick<WardenPoolOptions, "count" | "silenceMs" | "clock">> &
  Partial<Pick<CommandExecutorOptions, "maxOutputBytes" | "allowedUsers" | "shell">> & {
    environment?: Partial<EnvironmentOptions>;
  };

export type Job = Partial<Omit<CommandTask, "kind" | "command">> &
  Partial<Pick<EffectiveJob, "killGraceMs">> &
  Partial<Pick<Assignment, "shard">>;

export interface Attempt {
  runId: string;
  attempt: RunningAttempt;
  pieces: OutputPiece[];
  /** Resolves with the leader's pid once spawned. */
  spawned: Promise<number>;
  text(stream?: "stdout" | "stderr"): string;
  /** Resolves when the output so far matches. */
  says(pattern: RegExp): Promise<void>;
}

let lastRun = 0;

export async function openCommandLab(options: LabOptions = {}) {
  const said: Said[] = [];
  const say = (level: string) => (fields: object, message: string) => void said.push({ level, message, fields });
  const pool = createWardenPool({
    count: options.count ?? 1,
    clock: options.clock ?? systemClock,
    logger: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
    wardenFile: await buildWarden(),
    env: { PATH: process.env.PATH ?? "" },
    silenceMs: options.silenceMs ?? 10_000,
  });
  await pool.ready();
  const executor = createCommandExecutor({
    pool,
    environment: createCommandEnvironment({
      nodeEnv: process.env,
      originalTz: undefined,
      cmdEnv: {},
      ...options.environment,
    }),
    findAccount: createFindAccount(systemClock),
    ownUid: process.getuid!(),
    allowedUsers: options.allowedUsers ?? [],
    maxOutputBytes: options.maxOutputBytes ?? 1024 * 1024,
    shell: options.shell,
  });

  function start(command: string | string[], { killGraceMs = 1_000, shard = null, ...task }: Job = {}): Attempt {
    const runId = `run-${process.pid}-${++lastRun}`;
    const base = anAssignment({ runId, sessionId: "s1", shard });
    const cmd = { ...(base.job.task as CommandTask), cwd: "/", command, ...task };
    const pieces: OutputPiece[] = [];
    const listeners = new Set<() => void>();
    let onSpawned!: (pid: number) => void;
    const spawned = new Promise<number>((resolve) => {
      onSpawned = resolve;
    });
    const attempt = executor.start(
      { assignment: { ...base, job: { ...base.job, killGraceMs, task: cmd } }, attempt: 1, nodeName: "web-1" },
      {
        output(piece) {
          pieces.push(piece);
          for (const listener of listeners) listener();
        },
        spawned: ({ pid }) => onSpawned(pid),
      },
    );
    const text = (stream?: string) =>
      Buffer.concat(pieces.filter((piece) => !stream || piece.stream === stream).map(({ data }) => data)).toString();
    const says = (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!pattern.test(text())) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      });
    return { runId, attempt, pieces, spawned, text, says };
  }

  return {
    pool,
    executor,
    said,
    start,
    async run(command: string | string[], job: Job = {}) {
      const started = start(command, job);
      return { ...started, result: await started.attempt.result };
    },
    async close() {
      await executor.close();
      await pool.close();
    },
  };
}

export type CommandLab = Awaited<ReturnType<typeof openCommandLab>>;

/** False for zombies too: they hold nothing but their number. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Resident memory of a process, bytes; `peak`: the most it ever was. */
export function residentBytes(pid: number, peak = false): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return 1024 * Number(new RegExp(`${peak ? "VmHWM" : "VmRSS"}:\\s*(\\d+)`).exec(status)![1]);
}
