// From how a command ended to the attempt's result: which outcome, and why in plain words.
import { constants } from "node:os";
import type { AttemptResult } from "../../model/assignment.ts";
import type { Reason } from "../../model/run.ts";
import type { RunningAttempt } from "../executor.ts";
import type { CommandEnd } from "../warden/warden.ts";

type Result = Awaited<RunningAttempt["result"]>;
export type Ended = Pick<AttemptResult, "outcome" | "reason">;

/** Result of an attempt of which no process ever ran. */
export function notStarted({ outcome, reason }: Ended): Result {
  return result({ outcome, reason, error: outcome === "failed" ? (reason?.message ?? null) : null });
}

/** `asked`: what the node told the command to end for, if it did. */
export function commandResult(
  end: CommandEnd,
  { asked, expectExit }: { asked: Ended | null; expectExit: number[] },
): Result {
  if (end.kind === "failed") return notStarted(asked ?? { outcome: "failed", reason: null });
  if (end.kind === "lost") {
    const left = end.remaining.length > 0 ? `; still there although killed: pid ${end.remaining.join(", ")}` : "";
    const message = `${end.message}; ${end.wasSpawned ? "the command was ended with it" : "whether the command had begun is unknown"}${left}`;
    return result({
      ...(asked ?? { outcome: "interrupted", reason: { code: "node_lost", message } }),
      error: message,
      outputBytes: end.outputBytes,
      // What the warden still held is gone with it.
      outputTruncated: true,
    });
  }
  const { code, signal, outputBytes, truncated: outputTruncated } = end;
  const ended = { exitCode: code, signal, outputBytes, outputTruncated };
  const notes = notesOn(end);
  const stuck = end.stuckMs > 0 ? `; ${withstood(end.stuckMs)}` : "";
  const because = (reason: Reason | null) => reason && { ...reason, message: `${reason.message}${stuck}` };
  if (end.by === "request" && asked)
    return result({ ...ended, outcome: asked.outcome, reason: because(asked.reason), error: notes });
  if (end.by === "deadline" || end.by === "request") {
    const message = "ended because its node had lost touch and could no longer be trusted with it";
    return result({ ...ended, outcome: "interrupted", reason: because({ code: "node_lost", message }), error: notes });
  }
  if (signal === null && code !== null && expectExit.includes(code))
    return result({ ...ended, outcome: "succeeded", reason: null, error: notes });
  const reason: Reason = signal
    ? { code: "signal", message: `ended by ${signal}${describeSignal(signal)}` }
    : { code: "exit_code", message: describeExit(code ?? -1, expectExit) };
  return result({ ...ended, outcome: "failed", reason: because(reason), error: notes });
}

function notesOn({ by, leftBehind, stuckMs }: CommandEnd & { kind: "ended" }): string | null {
  const notes: string[] = [];
  if (by === "command" && leftBehind > 0)
    notes.push(`${leftBehind} process${leftBehind === 1 ? "" : "es"} that the command had left running ended by force`);
  if (stuckMs > 0) notes.push(withstood(stuckMs));
  return notes.length > 0 ? notes.join("; ") : null;
}

const withstood = (ms: number) =>
  `processes withstood SIGKILL for ${Math.round(ms / 1000)} s (uninterruptible, as on a hung disk)`;

function describeExit(code: number, expectExit: number[]): string {
  const expected = expectExit.length === 1 && expectExit[0] === 0 ? "" : `, expected ${expectExit.join(" or ")}`;
  // sh(1): 126 and 127 are the shell's own, above 128 is a child's signal.
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  const hint =
    code === 127 ? " (command not found)" : code === 126 ? " (not executable)" : signal ? ` (as after ${signal})` : "";
  return `exit code ${code}${hint}${expected}`;
}

const describeSignal = (signal: string): string =>
  signal === "SIGKILL"
    ? " (by somebody else, or by the kernel for want of memory)"
    : signal === "SIGSEGV"
      ? " (a crash)"
      : "";

function result(given: Partial<Result> & Ended): Result {
  return {
    exitCode: null,
    signal: null,
    httpStatus: null,
    error: null,
    retryAfterMs: null,
    retryable: true,
    outputBytes: 0,
    outputTruncated: false,
    ...given,
  };
}
