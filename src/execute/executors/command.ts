// Runs attempts of commands through the wardens, and says in words how they ended.
import { uptime } from "node:os";
import type { CommandTask } from "../../model/job.ts";
import type { Reason } from "../../model/run.ts";
import type { AttemptRequest, Executor, RunningAttempt } from "../executor.ts";
import { findProgram, isDirectory } from "../find-program.ts";
import type { RunningCommand, WardenPool } from "../warden/warden.ts";
import { type CommandPlan, missingProgram, type PlanOptions, planCommand, spawnFailed } from "./command-plan.ts";
import { commandResult, type Ended, notStarted } from "./command-result.ts";

export interface CommandExecutorOptions extends PlanOptions {
  pool: WardenPool;
  maxOutputBytes: number;
}

/** The pool stays the caller's: close() ends the attempts, not the wardens. */
export function createCommandExecutor(options: CommandExecutorOptions): Executor {
  const running = new Set<RunningAttempt>();

  return {
    start(request, on) {
      const attempt = startAttempt(request, on, options);
      running.add(attempt);
      void attempt.result.then(() => running.delete(attempt));
      return attempt;
    },
    async close() {
      const attempts = [...running];
      const reason: Reason = { code: "node_lost", message: "the node stopped" };
      for (const attempt of attempts) attempt.end({ outcome: "interrupted", reason, graceMs: 0 });
      await Promise.all(attempts.map((attempt) => attempt.result));
    },
  };
}

function startAttempt(
  request: AttemptRequest,
  on: Parameters<Executor["start"]>[1],
  options: CommandExecutorOptions,
): RunningAttempt {
  const task = request.assignment.job.task as CommandTask;
  let asked: Ended | null = null;
  let graceMs = Number.POSITIVE_INFINITY;
  let deadline: { termAtMs: number; killAtMs: number } | null = null;
  let command: RunningCommand | null = null;

  async function run(): Promise<Awaited<RunningAttempt["result"]>> {
    let plan: CommandPlan | Reason;
    try {
      plan = await planCommand(request, options);
    } catch (err) {
      plan = spawnFailed((err as Error).message);
    }
    if (asked) return notStarted(asked);
    if ("code" in plan) return notStarted({ outcome: "failed", reason: plan });
    const { file, args, cwd, env } = plan;
    return new Promise((resolve) => {
      const spec = {
        runId: request.assignment.runId,
        attempt: request.attempt,
        file,
        args,
        cwd,
        env,
        stdin: task.stdin,
        maxBytes: options.maxOutputBytes,
        killGraceMs: request.assignment.job.killGraceMs,
        deadline,
      };
      command = options.pool.run(spec, {
        spawned: (process) => on.spawned?.(process),
        output: (piece) => on.output(piece),
        over: (end) => {
          if (end.kind === "failed" && !asked) resolve(notStarted(refusal(end, plan)));
          else resolve(commandResult(end, { asked, expectExit: task.expectExit }));
        },
      });
    });
  }

  return {
    result: run(),
    end(how) {
      asked ??= { outcome: how.outcome, reason: how.reason };
      if (how.graceMs >= graceMs) return;
      graceMs = how.graceMs;
      command?.end(graceMs);
    },
    setDeadline(relative) {
      const now = uptime() * 1000;
      deadline = relative && { termAtMs: now + relative.termInMs, killAtMs: now + relative.killInMs };
      command?.setDeadline(deadline);
    },
  };
}

/** Why a spawn failed, in words that name what to mend. */
function refusal({ code, message }: { code: string; message: string }, plan: CommandPlan): Ended {
  if (code === "DEADLINE") return { outcome: "interrupted", reason: { code: "node_lost", message } };
  return { outcome: "failed", reason: spawnFailed(explain(code, message, plan)) };
}

function explain(code: string, message: string, { program, cwd, env }: CommandPlan): string {
  // The kernel says ENOENT for a missing directory, a missing program and a missing interpreter alike.
  if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR") {
    if (!isDirectory(cwd)) return `the working directory ${cwd} doesn't exist or isn't a directory`;
    const found = findProgram(program, env.PATH ?? "", cwd);
    if (!found) return missingProgram(program, env);
    if (code === "ENOENT") return `the interpreter that ${found} names in its first line doesn't exist`;
    return `the node's user may not run ${found} in ${cwd} (permission denied)`;
  }
  if (code === "E2BIG") return "the command's arguments and environment are too long for the system (E2BIG)";
  if (code === "EAGAIN" || code === "ENOMEM" || code === "EMFILE" || code === "ENFILE")
    return `the machine has no resources left for another process (${code}); look at its limits and load`;
  return message;
}
